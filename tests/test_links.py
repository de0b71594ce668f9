"""In the built book every link leads somewhere, and nothing comes from outside."""

import pytest

from tools.checks import built_book, fail_on
from tools.execute import ROOT

BOOK = ROOT / "_build" / "html"
PAGES = built_book.html_pages(BOOK) or [
    pytest.param(BOOK, marks=pytest.mark.skip("the book is not built; run make book"))
]


@pytest.mark.parametrize("check", built_book.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(BOOK).as_posix())
def test_built_page_is_sound(path, check):
    fail_on(check(path, BOOK))


@pytest.mark.skipif(not BOOK.is_dir(), reason="the book is not built; run make book")
def test_stylesheets_load_nothing_from_outside():
    fail_on(built_book.stylesheet_problems(BOOK))
