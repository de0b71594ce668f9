"""Federated averaging: clients train on data that stay with them, a server averages.

In each round the server sends its weights w to some clients. Client k, with n_k examples,
takes steps of gradient descent on its own data, from w to w_k, and sends w_k back::

    w  <-  sum_k (n_k / n) w_k,    n = sum_k n_k

With one step on all n_k examples this is one step of gradient descent on the examples of
all these clients together, called FedSGD; that holds for the weights n_k / n and for no
others. Networks are those of `companion.networks.mlp`, the loss is the cross-entropy.
"""

import numpy as np

from companion.challenges.distributed_gradients import combine
from companion.networks import losses, mlp, optimizers
from companion.networks.checks import check_counts
from companion.networks.parameters import leaves, map_arrays


def even_shards(n_rows, n_clients, rng):
    """Deal rows out at random, in parts as equal as they can be.

    Args:
        n_rows: Rows in all.
        n_clients: Number of parts, at most `n_rows`.
        rng: A `numpy.random.Generator`.

    Returns:
        One array of row numbers for each client.

    Raises:
        ValueError: If a client would get no row.
    """
    check_counts(n_clients=n_clients)
    if n_clients > n_rows:
        raise ValueError(f"n_clients must be at most the {n_rows} rows; got {n_clients}")
    return np.array_split(rng.permutation(n_rows), n_clients)


def skewed_shards(labels, n_clients, pieces, rng):
    """Sort the rows by label, cut them into pieces, and give each client a few.

    Args:
        labels: Classes, shape (n,).
        n_clients: Number of clients.
        pieces: Pieces for each client; with 2, most clients see two classes.
        rng: A `numpy.random.Generator` that deals out the pieces.

    Returns:
        One array of row numbers for each client.

    Raises:
        ValueError: If there are more pieces than rows.

    Source:
        McMahan et al. (2017), section 3, "pathological non-IID".
    """
    check_counts(n_clients=n_clients, pieces=pieces)
    if n_clients * pieces > len(labels):
        raise ValueError(
            f"pieces must leave each piece one of the {len(labels)} rows; got {pieces} "
            f"for each of {n_clients} clients"
        )
    cut = np.array_split(np.argsort(labels, kind="stable"), n_clients * pieces)
    dealt = rng.permutation(len(cut)).reshape(n_clients, pieces)
    return [np.concatenate([cut[piece] for piece in hand]) for hand in dealt]


def local_update(params, x, labels, *, activations, epochs, batch_size, learning_rate, rng):
    """Train on one client's data by plain gradient descent, and return the new weights.

    Args:
        params: The server's weights; left unchanged.
        x: The client's examples, (n_k, D).
        labels: Their classes, (n_k,).
        activations: As in `companion.networks.mlp.forward`.
        epochs: Passes over the client's data.
        batch_size: Examples in a step, or None for all of them at once.
        learning_rate: Step size.
        rng: A `numpy.random.Generator` that shuffles.

    Returns:
        params: The client's weights.
    """
    size = len(x) if batch_size is None else batch_size
    for _ in range(epochs):
        for rows in mlp.draw_batches(len(x), size, rng):
            _, grads = mlp.loss_and_grads(
                params, x[rows], labels[rows], activations, losses.cross_entropy
            )
            params, _ = optimizers.gradient_descent(params, grads, None, learning_rate)
    return params


def federated_round(params, x, labels, shards, **settings):
    """Let some clients train, and average what they send back.

    Args:
        params: The server's weights.
        x: All examples, (n, D); a client reads the rows of its shard only.
        labels: All classes, (n,).
        shards: Row numbers of the clients that take part.
        settings: Those of `local_update`.

    Returns:
        params: The server's new weights.
        sent: What each client sent.

    Source:
        McMahan et al. (2017), algorithm 1.
    """
    sent = [local_update(params, x[rows], labels[rows], **settings) for rows in shards]
    return combine(sent, [len(rows) for rows in shards]), sent


def accuracy(params, x, labels, activations=None):
    """Share of examples whose largest logit stands at the right class."""
    logits = mlp.forward(params, x, activations)[-1]
    return float(np.mean(logits.argmax(axis=1) == labels))


def flat(params):
    """Return all weights and biases of a network in one row."""
    return np.concatenate([array.ravel() for array in leaves(params)])


def drift(params, sent):
    """How far clients move apart, in units of the way that they go together.

    With the updates u_k = w_k - w and their mean u, the root of the mean of
    ``|u_k - u|^2``, divided by ``|u|``: 0 if all clients send the same.

    Args:
        params: The weights that the server sent.
        sent: What each client sent back.

    Returns:
        A number of at least 0.
    """
    updates = np.stack([flat(map_arrays(np.subtract, new, params)) for new in sent])
    mean = updates.mean(axis=0)
    spread = np.mean(np.sum((updates - mean) ** 2, axis=1))
    return float(np.sqrt(spread) / np.linalg.norm(mean))


def train(params, x, labels, shards, *, rounds, clients, measure, seed, **settings):
    """Run federated averaging for a number of rounds.

    Args:
        params: The server's first weights.
        x: All examples, (n, D).
        labels: All classes, (n,).
        shards: Row numbers of every client.
        rounds: Number of rounds.
        clients: Clients in a round, drawn anew each time.
        measure: A function of the weights before a round, of those after it, and of what
            the clients sent.
        seed: Draws the clients and their batches.
        settings: Those of `local_update`.

    Returns:
        params: The weights after the last round.
        measured: What `measure` returned, one entry for each round.

    Raises:
        ValueError: If a count is below 1 or there are fewer clients than wanted.
    """
    check_counts(rounds=rounds, clients=clients)
    if clients > len(shards):
        raise ValueError(f"clients must be at most {len(shards)}; got {clients}")
    rng, measured = np.random.default_rng(seed), []
    for _ in range(rounds):
        chosen = rng.choice(len(shards), clients, replace=False)
        before = params
        params, sent = federated_round(
            params, x, labels, [shards[k] for k in chosen], rng=rng, **settings
        )
        measured.append(measure(before, params, sent))
    return params, measured


def rounds_to(target, values):
    """Rounds until a target is reached, on a line between measurements.

    The values are taken as their best so far.

    Args:
        target: The value to reach.
        values: One for each round, shape (n,).

    Returns:
        The number of rounds, infinite if it is not reached.

    Source:
        McMahan et al. (2017), section 3.
    """
    best = np.maximum.accumulate(values)
    if best[-1] < target:
        return float("inf")
    after = int(np.argmax(best >= target))
    if after == 0:
        return 1.0
    low, high = best[after - 1], best[after]
    return float(after + (target - low) / (high - low))
