"""Figures of the course: arrays in, a described figure out; never a model.

Every figure carries a text for readers who cannot see it (`alt`) and a sentence that
says what to notice (`caption`); both are required by the call. Figures are made without
pyplot, so that none stays open, and their background is opaque white, so that they read
on a dark page too. Colors are those of Okabe and Ito that reach a contrast of 3:1 on
white; a series also has a marker and a line style of its own, for whoever sees no color.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

BACKGROUND = "#FFFFFF"
# Okabe and Ito's blue, vermillion, bluish green, reddish purple and black. Their orange,
# sky blue and yellow are too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
LINE_STYLES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
DPI = 144
STYLE = {
    "axes.edgecolor": "#4D4D4D",
    "axes.facecolor": BACKGROUND,
    "axes.labelsize": 12,
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINE_STYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.facecolor": BACKGROUND,
    "font.size": 12,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.0,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
}


@dataclass(frozen=True)
class Described:
    """A figure with the two texts that belong to it.

    Args:
        figure: The Matplotlib figure.
        alt: What the picture shows, for someone who cannot see it.
        caption: What to notice; it begins with a capital and ends with a period.

    Raises:
        ValueError: If a text is missing, short, of several lines or not a sentence.
    """

    figure: Figure
    alt: str
    caption: str

    def __post_init__(self):
        for name in ("alt", "caption"):
            text = getattr(self, name)
            if not isinstance(text, str) or len(text.strip()) < 20 or "\n" in text:
                raise ValueError(
                    f"{name} must be one line of at least 20 characters; got {text!r}"
                )
        if not (self.caption[0].isupper() and self.caption.endswith(".")):
            raise ValueError(
                "caption must begin with a capital letter and end with a period; "
                f"got {self.caption!r}"
            )

    def png(self):
        """The figure as bytes: the same figure always gives the same bytes."""
        canvas_agg = FigureCanvasAgg(self.figure)
        self.figure.set_dpi(DPI)
        canvas_agg.draw()
        image = Image.fromarray(np.asarray(canvas_agg.buffer_rgba())).convert("RGB")
        stream = io.BytesIO()
        # A palette of 256 colors halves the file; the eye does not see the difference.
        image.quantize(256, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        return stream.getvalue()

    def _ipython_display_(self):
        from IPython.display import display

        picture = base64.b64encode(self.png()).decode("ascii")
        display(
            {"image/png": picture, "text/plain": f"Figure: {self.alt}"},
            metadata={"image/png": {"alt": self.alt}},
            raw=True,
        )
        display({"text/markdown": self.caption, "text/plain": self.caption}, raw=True)


def described(fig, *, alt, caption):
    """Attach the two texts to a figure; use it as the last expression of a cell."""
    return Described(fig, alt, caption)


def canvas(n_rows=1, n_cols=1, *, size=(6.4, 3.6)):
    """Make an empty figure in the house style, outside pyplot.

    Args:
        n_rows, n_cols: Grid of axes.
        size: Width and height in inches; a width of at most 7 reads on a phone.

    Returns:
        The figure and its axes: one, or an array as Matplotlib's `subplots` gives it.
    """
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=size, layout="constrained", facecolor=BACKGROUND)
        return fig, fig.subplots(n_rows, n_cols)


# Drawing on axes


def draw_image(ax, image, *, weights=False):
    """Draw one image: data in [0, 1] in grey or color, weights in cividis around zero.

    Shapes:
        image is (height, width), (height, width, 1) or (height, width, 3).
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

    Shapes:
        x is (n,); series maps a name to (n,); bands maps some of the names to the
        half width (n,) of a band around the curve, for example a standard deviation.
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

    Shapes:
        values maps a method to the (n_runs,) values of its runs, in the order in which
        they shall stand from top to bottom.
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

    Shapes:
        z is (n, 2); labels is (n,) with at most ten classes.
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

    Shapes:
        history maps "loss" and, where there is one, "val_loss" to a value per epoch; or
        it maps the names of several runs to such histories.
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


# Whole figures


def image_rows(rows, *, weights=False, alt, caption):
    """Rows of images, each with its name at the left.

    Shapes:
        rows maps a name to (n, height, width) or (n, height, width, channels), the same
        n for every row; titles of columns can be set on the axes of the figure.
    """
    rows = {name: np.asarray(images) for name, images in rows.items()}
    counts = {images.shape[:1] for images in rows.values()}
    if len(counts) != 1 or any(images.ndim not in (3, 4) for images in rows.values()):
        shapes = {name: images.shape for name, images in rows.items()}
        raise ValueError(f"rows must be batches of equally many images; got {shapes}")
    n = counts.pop()[0]
    height, width = next(iter(rows.values())).shape[1:3]
    fig, axes = canvas(len(rows), n, size=(6.4, 5.2 * len(rows) / n * height / width))
    axes = np.reshape(axes, (len(rows), n))
    for (name, images), row_axes in zip(rows.items(), axes, strict=True):
        for ax, image in zip(row_axes, images, strict=True):
            draw_image(ax, image, weights=weights)
        row_axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return described(fig, alt=alt, caption=caption)


def image_grid(images, titles=None, *, weights=False, alt, caption):
    """A grid of images, eight to a row, with an optional title over each.

    Shapes:
        images is (n, height, width) or (n, height, width, channels); titles is n texts.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or not len(images):
        raise ValueError(f"images must be a batch of images; got shape {images.shape}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"titles must be {len(images)} texts; got {len(titles)}")
    n_cols = min(len(images), 8)
    n_rows = -(-len(images) // n_cols)
    image_height = 6.4 / n_cols * images.shape[1] / images.shape[2]
    height = n_rows * (image_height + (0.3 if titles is not None else 0.0))
    fig, axes = canvas(n_rows, n_cols, size=(6.4, height))
    for i, ax in enumerate(np.ravel(axes)):
        if i >= len(images):
            ax.set_axis_off()
            continue
        draw_image(ax, images[i], weights=weights)
        if titles is not None:
            ax.set_title(titles[i])
    return described(fig, alt=alt, caption=caption)


def reconstructions(x, x_hat, *, alt, caption):
    """Images above their reconstructions.

    Shapes:
        x is (n, height, width) or (n, height, width, channels); x_hat has the shape of
        x, or maps the names of several models to such arrays.
    """
    x = np.asarray(x)
    named = x_hat if isinstance(x_hat, Mapping) else {"reconstruction": x_hat}
    for name, images in named.items():
        if np.shape(images) != x.shape:
            raise ValueError(
                f"x_hat[{name!r}] must be {x.shape} as x; got shape {np.shape(images)}"
            )
    return image_rows({"original": x, **named}, alt=alt, caption=caption)


def curves(x, series, *, bands=None, x_label, y_label, alt, caption):
    """Named curves over one axis; see `draw_curves`."""
    fig, ax = canvas()
    draw_curves(ax, x, series, bands=bands)
    ax.set(xlabel=x_label, ylabel=y_label)
    return described(fig, alt=alt, caption=caption)


def method_points(values, *, value_label, alt, caption):
    """Methods against a value, with every run and the spread; see `draw_points`."""
    fig, ax = canvas(size=(6.4, 1.2 + 0.4 * len(values)))
    draw_points(ax, values)
    ax.set_xlabel(value_label)
    return described(fig, alt=alt, caption=caption)


def latent_scatter(z, labels, *, alt, caption):
    """Codes in the plane, told apart by class; see `draw_scatter`."""
    fig, ax = canvas(size=(6.4, 4.8))
    draw_scatter(ax, z, labels)
    ax.set(xlabel="code unit 1 (no unit)", ylabel="code unit 2 (no unit)")
    return described(fig, alt=alt, caption=caption)


def training_history(history, *, loss_label="loss", alt, caption):
    """The loss of one run or of several over the epochs; see `draw_history`."""
    fig, ax = canvas()
    draw_history(ax, history)
    ax.set_ylabel(loss_label)
    return described(fig, alt=alt, caption=caption)


def timeline(events, debts, *, sides, alt, caption):
    """Events in two columns in order of time, and what they owe; see `draw_timeline`."""
    fig, ax = canvas(size=(6.4, 0.5 + 0.33 * len(events)))
    draw_timeline(ax, events, debts, sides=sides)
    return described(fig, alt=alt, caption=caption)
