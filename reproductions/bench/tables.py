"""The stored measurements as rows of tables and as figures."""

import numpy as np

from companion.plots import COLORS
from reproductions.bench import speed

SPEED_HEADER = ("backend", "variant", "examples per second, median", "best")
SPEED_HEADER += (
    "ratio to the fastest",
    "ratio of the best",
    "share of peak",
    "first epoch (s)",
)
PEAK_HEADER = ("library", "best (GFLOP/s)", "median (GFLOP/s)")
NETWORK_HEADER = ("network", "parameters", "examples in an epoch", "operations per example")
SLOPE_HEADER = ("what grows", "expected slope", "measured", "at the large end")
EXPECTED = {
    "examples": "1",
    "code size": "near 0",
    "width": "below 1, then towards 2",
}
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy"}
NUMPY, EAGER = "companion.networks.mlp", "loop, fused Adam"
NUMPY_HEADER = ("network", "NumPy, examples per second", "eager PyTorch", "ratio")
LARGE_END = 3  # how many of the largest sizes


def network_rows(result):
    """Return a row for each reference network: its size and its arithmetic."""
    return [
        [
            name,
            f"{network['n_parameters']:,}",
            f"{network['n_examples']:,}",
            f"{network['flops_per_example'] / 1e6:.2f} million",
        ]
        for name, network in result["networks"].items()
    ]


def speed_rows(result, network):
    """Return a row for each variant of a network: rates, ratios, share, first epoch."""
    rows = []
    for row in speed.rows_of(result, network):
        rates = speed.rates(result, row)
        rows.append(
            [
                BACKENDS[row["backend"]],
                row["variant"],
                f"{np.median(rates):,.0f}",
                f"{rates.max():,.0f}",
                f"{speed.ratio(result, row):.2f}",
                f"{speed.ratio(result, row, np.max):.2f}",
                f"{100 * speed.share_of_peak(result, row):.0f}%",
                f"{row['first_seconds']:.1f}",
            ]
        )
    return rows


def companion_rows(result):
    """Return for each network the companion's ratio to the fastest, backend by backend."""
    backends = [b for b in BACKENDS if any(_is_companion(r, b) for r in result["speed"])]
    rows = []
    for network in result["networks"]:
        found = {row["backend"]: row for row in speed.rows_of(result, network)[::-1]}
        found |= {
            row["backend"]: row
            for row in speed.rows_of(result, network)
            if _is_companion(row, row["backend"])
        }
        rows.append([network, *(f"{speed.ratio(result, found[b]):.2f}" for b in backends)])
    return ["network", *(BACKENDS[b] for b in backends)], rows


def numpy_rows(result):
    """Return for each network the NumPy network's rate by that of eager PyTorch."""
    rows = []
    for network in result["networks"]:
        found = {row["variant"]: row for row in speed.rows_of(result, network)}
        if NUMPY in found and EAGER in found:
            ours, eager = (np.median(speed.rates(result, found[v])) for v in (NUMPY, EAGER))
            rows.append([network, f"{ours:,.0f}", f"{eager:,.0f}", f"{ours / eager:.2f}"])
    return rows


def _is_companion(row, backend):
    return row["variant"] == speed.COMPANION and row["backend"] == backend


def peak_rows(result):
    """Return a row for each library: the best and the median matrix product."""
    return [
        [BACKENDS[library], f"{max(values):.0f}", f"{np.median(values):.0f}"]
        for library, values in result["peak"].items()
    ]


def slope_rows(result):
    """Return a row for each size that grows: expected and measured slopes."""
    rows = []
    for name, expected in EXPECTED.items():
        sizes, seconds = speed.scaling_seconds(result, name)
        ends = [speed.slope(x[-LARGE_END:], y[-LARGE_END:]) for x, y in [(sizes, seconds)]]
        whole = speed.slope(sizes, seconds)
        rows.append([name, expected, f"{whole:z.2f}", f"{ends[0]:z.2f}"])
    return rows


def draw_speed(ax, result, network):
    """Draw one row per variant: a tick for every timed epoch, a bar up to the median."""
    rows = speed.rows_of(result, network)[::-1]
    for place, row in enumerate(rows):
        rates = speed.rates(result, row)
        own = row["variant"] == speed.COMPANION
        color = COLORS[0] if own else COLORS[1]
        ax.barh(
            place, np.median(rates), color=color, alpha=0.5, hatch="//" if own else None
        )
        ax.plot(rates, np.full(len(rates), place), "|", color="black", markersize=7)
    names = [f"{BACKENDS[row['backend']]}: {row['variant']}" for row in rows]
    ax.set_yticks(range(len(rows)), names)
    ax.locator_params(axis="x", nbins=5)
    ax.set_title(network, loc="left", fontsize=11)
    ax.set_xlabel("examples per second")


def draw_scaling(ax, result, name):
    """Draw the seconds of an epoch over a size, both logarithmic, and the fitted line."""
    sizes, seconds = speed.scaling_seconds(result, name)
    slope = speed.slope(sizes, seconds)
    center, level = np.mean(np.log(sizes)), np.mean(np.log(seconds))
    line = np.exp(level + slope * (np.log(sizes) - center))
    ax.loglog(sizes, seconds, "o", color=COLORS[0])
    ax.loglog(sizes, line, "--", color=COLORS[1])
    middle = np.exp(level)  # at least a factor of 4 in height, so that flat looks flat
    low, high = min(0.5 * middle, *seconds), max(2 * middle, *seconds)
    ax.set_ylim(low / 1.1, 1.1 * high)
    ax.minorticks_off()
    ax.set_xticks(sizes[::2], [f"{size:,}" for size in sizes[::2]])
    heights = np.geomspace(low, high, 4)
    ax.set_yticks(heights, [f"{height:.2g}" for height in heights])
    ax.set_xlabel(f"{name} (no unit)")
    ax.set_ylabel("seconds of an epoch")
    ax.set_title(f"slope {slope:.2f}", loc="left", fontsize=11)
