"""Predict the next value of a signal: recurrent networks, linear prediction, persistence.

A window is T samples of a signal; from the samples up to t the one at t + 1 is predicted,
for every t from `WARM_UP` on, so that all rules have at least that much past::

    persistence         x_hat_(t+1) = x_t
    autoregression      x_hat_(t+1) = a_0 + a_1 x_t + ... + a_p x_(t-p+1)
    recurrent network   x_hat_(t+1) = x_t + y_t

The network's output corrects persistence. Errors are means of squares over windows and
steps.
"""

from itertools import product

import numpy as np

from companion.networks import losses, lstm, recurrent
from companion.networks import sequence_learning as learning
from companion.networks.parameters import map_arrays

WARM_UP = 15
ORDERS = (1, 2, 3, 5, 8, 10, 15)
SIZES, LEARNING_RATES = (4, 8, 16), (0.003, 0.01, 0.03)
NETWORKS = {"Elman": (recurrent, 16, 0.01), "LSTM": (lstm, 16, 0.01)}
N_ROUNDS, UPDATES_PER_ROUND, BATCH_SIZE = 6, 50, 32


def check_windows(x):
    """Refuse what is no batch of windows with something to predict.

    Args:
        x: Windows, shape (n, T).

    Raises:
        ValueError: If `x` is no (n, T) with T above `WARM_UP`.
    """
    shape = np.shape(x)
    if len(shape) != 2 or shape[0] == 0 or shape[1] <= WARM_UP:
        raise ValueError(f"x must have shape (n, T) with T above {WARM_UP}; got {shape}")


def persistence_error(x):
    """Mean squared error of "the next value is the present one"."""
    check_windows(x)
    return float(np.mean((x[:, WARM_UP:] - x[:, WARM_UP - 1 : -1]) ** 2))


def _past(x, order):
    """The last `order` samples and a 1 before each predicted sample, and that sample."""
    steps = range(WARM_UP, x.shape[1])
    past = np.concatenate([x[:, t - order : t] for t in steps])
    return np.column_stack([past, np.ones(len(past))]), x[:, WARM_UP:].T.ravel()


def fit_autoregression(x, order):
    """Fit a linear prediction by least squares.

    Args:
        x: Windows, shape (n, T).
        order: p, the number of past samples, from 1 to `WARM_UP`.

    Returns:
        The coefficients, the oldest sample's first and a_0 last, shape (p + 1,).

    Raises:
        ValueError: If `x` is no batch of windows, or `order` is out of range.
    """
    check_windows(x)
    if not 1 <= order <= WARM_UP:
        raise ValueError(f"order must be from 1 to {WARM_UP}; got {order}")
    past, following = _past(x, order)
    return np.linalg.lstsq(past, following, rcond=None)[0]


def autoregression_error(coefficients, x):
    """Mean squared error of a linear prediction on windows x, shape (n, T)."""
    check_windows(x)
    past, following = _past(x, len(coefficients) - 1)
    return float(np.mean((past @ coefficients - following) ** 2))


def best_autoregression(x_train, x_val):
    """Fit every order of `ORDERS`, and keep the one with the least validation error."""
    fits = [fit_autoregression(x_train, order) for order in ORDERS]
    return min(fits, key=lambda fit: autoregression_error(fit, x_val))


def network_errors(cell, params, x):
    """Mean squared error of each network of a stack on windows x, (n_networks,)."""
    check_windows(x)
    y, _ = learning.outputs(cell, params, x[:, :-1, np.newaxis])
    error = x[:, :-1] + y[..., 0] - x[:, 1:]
    return np.mean(error[..., WARM_UP - 1 :] ** 2, axis=(-2, -1))


def train(cell, n_hidden, x_train, x_val, seeds, learning_rate, **settings):
    """Train a stack of networks; each keeps the round with its least validation error.

    Args:
        cell: One of the modules `recurrent`, `lstm` and `gru`.
        n_hidden: Number of units.
        x_train: Windows for training, shape (n, T).
        x_val: Windows that decide when to stop, shape (n_val, T).
        seeds: One seed for each network.
        learning_rate: Step size of Adam, which begins anew in every round.
        settings: Passed to the `init` of the layer.

    Returns:
        params: The stack.
        errors: Its validation errors, (n_networks,).

    Raises:
        ValueError: If `x_train` or `x_val` is no batch of windows.
    """
    check_windows(x_train)
    rng = np.random.default_rng(seeds)

    def draw():
        x = x_train[rng.integers(len(x_train), size=(len(seeds), BATCH_SIZE))]
        return x[..., :-1, np.newaxis], np.diff(x)[..., np.newaxis]

    params = learning.init(cell, 1, n_hidden, 1, seeds, **settings)
    best, errors = params, network_errors(cell, params, x_val)
    for _ in range(N_ROUNDS):
        params, _ = learning.train(
            cell, params, draw, losses.mse, n_updates=UPDATES_PER_ROUND,
            learning_rate=learning_rate, last_only=False,
        )  # fmt: skip
        found = network_errors(cell, params, x_val)
        better = found < errors
        best = map_arrays(lambda b, p, k=better: _where(k, p, b), best, params)
        errors = np.minimum(errors, found)
    return best, errors


def _where(keep, new, old):
    return np.where(keep.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def search(cell, x_train, x_val, seeds, sizes=SIZES):
    """Train networks of several sizes at several rates, and measure them on `x_val`.

    Args:
        cell: One of the modules `recurrent`, `lstm` and `gru`.
        x_train: Windows for training, shape (n, T).
        x_val: Windows that decide, shape (n_val, T).
        seeds: Seeds of the networks.
        sizes: Numbers of units to try, each with every rate of `LEARNING_RATES`.

    Returns:
        Maps (size, learning rate) to the mean error on `x_val`.
    """
    return {
        (n, rate): float(np.mean(train(cell, n, x_train, x_val, seeds, rate)[1]))
        for n, rate in product(sizes, LEARNING_RATES)
    }
