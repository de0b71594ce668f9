"""Delayed recall: keep one bit while noise goes by, and tell it at the end.

A sequence has ``lag + 1`` steps and two features. In the first step the first feature is
the bit, +1 or -1, and the second is 1, which marks the step. In all later steps the first
feature is normal noise of standard deviation 2 and the second is 0. After the last step the
network says which bit it was. Chance is one half, and no rule does better without the first
step.

The networks have nearly the same number of parameters. What is chosen for each, learning
rate and first bias of the gates, was chosen on validation sequences by `search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from companion.networks import (
    checks,
    gradient_flow,
    gru,
    losses,
    lstm,
    mlp,
    optimizers,
    recurrent,
)
from companion.networks import sequence_learning as learning

LAGS = (5, 10, 20, 40, 60)
NOISE = 2.0
WINDOW = 10
LEARNING_RATES = (0.003, 0.01, 0.03)
N_UPDATES, BATCH_SIZE, ENOUGH = 300, 16, 0.01


def glorot_recurrent(n, n_blocks, rng):
    """Recurrent weights drawn like the input weights, not orthogonal."""
    return recurrent.glorot((n, n_blocks * n), rng)


@dataclass(frozen=True)
class Network:
    """A recurrent network and the settings with which it is trained.

    Args:
        cell: The module of its layer.
        n_hidden: Number of its units.
        learning_rate: Step size of Adam.
        settings: Passed to the `init` of the layer.
    """

    cell: object
    n_hidden: int
    learning_rate: float
    settings: Mapping = field(default_factory=dict)


NETWORKS = {
    "Elman, Glorot": Network(recurrent, 17, 0.03, {"recurrent": glorot_recurrent}),
    "Elman, orthogonal": Network(recurrent, 17, 0.03),
    "LSTM": Network(lstm, 8, 0.003, {"forget_bias": 5.0}),
    "GRU": Network(gru, 9, 0.01, {"update_bias": 3.0}),
}


def draw(lag, shape, rng):
    """Draw sequences.

    Args:
        lag: Steps between the bit and the answer, at least 1.
        shape: How many, for example (n_networks, batch).
        rng: A `numpy.random.Generator`.

    Returns:
        x: The sequences, ``(*shape, lag + 1, 2)``.
        bit: The class to tell, 0 for -1 and 1 for +1, shape `shape`.

    Raises:
        ValueError: If `lag` is no integer of at least 1.
    """
    checks.check_counts(lag=lag)
    x = np.zeros((*shape, lag + 1, 2))
    x[..., 0] = NOISE * rng.normal(size=x.shape[:-1])
    bit = rng.integers(2, size=shape)
    x[..., 0, 0], x[..., 0, 1] = 2 * bit - 1, 1.0
    return x, bit


def accuracy(cell, params, x, bit):
    """Share of right answers of each network of a stack, (n_networks,)."""
    y, _ = learning.outputs(cell, params, x)
    return np.mean(np.argmax(y[..., -1, :], axis=-1) == bit, axis=-1)


def train(network, lag, seeds, n_updates=N_UPDATES, max_norm=1.0):
    """Train one network for each seed, each on fresh sequences of its own.

    Args:
        network: A `Network`.
        lag: As in `draw`.
        seeds: Seeds of the first weights; their sum also seeds the data.
        n_updates: As in `sequence_learning.train`, which stops at a mean loss of `ENOUGH`.
        max_norm: As in `sequence_learning.clip`.

    Returns:
        params: The stack of trained networks.
        history: As `sequence_learning.train` returns it.
    """
    rng = np.random.default_rng([lag, *seeds])
    params = learning.init(network.cell, 2, network.n_hidden, 2, seeds, **network.settings)
    return learning.train(
        network.cell,
        params,
        lambda: draw(lag, (len(seeds), BATCH_SIZE), rng),
        losses.cross_entropy,
        n_updates=n_updates,
        learning_rate=network.learning_rate,
        max_norm=max_norm,
        enough=ENOUGH,
    )


def held_out(lag, part, n=1000):
    """Sequences that no training sees: "validation" or "test" ones, by their own seed."""
    seed = {"validation": 1_000_000, "test": 2_000_000}[part]
    return draw(lag, (n,), np.random.default_rng([seed, lag]))


def train_and_test(network, lag, seeds, part="test"):
    """Accuracy of freshly trained networks on held-out sequences, (n_seeds,)."""
    params, _ = train(network, lag, seeds)
    return accuracy(network.cell, params, *held_out(lag, part))


def descend(max_norm, seeds, lag=10, radius=1.5, learning_rate=0.5):
    """Train Elman networks that begin with exploding gradients, by plain gradient descent.

    Args:
        max_norm: As in `sequence_learning.clip`; infinity for no clipping.
        seeds: As in `train`.
        lag: As in `draw`.
        radius: Spectral radius of the first recurrent weights.
        learning_rate: Step size of gradient descent.

    Returns:
        right: Accuracy on the test sequences, (n_seeds,).
        history: As `sequence_learning.train` returns it.
    """

    def wide(n, n_blocks, rng):
        return gradient_flow.with_radius(glorot_recurrent(n, n_blocks, rng), radius)

    rng = np.random.default_rng([lag, *seeds])
    params, history = learning.train(
        recurrent,
        learning.init(recurrent, 2, 17, 2, seeds, recurrent=wide),
        lambda: draw(lag, (len(seeds), BATCH_SIZE), rng),
        losses.cross_entropy,
        optimizer=optimizers.gradient_descent,
        n_updates=N_UPDATES,
        learning_rate=learning_rate,
        max_norm=max_norm,
    )
    return accuracy(recurrent, params, *held_out(lag, "test")), history


def last_steps(x):
    """The last `WINDOW` steps side by side, (n, 2 * WINDOW); zeros stand before step 1."""
    padded = np.pad(x, ((0, 0), (WINDOW, 0), (0, 0)))
    return padded[:, -WINDOW:].reshape(len(x), -1)


def window_accuracy(lag, seeds, n_examples=4000):
    """Accuracy of a feedforward network that sees the last `WINDOW` steps, (n_seeds,).

    It has 16 hidden units, so about as many parameters as the recurrent networks.

    Args:
        lag: As in `draw`.
        seeds: Seeds of weights and data.
        n_examples: Training sequences; each is used in two epochs of Adam.

    Returns:
        Shares of right answers on the test sequences.
    """
    x_test, bit_test = held_out(lag, "test")
    shares = []
    for seed in seeds:
        rng = np.random.default_rng([lag, seed])
        x, bit = draw(lag, (n_examples,), rng)
        params = mlp.init([2 * WINDOW, 16, 2], rng)
        params, _ = mlp.train(
            params,
            last_steps(x),
            bit,
            loss=losses.cross_entropy,
            epochs=2,
            batch_size=BATCH_SIZE,
            learning_rate=0.01,
            rng=rng,
        )
        logits = mlp.forward(params, last_steps(x_test))[-1]
        shares.append(np.mean(np.argmax(logits, axis=1) == bit_test))
    return np.array(shares)


def search(name, seeds, lags=LAGS[2:], biases=(1.0, 3.0, 5.0)):
    """Measure a network under other settings, on validation sequences.

    Args:
        name: A key of `NETWORKS`.
        seeds: Seeds of the networks.
        lags: Lags over which accuracy is averaged.
        biases: First biases of the gates that keep the state, where there are any.

    Returns:
        Maps (learning rate, bias) to the mean accuracy; without gates the bias is None.
    """
    chosen = NETWORKS[name]
    key = next((k for k in chosen.settings if k.endswith("_bias")), None)
    found = {}
    for rate, bias in product(LEARNING_RATES, biases if key else [None]):
        settings = dict(chosen.settings) | ({key: bias} if key else {})
        network = Network(chosen.cell, chosen.n_hidden, rate, settings)
        scores = [train_and_test(network, lag, seeds, "validation") for lag in lags]
        found[rate, bias] = float(np.mean(scores))
    return found
