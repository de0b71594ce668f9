"""Train recommenders from several seeds, and choose settings on validation data."""

import functools

import numpy as np

from companion import training
from companion.practice.autorec import AutoRec, with_mask
from companion.practice.mult_vae import MultVAE
from companion.practice.ranking import measure_users
from companion.practice.rating_baselines import (
    Biases,
    Factors,
    global_mean,
    item_mean,
    user_mean,
)
from companion.practice.rating_table import rmse
from companion.training.again import TrainedAgain

KINDS = ("item", "user")
BIAS_L2 = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
FACTOR_SETTINGS = tuple((k, l2) for k in (3, 4, 5, 6) for l2 in (0.1, 0.3, 1.0, 3.0, 10.0))
# Kind of rows, whether biases are taken off before, and candidates (latent_dim, l2). They
# are what was best in a wider search on validation ratings, of worlds with and without
# preference: 8, 20, 50, 100 and 300 units, penalties from 0.01 to 1, 100 and 300 passes.
AUTORECS = {
    "I-AutoRec": ("item", False, ((20, 0.03), (300, 0.3))),
    "U-AutoRec": ("user", False, ((20, 0.03), (100, 0.1))),
    "I-AutoRec, biases off": ("item", True, ((20, 0.03), (20, 0.1))),
}


def choose(settings, measure):
    """Measure each setting and name the best one.

    Args:
        settings: Candidates, in order; anything hashable.
        measure: Takes a setting and returns a number, the higher the better, taken on
            validation data.

    Returns:
        best: The setting with the highest number, the first of equals.
        found: The number of each setting, a dictionary.

    Raises:
        ValueError: If there are no settings.
    """
    found = {setting: float(measure(setting)) for setting in settings}
    if not found:
        raise ValueError("settings must hold at least one candidate; got none")
    return max(found, key=found.get), found


def tuned_predictions(table, validation, seed=0, autorecs=tuple(AUTORECS)):
    """Predictions of means, biases, factors and AutoRecs, each tuned on validation ratings.

    Args:
        table: Training ratings and their mask, each (n_users, n_items).
        validation: Pairs and ratings that decide between settings, (n, 2) and (n,).
        seed: Seed of what is drawn: first factors, weights and batches.
        autorecs: Which of `AUTORECS` to train.

    Returns:
        Predictions for all pairs, (n_users, n_items), by the name of the model.
    """

    def best(settings, predict):
        tried = {setting: predict(setting) for setting in settings}
        return tried[choose(tried, lambda s: -rmse(tried[s], *validation))[0]]

    biases = best(BIAS_L2, lambda l2: Biases(l2).fit(*table).predict())
    found = {"mean of all": global_mean(*table), "user mean": user_mean(*table)}
    found |= {"item mean": item_mean(*table), "biases": biases}
    found["factors"] = best(
        FACTOR_SETTINGS, lambda s: Factors(*s, bias_l2=2.0, seed=seed).fit(*table).predict()
    )
    for name in autorecs:
        kind, is_off, settings = AUTORECS[name]
        plan = {"kind": kind, "offset": biases if is_off else 0.0, "seeds": (seed,)}

        def train(setting, plan=plan):
            latent_dim, l2 = setting
            return autorec_predictions(*table, latent_dim=latent_dim, l2=l2, **plan)[0]

        found[name] = best(settings, train)
    return found


def autorec_predictions(
    values,
    mask,
    *,
    kind="item",
    offset=0.0,
    latent_dim=20,
    l2=0.03,
    seeds=(0, 1, 2),
    n_epochs=100,
    learning_rate=3e-3,
    batch_size=32,
):
    """Train an `AutoRec` from each seed, and predict every pair.

    Args:
        values: Ratings, (n_users, n_items), 0 where there is none.
        mask: 1 where there is a rating, otherwise 0.
        kind: "item" for I-AutoRec, whose rows are items, or "user" for U-AutoRec.
        offset: What is taken off the ratings before, and added to the predictions: a
            number or a table, such as the predictions of biases.
        latent_dim: As in `AutoRec`.
        l2: As in `AutoRec`.
        seeds: One training for each.
        n_epochs: Passes over the rows.
        learning_rate: Step size of Adam.
        batch_size: Rows in a step.

    Returns:
        Predictions, (n_seeds, n_users, n_items), float64.

    Raises:
        ValueError: If `kind` is unknown, or the table holds no rating.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if not mask.any():
        raise ValueError("mask must mark at least one rating; got none")
    rest = (values - offset) * mask
    turned = (rest, mask) if kind == "user" else (rest.T, mask.T)
    x, mean = with_mask(*turned), rest.sum() / mask.sum()
    again = _compiled_autorec(x.shape[-1], latent_dim, learning_rate)

    def predict(model):
        x_hat = model.predict_on_batch(x).astype(float)
        return (x_hat if kind == "user" else x_hat.T) + offset

    def weights(seed):
        return AutoRec(x.shape[-1], latent_dim, l2, mean, seed).get_weights()

    return np.array(_train_each(again, weights, x, predict, seeds, n_epochs, batch_size))


@functools.lru_cache(maxsize=8)
def _compiled_autorec(n_features, latent_dim, learning_rate):
    """A compiled model for every training of this shape and rate."""
    return TrainedAgain(AutoRec(n_features, latent_dim), learning_rate)


def mult_vae_measures(
    x,
    measure,
    *,
    seeds=(0, 1, 2),
    n_epochs=60,
    learning_rate=2e-3,
    batch_size=64,
    **settings,
):
    """Train a `MultVAE` from each seed, and measure it.

    Args:
        x: Rows of 0 and 1 of the training users, (n_users, n_items).
        measure: Takes the trained model and the seed; returns anything.
        seeds: One training for each.
        n_epochs: Passes over the users.
        learning_rate: Step size of Adam.
        batch_size: Users in a step.
        **settings: Further arguments of `MultVAE`.

    Returns:
        What `measure` returned, a list.
    """

    def build(seed):
        return MultVAE(x.shape[1], seed=seed, **settings)

    again, seeds = TrainedAgain(build(0), learning_rate), list(seeds)
    remaining = iter(seeds)

    def finish(model):
        return measure(model, next(remaining))

    def weights(seed):
        return build(seed).get_weights()

    return _train_each(again, weights, x, finish, seeds, n_epochs, batch_size)


def _train_each(again, weights, x, finish, seeds, n_epochs, batch_size):
    """Train a compiled model from the weights of each seed, and finish with each."""
    found, n_steps = [], n_epochs * -(-len(x) // batch_size)
    for seed in seeds:
        rng = training.seed_everything(seed)
        again.begin(weights(seed))
        again.train(x, n_steps, batch_size, rng)
        found.append(finish(again.model))
    return found


def mult_vae_users(x, x_new, seeds, **settings):
    """Train a `MultVAE` from each seed, and measure its rankings for new users.

    Args:
        x: Rows of the training users.
        x_new: Rows of other users, of whom each seed folds in its own part.
        seeds: One training and one folding in for each.
        **settings: Those of `mult_vae_measures`.

    Returns:
        As `companion.practice.ranking.measure_users`.
    """

    def measure(model, seed):
        return measure_users(model.scores, x_new, (seed,))

    found = mult_vae_measures(x, measure, seeds=seeds, **{"n_epochs": 40} | settings)
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}
