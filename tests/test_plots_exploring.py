"""The plane of codes: the page shows the image and the sentence that belong to a code."""

import re
from copy import deepcopy

import numpy as np
import pytest

from companion import plots
from companion.plots.vega import MIME

vl_convert = pytest.importorskip("vl_convert", reason="needs the book's dependencies")

GRID = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
LEVELS = np.random.default_rng(3).integers(0, 16, size=(5, 5, 3, 4))
SENTENCES = [[f"image {i} of {j}" for j in range(5)] for i in range(5)]
Z = np.array([[-0.9, 0.3], [0.2, -0.8], [0.7, 0.6], [2.0, 0.0]])
LABELS = np.array([4, 7, 4, 7])
RING = r'transform="translate\(([\d.]+),([\d.]+)\)"[^>]*stroke="#0'
TEXTS = {
    "alt": "A plane of codes and a decoded image.",
    "caption": "Every place in the plane is an image.",
}
VALID = {"grid": GRID, "images": LEVELS / 15, "sentences": SENTENCES} | {
    "z": Z,
    "labels": LABELS,
    "start": (1, 3),
}


def explored(**changes):
    return plots.explorer(**(VALID | changes), **TEXTS)


def position(view):
    """The parameter that sliders and clicks share."""
    return view["vconcat"][2]["layer"][2]["params"][0]


def svg_at(i, j, version="6.4"):
    spec = deepcopy(explored().spec)
    position(spec)["value"] = [{"z1": GRID[i], "z2": GRID[j]}]
    return vl_convert.vegalite_to_svg(spec, vl_version=version)


# JupyterLab draws with Vega-Lite 5, the book with version 6.
@pytest.mark.parametrize("version", ["5.21", "6.4"])
@pytest.mark.parametrize(("i", "j"), [(1, 3), (0, 0), (4, 2), (2, 4)])
def test_pixels_and_sentence_are_those_of_the_position(i, j, version):
    svg = svg_at(i, j, version)
    says = f"z₁ = {GRID[i]:g}, z₂ = {GRID[j]:g}:"
    assert says in svg
    assert re.findall(r"image \d of \d", svg)[-1] == f"image {i} of {j}"
    fills = re.findall(r'<path d="M([\d.]+),([\d.]+)h[^"]*" fill="rgb\((\d+),', svg)
    assert len(fills) == 12
    x, y, gray = np.array(fills, float).T
    levels = np.zeros((3, 4))
    levels[np.rint(y / 30).astype(int), np.rint(x / 30).astype(int)] = gray / 17
    np.testing.assert_allclose(levels, LEVELS[i, j])


def test_ring_stands_at_the_position():
    where = [
        np.array(
            re.findall(r'transform="translate\(([\d.]+),([\d.]+)\)"[^>]*stroke="#0', s)
        )
        for s in (svg_at(0, 0), svg_at(4, 0), svg_at(0, 4))
    ]
    origin, right, up = (w.astype(float)[0] for w in where)
    # The plane reaches half a step beyond the first and the last of five codes.
    np.testing.assert_allclose(right - origin, [310 * 4 / 5, 0])
    np.testing.assert_allclose(up - origin, [0, -310 * 4 / 5])


def test_examples_are_told_apart_by_their_class_and_those_outside_are_left_out():
    codes = explored().spec["vconcat"][2]["layer"][0]
    values = {row["class"]: (row["xs"], row["ys"]) for row in codes["data"]["values"]}
    assert values == {"4": ("-0.90 0.70", "0.30 0.60"), "7": ("0.20", "-0.80")}


def test_two_sliders_and_clicks_write_one_parameter():
    param = position(explored().spec)
    assert set(param["bind"]) == set(param["select"]["fields"]) == {"z1", "z2"}
    assert [param["bind"][name]["step"] for name in ("z1", "z2")] == [0.5, 0.5]
    assert param["value"] == [{"z1": -0.5, "z2": 0.5}]


def test_picture_shows_the_codes_and_the_images_with_the_highest_second_unit_on_top():
    plane, tiles = explored().figure.axes
    assert [t.get_text() for t in plane.texts] == ["4", "4", "7"]
    wall = tiles.images[0].get_array()
    assert wall.shape == (20, 25)  # a rim on the right of each image and below it
    assert (wall[3::4] == 0.5).all()
    assert (wall[:, 4::5] == 0.5).all()
    np.testing.assert_allclose(wall[:3, :4], LEVELS[0, 4] / 15)
    np.testing.assert_allclose(wall[-4:-1, -5:-1], LEVELS[4, 0] / 15)
    # The middle of a tile is its code.
    np.testing.assert_allclose(tiles.images[0].get_extent(), (-1.25, 1.25, -1.25, 1.25))


def test_bundle_holds_picture_text_and_the_specification():
    figure = explored()
    assert set(figure.mime_bundle()) == {"image/png", "text/plain", MIME}
    assert figure.spec["description"] == TEXTS["alt"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"grid": GRID**3}, "grid must be two or more, evenly spaced, rising"),
        ({"grid": -GRID}, "grid must be two or more, evenly spaced, rising"),
        ({"images": LEVELS[:4] / 15}, r"images must be \(5, 5, height, width\)"),
        ({"images": LEVELS / 5}, r"images must lie in \[0, 1\]; got 0 to 3"),
        ({"sentences": SENTENCES[1:]}, "sentences must be 5 lists of 5 texts; got 4"),
        ({"z": Z[:, :1]}, r"z must be \(n_examples, 2\) and finite; got shape \(4, 1\)"),
        ({"z": np.full((4, 2), np.nan)}, r"z must be \(n_examples, 2\) and finite"),
        ({"labels": LABELS[1:]}, r"labels must be \(4,\); got shape \(3,\)"),
        ({"start": (1, 5)}, "start must be two indices from 0 to 4; got"),
        ({"start": (1,)}, "start must be two indices from 0 to 4; got"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ValueError, match=message):
        explored(**changed)
