"""The course summed up: one point of each chapter, with links that hold elsewhere."""

import nbformat
import pytest

from tools import summary
from tools.glossary import chapters_in_order

NOTEBOOKS = [p for p in chapters_in_order() if (summary.CHAPTERS / f"{p}.ipynb").exists()]


def test_a_point_with_a_measured_number_comes_first():
    assert summary.chosen(["One.", "Two **3.1 ± 0.2**.", "Three **4**."]) == (
        "Two **3.1 ± 0.2**."
    )
    assert summary.chosen(["A **bold** word.", "Two."]) == "A **bold** word."


def test_points_end_where_the_summary_ends(tmp_path, monkeypatch):
    text = "## Summary\n\n- One\n  and more.\n- Two.\n\nAfter.\n\n## References\n\n- No."
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    nbformat.write(nb, tmp_path / "page.ipynb")
    monkeypatch.setattr(summary, "CHAPTERS", tmp_path)
    assert summary.points("page") == ["One and more.", "Two."]


def test_links_of_a_point_lead_from_the_top_of_the_book():
    text = "As [there](../brain/memory.ipynb#load), [here](why.md); [out](https://x.y)."
    assert summary.moved(text, "background/why") == (
        "As {doc}`there </chapters/brain/memory>`, {doc}`here </chapters/background/why>`;"
        " [out](https://x.y)."
    )


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_chapter_has_points(page):
    assert summary.points(page)
