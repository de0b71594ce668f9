"""Generate images from a prior over indices, for every run of a model, and judge them."""

import numpy as np

from companion.autoencoders.codebooks import decode_indices
from companion.autoencoders.index_priors import TablePrior, judge_rows


def generate(runs, x_train, n_previous, n, seed=0, strength=2.0):
    """Fit a `TablePrior` to the indices of each run, and draw from it.

    Args:
        runs: A `CodebookRuns`.
        x_train: Images whose indices are counted, shape (n_train, H, W, C).
        n_previous: Numbers that the tables look back at; -1 for equal shares.
        n: Rows to draw.
        seed: Seed of the draws.
        strength: Imagined examples of the tables, as in `TablePrior`.

    Returns:
        Indices, shape (n_seeds, n, places).
    """
    rng = np.random.default_rng(seed)
    prior = TablePrior(runs.n_entries, n_previous, strength)
    return np.stack([prior.fit(a).sample(n, rng) for a in runs.indices(x_train)])


def judge_generated(runs, rows, x_train, x_test):
    """Judge the generated rows of each run by `judge_rows`, and average over the draws.

    Args:
        runs: A `CodebookRuns`.
        rows: Generated indices, shape (n_seeds, n_draws * n, places).
        x_train: Training images, shape (n_train, H, W, C).
        x_test: Held-out images, shape (n, H, W, C).

    Returns:
        Accuracy of the neighbor test, Fréchet distance and share of copies of each run,
        shape (n_seeds, 3).

    Raises:
        ValueError: If the number of rows is no multiple of the number of images.
    """
    n_draws, rest = divmod(np.shape(rows)[1], len(x_test))
    if rest or n_draws == 0:
        raise ValueError(
            f"rows must be a multiple of {len(x_test)} for each run, as many as images "
            f"in x_test; got {np.shape(rows)[1]}"
        )
    train, test, found = runs.indices(x_train), runs.indices(x_test), []
    for i, model in enumerate(runs.each()):

        def decode(indices, model=model):
            return decode_indices(model, indices)

        draws = np.split(rows[i], n_draws)
        judged = [judge_rows(draw, test[i], train[i], decode, x_test) for draw in draws]
        found.append(np.mean(judged, axis=0))
    return np.array(found)
