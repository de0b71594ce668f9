"""Whole figures, from arrays to a described figure in one call."""

from collections.abc import Mapping

import numpy as np

from companion.plots.drawing import (
    draw_curves,
    draw_history,
    draw_image,
    draw_points,
    draw_scatter,
    draw_timeline,
)
from companion.plots.style import canvas, described


def image_rows(rows, *, weights=False, alt, caption):
    """Rows of images, each with its name at the left.

    Titles of columns can be set on the axes of the figure.

    Args:
        rows: Maps a name to images, (n, height, width) or (n, height, width, channels),
            the same n for every row.
        weights: As in `draw_image`.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If there is no row, the rows differ in n or hold no images, or a text
            says too little.
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

    Args:
        images: The images, (n, height, width) or (n, height, width, channels), n >= 1.
        titles: Their n titles, or None.
        weights: As in `draw_image`.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If `images` is no batch of images, there are not n titles, or a text
            says too little.
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

    Args:
        x: Images, (n, height, width) or (n, height, width, channels).
        x_hat: Their reconstructions, shaped as x, or a mapping from the names of several
            models to such arrays.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If a shape is not that of x, or a text says too little.
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
