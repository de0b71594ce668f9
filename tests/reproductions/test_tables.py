"""The tables of the appendix, from a result written for the test."""

import pytest

from companion import plots
from reproductions import results, tables
from reproductions.claims import Claim

CLAIM = Claim("an error", 3.0, "nats", 0.1, 0.5)
VALUES = [3.0, 3.2, 3.1]


@pytest.fixture
def stored(monkeypatch):
    content = results.measured(CLAIM, VALUES) | {
        "also": {"gain": results.measured(Claim("a gain", 1.0, "nats", 0, 0), [0.5, 0.51])},
        "extras": {"size": [1.0, 2.0, 3.0]},
        "baselines": {"PCA-30": 13.866},
        "published_baselines": {"PCA-30": 13.87},
        "cpu_seconds": [60.0, 90.0, 120.0],
        "budget_cpu_minutes": 20,
        "hardware": {"processor": "a processor", "cores": 2},
    }
    monkeypatch.setattr(results, "names", lambda: ["hinton2006"])
    monkeypatch.setattr(results, "load", lambda name: content)
    return content


def test_every_claim_has_a_row(stored):
    assert tables.claim_rows() == [
        ["an error (nats)", "3", "3.10 ± 0.10", "reproduced"],
        ["a gain (nats)", "1", "0.5050 ± 0.0071", "reproduced"],
    ]


def test_threshold_is_marked(stored):
    stored["threshold"] = True
    assert tables.claim_rows()[0][1] == "threshold 3"
    assert tables.detail_rows("hinton2006")[0][2] == ""


def test_costs_are_in_minutes(stored):
    row = ["hinton2006", "1.0, 1.5, 2.0", "20", "a processor", "2"]
    assert tables.cost_rows() == [row]


def test_details_set_baselines_beside_the_published(stored):
    assert tables.detail_rows("hinton2006") == [
        ["an error", "3.10 ± 0.10", "3"],
        ["a gain", "0.5050 ± 0.0071", "1"],
        ["size", "2.00 ± 1.00", ""],
        ["PCA-30", "13.87", "13.87"],
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [([-0.003, -0.001], "0.00 ± 0.00"), ([-0.2, -0.1], "-0.15 ± 0.07")],
)
def test_a_mean_that_rounds_to_0_has_no_sign(values, text):
    assert tables.two_digits(values) == text


def test_paper_without_a_result_says_so(stored):
    assert tables.detail_rows("burda2016") == [[tables.NOT_RUN, "", ""]]


def test_figure_shows_every_seed_and_the_published_number(stored):
    _, ax = plots.canvas()
    tables.draw_claim(ax, stored)
    seeds, *_, line = ax.lines
    assert list(seeds.get_xdata()) == VALUES
    assert 3.0 in {
        line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1
    }
    assert ax.get_xlabel() == "nats"
    assert ax.get_title(loc="left") == "an error"
