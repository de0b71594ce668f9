"""Autoencoders of one small shape from several seeds, to answer a question in seconds.

Each is D-64-K-64-D with ReLU, a linear code and sigmoid outputs, trained by Adam. They are
trained side by side and never see one another.
"""

from dataclasses import dataclass

import numpy as np

from companion.practice import many_seeds

ACTIVATIONS = ("relu", "linear", "relu", "sigmoid")
N_ENCODER_LAYERS = 2


@dataclass(frozen=True)
class Ensemble:
    """Trained autoencoders, as functions of whole data sets.

    Args:
        params: Pair (weights, biases) as in `companion.practice.many_seeds.init`, with a
            first axis of S members in every array.
    """

    params: tuple

    def encode(self, x):
        """Return the codes of inputs (n, D) by each member, (S, n, K)."""
        return self._run(slice(None, N_ENCODER_LAYERS), x)

    def decode(self, z):
        """Return the reconstructions from codes, (S, n, K) or (n, K), as (S, n, D)."""
        return self._run(slice(N_ENCODER_LAYERS, None), z)

    def reconstruct(self, x):
        """Encode and decode inputs (n, D), to (S, n, D)."""
        return self.decode(self.encode(x))

    def errors(self, x):
        """Mean squared error over examples and features by each member, (S,)."""
        return np.mean((self.reconstruct(x) - x) ** 2, axis=(1, 2))

    def members(self):
        """Return the ensembles of one member each, in the order of the seeds."""
        weights, biases = self.params
        n_members = len(weights[0])
        return [
            Ensemble(tuple([a[i : i + 1] for a in arrays] for arrays in (weights, biases)))
            for i in range(n_members)
        ]

    def as_functions(self):
        """Return encoder and decoder of the first member, of tables (n, D) and (n, K)."""
        return lambda x: self.encode(x)[0], lambda z: self.decode(z)[0]

    @property
    def n_parameters(self):
        """Weights and biases of one member."""
        return sum(array[0].size for arrays in self.params for array in arrays)

    def _run(self, layers, x):
        params = tuple(arrays[layers] for arrays in self.params)
        return many_seeds.forward(params, x, ACTIVATIONS[layers])[-1]


def fit(x, latent_dim, seeds, *, hidden=64, epochs=60, learning_rate=1e-2):
    """Train one autoencoder from each seed.

    Args:
        x: Training inputs in [0, 1], (n, D).
        latent_dim: K.
        seeds: Seeds of the initial weights.
        hidden: Width of the hidden layer on either side.
        epochs: Passes over the data, in batches of 32.
        learning_rate: Of Adam.

    Returns:
        An `Ensemble` of one member for each seed.

    Raises:
        ValueError: If an input lies outside [0, 1], where a sigmoid cannot follow, or a
            size is not a positive number.
    """
    x = np.asarray(x, dtype=float)
    if not (x.min() >= 0.0 and x.max() <= 1.0):
        raise ValueError(f"x must lie in [0, 1]; got {x.min():.3g} to {x.max():.3g}")
    if min(latent_dim, hidden) < 1:
        raise ValueError(f"sizes must be at least 1; got {latent_dim} and {hidden}")
    sizes = [x.shape[1], hidden, latent_dim, hidden, x.shape[1]]
    params = many_seeds.init(sizes, seeds)
    settings = {"epochs": epochs, "learning_rate": learning_rate}
    return Ensemble(many_seeds.train(params, x, ACTIVATIONS, **settings)[0])
