"""The race of optimizers, drawn by Vega at several places of its sliders."""

import html
import re
from copy import deepcopy

import numpy as np
import pytest

from companion import plots
from companion.plots import racing
from companion.plots.vega import MIME

vl_convert = pytest.importorskip("vl_convert", reason="needs the book's dependencies")

NAMES = ("slow", "fast", "lost")
RATES, MOMENTA, STEPS = 10.0 ** np.arange(-2, 1), np.array([0.0, 0.4, 0.8]), np.arange(6)
BOX = (-2.0, 2.0, -1.0, 1.0)
SURFACE = 0.1 + np.add.outer(np.linspace(-1, 1, 21) ** 2, np.linspace(-2, 2, 31) ** 2)
TEXTS = {
    "alt": "Paths of three optimizers on a bowl with contour lines.",
    "caption": "The fast one arrives first.",
}


def paths_and_losses():
    """Straight paths whose slopes tell the pair of sliders and the optimizer."""
    paths = np.empty((3, 3, 3, 6, 2))
    for i, j, k in np.ndindex(3, 3, 3):
        paths[i, j, k, :, 0] = -1.5 + 0.111 * (i + 1) * STEPS
        paths[i, j, k, :, 1] = 0.1 * (j - 1) * STEPS + 0.3 * (k - 1)
    paths[:, :, 2] = paths[:, :1, 2]
    losses = np.empty((3, 3, 3, 6))
    losses[:, :, 0] = 10.0 - STEPS
    losses[:, :, 1] = [10.0, 1e-4, 5.0, 1e-4, 1e-5, 1e-6]  # back over the bound once
    losses[:, 1:, :2, 5] *= 1.001  # what the momentum changes
    losses[:, :, 2] = [10.0, 20.0, 40.0, 1e9, np.inf, np.nan]
    paths[:, :, 2, 4] = np.inf, -np.inf
    paths[:, :, 2, 5] = np.nan
    return paths, losses


def figure(**changed):
    paths, losses = paths_and_losses()
    arguments = {"surface": SURFACE, "box": BOX, "paths": paths, "losses": losses}
    arguments |= {"names": NAMES, "rates": RATES, "momenta": MOMENTA}
    return plots.race(**(arguments | {"start": (1, 2), "arrived": 1e-3} | changed), **TEXTS)


def svg_at(rate=None, momentum=None, version="6.4"):
    spec = deepcopy(figure().spec)
    for slider, value in zip(spec["params"], (rate, momentum), strict=True):
        slider["value"] = slider["value"] if value is None else value
    return vl_convert.vegalite_to_svg(spec, vl_version=version)


def lines(svg, color):
    """The points of the lines of one color, in pixels."""
    found = re.findall(rf'd="M([^"]*)" stroke="{color}"[^>]*stroke-width="1.5"', svg)
    return [np.array([p.split(",") for p in d.split("L")], float) for d in found]


# JupyterLab draws with Vega-Lite 5, the book with version 6.
@pytest.mark.parametrize("version", ["5.21", "6.4"])
@pytest.mark.parametrize(("i", "j"), [(0, 0), (2, 1), (1, 2)])
def test_each_pair_of_sliders_shows_its_own_race(i, j, version):
    svg = svg_at(np.log10(RATES[i]), MOMENTA[j], version)
    paths, losses = paths_and_losses()
    for k in (0, 1):
        path, course = lines(svg, racing.COLORS[k])
        x, y = paths[i, j, k].T
        np.testing.assert_allclose(path[:, 0], 440 * (x + 2) / 4, atol=0.5)
        np.testing.assert_allclose(path[:, 1], racing.HEIGHT * (1 - y) / 2, atol=0.5)
        np.testing.assert_allclose(course[:, 0], 440 * STEPS / 5, atol=0.01)
        expected = 160 * (3 - np.log10(losses[i, j, k])) / 9  # from 1e-6 to 1e3
        np.testing.assert_allclose(course[:, 1], expected, atol=0.2)
    assert len(lines(svg, racing.COLORS[2])) == 2  # stored once for all momenta
    says = html.unescape(re.search(r'aria-label="says: ([^"]*)"', svg)[1])
    assert says.split("\n") == [
        f"learning rate {RATES[i]:.3g}, momentum {MOMENTA[j]:.2g}; steps to arrive:",
        "fast 3",
        "higher than at the start: lost",
    ]


def test_it_opens_at_its_start_and_the_picture_shows_it():
    opened, chosen = svg_at(), svg_at(np.log10(RATES[1]), MOMENTA[2])
    assert re.sub(r"clip\d+", "", opened) == re.sub(r"clip\d+", "", chosen)
    above, below = figure().figure.axes
    paths, losses = paths_and_losses()
    np.testing.assert_allclose(above.lines[0].get_xydata(), paths[1, 2, 0])
    np.testing.assert_allclose(below.lines[1].get_ydata(), losses[1, 2, 1])
    assert [line.get_label() for line in below.lines] == list(NAMES)


def test_no_text_is_replaced_by_its_numbers_since_a_slider_may_come_back():
    spec = figure().spec
    for view in [*spec["vconcat"][1]["layer"], spec["vconcat"][2]]:
        given = view.get("data", spec["data"])["values"][0]
        made = {step["as"] for step in view["transform"] if "calculate" in step}
        assert made
        assert not made & set(given)


def test_sliders_reach_every_rate_and_momentum():
    for slider, values in zip(
        figure().spec["params"], (np.log10(RATES), MOMENTA), strict=True
    ):
        bind = slider["bind"]
        reached = np.arange(bind["min"], bind["max"] + bind["step"] / 2, bind["step"])
        np.testing.assert_allclose(reached, values, atol=1e-9)


def test_lost_paths_and_losses_stay_finite_and_at_the_border():
    rows = [row for row in figure().spec["data"]["values"] if row["name"] == "lost"]
    for field, border in (("xs", 10.0), ("ys", 5.0), ("losses", 1e3)):
        numbers = np.array([row[field].split() for row in rows], float)
        assert np.isfinite(numbers).all()
        assert np.abs(numbers[:, -1]).min() == border


def test_a_race_that_the_momentum_does_not_touch_is_stored_once_for_each_rate():
    rows = figure().spec["data"]["values"]
    alike = [row["momentum"] for row in rows if row["name"] == "lost"]
    assert alike == [None] * 3
    assert len([row for row in rows if row["name"] == "fast"]) == 9


@pytest.mark.parametrize(
    ("losses", "step"),
    [([3, 1, 0.5], 1), ([1, 0.5], 0), ([3, 0.5, 2], None), ([3, 0.5, np.nan], None)],
)
def test_arrival_is_the_step_from_which_the_loss_stays_low(losses, step):
    assert racing.steps_to_arrive(np.array(losses, float), 1.0) == step


def test_bundle_holds_picture_text_and_the_specification():
    bundle = figure().mime_bundle()
    assert set(bundle) == {"image/png", "text/plain", MIME}
    assert bundle[MIME]["description"] == TEXTS["alt"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"paths": np.zeros((3, 3, 2, 6, 2))},
            r"paths must be \(3, 3, 3\) \+ \(n_points, 2\)",
        ),
        ({"losses": np.zeros((3, 3, 3, 5))}, r"losses must be \(3, 3, 3, 6\); got shape"),
        ({"rates": [0.1, 0.2, 0.3]}, "rates must rise by one factor"),
        ({"momenta": [0.0, 0.5, 0.6]}, "momenta must be evenly spaced"),
        ({"start": (3, 0)}, r"start must be indices .* got \(3, 0\)"),
        ({"surface": SURFACE - 0.1}, "surface must be a grid above 0"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ValueError, match=message):
        figure(**changed)
