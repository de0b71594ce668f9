"""Delayed recall: keep one bit while noise goes by, and tell it at the end.

A sequence has ``lag + 1`` steps and two features. In the first step the first feature is
the bit, +1 or -1, and the second is 1, which marks the step. In all later steps the first
feature is normal noise of standard deviation 2 and the second is 0. After the last step the
network says which bit it was. Chance is one half, and no rule does better without the first
step.

The networks have nearly the same number of parameters. What is chosen for each, the
learning rate and the number that its start keeps the state with, was chosen on validation
sequences by `search`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from companion.networks import checks, gru, losses, lstm, mlp, optimizers, recurrent
from companion.networks import sequence_learning as learning

LAGS, SEARCH_LAGS = (5, 20, 40), (20, 40, 60)
NOISE = 2.0
WINDOW = 10
LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
N_UPDATES, BATCH_SIZE, ENOUGH = 300, 16, 0.01
KEEPERS = {recurrent: "self_weight", lstm: "forget_bias", gru: "update_bias"}


@dataclass(frozen=True)
class Network:
    """A recurrent network and the settings with which it is trained.

    Args:
        cell: The module of its layer.
        n_hidden: Number of its units.
        learning_rate: Step size of the optimizer.
        keep: The argument of the layer's `init` that makes its start keep a state
            (`KEEPERS`); None for the usual start.
        optimizer: A function of `companion.networks.optimizers`.
        max_norm: As in `sequence_learning.clip`.
    """

    cell: object
    n_hidden: int
    learning_rate: float
    keep: float | None = None
    optimizer: Callable = optimizers.adam
    max_norm: float = 1.0

    def draw(self, seeds):
        """Draw a stack of these networks, one for each seed."""
        settings = {} if self.keep is None else {KEEPERS[self.cell]: self.keep}
        return learning.init(self.cell, 2, self.n_hidden, 2, seeds, **settings)


NETWORKS = {
    "Elman, orthogonal": Network(recurrent, 17, 0.03),
    "Elman, latching": Network(recurrent, 17, 0.003, keep=4.0),
    "LSTM": Network(lstm, 8, 0.003, keep=5.0),
    "GRU": Network(gru, 9, 0.01, keep=3.0),
}
KEEPS = {
    "Elman, orthogonal": (None,),
    "Elman, latching": (1.0, 2.0, 3.0, 4.0, 6.0),
    "LSTM": (1.0, 3.0, 5.0, 7.0),
    "GRU": (0.0, 1.0, 3.0, 5.0),
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


def train(network, lag, seeds, n_updates=N_UPDATES, start=None):
    """Train one network for each seed, each on fresh sequences of its own.

    Args:
        network: A `Network`.
        lag: As in `draw`.
        seeds: Seeds of the first weights; their sequence also seeds the data.
        n_updates: As in `sequence_learning.train`, which stops at a mean loss of `ENOUGH`.
        start: The first weights, a stack; drawn from the seeds if None.

    Returns:
        params: The stack of trained networks.
        history: As `sequence_learning.train` returns it.
    """
    rng = np.random.default_rng([lag, *seeds])
    return learning.train(
        network.cell,
        network.draw(seeds) if start is None else start,
        lambda: draw(lag, (len(seeds), BATCH_SIZE), rng),
        losses.cross_entropy,
        n_updates=n_updates,
        learning_rate=network.learning_rate,
        optimizer=network.optimizer,
        max_norm=network.max_norm,
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


def readout_alone(network, lag, seeds):
    """What the start of a network holds: only the readout is fitted, by least squares.

    Args:
        network: A `Network`; its layer stays as it is drawn.
        lag: As in `draw`.
        seeds: Seeds of the first weights.

    Returns:
        Accuracy on the test sequences of a readout fitted to validation ones, (n_seeds,).
    """
    layer, _ = network.draw(seeds)
    x, bit = held_out(lag, "validation")
    x_test, bit_test = held_out(lag, "test")
    last, last_test = (network.cell.forward(layer, x)[0][..., -1, :] for x in (x, x_test))
    fits = [np.linalg.lstsq(h, 2.0 * bit - 1.0, rcond=None)[0] for h in last]
    found = [(h @ fit > 0) == bit_test for h, fit in zip(last_test, fits, strict=True)]
    return np.mean(found, axis=1)


def descend(learning_rate, max_norm, seeds, lag=10, radius=1.5):
    """Train Elman networks that begin with exploding gradients, by plain gradient descent.

    Args:
        learning_rate: Step size of gradient descent.
        max_norm: As in `sequence_learning.clip`; infinity for no clipping.
        seeds: As in `train`.
        lag: As in `draw`.
        radius: Spectral radius of the first recurrent weights, which are orthogonal but
            for this factor.

    Returns:
        right: Accuracy on the test sequences, (n_seeds,).
        history: As `sequence_learning.train` returns it.
    """
    descent = optimizers.gradient_descent
    network = Network(recurrent, 17, learning_rate, None, descent, max_norm)
    (w_x, w_h, b), readout = network.draw(seeds)
    start = (w_x, radius * w_h, b), readout
    params, history = train(network, lag, seeds, start=start)
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


def search(name, seeds, lags=SEARCH_LAGS, rates=LEARNING_RATES):
    """Measure a network under other settings, on validation sequences.

    Args:
        name: A key of `NETWORKS`.
        seeds: Seeds of the networks.
        lags: Lags over which accuracy is averaged.
        rates: Learning rates to try, each with every number of `KEEPS`.

    Returns:
        Maps (learning rate, keep) to the mean accuracy.
    """
    found = {}
    for rate, keep in product(rates, KEEPS[name]):
        network = replace(NETWORKS[name], learning_rate=rate, keep=keep)
        scores = [train_and_test(network, lag, seeds, "validation") for lag in lags]
        found[rate, keep] = float(np.mean(scores))
    return found
