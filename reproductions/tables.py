"""The stored results as rows of tables and as points beside the published numbers."""

import textwrap

from companion.metrics import format_spread
from companion.plots import COLORS, draw_points
from reproductions import NAMES, results

CLAIM_HEADER = ("measured quantity (unit)", "published", "measured", "verdict")
COST_HEADER = ("result", "CPU minutes for each seed", "allowed", "processor", "cores")
DETAIL_HEADER = ("value", "measured", "published")
NOT_RUN = "not run yet"


def claims(names=NAMES):
    """Return every claim of the stored results, the main one of each paper first.

    Args:
        names: Names of papers; those without a stored result are left out.

    Returns:
        Pairs of the paper's name and the claim's entry, in the order of `names`.
    """
    found = []
    for name in names:
        if name in results.names():
            stored = results.load(name)
            found += [(name, entry) for entry in (stored, *stored["also"].values())]
    return found


def digits(entry):
    """Return how many digits the spread of an entry deserves: two that are not 0."""
    digits = 2
    while entry["std"] and round(entry["std"], digits) < 10 ** (1 - digits) and digits < 6:
        digits += 1
    return digits


def claim_rows(names=NAMES):
    """Return a row for each claim: what, published, mean and spread, and verdict."""
    rows = []
    for _, entry in claims(names):
        published = f"{entry['published']:g}"
        rows.append(
            [
                f"{entry['what']} ({entry['unit']})",
                f"threshold {published}" if entry["threshold"] else published,
                format_spread(entry["values"], digits(entry)),
                entry["verdict"],
            ]
        )
    return rows


def cost_rows(names=NAMES):
    """Return a row for each stored result: its cost, its budget and the processor."""
    rows = []
    for name in names:
        if name in results.names():
            stored = results.load(name)
            minutes = [f"{seconds / 60:.1f}" for seconds in stored["cpu_seconds"]]
            processor, cores = stored["hardware"]["processor"], stored["hardware"]["cores"]
            budget = f"{stored['budget_cpu_minutes']:g}"
            rows.append([name, ", ".join(minutes), budget, processor, str(cores)])
    return rows


def detail_rows(name):
    """Return the claims, further values and baselines of one paper, or one empty row.

    Args:
        name: Name of a paper.

    Returns:
        Rows of texts: the value, measured, published.
    """
    if name not in results.names():
        return [[NOT_RUN, "", ""]]
    stored = results.load(name)
    rows = [
        [entry["what"], format_spread(entry["values"], digits(entry)), published(entry)]
        for _, entry in claims([name])
    ]
    rows += [[key, two_digits(run), ""] for key, run in stored["extras"].items()]
    for key, value in stored["baselines"].items():
        theirs = stored["published_baselines"].get(key)
        rows.append([key, f"{value:.2f}", "" if theirs is None else f"{theirs:g}"])
    return rows


def two_digits(values):
    """Write values with their spread, without the sign of a mean that rounds to 0."""
    text = format_spread(values, 2)
    return text.removeprefix("-") if text.startswith("-0.00 ") else text


def published(entry):
    """Return a published number as text, nothing for a threshold of ours."""
    return "" if entry["threshold"] else f"{entry['published']:g}"


def draw_claim(ax, entry):
    """Draw the values of the seeds, their mean and spread, and the published number."""
    draw_points(ax, {"measured": entry["values"]})
    ax.axvline(entry["published"], color=COLORS[1], ls="--")
    ax.set_title(textwrap.fill(entry["what"], 55), loc="left", fontsize=11)
    ax.set_xlabel(entry["unit"])
    ax.set_yticks([])
