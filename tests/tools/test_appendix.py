"""Pages that write themselves: the scoreboard takes what a page has tagged."""

import re
from types import SimpleNamespace

import nbformat
import pytest
import yaml

from tools import appendix

TABLE = "| method | error |\n| :--- | ---: |\n| mean | 0.5 |"


def cell(tags=(), text=TABLE):
    output = nbformat.v4.new_output("display_data", {"text/markdown": text})
    return nbformat.v4.new_code_cell("1", metadata={"tags": list(tags)}, outputs=[output])


@pytest.fixture
def page(tmp_path):
    markdown = nbformat.v4.new_markdown_cell
    cells = [markdown("# Page"), cell(), markdown("## Photographs\n\nText.")]
    cells += [cell(["scoreboard"]), cell(["solution"], "no")]
    path = tmp_path / "page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_tagged_table_stands_below_its_heading_and_no_other(page):
    assert appendix.tagged_tables(page) == ["**Photographs**", "", TABLE + "\n"]


def test_every_use_in_the_index_has_a_winner_in_the_scoreboard():
    index = (appendix.CHAPTERS / "practice" / "index.md").read_text("utf-8")
    uses = re.findall(r"\]\((\w+)\.ipynb\) \|", index)
    assert len(uses) >= 9
    for use in uses:
        tables = appendix.tagged_tables(appendix.CHAPTERS / "practice" / f"{use}.ipynb")
        assert any("**" in line for line in tables if line.startswith("|")), use


def test_pages_in_markdown_cover_topics_too():
    rows = appendix.topic_rows([{"id": "S2.6.3", "title": "Where?", "kind": "question"}])
    assert rows == [["Where?", "question", "{doc}`/chapters/practice/index`"]]


def test_every_common_error_leads_to_a_page_that_exists():
    themes = yaml.safe_load(appendix.ERRORS.read_text("utf-8"))
    seen = {error["see"] for theme in themes for error in theme["errors"]}
    assert len(seen) > 30
    assert not [page for page in sorted(seen) if appendix.link(page) == appendix.NO_PAGE]


def test_the_back_matter_is_made_again_when_a_page_in_markdown_changes():
    noted = []
    builder = SimpleNamespace(env=SimpleNamespace(note_dependency=noted.append))
    appendix.Generated.note_sources(builder)
    assert str(appendix.CHAPTERS / "faq" / "summary.md") in noted
