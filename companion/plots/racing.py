"""A race of optimizers on a surface, at a learning rate and momentum one can choose.

All races are run beforehand, one for each pair of values that the two sliders can take;
the figure holds the paths and shows those of the chosen pair, with the loss at each step.
"""

import numpy as np

from companion.plots import vega
from companion.plots.style import COLORS, MARKERS, canvas

N_LEVELS = 9  # contour lines of the surface
HEIGHT = 300  # of the surface, in pixels
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down")
DASHES = ([1, 0], [8, 4], [8, 3, 2, 3], [2, 3], [12, 3, 2, 3, 2, 3])
LOSSES = (1e-8, 1e3)  # losses beyond are shown at these bounds


def race(
    surface, box, paths, losses, *, names, rates, momenta, start, arrived, alt, caption
):
    """Let the reader choose a learning rate and a momentum, and see who wins.

    Args:
        surface: Losses above 0 on a grid, rows along y, shape (n_y, n_x).
        box: Borders of the grid (x_low, x_high, y_low, y_high).
        paths: Shape (n_rates, n_momenta, n_names, n_steps + 1, 2), a start first; a path
            that left every bound may hold infinities or no numbers.
        losses: The loss at each point of the paths, of that shape without its last axis.
        names: Of the optimizers, at most five.
        rates: Learning rates, rising by one factor; what the first slider chooses.
        momenta: Momenta, evenly spaced; what the second slider chooses.
        start: Indices of the rate and the momentum shown first.
        arrived: An optimizer has arrived at the first step from which its loss stays at or
            below this.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If the shapes do not fit, the rates or momenta are not spaced as said,
            the surface is not above 0, or a text says too little.
    """
    surface, paths, losses = (np.asarray(a, float) for a in (surface, paths, losses))
    _check(surface, paths, losses, names, rates, momenta, start)
    paths, shown = _within(paths, box), np.nan_to_num(losses, nan=np.inf).clip(*LOSSES)
    figure, lines = _picture(surface, box, paths[start], shown[start], names)
    said = [
        {"rate": i, "momentum": j}
        | {"says": _sentence(names, rates[i], momenta[j], losses[i, j], arrived)}
        for i, j in np.ndindex(losses.shape[:2])
    ]
    rows = _rows(paths, shown, names)
    spec = _spec(rows, said, lines, box, names, rates, momenta, start, alt)
    return vega.Interactive(figure, alt, caption, spec)


def _check(surface, paths, losses, names, rates, momenta, start):
    shape = (len(rates), len(momenta), len(names))
    if paths.ndim != 5 or paths.shape[:3] != shape or paths.shape[4] != 2:
        raise ValueError(f"paths must be {shape} + (n_points, 2); got shape {paths.shape}")
    if losses.shape != paths.shape[:4]:
        raise ValueError(f"losses must be {paths.shape[:4]}; got shape {losses.shape}")
    if not 1 <= len(names) <= len(SHAPES):
        raise ValueError(f"names must be one to five; got {names}")
    if len(rates) < 2 or not np.allclose(np.diff(np.log(rates), 2), 0.0):
        raise ValueError(f"rates must rise by one factor; got {rates}")
    if len(momenta) < 2 or not np.allclose(np.diff(momenta, 2), 0.0):
        raise ValueError(f"momenta must be evenly spaced; got {momenta}")
    if not (start[0] in range(len(rates)) and start[1] in range(len(momenta))):
        raise ValueError(f"start must be indices of a rate and a momentum; got {start}")
    if surface.ndim != 2 or not surface.min() > 0:
        raise ValueError(f"surface must be a grid above 0; got shape {surface.shape}")


def _within(paths, box):
    """Cut coordinates far outside the box; from where they are no numbers, stand still."""
    low, high = np.reshape(box, (2, 2)).T
    far = 2.0 * (high - low)
    paths = np.clip(paths, low - far, high + far)
    for step in range(1, paths.shape[3]):
        now, before = paths[..., step, :], paths[..., step - 1, :]
        paths[..., step, :] = np.where(np.isnan(now), before, now)
    return paths


def steps_to_arrive(losses, arrived):
    """Step from which the losses of a race stay at or below a bound, or None.

    Args:
        losses: The loss at the start and after each step, shape (n_steps + 1,).
        arrived: The bound.
    """
    outside = np.flatnonzero(~(losses <= arrived))
    first = outside[-1] + 1 if outside.size else 0
    return int(first) if first < len(losses) else None


def _sentence(names, rate, momentum, losses, arrived):
    """What happened at one pair of values, in three lines."""
    steps = [steps_to_arrive(course, arrived) for course in losses]
    there = [
        f"{n} {step}" for n, step in zip(names, steps, strict=True) if step is not None
    ]
    lost = [
        n for n, course in zip(names, losses, strict=True) if not course[-1] <= course[0]
    ]
    return (
        f"learning rate {rate:.3g}, momentum {momentum:.2g}; steps to arrive:\n"
        f"{', '.join(there) or 'nobody arrives'}\n"
        f"higher than at the start: {', '.join(lost) or 'nobody'}"
    )


def _picture(surface, box, paths, losses, names):
    fig, (above, below) = canvas(2, 1, size=(6.4, 6.0))
    xs = np.linspace(*box[:2], surface.shape[1])
    ys = np.linspace(*box[2:], surface.shape[0])
    levels = np.geomspace(np.quantile(surface, 0.01), surface.max(), N_LEVELS + 1)[:-1]
    contours = above.contour(xs, ys, surface, levels=levels, colors="0.75", linewidths=1)
    for i, name in enumerate(names):
        style = {"color": COLORS[i], "label": name}
        above.plot(*paths[i].T, marker=MARKERS[i], markersize=3, linewidth=1.2, **style)
        below.plot(losses[i], **style)
    above.set(xlim=box[:2], ylim=box[2:], xlabel="x", ylabel="y")
    below.set(yscale="log", xlabel="step", ylabel="loss")
    below.legend(ncols=2)
    lines = [line for level in contours.allsegs for line in level if len(line) > 2]
    return fig, lines


def _rows(paths, losses, names):
    """One row for each race of an optimizer, its numbers as texts.

    An optimizer that the momentum does not touch has one row for each rate, without one.
    """
    rows = []
    for i, k in np.ndindex(len(paths), len(names)):
        all_alike = (paths[i, :, k] == paths[i, :1, k]).all()
        for j in range(1 if all_alike else paths.shape[1]):
            row = {"rate": i, "momentum": None if all_alike else j, "name": names[k]}
            texts = [vega.as_text(c, ".3g") for c in paths[i, j, k].T]
            row |= dict(zip(("xs", "ys"), texts, strict=True))
            rows.append(row | {"losses": vega.as_text(losses[i, j, k], ".2g")})
    return rows


def _spec(rows, said, lines, box, names, rates, momenta, start, alt):
    exponents, n_steps = np.log10(rates), rows[0]["losses"].count(" ")
    sliders = [
        _slider("rate", "log10 of the learning rate", exponents, start[0]),
        _slider("momentum", "momentum", np.asarray(momenta, float), start[1]),
    ]
    rate, momentum = (
        f"round(({slider['name']} - {slider['bind']['min']}) / {slider['bind']['step']})"
        for slider in sliders
    )
    chosen = f"datum.rate == {rate} && datum.momentum == {momentum}"
    either = f"(datum.momentum == null || datum.momentum == {momentum})"
    look = {"domain": list(names)}
    by_name = {
        channel: {"field": "name", "type": "nominal", "title": None, "scale": look | scale}
        for channel, scale in {
            "color": {"range": list(COLORS[: len(names)])},
            "shape": {"range": list(SHAPES[: len(names)])},
            "strokeDash": {"range": list(DASHES[: len(names)])},
        }.items()
    }
    unfold = [
        {"filter": f"datum.rate == {rate} && {either}"},
        *vega.unfolded(xs="x", ys="y", losses="loss"),
        {"window": [{"op": "row_number", "as": "step"}], "groupby": ["name"]},
        {"calculate": "datum.step - 1", "as": "step"},
    ]
    x_axis = vega.axis("x", "x", domain=list(box[:2]))
    y_axis = vega.axis("y", "y", domain=list(box[2:]))
    paths = {
        "transform": unfold,
        "mark": {"type": "line", "clip": True, "strokeWidth": 1.5, "aria": False},
        "encoding": {"x": x_axis, "y": y_axis, "order": {"field": "step"}}
        | {c: by_name[c] for c in ("color", "strokeDash")},
    }
    points = {
        "transform": unfold,
        "mark": {"type": "point", "clip": True, "size": 25, "filled": True, "aria": False},
        "encoding": {"x": x_axis, "y": y_axis, "color": by_name["color"]}
        | {"shape": by_name["shape"]},
    }
    over_steps = {
        "height": 160,
        "transform": unfold,
        "mark": {"type": "line", "strokeWidth": 1.5, "aria": False},
        "encoding": {
            "x": vega.axis("step", "step", domain=[0, n_steps]),
            "y": vega.axis("loss", "loss", type="log", domain=_decades(rows)),
        }
        | {c: by_name[c] for c in ("color", "strokeDash")},
    }
    surface = {"height": HEIGHT, "layer": [_contours(lines, x_axis, y_axis), paths, points]}
    sentence = vega.sentence([{"filter": chosen}], n_lines=3) | {"data": {"values": said}}
    views = [view | {"width": vega.WIDTH - 80} for view in (sentence, surface, over_steps)]
    parts = {"legend": vega.LEGEND, "data": {"values": rows}}
    return vega.specification(sliders, views, alt, **parts)


def _decades(rows):
    """Powers of ten around all losses."""
    losses = np.log10([float(loss) for row in rows for loss in row["losses"].split()])
    return [10.0 ** np.floor(losses.min()), 10.0 ** np.ceil(losses.max())]


def _slider(name, label, values, start):
    values = [float(v) for v in values]
    step = round((values[-1] - values[0]) / (len(values) - 1), 9)
    low, high = round(values[0], 9), round(values[-1], 9)
    first = round(values[start], 9)
    return vega.range_param(f"chosen_{name}", label, first, low, high, step)


def _contours(lines, x_axis, y_axis):
    """Gray lines of equal loss."""
    values = [
        {"line": i, "xs": vega.as_text(line[:, 0]), "ys": vega.as_text(line[:, 1])}
        for i, line in enumerate(lines)
    ]
    return {
        "data": {"values": values},
        "transform": [
            *vega.unfolded(xs="x", ys="y"),
            {"window": [{"op": "row_number", "as": "order"}], "groupby": ["line"]},
        ],
        "mark": {"type": "line", "clip": True, "color": "#BFBFBF", "strokeWidth": 1}
        | {"aria": False},
        "encoding": {
            "x": x_axis,
            "y": y_axis,
            "detail": {"field": "line"},
            "order": {"field": "order"},
        },
    }
