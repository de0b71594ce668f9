"""Sedhain et al. (2015): AutoRec predicts the ratings of MovieLens 1M.

Claim: I-AutoRec has a root mean squared error of 0.831 on a random tenth of the ratings
(table 1), averaged over repeated splits. Here as there: 500 hidden sigmoid units, a linear
output, a tenth of the training ratings for choosing the penalty, and films or users
without a training rating are predicted as 3. Predictions are cut off at 1 and 5.

What differs: Adam with a falling rate in place of RProp; three candidates for the
penalty, each trained once on the smaller training part, and a last training on all of the
nine tenths with the best one; three splits in place of five. The number of passes and the
candidates were set without trying them on these data, which could not be had where this
module was written.
"""

import keras
import numpy as np

from companion import datasets
from companion.practice.autorec import AutoRec, with_mask
from companion.practice.rating_baselines import Biases, global_mean, item_mean
from companion.practice.rating_table import random_split, rmse, to_table
from reproductions.claims import Claim, Paper

EPOCHS = 80
PENALTIES = (0.01, 0.03, 0.1)
PAPER = Paper(
    name="sedhain2015",
    key="sedhain2015autorec",
    where="table 1",
    dataset="movielens_1m",
    claim=Claim(
        what="RMSE of I-AutoRec on held-out ratings",
        published=0.831,
        unit="stars",
        tolerance=0.005,
        partly_tolerance=0.02,
    ),
    recipe={
        "latent_dim": 500,
        "penalties": list(PENALTIES),
        "batch_size": 64,
        "learning_rate": 1e-3,
        "epochs": EPOCHS,
    },
    epochs=(len(PENALTIES) + 1) * EPOCHS,
    budget_cpu_minutes=30,
)
RECIPE = PAPER.recipe
SCALE, UNKNOWN = (1.0, 5.0), 3.0


def run(seed, progress):
    """Choose the penalty, train on nine tenths, and measure on the last.

    Args:
        seed: Seed of the split, the weights and the batches.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The test error in stars; as extras, the chosen penalty and its validation error.
    """
    pairs, ratings, shape = all_ratings()
    train, val, test = parts(len(pairs), seed)
    errors = {}
    for i, l2 in enumerate(RECIPE["penalties"]):
        predicted = train_and_predict(
            f"penalty{i}", to_table(pairs[train], ratings[train], shape), l2, progress
        )
        errors[l2] = rmse(predicted, pairs[val], ratings[val])
    best = min(errors, key=errors.get)
    both = np.concatenate([train, val])
    table = to_table(pairs[both], ratings[both], shape)
    predicted = train_and_predict("final", table, best, progress)
    extras = {"penalty": best, "validation RMSE": errors[best]}
    return rmse(predicted, pairs[test], ratings[test]), extras


def all_ratings():
    """Return all pairs, their ratings, and the numbers of users and films."""
    data = datasets.load("movielens_1m")
    pairs = np.concatenate([data.x_train, data.x_val, data.x_test])
    ratings = np.concatenate([data.y_train, data.y_val, data.y_test])
    return pairs, ratings, tuple(pairs.max(axis=0) + 1)


def parts(n, seed):
    """Split n ratings: a tenth for the test, a tenth of the rest for validation."""
    train, val, test = random_split(n, seed, share=0.1)
    rest = np.concatenate([train, val])
    n_val = round(0.1 * len(rest))
    return rest[:-n_val], rest[-n_val:], test


def train_and_predict(part, table, l2, progress):
    """Train one I-AutoRec on a table, and predict every pair, (n_users, n_films)."""
    values, mask = table
    x = with_mask(values.T, mask.T)
    mean = values.sum() / mask.sum()
    model = AutoRec(x.shape[-1], RECIPE["latent_dim"], l2, mean, progress.seed)
    unused = np.zeros((len(x), 1), np.float32)  # the loss takes its targets from x
    n_steps = RECIPE["epochs"] * -(-len(x) // RECIPE["batch_size"])
    schedule = keras.optimizers.schedules.CosineDecay(RECIPE["learning_rate"], n_steps)
    progress.fit(
        part,
        model,
        lambda rng: (x[rng.permutation(len(x))], unused),
        epochs=RECIPE["epochs"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(schedule),
    )
    predicted = model.predict(x, batch_size=256, verbose=0).T.astype(float)
    predicted[:, mask.sum(axis=0) == 0] = UNKNOWN
    predicted[mask.sum(axis=1) == 0] = UNKNOWN
    return np.clip(predicted, *SCALE)


def baselines():
    """Measure means and biases on the split of seed 0, with one penalty of 5.

    Returns:
        The test error in stars, by name.
    """
    pairs, ratings, shape = all_ratings()
    train, val, test = parts(len(pairs), 0)
    both = np.concatenate([train, val])
    table = to_table(pairs[both], ratings[both], shape)
    predicted = {
        "mean of all": global_mean(*table),
        "film mean": item_mean(*table),
        "biases": Biases(5.0).fit(*table).predict(),
    }
    return {name: rmse(p, pairs[test], ratings[test]) for name, p in predicted.items()}
