"""What the chapter prints of the stored results."""

import numpy as np

from companion.metrics import format_spread

ROUTES = {"memory": "all rows in memory", "stream": "streamed from the file"}
RATIO_HEADER = ("speed", "lowest to highest", "loss at the end")
SPEEDUP_HEADER = (
    "training",
    "workers",
    "speed-up",
    "lowest to highest",
    "its part alone",
    "share of waiting",
)


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
    """Return rows of name, and of `RATIO_HEADER`: the speed is a ratio to the first.

    Args:
        variants: Maps a name to the stored "seconds", "losses" and sizes.
        bytes_too: Whether bytes of the weights and of an activation follow.

    Returns:
        Rows of texts. The speed is the median over turns of the paired ratio; beside it
        stand the smallest and the largest of these ratios.
    """
    base, rows = np.array(next(iter(variants.values()))["seconds"]), []
    for name, found in variants.items():
        speeds = base / np.array(found["seconds"])
        span = f"{speeds.min():.2f} to {speeds.max():.2f}" if rows else "–"
        loss = f"{found['losses'][-1]:.2g}"
        rows.append([name, f"{np.median(speeds):.2f}", span, loss])
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

    The speed-up is that of the median epoch; beside it stand those of the slowest and the
    fastest. The last column is the share of a step's time that a part alone does not need.

    Args:
        cases: The stored seconds, by case and number of workers.
    """
    table = []
    for name, rows in cases.items():
        together, alone = speed_curves(rows)
        base = np.median(rows["1"]["together"])
        for i, (n_workers, found) in enumerate(rows.items()):
            span = rest = "–"
            if n_workers != "1":
                slowest, fastest = max(found["together"]), min(found["together"])
                span = f"{base / slowest:.2f} to {base / fastest:.2f}"
                rest = f"{100 * (1 - together[i] / alone[i]):.0f} %"
            row = [name, n_workers, f"{together[i]:.2f}", span, f"{alone[i]:.2f}", rest]
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
