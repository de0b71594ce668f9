"""Every piece written from its equations beside its twin in Keras or PyTorch."""
