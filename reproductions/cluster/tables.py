"""What the chapter prints of the stored results."""

import numpy as np

from companion.metrics import format_spread

ROUTES = {"memory": "all rows in memory", "stream": "streamed from the file"}
SPEEDUP_HEADER = ("training", "workers", "speed-up", "its part alone", "share of waiting")


def slope(sizes, values):
    """Return the exponent a of the least-squares fit values = c sizes^a."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def peaks(memory):
    """Return the peaks in MiB of each route, from the stored runs."""
    return {route: [run["peak_mib"] for run in memory[route]] for route in ROUTES}


def final(losses, bound):
    """Return the last losses as mean and spread, or that they are no use.

    Args:
        losses: Losses of each seed and epoch, (n_seeds, epochs).
        bound: The error of the mean predictor.
    """
    last = losses[:, -1]
    return format_spread(last, 4) if last.mean() < bound else "fails"


def ratios(variants, bytes_too=False):
    """Return rows of name, speed as a ratio to the first, and last loss.

    Args:
        variants: Maps a name to the stored "seconds", "losses" and sizes.
        bytes_too: Whether bytes of the weights and of an activation follow.

    Returns:
        Rows of texts. The speed is the median over turns of the paired ratio.
    """
    base, rows = np.array(next(iter(variants.values()))["seconds"]), []
    for name, found in variants.items():
        speed = np.median(base / np.array(found["seconds"]))
        rows.append([name, f"{speed:.2f}", f"{found['losses'][-1]:.2g}"])
        if bytes_too:
            rows[-1] += [f"{found['weight_bytes'] / 1000:.0f}", str(found["code_bytes"])]
    return rows


def speed_curves(rows):
    """Return the speed-up of workers together, and of a worker's part alone.

    Args:
        rows: The stored seconds of one case, by number of workers.
    """
    base = np.median(rows["1"]["together"])
    return tuple(
        [float(base / np.median(rows[n][kind])) for n in rows]
        for kind in ("together", "alone")
    )


def speedups(cases):
    """Return rows of `SPEEDUP_HEADER`.

    The last column is the share of the time of a step that a part alone does not need.

    Args:
        cases: The stored seconds, by case and number of workers.
    """
    table = []
    for name, rows in cases.items():
        together, alone = speed_curves(rows)
        for i, n_workers in enumerate(rows):
            rest = (
                "–" if n_workers == "1" else f"{100 * (1 - together[i] / alone[i]):.0f} %"
            )
            row = [name, n_workers, f"{together[i]:.2f}", f"{alone[i]:.2f}", rest]
            table.append(row)
    return table


def equalities(found):
    """Return rows of training, workers, and largest difference in two precisions."""
    return [
        [name, n_workers, *(f"{off[p]:.1e}" for p in ("float32", "float64"))]
        for name, by_workers in found.items()
        for n_workers, off in by_workers.items()
    ]


def ray_log(events):
    """Tell the events of a run with Ray in words, one line for each."""
    texts = {
        "ready": "all ready, {epoch} epochs are done",
        "epoch": "epoch {epoch} done, loss {loss:.3f}",
        "killed": "worker {worker} dies of SIGKILL in epoch {epoch}, step {step}",
    }
    return [texts[event["event"]].format(**event) for event in events]
