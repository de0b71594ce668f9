"""Trials of federated averaging on the embedded digits, and what it is compared with."""

import numpy as np

from companion.challenges import federated
from companion.networks import mlp
from companion.networks.checks import check_counts

SIZES = (64, 64, 10)
ACTIVATIONS = ("relu", "linear")
CLIENTS = 10
IN_A_ROUND = 5
# Local epochs, local batch (None for all) and rounds. The rate is the best, or among the
# best, of 0.05, 0.1, 0.2, 0.5 and 1 on validation images, for each of them.
WAYS = {
    "one step (FedSGD)": (1, None, 60),
    "one pass": (1, 10, 45),
    "five passes": (5, 10, 40),
}
LEARNING_RATE = 0.5


def arrays(data):
    """Return training and test images of a flat data set, float64, with their labels."""
    return (
        data.x_train.astype(float),
        data.y_train.astype(int),
        data.x_test.astype(float),
        data.y_test.astype(int),
    )


def shards_of(labels, skewed, rng):
    """Deal the rows to ten clients: at random, or in two slices sorted by label."""
    if skewed:
        return federated.skewed_shards(labels, CLIENTS, 2, rng)
    return federated.even_shards(len(labels), CLIENTS, rng)


def run(data, seeds, *, skewed, rounds, epochs, batch_size, learning_rate):
    """Run federated averaging from several seeds, half of ten clients in each round.

    Args:
        data: A flat `companion.datasets.Dataset`.
        seeds: One run for each: shards, weights, clients and batches.
        skewed: Whether clients have two slices of the images sorted by digit.
        rounds: Rounds of each run.
        epochs: Local passes of a client in a round.
        batch_size: Local batch, or None for all of a client's images.
        learning_rate: Step size of the clients.

    Returns:
        accuracy: Test accuracy after every round, (n_seeds, rounds).
        drift: `companion.challenges.federated.drift` of every round, of that shape.
    """
    x, labels, x_test, y_test = arrays(data)
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)

        def measure(before, after, sent):
            right = federated.accuracy(after, x_test, y_test, ACTIVATIONS)
            return right, federated.drift(before, sent)

        shards = shards_of(labels, skewed, rng)
        _, measured = federated.train(
            mlp.init(SIZES, rng),
            x,
            labels,
            shards,
            rounds=rounds,
            clients=IN_A_ROUND,
            measure=measure,
            seed=seed,
            activations=list(ACTIVATIONS),
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
        )
        found.append(measured)
    accuracy, drift = np.moveaxis(np.array(found), 2, 0)
    return accuracy, drift


def alone(data, seeds, *, skewed, epochs, batch_size, learning_rate, everything=False):
    """Train without averaging: one client on its own shard, or on all images in one place.

    Args:
        data: As in `run`; so are the next five.
        seeds: See there.
        skewed: See there.
        epochs: Passes over the images.
        batch_size: See there.
        learning_rate: See there.
        everything: Whether the images of all clients are used, which nobody may have.

    Returns:
        Test accuracy, (n_seeds,).
    """
    check_counts(epochs=epochs)
    x, labels, x_test, y_test = arrays(data)
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shards = shards_of(labels, skewed, rng)
        rows = np.concatenate(shards) if everything else shards[0]
        params = federated.local_update(
            mlp.init(SIZES, rng),
            x[rows],
            labels[rows],
            activations=list(ACTIVATIONS),
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            rng=rng,
        )
        found.append(federated.accuracy(params, x_test, y_test, ACTIVATIONS))
    return np.array(found)


def compare(data, seeds):
    """Run every way of averaging on random and on skewed shards.

    Args:
        data: A flat `companion.datasets.Dataset`.
        seeds: One run for each.

    Returns:
        Maps (way, "random" or "skewed") to what `run` returns.
    """
    return {
        (way, kind): run(
            data,
            seeds,
            skewed=kind == "skewed",
            rounds=rounds,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=LEARNING_RATE,
        )
        for way, (epochs, batch_size, rounds) in WAYS.items()
        for kind in ("random", "skewed")
    }


def rivals(data, seeds, epochs=40):
    """Train one client alone, and on all images in one place, in batches of 10.

    Args:
        data: As in `compare`; so are the seeds.
        seeds: See there.
        epochs: Passes over the images.

    Returns:
        Maps a name to test accuracies, (n_seeds,), by "random" and "skewed".
    """
    ways = {"one client alone": False, "all images in one place": True}
    return {
        name: {
            kind: alone(
                data,
                seeds,
                skewed=kind == "skewed",
                epochs=epochs,
                batch_size=10,
                learning_rate=0.1,
                everything=everything,
            )
            for kind in ("random", "skewed")
        }
        for name, everything in ways.items()
    }
