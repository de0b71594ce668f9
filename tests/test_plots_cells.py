"""The drawing of a neuron names its parts, and no name covers another."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from companion import plots
from companion.plots import cells


@pytest.fixture
def drawing():
    fig, ax = plots.canvas(size=(7.0, 4.0))
    cells.draw_neuron(ax)
    return fig, [text for text in ax.texts if text.get_text()]


def test_every_part_is_named(drawing):
    parts = {"dendrites", "cell body (soma)", "axon hillock", "axon", "myelin", "synapse"}
    ways = {"next neuron", "collects", "sends", "passes on"}
    assert {text.get_text() for text in drawing[1]} == parts | ways


def test_names_lie_apart_and_inside(drawing):
    fig, texts = drawing
    agg = FigureCanvasAgg(fig)
    agg.draw()
    # A Text, and not an Annotation, whose extent includes the line to its part.
    boxes = [Text.get_window_extent(text, agg.get_renderer()) for text in texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1 for box in boxes)


def test_gates_are_drawn_in_their_order():
    _, ax = plots.canvas()
    values = np.arange(6.0).reshape(3, 2)
    cells.draw_gates(ax, [0.0, 1.0], values)
    assert [line.get_label() for line in ax.lines] == ["m", "h", "n"]
    assert [line.get_ydata().tolist() for line in ax.lines] == values.tolist()


def test_a_decision_shows_its_boundary_and_its_patterns():
    _, ax = plots.canvas()
    grid = np.linspace(0.0, 1.0, 11)
    drive = np.add.outer(grid, 2.0 * grid)  # second input + 2 * first input
    cells.draw_decision(ax, grid, drive, 1.5, [[0, 0], [1, 0]], [False, True])
    markers = {tuple(line.get_xydata()[0]): line.get_marker() for line in ax.lines}
    assert markers == {(0.0, 0.0): "X", (1.0, 0.0): "o"}
    boundary = ax.collections[-1].get_paths()[0].vertices
    np.testing.assert_allclose(boundary @ [2.0, 1.0], 1.5)


def test_a_decision_colors_its_map_as_its_boundary_runs():
    _, ax = plots.canvas()
    grid = np.linspace(0.0, 1.0, 11)
    drive = np.add.outer(0.0 * grid, grid)  # the first input alone counts
    cells.draw_decision(ax, grid, drive, 0.5, [[0, 0]], [False])
    lowest = ax.collections[0].get_paths()[0].vertices
    # A strip along the second input, at the left.
    assert np.ptp(lowest[:, 1]) == pytest.approx(1.0)
    assert np.ptp(lowest[:, 0]) < 0.5


def test_names_stand_at_their_parts(drawing):
    at = {text.get_text(): text.xy for text in drawing[1] if hasattr(text, "xy")}
    assert np.hypot(*at["cell body (soma)"]) < 0.38  # in the circle of the soma
    assert 0.3 <= at["axon hillock"][0] <= 0.72
    assert at["dendrites"][0] < -0.38
    assert at["synapse"][0] < at["next neuron"][0]
    (arrow,) = [text for text in drawing[0].axes[0].texts if not text.get_text()]
    assert arrow.xy[0] > arrow.xyann[0]  # signals run to the right


def test_the_picture_is_small(drawing):
    texts = {"alt": "A neuron with its parts named.", "caption": "The parts of a neuron."}
    assert len(plots.described(drawing[0], **texts).png()) < 60_000
