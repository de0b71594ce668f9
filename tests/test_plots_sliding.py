"""The figure with a slider, drawn by Vega itself at several levels."""

import json
import re
from copy import deepcopy

import numpy as np
import pytest

from companion import plots
from companion.plots.vega import MIME

vl_convert = pytest.importorskip("vl_convert", reason="needs the book's dependencies")

LEVELS = np.linspace(-1.0, 2.0, 31)
TRACES = LEVELS[:, None] * np.array([0.0, 1.0, 0.5, 2.0])
TEXTS = {
    "alt": "A trace over time, and the square of the level.",
    "caption": "The trace grows with the level.",
}
ARGUMENTS = {
    "sentences": [f"level number {i}" for i in range(31)],
    "start": 25,
    "step": 0.5,
    "labels": ("level (nA)", "time (ms)", "potential (mV)", "square"),
}


@pytest.fixture
def figure():
    return plots.slider(LEVELS, TRACES, LEVELS**2, **ARGUMENTS, **TEXTS)


def drawn(figure, index=None, version="5.21"):
    """What Vega says of its marks for screen readers, and the points of its lines."""
    spec = deepcopy(figure.spec)
    if index is not None:
        spec["params"][0]["value"] = float(LEVELS[index])
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    marks = re.findall(
        r'<(?:path|text) aria-label="([^"]*)" role="graphics-symbol"[^>]*', svg
    )
    lines = re.findall(r'roledescription="line mark" d="M([^"]*)"', svg)
    return marks, [np.array([p.split(",") for p in d.split("L")], float) for d in lines]


# JupyterLab draws with Vega-Lite 5, the book with version 6.
@pytest.mark.parametrize("version", ["5.21", "6.4"])
@pytest.mark.parametrize("index", [0, 7, 30])
def test_each_level_shows_its_own_trace_sentence_and_reading(figure, index, version):
    marks, (trace, readings) = drawn(figure, index, version)
    # Heights on the page are a falling linear function of the values.
    expected, spanned = TRACES[index], (TRACES.min(), TRACES.max())
    assert spanned == (-2.0, 4.0)
    heights = 180 * (4.0 - expected) / 6.0
    np.testing.assert_allclose(trace[:, 1], heights, atol=0.01)
    np.testing.assert_allclose(trace[:, 0], 520 * np.arange(4) / 3, atol=0.01)
    assert "time (ms): 0; potential (mV): 0" in marks
    assert len(readings) == 31
    assert f"says: level number {index}" in marks
    point = f"level (nA): {LEVELS[index]:.4g}; square: {LEVELS[index] ** 2:.4g}"
    assert point.replace("-", "\u2212") in marks


def test_figure_opens_at_its_start(figure):
    assert drawn(figure)[0] == drawn(figure, 25)[0]


def test_picture_shows_the_start(figure):
    above, below = figure.figure.axes
    np.testing.assert_allclose(above.lines[0].get_xdata(), [0.0, 0.5, 1.0, 1.5])
    np.testing.assert_allclose(above.lines[0].get_ydata(), TRACES[25])
    np.testing.assert_allclose(below.lines[1].get_xydata(), [[LEVELS[25], LEVELS[25] ** 2]])
    names = [ax.get_xlabel() for ax in (above, below)]
    names += [ax.get_ylabel() for ax in (above, below)]
    assert names == ["time (ms)", "level (nA)", "potential (mV)", "square"]


def test_slider_is_the_browsers_own_and_reaches_every_level(figure):
    bind = figure.spec["params"][0]["bind"]
    assert bind["input"] == "range"
    reached = np.arange(bind["min"], bind["max"] + bind["step"] / 2, bind["step"])
    np.testing.assert_allclose(reached, LEVELS, atol=1e-12)


def test_bundle_holds_picture_text_and_a_specification_of_plain_data(figure):
    bundle = figure.mime_bundle()
    assert set(bundle) == {"image/png", "text/plain", MIME}
    assert json.loads(json.dumps(bundle[MIME])) == bundle[MIME]
    assert bundle[MIME]["description"] == TEXTS["alt"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levels": [0.0, 1.0, 3.0]}, "levels must be two or more, evenly spaced"),
        ({"traces": TRACES[:5]}, r"traces must be \(31, n_points\); got shape \(5, 4\)"),
        ({"readings": LEVELS[:5]}, r"readings must be \(31,\); got shape \(5,\)"),
        ({"readings": np.full(31, np.inf)}, "readings must be finite"),
        ({"sentences": ["one"]}, "sentences must be 31 texts; got 1"),
        ({"start": 31}, "start must be an index from 0 to 30; got 31"),
        ({"labels": ("a", "b")}, "labels must be four texts"),
    ],
)
def test_slider_names_what_does_not_fit(changed, message):
    arrays = {"levels": LEVELS, "traces": TRACES, "readings": LEVELS}
    with pytest.raises(ValueError, match=message):
        plots.slider(**(arrays | ARGUMENTS | changed), **TEXTS)
