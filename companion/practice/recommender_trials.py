"""Train recommenders from several seeds, and choose settings on validation data."""

import numpy as np

from companion import training
from companion.practice.autorec import AutoRec, with_mask
from companion.practice.mult_vae import MultVAE
from companion.training.again import TrainedAgain

KINDS = ("item", "user")


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


def autorec_predictions(
    values,
    mask,
    *,
    kind="item",
    offset=0.0,
    latent_dim=20,
    l2=0.03,
    seeds=(0, 1, 2),
    n_epochs=150,
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
    settings = {"latent_dim": latent_dim, "l2": l2, "mean": mean}

    def predict(model):
        x_hat = model.predict_on_batch(x).astype(float)
        return (x_hat if kind == "user" else x_hat.T) + offset

    def build(seed):
        return AutoRec(x.shape[-1], seed=seed, **settings)

    plan = {"n_epochs": n_epochs, "learning_rate": learning_rate, "batch_size": batch_size}
    return np.array(_train_each(build, x, predict, seeds, **plan))


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

    plan = {"n_epochs": n_epochs, "learning_rate": learning_rate, "batch_size": batch_size}
    seeds = list(seeds)
    remaining = iter(seeds)
    return _train_each(build, x, lambda m: measure(m, next(remaining)), seeds, **plan)


def _train_each(build, x, finish, seeds, *, n_epochs, learning_rate, batch_size):
    """Train one compiled model from the weights of each seed, and finish with each."""
    again, found = TrainedAgain(build(0), learning_rate), []
    for seed in seeds:
        rng = training.seed_everything(seed)
        again.begin(build(seed).get_weights())
        again.train(x, n_epochs * -(-len(x) // batch_size), batch_size, rng)
        found.append(finish(again.model))
    return found
