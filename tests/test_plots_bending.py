"""The boundary one can bend: what Vega computes is the network's output in NumPy."""

import re
from copy import deepcopy

import numpy as np
import pytest

from companion import plots
from companion.networks import mlp
from companion.plots import bending
from companion.plots.vega import MIME

vl_convert = pytest.importorskip("vl_convert", reason="needs the book's dependencies")

CORNERS = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
X = np.repeat(CORNERS, 3, axis=0) + np.tile([[0.0, 0.1], [0.2, 0.0], [-0.1, -0.2]], (4, 1))
LABELS = np.repeat([0, 0, 1, 1], 3)
TEXTS = {
    "alt": "Points of two classes and a line between them.",
    "caption": "One line is never enough here.",
}
AROUND = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
SETTINGS = {
    "start": {},
    "solved": bending.SOLVED,
    "all wrong": bending.SOLVED | {"direction_1": 225.0, "offset_1": 0.7, "weight": 1.0},
    "bent": {
        "direction_1": 20.0,
        "offset_1": 0.3,
        "direction_2": 250.0,
        "offset_2": 0.5,
        "weight": -0.8,
        "sharpness": 3.0,
    },
    "soft and crooked": {
        "direction_1": 110.0,
        "offset_1": 0.4,
        "direction_2": 310.0,
        "offset_2": -0.9,
        "weight": 0.7,
        "sharpness": 2.0,
    },
}


def output(x, setting):
    """The network's output by the perceptron under test."""
    return mlp.forward(bending.bent_network(setting), x, ("sigmoid", "sigmoid"))[-1][:, 0]


def svg_at(changes, version="6.4"):
    figure = plots.boundary(X, LABELS, **TEXTS)
    spec = deepcopy(figure.spec)
    for slider in spec["params"]:
        slider["value"] = changes.get(slider["name"], slider["value"])
    return vl_convert.vegalite_to_svg(spec, vl_version=version)


# JupyterLab draws with Vega-Lite 5, the book with version 6.
@pytest.mark.parametrize("version", ["5.21", "6.4"])
@pytest.mark.parametrize("name", SETTINGS)
def test_shades_are_the_output_of_the_network_in_numpy(name, version):
    svg = svg_at(SETTINGS[name], version)
    fills = re.findall(r'<path d="M[^"]*" fill="rgb\(([^)]*)\)"', svg)
    assert len(fills) == bending.CELLS**2
    found = np.array([fill.split(",") for fill in fills], float)
    edges = np.linspace(-2.0, 2.0, bending.CELLS + 1)
    x, y = np.meshgrid(edges[:-1] + 0.04, edges[:-1] + 0.04)
    shade = output(np.column_stack([x.ravel(), y.ravel()]), bending.START | SETTINGS[name])
    pale = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in bending.PALE])
    expected = [np.interp(shade, [0.0, 0.5, 1.0], channel) for channel in pale.T]
    np.testing.assert_allclose(found, np.transpose(expected), atol=0.51)


@pytest.mark.parametrize("name", ["start", "solved", "all wrong", "bent"])
def test_thick_line_stands_where_the_output_is_one_half_and_parts_the_classes(name):
    svg = svg_at(SETTINGS[name])
    found = re.findall(
        r'<line transform="translate\(([^,]*),([^)]*)\)" x2="([^"]*)" y2="([^"]*)" '
        r'stroke="#4D4D4D"',
        svg,
    )
    x, y, dx, dy = np.array(found, float).T
    setting = bending.START | SETTINGS[name]
    for pixels in ((x, y), (x + dx, y + dy)):
        points = np.column_stack(pixels) / 100.0 * [1, -1] + [-2, 2]
        shade = output(points, setting)
        # A straight piece of 0.1 misses a bent line by no more than this.
        nearest = np.min([output(points + 0.01 * d, setting) - 0.5 for d in AROUND], axis=0)
        farthest = np.max(
            [output(points + 0.01 * d, setting) - 0.5 for d in AROUND], axis=0
        )
        assert ((nearest <= 0) & (farthest >= 0)).all(), shade
    # Every piece goes on in another, but at the border of the plane.
    both = np.concatenate([np.column_stack([x, y]), np.column_stack([x + dx, y + dy])])
    apart = np.linalg.norm(both[:, None] - both, axis=-1) + 9.0 * np.eye(len(both))
    inside = (np.abs(both - 200.0) < 199.9).all(axis=1)
    assert apart[inside].min(axis=1).max() < 0.01
    # Every row of the plane on which the class changes is met by the line.
    grid = np.linspace(-1.98, 1.98, 100)
    plane = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    above = (output(plane, setting) > 0.5).reshape(100, 100)
    changes = np.argwhere(above[:, 1:] != above[:, :-1])
    middle = np.column_stack([grid[changes[:, 1]] + 0.02, grid[changes[:, 0]]])
    ends = np.column_stack([x + dx / 2, y + dy / 2]) / 100.0 * [1, -1] + [-2, 2]
    gaps = np.linalg.norm(middle[:, None] - ends, axis=-1).min(axis=1)
    assert gaps.max() < 0.1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("start", "6 of 12 points right; unit 2 is off: one straight line"),
        ("solved", "12 of 12 points right: solved"),
        ("all wrong", "0 of 12 points right"),
    ],
)
def test_the_sentence_counts_the_points_on_their_side(name, says):
    setting = bending.START | SETTINGS[name]
    assert np.sum((output(X, setting) > 0.5) == LABELS) == int(says.split()[0])
    assert f'aria-label="says: {says}"' in svg_at(SETTINGS[name])


def test_wrong_points_have_a_black_rim():
    svg = svg_at(SETTINGS["soft and crooked"])
    right = (output(X, SETTINGS["soft and crooked"]) > 0.5) == LABELS
    rims = re.findall(r'roledescription="point"[^>]*stroke="(white|black)"', svg)
    assert rims == ["white" if r else "black" for r in right]
    assert 0 < np.sum(right) < len(right)


def test_no_straight_line_is_right_everywhere_and_the_sliders_reach_the_solution():
    alone = [
        bending.START | {"direction_1": float(angle), "offset_1": float(offset)}
        for angle in range(0, 360, 5)
        for offset in np.linspace(-2, 2, 41)
    ]
    assert max(np.sum((output(X, s) > 0.5) == LABELS) for s in alone) == 9
    for name, value in bending.SOLVED.items():
        _, low, _, step = bending.SLIDERS[name]
        steps = (value - low) / step
        assert steps == pytest.approx(round(steps), abs=1e-9)


def test_picture_shows_both_settings():
    start, solved = plots.boundary(X, LABELS, **TEXTS).figure.axes
    assert start.get_title() == "start: 6 of 12 right"
    assert solved.get_title() == "solved: 12 of 12 right"
    setting = bending.SOLVED
    grid = np.linspace(-2, 2, 121)
    corner = output(np.array([[grid[-1], grid[0]], [grid[0], grid[0]]]), setting)
    image = solved.images[0].get_array()
    np.testing.assert_allclose([image[0, -1], image[0, 0]], corner, rtol=1e-9)


def test_bundle_holds_picture_text_and_the_specification():
    figure = plots.boundary(X, LABELS, **TEXTS)
    assert set(figure.mime_bundle()) == {"image/png", "text/plain", MIME}
    assert figure.spec["description"] == TEXTS["alt"]
    names = [slider["name"] for slider in figure.spec["params"]]
    assert names == list(bending.SLIDERS)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": X[:, :1]}, r"x must be \(n, 2\); got shape \(12, 1\)"),
        ({"x": 3 * X}, "x must lie between -2 and 2; got"),
        ({"labels": LABELS[:5]}, "labels must be 12 times 0 or 1"),
        ({"labels": LABELS * 2}, "labels must be 12 times 0 or 1"),
        ({"solved": {"weight": 0.0}}, "solved must name .* got"),
        (
            {"solved": bending.START | {"sharpness": 99.0}},
            r"solved\['sharpness'\] must lie from 1 to 20; got 99",
        ),
        ({"solved": bending.START}, "solved must be right for all 12 points; got 6"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ValueError, match=message):
        plots.boundary(**({"x": X, "labels": LABELS} | changed), **TEXTS)
