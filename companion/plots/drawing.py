"""Drawing on axes: one function for each kind of content, arrays in."""

from collections.abc import Mapping

import numpy as np

from companion.plots.style import BACKGROUND, COLORS, LINE_STYLES, MARKERS, STYLE


def draw_image(ax, image, *, weights=False):
    """Draw one image: data in [0, 1] in gray or color, weights in cividis around zero.

    Args:
        ax: Axes.
        image: The image, (height, width), (height, width, 1) or (height, width, 3).
        weights: Whether it shows weights.

    Raises:
        ValueError: If `image` has another shape.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
        raise ValueError(
            f"image must be (height, width) with 1 or 3 channels; got shape {image.shape}"
        )
    limit = float(np.abs(image).max()) or 1.0
    if weights:
        ax.imshow(image, cmap="cividis", vmin=-limit, vmax=limit)
    else:
        ax.imshow(image, cmap="gray", vmin=0.0, vmax=1.0)
    ax.set_xticks([])
    ax.set_yticks([])


def draw_curves(ax, x, series, *, bands=None):
    """Draw named curves over `x`, each with a marker and a line style of its own.

    Args:
        ax: Axes.
        x: Places on the horizontal axis, (n,).
        series: Maps a name to a curve, (n,); at most five.
        bands: Maps some of the names to the half width (n,) of a band around the curve,
            for example a standard deviation.

    Raises:
        ValueError: If a shape is not (n,), a band has no curve, or there are more than
            five curves.
    """
    x, bands = np.asarray(x), dict(bands or {})
    _check_series(x, series, "series")
    _check_series(x, bands, "bands")
    if not set(bands) <= set(series):
        raise ValueError(f"bands must name curves of series; got {sorted(bands)}")
    for i, (name, y) in enumerate(series.items()):
        _draw_line(ax, x, y, name, i, LINE_STYLES[i])
        if name in bands:
            y, half = np.asarray(y), np.asarray(bands[name])
            ax.fill_between(x, y - half, y + half, color=COLORS[i], alpha=0.2, lw=0)
    ax.legend(fontsize=STYLE["legend.fontsize"], frameon=False)


def draw_points(ax, values):
    """Draw one row per method: each value, their mean, and one standard deviation.

    Args:
        ax: Axes.
        values: Maps a method to the (n_runs,) values of its runs, in the order in which
            they shall stand from top to bottom.

    Raises:
        ValueError: If there is no method, or its values are no finite (n_runs,).
    """
    if not values:
        raise ValueError("values must name at least one method; got none")
    for row, (name, runs) in enumerate(values.items()):
        runs = np.atleast_1d(np.asarray(runs, dtype=float))
        if runs.ndim != 1 or not np.isfinite(runs).all():
            raise ValueError(f"values[{name!r}] must be (n_runs,) and finite; got {runs}")
        spread = runs.std(ddof=1) if runs.size > 1 else 0.0
        ax.plot(runs, np.full(runs.size, row), "|", color=COLORS[4], ms=12, mew=1.2)
        ax.errorbar(runs.mean(), row, xerr=spread, fmt="o", color=COLORS[0], capsize=5)
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.grid(axis="x", color="#DDDDDD", lw=0.8)


def draw_scatter(ax, z, labels):
    """Draw codes in the plane; each class has a marker and its name at its median.

    Args:
        ax: Axes.
        z: Codes, (n, 2).
        labels: Their classes, (n,), at most ten different ones.

    Raises:
        ValueError: If a shape is another, or there are more than ten classes.
    """
    z, labels = np.asarray(z), np.asarray(labels)
    if z.ndim != 2 or z.shape[1] != 2:
        raise ValueError(f"z must be (n, 2); got shape {z.shape}")
    if labels.shape != z.shape[:1]:
        raise ValueError(f"labels must be ({z.shape[0]},); got shape {labels.shape}")
    classes = np.unique(labels)
    if classes.size > len(MARKERS):
        raise ValueError(f"labels must have at most 10 classes; got {classes.size}")
    for i, name in enumerate(classes):
        points, color = z[labels == name], COLORS[i % len(COLORS)]
        ax.scatter(*points.T, s=16, marker=MARKERS[i], color=color, lw=0)
        ax.text(*np.median(points, axis=0), str(name), weight="bold", ha="center",
                va="center", bbox={"fc": BACKGROUND, "ec": color, "pad": 2})  # fmt: skip


def draw_history(ax, history):
    """Draw the loss over epochs: validation as a full line, training as a dashed one.

    Args:
        ax: Axes.
        history: Maps "loss" and, where there is one, "val_loss" to a value per epoch; or
            maps the names of one to five runs to such histories.

    Raises:
        ValueError: If there is no "loss", no run or more than five, or the two losses
            of a run differ in length.
    """
    runs = (
        history if all(isinstance(h, Mapping) for h in history.values()) else {"": history}
    )
    if not runs or len(runs) > len(COLORS):
        raise ValueError(f"history must hold 1 to {len(COLORS)} runs; got {len(runs)}")
    for i, (run, losses) in enumerate(runs.items()):
        if "loss" not in losses:
            raise ValueError(f"history must have the key 'loss'; got {sorted(losses)}")
        epochs = np.arange(1, len(losses["loss"]) + 1)
        for key, part, style in (
            ("loss", "training", "--"),
            ("val_loss", "validation", "-"),
        ):
            if key in losses:
                _check_series(epochs, {key: losses[key]}, "history")
                name = f"{run}, {part}" if run else part
                # Within one run the two parts differ in color and marker as well.
                _draw_line(
                    ax, epochs, losses[key], name, i + (not run and key == "loss"), style
                )
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("epoch")
    ax.legend(fontsize=STYLE["legend.fontsize"], frameon=False)


def draw_timeline(ax, events, debts, *, sides):
    """Draw events in two columns, the earliest on top, with arrows from a debt's source.

    Args:
        ax: Axes.
        events: Maps the name of an event to (year, side), the side being 0 or 1.
        debts: Pairs of names, the lender and the borrower.
        sides: Names of the two columns.

    Raises:
        ValueError: If a debt names an unknown event, or a side is not 0 or 1.
    """
    unknown = {name for pair in debts for name in pair} - set(events)
    if unknown or any(side not in (0, 1) for _, side in events.values()):
        raise ValueError(
            "debts must name events, and events have side 0 or 1; got "
            f"{sorted(unknown)} and {events}"
        )
    order = sorted(events, key=lambda name: events[name][0])
    place = {name: (events[name][1], row) for row, name in enumerate(order)}
    for name, (side, row) in place.items():
        ax.plot(side, row, MARKERS[side], color=COLORS[side], ms=8)
        ax.text(side + 0.12 * (2 * side - 1), row, f"{events[name][0]}  {name}",
                ha="left" if side else "right", va="center")  # fmt: skip
    for lender, borrower in debts:
        arrow = {"arrowstyle": "->", "lw": 1.5, "shrinkA": 6, "shrinkB": 6}
        ax.annotate("", place[borrower], place[lender], arrowprops=arrow)
    for side, name in enumerate(sides):
        ax.text(side, -1.2, name, ha="left" if side else "right", weight="bold")
    ax.set(xlim=(-2.2, 3.2), ylim=(len(events) - 0.5, -1.8))
    ax.set_axis_off()


def _draw_line(ax, x, y, name, index, style):
    ax.plot(x, y, label=name, color=COLORS[index], linestyle=style, lw=2,
            marker=MARKERS[index], markevery=max(1, len(x) // 8))  # fmt: skip


def _check_series(x, series, argument):
    if x.ndim != 1:
        raise ValueError(f"x must be (n,); got shape {x.shape}")
    if len(series) > len(COLORS):
        raise ValueError(
            f"{argument} must hold at most {len(COLORS)} curves; got {len(series)}"
        )
    for name, y in series.items():
        if np.shape(y) != x.shape:
            raise ValueError(
                f"{argument}[{name!r}] must be {x.shape} as x; got shape {np.shape(y)}"
            )
