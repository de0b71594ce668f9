"""The instructor's guide: routes that fit their time and lead over what they need."""

import nbformat
import pytest

from tools import teaching
from tools.appendix import pages
from tools.glossary import chapters_in_order

ROUTES = teaching.load_routes()
MINUTES = {page: about["minutes"] for page, (_, about) in pages().items()}


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Write a page of two sections, ten words and three lines of code, and an exercise."""
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    needed = "## What it needs\n\n[This](b.ipynb), [that](../c/d.ipynb#part), [web](https://x.ipynb).\n"
    cells = [
        markdown("# Title\n\nQuestion."),
        markdown(needed + "\n## First\n\none two three four five"),
        code("a = 1\nb = 2\nc = 3"),
        markdown("six seven eight nine ten\n\n## Exercises\n\none two"),
        markdown("## References\n\nmany words here"),
    ]
    (tmp_path / "a").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a" / "page.ipynb")
    monkeypatch.setattr(teaching, "CHAPTERS", tmp_path)
    return "a/page"


def test_needs_are_the_chapters_linked_in_their_section(chapter):
    assert teaching.needs(chapter) == ["a/b", "c/d"]


def test_minutes_follow_words_and_code_and_exercises_count_more(chapter):
    first = 10 + 3 * teaching.WORDS_PER_CODE_LINE
    exercises = 2 * teaching.EXERCISE_FACTOR
    assert teaching.section_weights(chapter) == {"First": first, "Exercises": exercises}
    assert teaching.section_minutes(chapter, first + exercises) == {
        "First": first,
        "Exercises": exercises,
    }


@pytest.mark.parametrize("page", sorted(MINUTES))
def test_minutes_of_the_sections_add_up_to_those_of_the_page(page):
    assert sum(teaching.section_minutes(page, 77).values()) == 77


def test_debts_are_what_no_earlier_session_brought(monkeypatch):
    needs = {"a": ["b"], "b": ["a"], "c": ["a", "b"]}
    monkeypatch.setattr(teaching, "needs", needs.get)
    route = {"sessions": [{"pages": ["a", "b"]}, {"pages": ["c"]}]}
    assert teaching.leans_on(route) == {"a": ["b"], "b": [], "c": []}


@pytest.mark.parametrize("name", ROUTES)
def test_sessions_fit_their_time_and_no_chapter_comes_twice(name):
    sessions = ROUTES[name]["sessions"]
    for session in sessions:
        spent = sum(MINUTES[page] for page in session["pages"])
        assert spent <= ROUTES[name]["at_most"], session["title"]
    listed = [page for session in sessions for page in session["pages"]]
    assert len(listed) == len(set(listed))


def test_the_term_has_every_chapter_and_owes_nothing():
    listed = [page for session in ROUTES["term"]["sessions"] for page in session["pages"]]
    in_book = [page for page in chapters_in_order() if page in MINUTES]
    assert sorted(listed) == sorted(in_book)
    assert not any(teaching.leans_on(ROUTES["term"]).values())
