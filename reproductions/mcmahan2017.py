"""McMahan et al. (2017): federated averaging on MNIST, rounds to 97 % test accuracy.

Claim: table 1, the network "2NN" (two hidden layers of 200 ReLU units), 100 clients of
which a tenth takes part in each round, one local epoch, batches of 10: 87 rounds where
every client has random images, 664 where every client has two slices of the images sorted
by digit. Rounds are counted as there: until the best test accuracy so far reaches 97 %, on
a line between two rounds. The recipe's `epochs` are rounds at most.

What differs: 55,000 of the 60,000 training images, the rest being held out; Glorot's
weights; and the learning rate, chosen for each case on the held-out images in shorter runs
of another seed among 0.05, 0.1, 0.2, 0.3 and 0.4 (0.2 in both), where the paper took the
best of a finer grid on the test images. The rounds are counted on test images, because
the paper's are.

The tolerances were set before the seeds were run: a round count of the paper comes from a
single run, and such a count varies.
"""

import numpy as np

from companion import datasets
from companion.challenges import federated
from companion.networks import mlp, optimizers
from companion.networks.losses import cross_entropy
from reproductions.array_training import advance
from reproductions.claims import Claim, Paper

CASES = ("IID", "skewed")
TARGET = 0.97
NAME_SKEWED = "rounds with two digits at most clients"
PAPER = Paper(
    name="mcmahan2017",
    key="mcmahan2017communication",
    where="table 1",
    dataset="mnist",
    claim=Claim(
        what="rounds of federated averaging to 97 % test accuracy, random shards",
        published=87,
        unit="rounds",
        tolerance=20,
        partly_tolerance=60,
    ),
    also={
        NAME_SKEWED: Claim(
            what="rounds of federated averaging to 97 % test accuracy, skewed shards",
            published=664,
            unit="rounds",
            tolerance=160,
            partly_tolerance=450,
        )
    },
    recipe={
        "hidden": [200, 200],
        "clients": 100,
        "clients_in_a_round": 10,
        "local_epochs": 1,
        "batch_size": 10,
        "learning_rate": 0.2,
        "epochs_IID": 300,
        "epochs_skewed": 1200,
        "target": TARGET,
    },
    epochs=1500,
    budget_cpu_minutes=15,
)
RECIPE = PAPER.recipe
HIDDEN = "relu"


def run(seed, progress):
    """Count the rounds on random and on skewed shards.

    Args:
        seed: Seed of the weights, the shards, the clients and the batches.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        Rounds on random shards; as extras, those on skewed ones, and the best accuracies.
        A run that never reaches the target counts as its greatest number of rounds.
    """
    data = datasets.load("mnist").flat()
    counts, extras = {}, {}
    for case in CASES:
        most = RECIPE[f"epochs_{case}"]
        accuracies = learn(case, data, seed, progress, most)
        counts[case] = min(float(most), federated.rounds_to(RECIPE["target"], accuracies))
        extras[f"best test accuracy, {case}"] = max(accuracies)
    return counts["IID"], extras | {NAME_SKEWED: counts["skewed"]}


def shards_of(case, labels, rng):
    """Divide the rows among the clients: at random, or two slices by digit for each."""
    if case == "IID":
        return federated.even_shards(len(labels), RECIPE["clients"], rng)
    return federated.skewed_shards(labels, RECIPE["clients"], 2, rng)


def learn(case, data, seed, progress, rounds):
    """Run the rounds of one case, and return the test accuracy after each."""
    rng = np.random.default_rng([seed, 1])
    labels, labels_test = data.y_train.astype(int), data.y_test.astype(int)
    shards = shards_of(case, labels, rng)
    params = initial(data.x_train.shape[1], rng)
    activations = layer_names()
    settings = {
        "activations": activations,
        "epochs": RECIPE["local_epochs"],
        "batch_size": RECIPE["batch_size"],
        "learning_rate": RECIPE["learning_rate"],
    }

    def one_round(params, _, rng):
        chosen = rng.choice(len(shards), RECIPE["clients_in_a_round"], replace=False)
        params, _ = federated.federated_round(
            params, data.x_train, labels, [shards[k] for k in chosen], rng=rng, **settings
        )
        params = in_single_precision(params)
        return params, federated.accuracy(params, data.x_test, labels_test, activations)

    _, measured = advance(progress, case, params, one_round, rounds, RECIPE["target"])
    return measured


def layer_names():
    """Return the activations of the network: hidden layers, and a linear one at the end."""
    return [HIDDEN] * len(RECIPE["hidden"]) + ["linear"]


def initial(n_pixels, rng):
    """Draw the first weights, in single precision."""
    return in_single_precision(mlp.init([n_pixels, *RECIPE["hidden"], 10], rng))


def in_single_precision(params):
    """Return the weights and biases as float32."""
    return tuple([array.astype(np.float32) for array in part] for part in params)


def baselines():
    """Train on all images in one place, and on the images of one client.

    Returns:
        The test accuracy in percent after five passes over all training images in
        batches of 10, and after 50 passes over one random shard, seed 0.
    """
    data = datasets.load("mnist").flat()
    labels, labels_test = data.y_train.astype(int), data.y_test.astype(int)
    rng = np.random.default_rng(0)
    own = shards_of("IID", labels, rng)[0]
    everything = np.arange(len(labels))
    found = {}
    for name, rows, epochs in (("all images", everything, 5), ("one client", own, 50)):
        params, _ = mlp.train(
            initial(data.x_train.shape[1], rng),
            data.x_train[rows],
            labels[rows],
            activations=layer_names(),
            loss=cross_entropy,
            optimizer=optimizers.gradient_descent,
            epochs=epochs,
            batch_size=RECIPE["batch_size"],
            learning_rate=RECIPE["learning_rate"],
            rng=rng,
        )
        accuracy = federated.accuracy(params, data.x_test, labels_test, layer_names())
        found[f"test accuracy in %, {name}"] = 100.0 * accuracy
    return found
