"""From a table of measured values to a choice: who is best at what, and who ties.

A table maps models to measures to lists of runs, one for each seed. A run is a number, or
the values of single test images whose mean the number is, or several such arrays whose
means add up to it. Where the images are known, the difference of two models is taken on
the same images, drawn anew again and again (a paired bootstrap): two models that differ
by less than this chance, or by less than anybody should care about, are not ranked.
"""

import numpy as np
from scipy.stats import spearmanr

from companion.metrics import format_range

LARGER_IS_BETTER = {
    "squared error": False,
    "PSNR": True,
    "SSIM": True,
    "error at equal bits": False,
    "error of denoised": False,
    "error in holes": False,
    "probe": True,
    "probe, few labels": True,
    "1-NN": True,
    "trustworthiness": True,
    "anomaly AUC": True,
    "Fréchet distance": False,
    "bound": True,
}
SHARES = ("SSIM", "probe", "probe, few labels", "1-NN", "trustworthiness", "anomaly AUC")
TASKS = {
    "smallest error": "squared error",
    "compression": "error at equal bits",
    "noise removal": "error of denoised",
    "missing parts": "error in holes",
    "few labels": "probe, few labels",
    "anomalies": "anomaly AUC",
    "generation": "Fréchet distance",
    "density": "bound",
}
NATS = 1.0  # a log density has no zero, so that a share of it would mean nothing
# Rows that answer a task, but are no autoencoder.
YARDSTICKS = (
    "raw pixels",
    "mean",
    "8 components",
    "conditional mean",
    "Wiener filter",
    "nearest images",
    "copies",
    "all components",
    "k-means of blocks",
)


# A convolution that is trained on another processor moves the extremes of this one by a
# tenth, so tables hold its mean alone.
MEAN_ALONE = ("Fréchet distance",)


def _arrays(run):
    """The arrays of a run whose means add up to its value."""
    return [np.atleast_1d(a).astype(float) for a in (run if type(run) is tuple else (run,))]


def values_of(table):
    """Turn every run into its value: models to measures to lists of numbers."""
    return {
        name: {
            m: [float(sum(a.mean() for a in _arrays(run))) for run in runs]
            for m, runs in row.items()
        }
        for name, row in table.items()
    }


def _runs(table, measure):
    if measure not in LARGER_IS_BETTER:
        known = ", ".join(LARGER_IS_BETTER)
        raise ValueError(f"measure must be one of {known}; got {measure!r}")
    found = {name: row[measure] for name, row in table.items() if measure in row}
    if not found:
        raise ValueError(f"table must hold {measure!r} for some model; got none")
    return found


def drawn_anew(runs, n_draws=1000, seed=0):
    """Bootstrap the value of each model: draw images and seeds with replacement.

    Args:
        runs: Models to lists of runs.
        n_draws: Number of draws.
        seed: Seed of the draws.

    Returns:
        Models to values, (n_draws,). Draw number i takes the same images for all models,
        so that differences of draws are paired; seeds are drawn for each model alone.
    """
    found, counts, rng = {}, {}, np.random.default_rng(seed)
    for name, of_model in runs.items():
        values = 0.0
        for place, arrays in enumerate(zip(*map(_arrays, of_model), strict=True)):
            n = len(arrays[0])
            if (place, n) not in counts:
                counts[place, n] = rng.multinomial(n, np.full(n, 1 / n), n_draws) / n
            values = values + counts[place, n] @ np.transpose(arrays)
        picked = rng.integers(len(of_model), size=(n_draws, len(of_model)))
        found[name] = np.take_along_axis(values, picked, axis=1).mean(axis=1)
    return found


def tied_for_best(table, measure, share=0.05, points=0.025):
    """Find all models that the measurement cannot tell from the best.

    The best model has the best mean. Another one ties with it unless it is worse, in at
    least 97.5 % of the draws of `drawn_anew`, by more than a margin below which a
    difference does not matter: a share of the best value, points of a measure that is
    itself a share, or `NATS` of a bound. The rule excludes a model; it does not say that
    those who tie are equal, and one that varies much is harder to exclude.

    Args:
        table: Models to measures to lists of runs.
        measure: A name in `LARGER_IS_BETTER`.
        share: The margin as a share of the value, not negative.
        points: The margin for measures in `SHARES`, not negative.

    Returns:
        Names, in the order of the table.

    Raises:
        ValueError: If `measure` is unknown or measured for no model.
    """
    runs, sign = _runs(table, measure), -1 if LARGER_IS_BETTER[measure] else 1
    means = {n: np.mean(row[measure]) for n, row in values_of(table).items() if n in runs}
    best = min(means, key=lambda name: sign * means[name])
    margin = points if measure in SHARES else share * abs(means[best])
    margin, drawn = NATS if measure == "bound" else margin, drawn_anew(runs)
    worse = {name: sign * (values - drawn[best]) for name, values in drawn.items()}
    return [name for name, by in worse.items() if np.quantile(by, 0.025) <= margin]


def format_values(values, digits):
    """Write "mean (lowest to highest)", or one number where there is one value."""
    one = len(values) == 1
    return f"{values[0]:.{digits}f}" if one else format_range(values, digits)


def _shown(values, measure):
    return [np.mean(values)] if measure in MEAN_ALONE else values


def measured(table, digits):
    """Write some measures of all models as rows of texts.

    Args:
        table: Models to measures to lists of numbers, see `values_of`.
        digits: Maps measures to digits after the point.

    Returns:
        A row for each model that has one of them: its name, then "mean (lowest to
        highest)" for each measure, the mean alone for those in `MEAN_ALONE`, or a dash
        where the measure is not defined for it.
    """
    return [
        [name]
        + [
            format_values(_shown(row[m], m), d) if m in row else "–"
            for m, d in digits.items()
        ]
        for name, row in table.items()
        if any(m in row for m in digits)
    ]


def stage_rows(stages, digits=2):
    """Write values of stages of the training as rows of texts.

    Args:
        stages: Models to one list of numbers for each stage.
        digits: Digits after the point.

    Returns:
        A row for each model: its name, then "mean (lowest to highest)" for each stage.
    """
    return [[n, *(format_values(v, digits) for v in row)] for n, row in stages.items()]


def decide(table, tasks=None):
    """Fill the decision table.

    Args:
        table: Models to measures to lists of runs.
        tasks: Maps tasks to measures; by default `TASKS`.

    Returns:
        Rows of texts: task, measure, what is best of all, which autoencoders are best,
        the range of their values over seeds (of their means, for those in `MEAN_ALONE`),
        and the value of PCA. Both columns of the
        best name those who tie.

    Raises:
        ValueError: As `tied_for_best`.
    """
    rows, models = [], {n: row for n, row in table.items() if n not in YARDSTICKS}
    for task, measure in (TASKS if tasks is None else tasks).items():
        of_all, names = tied_for_best(table, measure), tied_for_best(models, measure)
        values = {n: row[measure] for n, row in values_of(models).items() if measure in row}
        digits = 1 if measure == "bound" else 2
        together = np.concatenate([_shown(values[name], measure) for name in names])
        span = f"{together.min():.{digits}f} to {together.max():.{digits}f}"
        pca = format_values(values["PCA"], digits) if "PCA" in values else "–"
        rows.append([task, measure, ", ".join(of_all), ", ".join(names), span, pca])
    return rows


def agreement(table, measures, models):
    """Rank correlation of every two measures over models.

    Args:
        table: Models to measures to lists of numbers, see `values_of`; all `models` have
            all `measures`.
        measures: Names in `LARGER_IS_BETTER`.
        models: Names of at least three models.

    Returns:
        Spearman correlations of the means over seeds, (n_measures, n_measures), signed so
        that 1 says that both measures order the models alike from best to worst.

    Raises:
        ValueError: If there are fewer than three models.
    """
    if len(models) < 3:
        raise ValueError(f"models must name at least three; got {list(models)}")
    means = np.array(
        [
            [np.mean(table[n][m]) * (1 if LARGER_IS_BETTER[m] else -1) for m in measures]
            for n in models
        ]
    )
    return np.array([[spearmanr(a, b).statistic for b in means.T] for a in means.T])
