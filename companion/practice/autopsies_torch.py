"""The repaired PyTorch program of the chapter on programs that do not work."""

from torch import nn

from companion.practice.pytorch import load_keras_weights


class Encoder(nn.Module):
    """Map (batch, 64) to a code (batch, 8); the last layer is linear, so no unit dies."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8)
        )

    def forward(self, x):
        return self.layers(x)


class Decoder(nn.Module):
    """Map a code (batch, 8) back to (batch, 64), with every output in (0, 1)."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64)
        )

    def forward(self, z):
        return self.layers(z).sigmoid()


def build_twin(model):
    """Build encoder and decoder in PyTorch, starting from the weights of a Keras model.

    Args:
        model: A Keras autoencoder with dense layers 64-64-32-8-32-64-64, untrained or
            trained; it is left unchanged.

    Returns:
        A `torch.nn.Sequential` of `Encoder` and `Decoder`.

    Raises:
        ValueError: If the weights of `model` do not fit.
    """
    twin = nn.Sequential(Encoder(), Decoder())
    load_keras_weights(twin, model.get_weights())
    return twin
