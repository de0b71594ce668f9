"""A curve drawn by one hidden layer: what its units could do, and what training finds.

With H hidden tanh units and a linear output the network computes::

    x_hat(x) = sum over j of  v_j tanh(w_j x + b_j)  +  c

Training moves all of w, b, v and c. For given w and b, though, the best v and c are the
solution of a linear least-squares problem, with nothing left to search.
"""

import numpy as np

from companion.networks import stacked

ACTIVATIONS = ["tanh", "linear"]


def curve(x):
    """The curve to draw: a wave that decays, ``exp(-x) sin(3 pi x)``."""
    return np.exp(-x) * np.sin(3 * np.pi * x)


def train(n_hidden, n_seeds, x, *, n_steps, learning_rate):
    """Train networks of one width from the seeds 0 to n_seeds - 1.

    Args:
        n_hidden: H.
        n_seeds: Starting points.
        x: Places where the curve is shown, (n, 1).
        n_steps: Steps of Adam, each on all places.
        learning_rate: Its step size.

    Returns:
        params: Stacked networks.
        losses: Mean squared error of each at these places.
    """
    rngs = [np.random.default_rng(seed) for seed in range(n_seeds)]
    return stacked.train(
        stacked.init([1, n_hidden, 1], rngs),
        x,
        curve(x),
        activations=ACTIVATIONS,
        n_steps=n_steps,
        learning_rate=learning_rate,
    )


def train_tuned(n_hidden, n_seeds, x, *, n_steps, learning_rates):
    """Train at several learning rates; keep the one with the lowest mean error at `x`."""
    runs = [
        train(n_hidden, n_seeds, x, n_steps=n_steps, learning_rate=rate)
        for rate in learning_rates
    ]
    return min(runs, key=lambda run: run[1].mean())[0]


def errors(params, x):
    """Mean squared error of every network at the places `x`, (n_networks,)."""
    output = stacked.forward(params, x, ACTIVATIONS)[-1]
    return np.mean((output - curve(x)) ** 2, axis=(1, 2))


def with_best_output(params, x):
    """Keep the hidden units and solve for the output weights that fit best at `x`.

    Args:
        params: Stacked networks; left unchanged.
        x: Places where the curve is shown, (n, 1).

    Returns:
        params: The networks with other v and c.
    """
    (first, last), (bias, _) = params
    hidden = stacked.forward(params, x, ACTIVATIONS)[1]
    inputs = np.concatenate([hidden, np.ones((*hidden.shape[:2], 1))], axis=2)
    # Nearly equal units would get huge opposite weights; the cut keeps them small.
    solved = np.linalg.pinv(inputs, rcond=1e-10) @ curve(x)
    return [first, solved[:, :-1]], [bias, solved[:, -1:]]
