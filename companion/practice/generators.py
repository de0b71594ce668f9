"""Sampling from an autoencoder: a density on its codes, and a decoder behind it.

A plain autoencoder says nothing about how its codes are distributed. A density fitted to
the codes of the training examples does, and turns it into a generator. Its width or number
of parts is chosen by the likelihood of codes that it was not fitted to.
"""

import keras
import numpy as np
from keras import ops
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from companion.autoencoders.variational import VAE
from companion.training.again import TrainedAgain

WIDTHS = np.geomspace(0.05, 1.0, 9)  # of a kernel, in standard deviations of the codes
N_COMPONENTS = (1, 5, 10, 20, 40)


def train_from_seeds(model_class, settings, x, seeds, n_steps, learning_rate=3e-3):
    """Train one compiled model from several seeds, and return the weights of each.

    Args:
        model_class: `DenseAutoencoder` or `VAE`.
        settings: Its arguments but the seed.
        x: Examples, shape (n, D).
        seeds: One training for each.
        n_steps: Updates of the weights, on batches of 64.
        learning_rate: Step size of Adam at the start; it falls along half a cosine.

    Returns:
        model: The compiled model, with the weights of the last seed.
        weights: A list of arrays for each seed.
    """
    model = model_class(**settings)
    loss = None if isinstance(model, VAE) else "mse"
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, n_steps)
    trainer, weights = TrainedAgain(model, rate, loss), []
    for seed in seeds:
        trainer.begin(model_class(**settings, seed=seed).get_weights())
        rng = np.random.default_rng(seed)
        weights.append(trainer.train(x, n_steps, 64, rng))
    return model, weights


class Standardized:
    """A density on codes that are shifted and divided by their standard deviations.

    Args:
        z: Codes, shape (n, K), that give mean and standard deviation.
        density: A fitted density of scikit-learn, on standardized codes.
    """

    def __init__(self, z, density):
        self.mean, self.std, self.density = z.mean(axis=0), z.std(axis=0), density

    def sample(self, n, seed):
        """Draw n codes, shape (n, K)."""
        if isinstance(self.density, KernelDensity):
            z = self.density.sample(n, random_state=seed)
        else:
            self.density.random_state = seed
            z = np.random.default_rng(seed).permutation(self.density.sample(n)[0])
        return self.mean + self.std * z


def best_density(kind, z_train, z_val, seed=0):
    """Fit densities to codes and keep the one that other codes find most likely.

    Args:
        kind: "Gaussian", "mixture" (of Gaussians, by EM) or "kernel".
        z_train: Codes to fit, shape (n, K).
        z_val: Codes that choose the number of Gaussians or the width, shape (m, K).
        seed: Seed of the initial assignment.

    Returns:
        A `Standardized`.

    Raises:
        ValueError: If `kind` is unknown.
    """
    if kind not in ("Gaussian", "mixture", "kernel"):
        raise ValueError(f"kind must be Gaussian, mixture or kernel; got {kind!r}")
    mean, std = z_train.mean(axis=0), z_train.std(axis=0)
    train, val = (z_train - mean) / std, (z_val - mean) / std
    if kind == "kernel":
        models = [KernelDensity(bandwidth=width) for width in WIDTHS]
    else:
        numbers = (1,) if kind == "Gaussian" else N_COMPONENTS
        models = [GaussianMixture(k, random_state=seed, reg_covar=1e-3) for k in numbers]
    fitted = [model.fit(train) for model in models]
    best = max(fitted, key=lambda one: np.mean(one.score_samples(val)))
    return Standardized(z_train, best)


def decoded(model, weights, codes):
    """Decode codes by a model with given weights; arrays in, array out, (n, D)."""
    model.set_weights(weights)
    return ops.convert_to_numpy(model.decode(codes))


def encoded(model, weights, x):
    """Encode examples by a model with given weights; arrays in, array out, (n, K)."""
    model.set_weights(weights)
    return ops.convert_to_numpy(model.encode(x))


def coder(model, weights):
    """Return two functions, `encoded` and `decoded` by a model with given weights."""
    return (lambda x: encoded(model, weights, x)), (lambda z: decoded(model, weights, z))
