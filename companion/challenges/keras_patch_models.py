"""The deeper models of the course on natural patches, compiled once for all seeds.

How well a model learned its task is its *unexplained share*: the squared error of what it
fills in, divided by the squares of the patches. The mean patch has 1. The masked model is
asked for hidden pixels alone, where `linear_filling` is the rival: with the covariance C of
the training patches and the visible pixels v, the least squared error of any linear rule is
that of ``C_hv C_vv^-1 x_v``.
"""

from dataclasses import dataclass

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
N_STEPS = {"VAE": 500, "convolutional": 400, "VQ": 400, "masked": 400}
BATCH_SIZE = {"VAE": 128, "convolutional": 128, "VQ": 128, "masked": 32}
SIGMA_VQ = 2.0
RANGE = 8.0  # patches are divided by it for the masked model, which wants 0 to 1
AT_ONCE = 1000  # patches that a model answers at once; more do not fit into the cache


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

    Sigma was chosen with one of the nine photographs held out, three seeds: the
    unexplained share of its patches is 0.74, 0.64, 0.61, 0.56, 0.51, 0.50 and 0.73 with
    0.1, 0.3, 0.5, 1, 2, 4 and 8. Below 2 few entries stay in use; with 4 fewer than with 2.
    """
    settings = {"code_dim": 16, "filters": (8, 16), "sigma": SIGMA_VQ}
    return VQAutoencoder(IMAGE_SHAPE, 64, output_activation="linear", seed=seed, **settings)


def masked(seed):
    """Half of sixteen pieces hidden; its units are the mean of the tokens.

    The first layer starts as one that reads the patches before `prepare` shrinks them;
    else the positions drown them, and learning takes several times as long.
    """
    settings = {"patch_size": 2, "mask_ratio": 0.5, "width": N_UNITS, "n_blocks": 1}
    model = MaskedAutoencoder(IMAGE_SHAPE, seed=seed, **settings)
    kernel = RANGE * keras.ops.convert_to_numpy(model.embed.kernel)
    model.embed.set_weights([kernel, -0.5 * kernel.sum(axis=0)])
    return model


BUILDERS = {
    "VAE": variational,
    "convolutional": convolutional,
    "VQ": quantized,
    "masked": masked,
}


def prepare(name, x):
    """Patches x, (n, 64), as the model wants them.

    The masked autoencoder predicts numbers from 0 to 1: patches are mapped to
    0.5 + x / RANGE and clipped. Convolutions want images.
    """
    if name == "masked":
        x = np.clip(0.5 + x / RANGE, 0.0, 1.0)
    shape = (len(x), SIDE**2) if name == "VAE" else (len(x), *IMAGE_SHAPE)
    return np.asarray(x, dtype="float32").reshape(shape)


@dataclass(frozen=True)
class Trained:
    """One trained model; called with patches x, (n, 64), it gives responses (n, 64).

    Args:
        name: One of `BUILDERS`.
        model: The Keras model, which all seeds share.
        weights: Those of this seed.
    """

    name: str
    model: keras.Model
    weights: list

    def __call__(self, x):
        parts = [self._encoded(x[i : i + AT_ONCE]) for i in range(0, len(x), AT_ONCE)]
        return np.concatenate(parts)

    def _encoded(self, x):
        self.model.set_weights(self.weights)
        z = self.model.encode(keras.ops.convert_to_tensor(prepare(self.name, x)))
        return keras.ops.convert_to_numpy(z).astype(float).reshape(len(x), -1)

    def filled_in(self, x):
        """Predict patches x, (n, 64), and say which pixels were hidden.

        Returns:
            x_hat: Shape (n, 64).
            hidden: Booleans, (n, 64); all true but for the masked model.
        """
        self.model.set_weights(self.weights)
        output = self.model(keras.ops.convert_to_tensor(prepare(self.name, x)))
        key = {"VAE": "output", "VQ": "x_hat", "masked": "x_hat"}.get(self.name)
        x_hat = output if key is None else output[key]
        x_hat = keras.ops.convert_to_numpy(x_hat).astype(float).reshape(x.shape)
        if self.name != "masked":
            return x_hat, np.ones(x.shape, dtype=bool)
        mask = keras.ops.convert_to_numpy(output["mask"]) > 0
        side = self.model.patch_size
        pieces = mask.reshape(len(x), SIDE // side, SIDE // side)
        hidden = np.kron(pieces, np.ones((1, side, side), dtype=bool)).reshape(x.shape)
        return RANGE * (x_hat - 0.5), hidden


def unexplained(x, x_hat, hidden):
    """Squared error over the hidden pixels, divided by their squares; all are (n, D)."""
    return float(np.sum((x - x_hat)[hidden] ** 2) / np.sum(x[hidden] ** 2))


def linear_filling(x_train, x, hidden):
    """Fill hidden pixels in by the best linear rule of the visible ones.

    Args:
        x_train: Patches without their mean, shape (n, D), for the covariance.
        x: Patches, shape (m, D).
        hidden: Booleans, (m, D).

    Returns:
        The patches with their hidden pixels predicted, (m, D).
    """
    # Patches have a mean of 0, so all pixels but one may determine the last.
    covariance = x_train.T @ x_train / len(x_train) + 1e-6 * np.eye(x.shape[1])
    filled = np.array(x, dtype=float)
    for row, away in zip(filled, hidden, strict=True):
        visible = covariance[np.ix_(~away, ~away)]
        across = covariance[np.ix_(away, ~away)]
        row[away] = across @ np.linalg.solve(visible, row[~away])
    return filled


def train(name, parts, seeds):
    """Train one kind of model, each time from another seed and on other patches.

    Args:
        name: One of `BUILDERS`.
        parts: Training patches for each seed, each of shape (n, 64).
        seeds: Seeds of the initial weights and of the order.

    Returns:
        For each seed a `Trained`.

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
    return [Trained(name, model, weights) for weights in runs]
