"""A decision boundary one can bend: six sliders move a network of two hidden units.

With the unit vector e(a) = (cos a, sin a), the network is::

    h_k = sigmoid(sharpness (x . e(direction_k) - offset_k)),    k = 1, 2
    y = sigmoid(GAIN (h_1 + weight h_2 - 1/2))

and an example is put into class 1 where y is above 1/2. At weight 0 the boundary is the
one straight line on which h_1 is 1/2; another weight bends it. The browser computes all
of this at every move of a slider, from formulas in the specification.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from companion.plots import vega
from companion.plots.level import calculated, zero_line
from companion.plots.style import COLORS, MARKERS, canvas

LIMIT = 2.0  # the plane shows both coordinates from -LIMIT to LIMIT
GAIN = 20.0
# Label, lowest, highest and step of each slider, in their order on the page.
SLIDERS = {
    "direction_1": ("direction 1 (degrees)", 0.0, 355.0, 5.0),
    "offset_1": ("offset 1", -LIMIT, LIMIT, 0.1),
    "direction_2": ("direction 2 (degrees)", 0.0, 355.0, 5.0),
    "offset_2": ("offset 2", -LIMIT, LIMIT, 0.1),
    "weight": ("weight of unit 2", -1.5, 1.5, 0.1),
    "sharpness": ("sharpness", 1.0, 20.0, 1.0),
}
START = dict(zip(SLIDERS, (0.0, 0.0, 90.0, 0.0, 0.0, 10.0), strict=True))
# Right for four clouds at the corners of a square, opposite ones of one class: between
# two parallel lines, above the first and not above the second.
SOLVED = dict(zip(SLIDERS, (45.0, -0.7, 45.0, 0.7, -1.0, 10.0), strict=True))
SIDE = 400  # of the plane, in pixels
CELLS = 50  # along each side of the plane
# Blue and vermillion, mixed with white until the points stand out on them.
PALE = ("#A6CBE3", "#FFFFFF", "#F2C19B")
CLASSES = ("class 0", "class 1")
DASHES = ([7, 4], [2, 3])
END = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}


def bent_network(setting):
    """The network of a setting of the sliders, as `companion.networks.mlp` takes it.

    Args:
        setting: Maps the six names in `SLIDERS` to numbers.

    Returns:
        params: (weights, biases) of the layers 2 -> 2 -> 1, whose activations are
            ("sigmoid", "sigmoid").

    Raises:
        ValueError: If a slider is missing or unknown, or a value lies outside its range.
    """
    _check_setting("setting", setting)
    angles = np.deg2rad([setting["direction_1"], setting["direction_2"]])
    offsets = np.array([setting["offset_1"], setting["offset_2"]])
    sharpness = setting["sharpness"]
    weights = [
        sharpness * np.array([np.cos(angles), np.sin(angles)]),
        GAIN * np.array([[1.0], [setting["weight"]]]),
    ]
    return weights, [-sharpness * offsets, np.array([-GAIN / 2])]


def boundary(x, labels, *, solved=SOLVED, alt, caption):
    """Let the reader bend a decision boundary until every point is on its side.

    The plane is shaded by the network's output; a thick line stands where it is 1/2, and a
    thin broken one where each hidden unit is 1/2. Points on the wrong side have a black
    rim, and a sentence counts the right ones. It opens with the straight line of unit 1
    alone; the picture shows this and `solved`.

    Args:
        x: Points, shape (n, 2), both coordinates between -2 and 2.
        labels: Their classes, shape (n,), each 0 or 1.
        solved: A setting at which all points are right.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If the arrays do not fit, a point lies outside the plane, `solved`
            names other sliders than `SLIDERS`, leaves their range or is not right
            everywhere, or a text says too little.
    """
    x, labels = np.asarray(x, float), np.asarray(labels)
    _check(x, labels, solved)
    figure = _picture(x, labels, {"start": START, "solved": solved})
    return vega.Interactive(figure, alt, caption, _spec(x, labels, alt))


def _check_setting(name, setting):
    if set(setting) != set(SLIDERS):
        raise ValueError(f"{name} must name {list(SLIDERS)}; got {list(setting)}")
    for slider, (_, low, high, _) in SLIDERS.items():
        if not low <= setting[slider] <= high:
            raise ValueError(
                f"{name}[{slider!r}] must lie from {low:g} to {high:g}; "
                f"got {setting[slider]}"
            )


def _check(x, labels, solved):
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"x must be (n, 2); got shape {x.shape}")
    if not (np.abs(x) < LIMIT).all():
        raise ValueError(f"x must lie between -2 and 2; got {x[~(np.abs(x) < LIMIT)]}")
    if labels.shape != x.shape[:1] or not np.isin(labels, (0, 1)).all():
        raise ValueError(f"labels must be {len(x)} times 0 or 1; got {labels}")
    _check_setting("solved", solved)
    right = np.sum((_output(x, solved) > 0.5) == labels)
    if right < len(x):
        raise ValueError(f"solved must be right for all {len(x)} points; got {right}")


def _output(x, setting):
    (w_1, w_2), (b_1, b_2) = bent_network(setting)
    hidden = 1.0 / (1.0 + np.exp(-(x @ w_1 + b_1)))
    return 1.0 / (1.0 + np.exp(-(hidden @ w_2 + b_2)[..., 0]))


def _picture(x, labels, settings):
    fig, axes = canvas(1, 2, size=(6.8, 3.7))
    shades = LinearSegmentedColormap.from_list("shades", PALE)
    grid = np.linspace(-LIMIT, LIMIT, 121)
    plane = np.stack(np.meshgrid(grid, grid), axis=-1)
    box = (-LIMIT, LIMIT, -LIMIT, LIMIT)
    for ax, (name, setting) in zip(axes, settings.items(), strict=True):
        shown = _output(plane, setting)
        ax.imshow(shown, cmap=shades, vmin=0, vmax=1, origin="lower", extent=box)
        ax.contour(grid, grid, shown, levels=[0.5], colors="#4D4D4D", linewidths=3)
        wrong = (_output(x, setting) > 0.5) != labels
        for c, marker in enumerate(MARKERS[:2]):
            rims = np.where(wrong[labels == c], "black", "white")
            ax.scatter(*x[labels == c].T, c=COLORS[c], marker=marker, edgecolors=rims)
        ax.set(title=f"{name}: {np.sum(~wrong)} of {len(x)} right", xlabel="x₁")
    axes[0].set_ylabel("x₂")
    return fig


def _spec(x, labels, alt):
    sliders = [
        vega.range_param(name, label, float(START[name]), low, high, step)
        for name, (label, low, high, step) in SLIDERS.items()
    ]
    rows = [
        {"x": round(a, 3), "y": round(b, 3), "label": int(c), "class": CLASSES[c]}
        for (a, b), c in zip(x.tolist(), labels.tolist(), strict=True)
    ]
    right = f"(({_sum('datum.x', 'datum.y')}) > 0) == (datum.label == 1)"
    says = (
        f"datum.right + ' of {len(x)} points right' + (weight == 0 ? '; unit 2 is off: "
        f"one straight line' : datum.right == {len(x)} ? ': solved' : '')"
    )
    said = [
        *calculated({"right": f"toNumber({right})"}),
        {"aggregate": [{"op": "sum", "field": "right", "as": "right"}]},
        *calculated({"says": says}),
    ]
    rim = {"condition": {"test": "datum.right", "value": "white"}, "value": "black"}
    points = {
        "transform": calculated({"right": right}),
        "mark": {"type": "point", "size": 60, "opacity": 1, "strokeWidth": 1.8},
        "encoding": _place()
        | {
            "fill": _by("class", CLASSES, COLORS[:2]),
            "shape": _by("class", CLASSES, ("circle", "square")),
            "stroke": rim,
        },
    }
    layers = [_shades(), _boundary_line(), _unit_lines(), points]
    plane = {"width": SIDE, "height": SIDE, "layer": layers}
    views = [vega.sentence(said) | {"width": vega.WIDTH}, plane]
    data = {"values": rows}
    return vega.specification(sliders, views, alt, legend=vega.LEGEND, data=data)


def _sum(x, y):
    """The formula of h_1 + weight h_2 - 1/2, whose sign decides."""
    units = [
        f"1 / (1 + exp(sharpness * (offset_{k} - ({x}) * cos(direction_{k} * PI / 180)"
        f" - ({y}) * sin(direction_{k} * PI / 180))))"
        for k in (1, 2)
    ]
    return f"{units[0]} + weight * {units[1]} - 0.5"


def _shades():
    """Squares that cover the plane, each in the color of the output at its center."""
    width = 2 * LIMIT / CELLS
    middle = _sum(f"datum.x + {width / 2}", f"datum.y + {width / 2}")
    fields = {
        "x": f"{width} * (datum.i % {CELLS}) - {LIMIT}",
        "y": f"{width} * floor(datum.i / {CELLS}) - {LIMIT}",
        "x2": f"datum.x + {width}",
        "y2": f"datum.y + {width}",
        "output": f"1 / (1 + exp(-{GAIN} * ({middle})))",
    }
    scale = {"domain": [0, 0.5, 1], "range": list(PALE), "interpolate": "rgb"}
    color = {"field": "output", "type": "quantitative", "legend": None, "scale": scale}
    return {
        "data": {"sequence": {"start": 0, "stop": CELLS**2, "as": "i"}},
        "transform": calculated(fields),
        # A rim of its own color hides the seams between neighbors.
        "mark": {"type": "rect", "aria": False, "strokeWidth": 0.6},
        "encoding": _place() | END | {"color": color, "stroke": color},
    }


def _boundary_line():
    data, transform = zero_line(_sum, LIMIT)
    mark = {"type": "rule", "aria": False, "strokeWidth": 4, "color": "#4D4D4D"}
    encoding = _place() | END
    return {"data": data, "transform": transform, "mark": mark, "encoding": encoding}


def _unit_lines():
    """The line of each unit, on which it is 1/2; unit 2 has none while its weight is 0."""
    names = [f"unit {k} is 1/2" for k in (1, 2)]
    values = [{"unit": k, "line": name} for k, name in enumerate(names, 1)]
    along, far = "datum.offset", 3 * LIMIT
    fields = {
        "angle": "(datum.unit == 1 ? direction_1 : direction_2) * PI / 180",
        "offset": "datum.unit == 1 ? offset_1 : offset_2",
        "x": f"{along} * cos(datum.angle) - {far} * sin(datum.angle)",
        "y": f"{along} * sin(datum.angle) + {far} * cos(datum.angle)",
        "x2": f"{along} * cos(datum.angle) + {far} * sin(datum.angle)",
        "y2": f"{along} * sin(datum.angle) - {far} * cos(datum.angle)",
    }
    return {
        "data": {"values": values},
        "transform": [
            {"filter": "datum.unit == 1 || weight != 0"},
            *calculated(fields),
        ],
        "mark": {"type": "rule", "aria": False, "clip": True, "strokeWidth": 1.5},
        "encoding": _place() | END | {"strokeDash": _by("line", names, DASHES)},
    }


def _place():
    titles, span = {"x": "x₁", "y": "x₂"}, [-LIMIT, LIMIT]
    return {name: vega.axis(name, title, domain=span) for name, title in titles.items()}


def _by(field, names, looks):
    scale = {"domain": list(names), "range": list(looks)}
    return {"field": field, "type": "nominal", "title": None, "scale": scale}
