"""A figure with a slider: a curve for each level, and a reading of each curve.

How it is shown and moved stands in `companion.plots.vega`.
"""

import numpy as np

from companion.plots import vega
from companion.plots.style import COLORS, canvas


def slider(levels, traces, readings, *, sentences, start, step, labels, alt, caption):
    """Let the reader choose a level, and see its trace and where its reading lies.

    Args:
        levels: Values of the slider, evenly spaced, shape (n,).
        traces: A curve for each level, shape (n, n_points), two at least.
        readings: One number for each level, shape (n,), drawn as a curve over levels.
        sentences: What to say about each level, n texts; screen readers hear them.
        start: The level shown first, an index.
        step: Distance of the points of a trace along its axis.
        labels: Names with units: of the slider, of the two axes of a trace, and of the
            reading, in this order.
        alt: As in `described`.
        caption: As in `described`.

    Raises:
        ValueError: If the shapes do not fit, a value is not finite, the levels are not
            evenly spaced, `start` is no index, or a text says too little.
    """
    levels, traces, readings = (np.asarray(a, float) for a in (levels, traces, readings))
    _check(levels, traces, readings, sentences, start, labels)
    times = step * np.arange(traces.shape[1])
    fig = _picture(levels, traces[start], readings, start, times, labels)
    spec = _spec(levels, traces, readings, sentences, start, step, labels, alt)
    return vega.Interactive(fig, alt, caption, spec)


def _check(levels, traces, readings, sentences, start, labels):
    n = levels.size
    if levels.ndim != 1 or n < 2 or not np.allclose(np.diff(levels, 2), 0.0):
        raise ValueError(f"levels must be two or more, evenly spaced; got {levels}")
    if traces.ndim != 2 or len(traces) != n or traces.shape[1] < 2:
        raise ValueError(f"traces must be ({n}, n_points); got shape {traces.shape}")
    if readings.shape != (n,):
        raise ValueError(f"readings must be ({n},); got shape {readings.shape}")
    if len(sentences) != n:
        raise ValueError(f"sentences must be {n} texts; got {len(sentences)}")
    if start not in range(n):
        raise ValueError(f"start must be an index from 0 to {n - 1}; got {start}")
    if len(labels) != 4:
        raise ValueError(f"labels must be four texts; got {labels}")
    for name, values in {"traces": traces, "readings": readings}.items():
        if not np.isfinite(values).all():
            count = np.sum(~np.isfinite(values))
            raise ValueError(f"{name} must be finite; got {count} values that are not")


def _picture(levels, trace, readings, start, times, labels):
    fig, (above, below) = canvas(2, 1, size=(6.4, 4.8))
    above.plot(times, trace)
    above.set(xlabel=labels[1], ylabel=labels[2])
    below.plot(levels, readings)
    below.plot(levels[start], readings[start], "o", color=COLORS[1], markersize=9)
    below.set(xlabel=labels[0], ylabel=labels[3])
    return fig


def _spec(levels, traces, readings, sentences, start, step, labels, alt):
    slider_label, x_label, y_label, reading_label = labels
    spacing = float(levels[1] - levels[0])
    chosen = f"abs(datum.level - chosen) < {spacing / 2:.6g}"
    texts = map(vega.as_text, traces)
    rows = [
        {"level": round(float(x), 9), "reading": round(float(r), 3), "says": s, "trace": t}
        for x, r, s, t in zip(levels, readings, sentences, texts, strict=True)
    ]
    traced = [
        {"filter": chosen},
        {"calculate": "split(datum.trace, ' ')", "as": "y"},
        {"flatten": ["y"]},
        {"window": [{"op": "row_number", "as": "point"}]},
        {"calculate": f"(datum.point - 1) * {step:.6g}", "as": "x"},
        {"calculate": "toNumber(datum.y)", "as": "y"},
    ]
    span = [float(traces.min()), float(traces.max())]
    y_axis = vega.axis("y", y_label, nice=True, domain=span)
    curve = {
        "height": 180,
        "transform": traced,
        "mark": {"type": "line", "color": COLORS[0], "strokeWidth": 1.5},
        "encoding": {"x": vega.axis("x", x_label), "y": y_axis},
    }
    summary = {
        "height": 140,
        "encoding": {
            "x": vega.axis("level", slider_label),
            "y": vega.axis("reading", reading_label, nice=True),
        },
        "layer": [
            {"mark": {"type": "line", "color": COLORS[0]}},
            {
                "transform": [{"filter": chosen}],
                "mark": {"type": "point", "filled": True, "size": 120, "color": COLORS[1]},
            },
        ],
    }
    first, last, start = (float(levels[i]) for i in (0, -1, start))
    param = vega.range_param("chosen", slider_label, start, first, last, round(spacing, 9))
    views = (vega.sentence([{"filter": chosen}]), curve, summary)
    views = [view | {"width": vega.WIDTH} for view in views]
    return vega.specification([param], views, alt, data={"values": rows})
