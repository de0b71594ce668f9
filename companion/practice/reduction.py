"""A classifier's inputs reduced to a few numbers, by PCA or by an autoencoder.

Each encoder is a function of images (..., n_features) that returns codes (..., K). Its
codes are centered on the images that it was fitted on and divided by one number, so that
their mean square over images and units is 1: the classifier behind it then starts alike
whatever made the codes.
"""

import numpy as np

from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.pca import PCA
from companion.networks import mlp
from companion.training.again import TrainedAgain

ACTIVATIONS = ["relu", "linear"]


def _standard(encode, x):
    codes = encode(x)
    mean, scale = codes.mean(axis=0), codes.std(axis=0)
    scale = np.sqrt(np.mean(scale**2))

    def standardized(images):
        flat = np.reshape(images, (-1, images.shape[-1]))
        return ((encode(flat) - mean) / scale).reshape(*images.shape[:-1], -1)

    return standardized


def pca_encoder(x, latent_dim):
    """Encode by the first principal components.

    Args:
        x: Images to fit on, without labels, (n, n_features).
        latent_dim: K.

    Returns:
        The encoder.
    """
    return _standard(PCA(latent_dim).fit(x).encode, x)


def autoencoder_encoders(sets, latent_dim, seeds, hidden=64, n_steps=1500):
    """Encode by autoencoders, one trained on each set of images.

    They are `companion.autoencoders.dense.DenseAutoencoder`, compiled once.

    Args:
        sets: Images to train on, without labels, one array (n, n_features) per seed.
        latent_dim: K.
        seeds: Seeds of the initial weights.
        hidden: Width of the one hidden layer on either side.
        n_steps: Updates by Adam on batches of 32, with the learning rate 0.003.

    Returns:
        One encoder per seed, in NumPy.
    """
    n_features = sets[0].shape[1]
    model = DenseAutoencoder(n_features, latent_dim, hidden=(hidden,))
    trainer, sizes = TrainedAgain(model, 3e-3, "mse"), [n_features, hidden, latent_dim]
    encoders = []
    for x, seed in zip(sets, seeds, strict=True):
        rng = np.random.default_rng(seed)
        weights, biases = mlp.init([*sizes, *sizes[-2::-1]], rng)
        trainer.begin([a for pair in zip(weights, biases, strict=True) for a in pair])
        arrays = trainer.train(np.asarray(x, "float32"), n_steps, 32, rng)
        encoder = [np.asarray(a, float) for a in arrays[:4]]
        encoders.append(_standard(_encode(encoder[::2], encoder[1::2]), x))
    return encoders


def _encode(weights, biases):
    return lambda x: mlp.forward((weights, biases), x, ACTIVATIONS)[-1]
