"""From a table of measured values to a choice: who is best at what, and who ties.

A table maps models to measures to lists of values, one for each seed. Two models that
differ by less than chance, or by less than anybody should care about, are not ranked.
"""

import numpy as np
from scipy.stats import spearmanr

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


def _values(table, measure):
    if measure not in LARGER_IS_BETTER:
        known = ", ".join(LARGER_IS_BETTER)
        raise ValueError(f"measure must be one of {known}; got {measure!r}")
    found = {name: row[measure] for name, row in table.items() if measure in row}
    if not found:
        raise ValueError(f"table must hold {measure!r} for some model; got none")
    return {name: np.asarray(values, float) for name, values in found.items()}


def tied_for_best(table, measure, share=0.03, points=0.03):
    """Find all models that the measurement cannot tell from the best.

    The best model has the best mean. Another one ties with it if the better end of its
    range over seeds reaches the worse end of the best model's range, up to a margin below
    which a difference does not matter: a share of the value, or points of a measure that
    is itself a share.

    Args:
        table: Models to measures to lists of values.
        measure: A name in `LARGER_IS_BETTER`.
        share: The margin as a share of the value, not negative.
        points: The margin for measures in `SHARES`, not negative.

    Returns:
        Names, in the order of the table.

    Raises:
        ValueError: If `measure` is unknown or measured for no model.
    """
    values = _values(table, measure)
    if LARGER_IS_BETTER[measure]:
        values = {name: -v for name, v in values.items()}
    best = min(values, key=lambda name: values[name].mean())
    worst_of_best = values[best].max()
    margin = points if measure in SHARES else share * abs(worst_of_best)
    return [name for name, v in values.items() if v.min() <= worst_of_best + margin]


def format_values(values, digits):
    """Write "mean (lowest to highest)", or one number where there is one value."""
    values = np.asarray(values, float)
    if values.size == 1:
        return f"{values[0]:.{digits}f}"
    parts = (values.mean(), values.min(), values.max())
    return "{} ({} to {})".format(*(f"{part:.{digits}f}" for part in parts))


def measured(table, digits):
    """Write some measures of all models as rows of texts.

    Args:
        table: Models to measures to lists of values.
        digits: Maps measures to digits after the point.

    Returns:
        A row for each model that has one of them: its name, then "mean (lowest to
        highest)" for each measure, or "none" where the measure is not defined for it.
    """
    return [
        [name]
        + [format_values(row[m], d) if m in row else "none" for m, d in digits.items()]
        for name, row in table.items()
        if any(m in row for m in digits)
    ]


def decide(table, tasks=None):
    """Fill the decision table.

    Args:
        table: Models to measures to lists of values.
        tasks: Maps tasks to measures; by default `TASKS`.

    Returns:
        Rows of texts: task, measure, the models that tie for best, the range of all their
        values, and the value of PCA.

    Raises:
        ValueError: As `tied_for_best`.
    """
    rows = []
    for task, measure in (TASKS if tasks is None else tasks).items():
        names, values = tied_for_best(table, measure), _values(table, measure)
        digits = 1 if measure == "bound" else 2
        together = np.concatenate([values[name] for name in names])
        span = f"{together.min():.{digits}f} to {together.max():.{digits}f}"
        pca = format_values(values["PCA"], digits) if "PCA" in values else "not defined"
        rows.append([task, measure, ", ".join(names), span, pca])
    return rows


def agreement(table, measures, models):
    """Rank correlation of every two measures over models.

    Args:
        table: Models to measures to lists of values; all `models` have all `measures`.
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
