"""Every autoencoder of the part on one data set: built alike, trained alike.

All models see rows of 64 pixels and answer rows of 64 pixels; those that want images are
given the same pixels as images. So one loop can train and measure them all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from companion import training
from companion.autoencoders.contractive import ContractiveAutoencoder
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.denoising import DenoisingAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.linear import LinearAutoencoder
from companion.autoencoders.masked import MaskedAutoencoder
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.autoencoders.quantized import VQAutoencoder
from companion.autoencoders.side_by_side import SideBySide
from companion.autoencoders.sparse import KSparseAutoencoder
from companion.autoencoders.variational import VAE
from companion.networks.checks import check_counts, checked_rows
from companion.training.again import TrainedAgain

IMAGE_SHAPE = (8, 8, 1)
N_PIXELS = 64
LATENT_DIM = 8
SIGMA = 0.15  # standard deviation of a pixel in the likelihood of VAE and VQ


def build(seed):
    """Build one untrained network of each kind, all for 8x8 images and most with K = 8.

    The exceptions: k-sparse has 64 units of which 8 are active; VQ has 4 places with one
    of 32 entries each; masked has 16 numbers that it does not decode. "one layer" is the
    contractive one without its penalty.

    Args:
        seed: Seed of the initial weights and of the models' own noise.

    Returns:
        A mapping from names to Keras models with a `compute_loss` that is ready to use.
    """
    sizes, images = (N_PIXELS, LATENT_DIM), (IMAGE_SHAPE, LATENT_DIM)
    noisy = {"hidden": (64,), "activation": "leaky_relu", "amount": 0.3}
    vae = {"hidden": (64,), "activation": "relu", "likelihood": "gaussian", "sigma": SIGMA}
    vq = {"n_entries": 32, "code_dim": 4, "filters": (8, 16), "sigma": SIGMA}
    masked = {"patch_size": 2, "mask_ratio": 0.5, "width": 16, "n_blocks": 1, "n_heads": 2}
    models = {
        "linear": LinearAutoencoder(*sizes, seed=seed),
        "dense": DenseAutoencoder(*sizes, seed=seed),
        "tied": DenseAutoencoder(*sizes, seed=seed, tied=True),
        "k-sparse": KSparseAutoencoder(N_PIXELS, N_PIXELS, k=LATENT_DIM, seed=seed),
        "denoising": DenoisingAutoencoder(*sizes, **noisy, seed=seed),
        "one layer": ContractiveAutoencoder(*sizes, penalty=0.0, seed=seed),
        "contractive": ContractiveAutoencoder(*sizes, penalty=0.01, seed=seed),
        "convolutional": ConvolutionalAutoencoder(*images, seed=seed),
        "VAE": VAE(*sizes, **vae, seed=seed),
        "VQ": VQAutoencoder(IMAGE_SHAPE, **vq, seed=seed),
        "masked": MaskedAutoencoder(IMAGE_SHAPE, **masked, seed=seed),
    }
    for name in ("dense", "tied", "denoising", "convolutional"):
        models[name].compile(loss="mse")  # the others have a loss of their own
    return models


def wants_images(model):
    """Tell whether a model takes (batch, 8, 8, 1) instead of (batch, 64)."""
    return hasattr(model, "image_shape")


class FromRows(keras.Model):
    """Give rows of pixels to a model that wants images.

    Args:
        member: The model.
        image_shape: (H, W, C).
    """

    def __init__(self, member, image_shape):
        super().__init__()
        self.member, self.image_shape = member, tuple(image_shape)
        self.built = True

    def build(self, input_shape):
        # The member has its weights already.
        self.built = True

    def images(self, x):
        """Reshape rows, (batch, H W C), to images, (batch, H, W, C)."""
        return ops.reshape(x, (-1, *self.image_shape))

    def call(self, x):
        return self.member(self.images(x))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        pair = self.images(x), self.images(y)
        return self.member.compute_loss(*pair, y_pred, training=training)


def train(x_train, seeds, n_steps=1000, batch_size=64, learning_rate=6e-3):
    """Train one network of each kind for each seed: same steps, same batches, same Adam.

    All kinds are compiled as one model, once; the seeds take turns in it, each with its
    own initial weights and a fresh optimizer. The seed draws the batches too.

    Args:
        x_train: Rows of pixels, shape (n, 64), in [0, 1].
        seeds: One integer for each repetition.
        n_steps: Updates of the weights, an even number.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam.

    Returns:
        trained: A list with one mapping from names to trained models for each seed.
        halfway: The same after half of the steps.

    Raises:
        ValueError: If `x_train` is not (n, 64), or a count is below 1.
    """
    check_counts(n_steps=n_steps, batch_size=batch_size)
    x = checked_rows("x_train", x_train, N_PIXELS).astype("float32")
    training.seed_everything(seeds[0])
    shared = build(seeds[0])
    together = SideBySide([_member(model) for model in shared.values()])
    again, halfway, trained = TrainedAgain(together, learning_rate), [], []
    for seed in seeds:
        middle, own, rng = build(seed), build(seed), np.random.default_rng(seed)
        own["VQ"].start_at_data(x.reshape(-1, *IMAGE_SHAPE), seed=seed)
        _copy_weights(own, shared)
        again.begin(together.get_weights())
        for stage, models in ((halfway, middle), (trained, own)):
            again.train(x, n_steps // 2, batch_size, rng)
            _copy_weights(shared, models)
            stage.append(models)
    return trained, halfway


def _member(model):
    return FromRows(model, IMAGE_SHAPE) if wants_images(model) else model


def _copy_weights(source, target):
    for name, model in source.items():
        target[name].set_weights(model.get_weights())


@dataclass(frozen=True)
class Coder:
    """What every measure needs of a model: arrays in, arrays out.

    Args:
        encode: Function from rows of pixels, (n, 64), to codes, (n, K).
        decode: Function from codes, (n, K), to rows of pixels, or None for a model that
            has no decoder of its code.
        n_parameters: Numbers that had to be learned.
        model: The model itself.
    """

    encode: Callable
    decode: Callable | None
    n_parameters: int
    model: object

    def reconstruct(self, x):
        """Encode and decode x, shape (n, 64)."""
        return self.decode(self.encode(x))


def baselines(x_train):
    """Fit the mean predictor and PCA with K = 8 to rows of pixels.

    Args:
        x_train: Rows of pixels, shape (n, 64).

    Returns:
        A mapping from "mean" and "PCA" to `Coder`.
    """
    mean, pca = MeanPredictor().fit(x_train), PCA(LATENT_DIM).fit(x_train)
    n_numbers = {"mean": mean.mean.size, "PCA": pca.mean.size + pca.components.size}
    return {
        name: Coder(model.encode, model.decode, n_numbers[name], model)
        for name, model in {"mean": mean, "PCA": pca}.items()
    }


def coder(model):
    """Make a `Coder` of a trained Keras model; feature maps become flat codes."""
    shape_in = (-1, *IMAGE_SHAPE) if wants_images(model) else (-1, N_PIXELS)
    shape_of_code = [-1, LATENT_DIM]
    if isinstance(model, VQAutoencoder):
        shape_of_code = [-1, *model.grid_shape, model.code_dim]

    def encode(x):
        z = model.encode(np.reshape(x, shape_in).astype("float32"))
        return ops.convert_to_numpy(z).reshape(len(x), -1)

    def decode(z):
        shape = shape_of_code if len(shape_of_code) > 2 else np.shape(z)
        x_hat = model.decode(np.reshape(z, shape).astype("float32"))
        return ops.convert_to_numpy(x_hat).reshape(len(z), -1)

    has_decoder = not isinstance(model, MaskedAutoencoder)
    return Coder(encode, decode if has_decoder else None, model.count_params(), model)
