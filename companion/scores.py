"""Methods beside one another: one table, each measure's best in bold by computation.

A page tags the cell that shows such a table with `scoreboard`, and the book collects all
of them in its appendix.
"""

import numpy as np

from companion import page
from companion.metrics import format_spread

SIGNS = {"higher": 1.0, "lower": -1.0}


def show(results, measures):
    """Display methods beside one another, each measure's best in bold.

    Bold are the best mean and all means that lie within its standard deviation: a smaller
    difference does not tell which method is better.

    Args:
        results: Maps the name of each method to its measures, and these to values: one
            for each seed, split or set of examples, or a single one.
        measures: Maps the name of each measure, with its unit, to a pair: "higher" or
            "lower", whichever is better, and the number of digits to show.

    Raises:
        ValueError: If there is no method, a measure is unknown or has a value that is not
            finite, or the better direction is neither "higher" nor "lower".
    """
    if not results:
        raise ValueError("results must hold at least one method; got none")
    for method, found in results.items():
        if unknown := set(found) - set(measures):
            raise ValueError(f"measures must name all of {method}; got no {unknown}")
    columns = [_column(results, name, *how) for name, how in measures.items()]
    page.table(zip(results, *columns, strict=True), ["method", *measures])


def _column(results, measure, better, digits):
    if better not in SIGNS:
        raise ValueError(f"better must be higher or lower; got {better!r}")
    values = {
        m: np.ravel(found[measure]) for m, found in results.items() if measure in found
    }
    for method, found in values.items():
        if not (found.size and np.isfinite(found).all()):
            raise ValueError(f"{measure} of {method} must be finite; got {found}")
    means = {method: SIGNS[better] * found.mean() for method, found in values.items()}
    best = max(means, key=means.get)
    bound = means[best] - _spread(values[best])
    texts = {method: _text(found, digits) for method, found in values.items()}
    return [
        "–" if m not in texts else f"**{texts[m]}**" if means[m] >= bound else texts[m]
        for m in results
    ]


def _spread(values):
    return values.std(ddof=1) if len(values) > 1 else 0.0


def _text(values, digits):
    if len(values) > 1:
        return format_spread(values, digits)
    return f"{values[0]:.{digits}f}"
