"""Every autoencoder of part 4, one idea a file, and the baselines beside it."""
