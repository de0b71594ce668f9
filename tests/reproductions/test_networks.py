"""Every piece of the part on networks agrees with its twin in a framework."""

import importlib

import numpy as np
import pytest

from reproductions.networks.parity import Parity, largest_difference
from tools.checks import fail_on
from tools.execute import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters" / "networks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_difference_lies_within_its_tolerance(chapter):
    parities = importlib.import_module(f"reproductions.networks.{chapter}").parities()
    assert len(parities) >= 2
    fail_on([" | ".join(parity.row()) for parity in parities if not parity.holds])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_appendix_shows_the_pieces_of_every_chapter(chapter):
    page = ROOT / "chapters" / "appendix" / "framework_checks.ipynb"
    assert f"show({chapter})" in page.read_text("utf-8")


def test_the_largest_difference_is_over_all_entries_of_all_arrays():
    ours, theirs = [np.zeros((2, 2)), np.ones(3)], [np.zeros((2, 2)), np.array([1, 1, -2])]
    assert largest_difference(ours, theirs) == 3.0
    with pytest.raises(ValueError, match=r"theirs must have shape \(2, 2\); got .*\(2,\)"):
        largest_difference([np.zeros((2, 2))], [np.zeros(2)])


def test_a_parity_holds_up_to_its_tolerance():
    assert Parity("piece", "twin", "outputs", 1e-6, 1e-6).holds
    assert not Parity("piece", "twin", "outputs", 1.1e-6, 1e-6).holds
    row = Parity("piece", "twin", "outputs", 2.4e-16, 1e-12).row()
    assert row == ["piece", "twin", "outputs", "2e-16", "1e-12"]


@pytest.mark.parametrize(
    ("difference", "tolerance", "message"),
    [
        (-1e-9, 1e-6, "difference must be finite and not negative; got -1e-09"),
        (float("nan"), 1e-6, "difference must be finite and not negative; got nan"),
        (0.0, 0.0, "tolerance must be above 0; got 0.0"),
    ],
)
def test_impossible_numbers_are_refused(difference, tolerance, message):
    with pytest.raises(ValueError, match=message):
        Parity("piece", "twin", "outputs", difference, tolerance)
