"""A world model: a recurrent network that predicts the next code from code and action.

With z_t the code of the picture at step t, a_t the action (-1 or 1) and h_0 = 0::

    h_(t+1) = GRU(h_t, [z_t, a_t])
    z_(t+1) - z_t  is predicted as  h_(t+1) @ W_z + b_z
    P(the episode ends at t + 1) = sigma(h_(t+1) @ w_e + b_e)

The networks of several seeds are trained side by side; every array of a `stack` has an
axis of networks in front.
"""

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from companion.challenges import quick_gru as gru
from companion.networks import sequence_learning
from companion.networks.parameters import map_arrays

N_HIDDEN = 24


def sequences(codes, actions, fell, length):
    """Put episodes of different lengths side by side, cut after `length` steps.

    Args:
        codes: For each episode the codes z_0 ... z_T, shape (T + 1, K).
        actions: For each episode a_0 ... a_(T-1), 0 or 1, shape (T,).
        fell: For each episode whether its last step ended it; False if it was only cut
            off, by the limit of the task.
        length: Steps kept of each, L.

    Returns:
        Inputs, the code z_t and the action as -1 or 1, (n_episodes, L, K + 1); and targets,
        (n_episodes, L, K + 2): the change of the code, then 1 at the step that ended an
        episode, then 0 for steps behind its last, which do not count.
    """
    k = codes[0].shape[1]
    x = np.zeros((len(codes), length, k + 1))
    target = np.zeros((len(codes), length, k + 2))
    for i, (z, a, ended) in enumerate(zip(codes, actions, fell, strict=True)):
        n = min(len(a), length)
        x[i, :n, :k], x[i, :n, k] = z[:n], 2.0 * a[:n] - 1.0
        target[i, :n, :k], target[i, :n, k + 1] = z[1 : n + 1] - z[:n], 1.0
        if ended and len(a) <= length:
            target[i, n - 1, k] = 1.0
    return x, target


def prediction_loss(y, target):
    """Squared error of the change of the code, plus the cross-entropy of the end.

    Args:
        y: Outputs in rows: the change of the code and the logit of the end, (n, K + 1).
        target: As from `sequences`, in rows, (n, K + 2).

    Returns:
        Half the squared error summed over the code, plus the cross-entropy in nats, a mean
        over the rows that count; and its gradient by y, shaped as y.
    """
    counts = target[:, -1:]
    change, ended = target[:, :-2], target[:, -2:-1]
    logit = y[:, -1:]
    error = y[:, :-1] - change
    cross_entropy = np.logaddexp(0.0, logit) - ended * logit
    value = np.sum(counts * (0.5 * np.sum(error**2, axis=1, keepdims=True) + cross_entropy))
    grad = np.concatenate([error, expit(logit) - ended], axis=1) * counts
    return value / counts.sum(), grad / counts.sum()


def train(data, seeds, *, n_updates, batch_size=32, learning_rate=0.01):
    """Train a stack of world models, each on the episodes of its own seed.

    Args:
        data: For each network what `sequences` returned, all of one length.
        seeds: One for each network: initial weights and order of the episodes.
        n_updates: Steps of Adam.
        batch_size: Episodes in a step.
        learning_rate: Of Adam; falls to a tenth for the last third.

    Returns:
        A stack of parameters as `companion.networks.sequence_learning` has them.
    """
    rngs = [np.random.default_rng(seed) for seed in seeds]
    n_features = data[0][0].shape[-1]
    params = sequence_learning.init(gru, n_features, N_HIDDEN, n_features, seeds)

    def draw():
        rows = [
            rng.integers(len(x), size=batch_size)
            for rng, (x, _) in zip(rngs, data, strict=True)
        ]
        pairs = [(x[i], y[i]) for (x, y), i in zip(data, rows, strict=True)]
        return tuple(np.stack(part) for part in zip(*pairs, strict=True))

    # Products of matrices this small are slower when they are shared among threads.
    with threadpool_limits(1, "blas"):
        for share, rate in ((2 / 3, learning_rate), (1 / 3, learning_rate / 10)):
            params, _ = sequence_learning.train(
                gru,
                params,
                draw,
                prediction_loss,
                n_updates=round(share * n_updates),
                learning_rate=rate,
                last_only=False,
            )
    return params


def network(stack, i):
    """Take network i out of a stack."""
    return map_arrays(lambda array: array[i], stack)


def step(params, z, h, actions):
    """One step of one world model.

    Args:
        params: One network, from `network`.
        z: Codes, shape (batch, K).
        h: States, shape (batch, H).
        actions: 0 or 1, shape (batch,).

    Returns:
        The next codes as predicted, (batch, K), the next states, (batch, H), and the
        probability that the episode ends there, (batch,).
    """
    layer, (w_y, b_y) = params
    x = np.concatenate([z, 2.0 * np.reshape(actions, (-1, 1)) - 1.0], axis=1)
    _, _, h = gru.step(layer, x, h)
    y = h @ w_y + b_y
    return z + y[:, :-1], h, expit(y[:, -1])


def states(params, z, actions):
    """The states h_0 ... h_T while the model reads episodes.

    Args:
        params: One network.
        z: Codes of the episodes, shape (batch, T + 1, K).
        actions: Shape (batch, T).

    Returns:
        Shape (batch, T + 1, H).
    """
    pushes = 2.0 * np.asarray(actions)[..., np.newaxis] - 1.0
    h, _ = gru.forward(params[0], np.concatenate([z[:, :-1], pushes], axis=2))
    return np.concatenate([np.zeros((len(h), 1, h.shape[-1])), h], axis=1)


def forecast(params, z, h, actions):
    """Predict codes several steps ahead, each from the prediction before it.

    Args:
        params: One network.
        z: The last codes seen, shape (batch, K).
        h: The states before these were read, shape (batch, H).
        actions: What will be done, shape (batch, n_steps).

    Returns:
        Shape (batch, n_steps, K).
    """
    ahead = []
    for a in np.transpose(actions):
        z, h, _ = step(params, z, h, a)
        ahead.append(z)
    return np.stack(ahead, axis=1)
