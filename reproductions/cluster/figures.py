"""Curves of the chapter that take more than a few lines to draw."""

import numpy as np

from companion import plots
from reproductions.cluster.tables import ROUTES, peaks, speed_curves


def draw_growth(axes, stored):
    """Draw time and memory against the rows, on two logarithmic axes."""
    rows, seconds = stored["time"]["n_rows"], np.median(stored["time"]["seconds"], axis=1)
    line = seconds[-1] * np.array(rows) / rows[-1]
    plots.draw_curves(axes[0], rows, {"measured": seconds, "exponent 1": line})
    memory, by_route = stored["memory"]["n_rows"], peaks(stored["memory"])
    plots.draw_curves(axes[1], memory, {ROUTES[route]: by_route[route] for route in ROUTES})
    axes[0].set(xlabel="rows", ylabel="one epoch (s)")
    axes[1].set(xlabel="rows of 64 numbers", ylabel="peak memory (MiB)")
    for ax in axes:
        ax.set(xscale="log", yscale="log")
    _ticks(axes[0], (0.01, 0.1, 1))
    _ticks(axes[1], (30, 100, 300))


def _ticks(ax, places):
    """Label these places on a logarithmic axis, in plain numbers, and no others."""
    ax.set_yticks(places, labels=[str(place) for place in places])
    ax.set_yticks([], minor=True)


def draw_batches(axes, losses, spent, shown):
    """Draw the same losses against epochs and against processor time.

    Args:
        axes: Two axes that share the vertical one.
        losses: As `companion.challenges.scaling_batches.train_each` returns them.
        spent: The same for seconds.
        shown: Maps a label to a pair of rule and batch size.
    """
    for (label, key), color, style in zip(
        shown.items(), plots.COLORS, ("-", "--", ":"), strict=False
    ):
        loss, seconds = losses[key].mean(axis=0), spent[key].mean(axis=0)
        epochs = np.arange(1, len(loss) + 1)
        axes[0].plot(epochs, loss, style, color=color, label=label)
        axes[1].plot(1000 * seconds, loss, style, color=color)
    axes[0].set(xlabel="epochs (equal examples)", ylabel="validation error")
    axes[1].set(xlabel="processor time of the steps (ms)", xscale="log")
    for ax in axes:
        ax.set(yscale="log")
        _ticks(ax, (0.03, 0.05, 0.1, 0.2))
    axes[0].legend(frameon=False)


def draw_loss_scales(ax, powers, lost, errors):
    """Draw what is lost against the power of two of the loss scale; gray is overflow."""
    finite = np.isfinite(errors)
    series = {"share of entries lost": lost[finite], "relative error": errors[finite]}
    plots.draw_curves(ax, powers[finite], series)
    ax.axvspan(powers[finite][-1], powers[-1], color="0.85")
    ax.text(powers[-1] - 0.5, 0.5, "overflow", ha="right")
    ax.set(xlabel="power of two of the loss scale", ylabel="share, or relative error")


def draw_speedups(axes, cases):
    """Draw the speed-up of several workers for each case beside that of a part alone."""
    for ax, (name, rows) in zip(axes, cases.items(), strict=True):
        together, alone = speed_curves(rows)
        n_workers = [int(n) for n in rows]
        series = {"together": together, "its part alone": alone, "ideal": n_workers}
        plots.draw_curves(ax, n_workers, series)
        ax.set(xlabel="workers", xticks=n_workers, ylim=(0, n_workers[-1] + 1))
        ax.legend(loc="upper left", frameon=False, fontsize=8)
        ax.set_title(name.replace(", ", ",\n"), fontsize=9)
    axes[0].set_ylabel("speed-up (no unit)")
