"""The drawing of a neuron names its parts, and no name covers another."""

from itertools import combinations

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


def test_the_picture_is_small(drawing):
    texts = {"alt": "A neuron with its parts named.", "caption": "The parts of a neuron."}
    assert len(plots.described(drawing[0], **texts).png()) < 60_000
