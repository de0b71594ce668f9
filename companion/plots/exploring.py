"""A plane of codes one can walk through: a position, and the image decoded there.

The decoder is evaluated beforehand on a square grid of codes; the figure holds the images
and shows the one at the chosen position. Two sliders choose it, and so does a click, a
tap or a drag with the mouse in the plane, which moves the sliders along. A finger that
slides over the plane scrolls the page, as everywhere else.
"""

import numpy as np

from companion.plots import vega
from companion.plots.style import COLORS, canvas

SIDE = 310  # of the plane, in pixels: narrow, so that a phone shows it nearly as large
IMAGE = 120  # width of the decoded image, in pixels
LEVELS = "0123456789abcdef"  # gray values, one letter for each pixel
RANGE = ["#000000", "#FFFFFF"]


def explorer(grid, images, sentences, z, labels, *, start, alt, caption):
    """Let the reader choose a code in the plane, and see what the decoder makes of it.

    The codes of examples stand in the plane as the names of their classes; a ring marks
    the position, and a sentence on top says what stands there.

    Args:
        grid: Values that each of the two code units can take, evenly spaced, shape (n,).
        images: Decoded images with values in [0, 1], shape (n, n, height, width);
            ``images[i, j]`` belongs to the code ``(grid[i], grid[j])``.
        sentences: What to say about each image, n lists of n texts; the position is put
            before it.
        z: Codes of examples, shape (n_examples, 2), those outside the grid are left out.
        labels: Their classes, shape (n_examples,).
        start: Indices (i, j) of the code shown first.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If the shapes do not fit, the grid is not evenly spaced, a value of an
            image lies outside [0, 1], `start` is no index, or a text says too little.
    """
    grid, images, z = (np.asarray(a, float) for a in (grid, images, z))
    labels = np.asarray(labels)
    _check(grid, images, sentences, z, labels, start)
    inside = ((z >= grid[0]) & (z <= grid[-1])).all(axis=1)
    z, labels = z[inside], labels[inside]
    figure = _picture(grid, images, z, labels, start)
    spec = _spec(grid, images, sentences, z, labels, start, alt)
    return vega.Interactive(figure, alt, caption, spec)


def _check(grid, images, sentences, z, labels, start):
    n = grid.size
    if (
        grid.ndim != 1
        or n < 2
        or not np.allclose(np.diff(grid, 2), 0.0)
        or grid[1] < grid[0]
    ):
        raise ValueError(f"grid must be two or more, evenly spaced, rising; got {grid}")
    if images.ndim != 4 or images.shape[:2] != (n, n):
        raise ValueError(
            f"images must be ({n}, {n}, height, width); got shape {images.shape}"
        )
    if not ((images >= 0) & (images <= 1)).all():
        raise ValueError(
            f"images must lie in [0, 1]; got {images.min():g} to {images.max():g}"
        )
    if [len(row) for row in sentences] != [n] * n:
        raise ValueError(f"sentences must be {n} lists of {n} texts; got {len(sentences)}")
    if z.ndim != 2 or z.shape[1] != 2 or not np.isfinite(z).all():
        raise ValueError(f"z must be (n_examples, 2) and finite; got shape {z.shape}")
    if labels.shape != z.shape[:1]:
        raise ValueError(f"labels must be ({len(z)},); got shape {labels.shape}")
    if len(start) != 2 or not all(i in range(n) for i in start):
        raise ValueError(f"start must be two indices from 0 to {n - 1}; got {start}")


def _picture(grid, images, z, labels, start):
    """Codes at the left, and at the right what the decoder makes of every part."""
    fig, (plane, tiles) = canvas(1, 2, size=(6.8, 3.6))
    for place, name in enumerate(np.unique(labels)):
        for point in z[labels == name]:
            plane.text(*point, str(name), color=COLORS[place % len(COLORS)], fontsize=7,
                       ha="center", va="center", clip_on=True)  # fmt: skip
    plane.plot(grid[start[0]], grid[start[1]], "o", mfc="none", mec="k", ms=14, mew=2)
    limits = (grid[0], grid[-1])
    plane.set(xlim=limits, ylim=limits, xlabel="z₁", ylabel="z₂", aspect="equal")
    chosen = np.unique(np.linspace(0, grid.size - 1, min(grid.size, 9)).astype(int))
    shown = images[np.ix_(chosen, chosen)][:, ::-1]  # the highest z₂ on top
    rims = ((0, 0), (0, 0), (0, 1), (0, 1))
    shown = np.pad(shown, rims, constant_values=0.5)  # else neighbors run together
    n, _, height, width = shown.shape
    wall = shown.transpose(1, 2, 0, 3).reshape(n * height, n * width)
    half = (grid[-1] - grid[0]) / (n - 1) / 2  # of a tile, whose center is its code
    reach = (grid[0] - half, grid[-1] + half)
    tiles.imshow(wall, cmap="gray", vmin=0, vmax=1, extent=(*reach, *reach))
    tiles.set(xlabel="z₁")
    return fig


def _spec(grid, images, sentences, z, labels, start, alt):
    step = round(float(grid[1] - grid[0]), 9)
    nodes = [round(float(value), 9) for value in grid]
    rows = [
        {"z1": nodes[i], "z2": nodes[j], "image": _letters(images[i, j])}
        | {"says": f"z₁ = {nodes[i]:g}, z₂ = {nodes[j]:g}:\n{sentences[i][j]}"}
        for i, j in np.ndindex(images.shape[:2])
    ]
    chosen = [
        {"filter": f"abs(datum.{axis} - position_{axis}) < {step / 2:.6g}"}
        for axis in ("z1", "z2")
    ]
    plane = {
        "width": SIDE,
        "height": SIDE,
        "layer": [_codes(z, labels), _ring(chosen), _cells(nodes, step, start)],
    }
    views = [
        vega.sentence(chosen, n_lines=2) | {"width": SIDE},
        _image(chosen, *images.shape[2:]),
        plane,
    ]
    return vega.specification([], views, alt, data={"values": rows})


def _letters(image):
    return "".join(LEVELS[level] for level in np.rint(15 * image).astype(int).ravel())


def _codes(z, labels):
    """The name of its class at the place of every example."""
    names = [str(name) for name in np.unique(labels)]
    values = [
        {"class": str(name), "xs": vega.as_text(z[labels == name, 0], ".2f")}
        | {"ys": vega.as_text(z[labels == name, 1], ".2f")}
        for name in np.unique(labels)
    ]
    colors = [COLORS[place % len(COLORS)] for place in range(len(names))]
    scale = {"domain": names, "range": colors}
    return {
        "data": {"values": values},
        "transform": vega.unfolded(xs="x", ys="y"),
        "mark": {"type": "text", "fontSize": 10, "aria": False},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "text": {"field": "class"},
            "color": {"field": "class", "type": "nominal", "legend": None, "scale": scale},
        },
    }


def _ring(chosen):
    mark = {"type": "point", "size": 350, "strokeWidth": 3, "color": "#000000"}
    return {
        "transform": chosen,
        "mark": mark | {"opacity": 1, "aria": False},
        "encoding": {
            "x": {"field": "z1", "type": "quantitative"},
            "y": {"field": "z2", "type": "quantitative"},
        },
    }


def _cells(nodes, step, start):
    """A square around each code, unseen, which takes clicks; and the two sliders."""
    half, span = step / 2, [nodes[0] - step / 2, nodes[-1] + step / 2]
    ends = {
        end: f"datum.{axis} {sign} {half:.6g}"
        for axis, pair in {"z1": ("x", "x2"), "z2": ("y", "y2")}.items()
        for end, sign in zip(pair, "-+", strict=True)
    }
    transform = [{"calculate": formula, "as": end} for end, formula in ends.items()]
    sliders = {
        axis: {"input": "range", "min": nodes[0], "max": nodes[-1], "step": step}
        | {"name": f"{name}: "}
        for axis, name in (("z1", "z₁"), ("z2", "z₂"))
    }
    on_cell = "[event.item && event.item.datum && isNumber(event.item.datum.z1)]"
    moves = (
        f"pointerdown{on_cell}",
        f"[pointerdown{on_cell}, window:pointerup] > pointermove{on_cell}",
    )
    position = {
        "name": "position",
        "value": [{"z1": nodes[start[0]], "z2": nodes[start[1]]}],
        "select": {
            "type": "point",
            "fields": ["z2", "z1"],  # the slider of the last one stands first
            "on": ", ".join(moves),
            "toggle": False,
            "clear": False,
        },
        "bind": sliders,
    }
    return {
        "params": [position],
        "transform": transform,
        "mark": {"type": "rect", "fill": "transparent", "aria": False, "cursor": "pointer"},
        "encoding": {
            "x": vega.axis("x", "z₁", domain=span),
            "y": vega.axis("y", "z₂", domain=span),
            "x2": {"field": "x2"},
            "y2": {"field": "y2"},
        },
    }


def _image(chosen, height, width):
    """One square for each pixel of the chosen image."""
    pixels = [
        *chosen,
        {"calculate": "split(datum.image, '')", "as": "letter"},
        {"flatten": ["letter"]},
        {"window": [{"op": "row_number", "as": "number"}]},
        {"calculate": f"indexof('{LEVELS}', datum.letter)", "as": "level"},
        {"calculate": f"(datum.number - 1) % {width}", "as": "x"},
        {"calculate": f"floor((datum.number - 1) / {width})", "as": "y"},
        {"calculate": "datum.x + 1", "as": "x2"},
        {"calculate": "datum.y + 1", "as": "y2"},
    ]
    scale = {"domain": [0, len(LEVELS) - 1], "range": RANGE, "interpolate": "rgb"}
    color = {"field": "level", "type": "quantitative", "legend": None, "scale": scale}
    across = {"scale": {"domain": [0, width], "nice": False}, "axis": None}
    down = {"scale": {"domain": [0, height], "nice": False, "reverse": True}, "axis": None}
    return {
        "width": IMAGE,
        "height": round(IMAGE * height / width),
        "transform": pixels,
        # A rim of its own color hides the seams between neighbors.
        "mark": {"type": "rect", "aria": False, "strokeWidth": 0.6},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"} | across,
            "y": {"field": "y", "type": "quantitative"} | down,
            "x2": {"field": "x2"},
            "y2": {"field": "y2"},
            "color": color,
            "stroke": color,
        },
    }
