"""The deeper models of the course on natural patches, compiled once for all seeds."""

import keras
import numpy as np

from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.masked import MaskedAutoencoder
from companion.autoencoders.quantized import VQAutoencoder
from companion.autoencoders.variational import VAE
from companion.challenges.patch_models import SIDE
from companion.training.again import TrainedAgain

IMAGE_SHAPE = (SIDE, SIDE, 1)
N_UNITS = 64
N_STEPS = {"VAE": 500, "convolutional": 400, "VQ": 400, "masked": 150}
BATCH_SIZE = {"VAE": 128, "convolutional": 128, "VQ": 128, "masked": 64}


def variational(seed):
    """VAE with one hidden layer; its units are the means of the code."""
    settings = {"hidden": (128,), "likelihood": "gaussian", "sigma": 0.3}
    return VAE(SIDE**2, N_UNITS, seed=seed, **settings)


def convolutional(seed):
    """Two layers of strided convolution, and 64 code units."""
    settings = {"filters": (8, 16), "output_activation": "linear"}
    return ConvolutionalAutoencoder(IMAGE_SHAPE, N_UNITS, seed=seed, **settings)


def quantized(seed):
    """Four places, each with one of 64 vectors of 16 numbers.

    With sigma 0.1 or 0.3 fewer entries stay in use, and the patches come back worse.
    """
    settings = {"code_dim": 16, "filters": (8, 16), "sigma": 1.0}
    return VQAutoencoder(IMAGE_SHAPE, 64, output_activation="linear", seed=seed, **settings)


def masked(seed):
    """Half of sixteen pieces hidden; its units are the mean of the tokens."""
    settings = {"patch_size": 2, "mask_ratio": 0.5, "width": N_UNITS, "n_blocks": 1}
    return MaskedAutoencoder(IMAGE_SHAPE, seed=seed, **settings)


BUILDERS = {
    "VAE": variational,
    "convolutional": convolutional,
    "VQ": quantized,
    "masked": masked,
}


def prepare(name, x):
    """Patches x, (n, 64), as the model wants them.

    The masked autoencoder predicts numbers from 0 to 1: patches are mapped to
    0.5 + x / 8 and clipped. Convolutions want images.
    """
    if name == "masked":
        x = np.clip(0.5 + x / 8.0, 0.0, 1.0)
    shape = (len(x), SIDE**2) if name == "VAE" else (len(x), *IMAGE_SHAPE)
    return np.asarray(x, dtype="float32").reshape(shape)


def train(name, parts, seeds):
    """Train one kind of model, each time from another seed and on other patches.

    Args:
        name: One of `BUILDERS`.
        parts: Training patches for each seed, each of shape (n, 64).
        seeds: Seeds of the initial weights and of the order.

    Returns:
        For each seed a function from patches (n, 64) to responses (n, 64).

    Raises:
        ValueError: If the name is unknown, or `parts` and `seeds` differ in number.
    """
    if name not in BUILDERS:
        raise ValueError(f"name must be one of {sorted(BUILDERS)}; got {name!r}")
    if len(parts) != len(seeds):
        raise ValueError(f"parts must be one for each of {len(seeds)}; got {len(parts)}")
    model, lengths = BUILDERS[name](seeds[0]), (N_STEPS[name], BATCH_SIZE[name])
    loss = "mse" if name == "convolutional" else None  # the others bring their own
    again = TrainedAgain(model, 3e-3, loss)
    runs = []
    for seed, x in zip(seeds, parts, strict=True):
        x = prepare(name, x)
        fresh = BUILDERS[name](seed)
        if name == "VQ":
            fresh.start_at_data(x[:500], seed)
        again.begin(fresh.get_weights())
        runs.append(again.train(x, *lengths, np.random.default_rng(seed)))
    return [_responder(model, name, weights) for weights in runs]


def _responder(model, name, weights):
    def respond(x):
        model.set_weights(weights)
        z = model.encode(keras.ops.convert_to_tensor(prepare(name, x)))
        return np.asarray(keras.ops.convert_to_numpy(z), dtype=float).reshape(len(x), -1)

    return respond
