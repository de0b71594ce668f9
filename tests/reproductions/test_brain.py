"""Every quantity of the part on the brain agrees with its value by another route."""

import importlib

import pytest

from tools.checks import fail_on
from tools.execute import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters" / "brain").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_quantity_lies_within_its_tolerance(chapter):
    checks = importlib.import_module(f"reproductions.brain.{chapter}").checks()
    assert len(checks) >= 5
    fail_on([" | ".join(check.row()) for check in checks if not check.holds])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_appendix_shows_the_checks_of_every_chapter(chapter):
    page = (ROOT / "chapters" / "appendix" / "brain_checks.ipynb").read_text("utf-8")
    assert f"show({chapter})" in page
