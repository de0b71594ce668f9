"""Planted faults: each check must catch its fault, with a message naming file and cause.

The faults stand in copies of a page that is clean (which is tested first, since a check
that always fails would look good). Faults that only execution finds are planted in
tests/test_nbval_tolerance.py.
"""

import base64
import re
from copy import deepcopy

import nbformat
import pytest

from tests.clean_page import TOY_MODEL, cell, clean_notebook, place
from tests.planted_faults import FAULTS
from tools.checks import anatomy, figures, outputs, prose, references, trained
from tools.checks.pages import ROOT, Page, read
from tools.execute import execute

NAME = "chapters/clean.ipynb"


def problems_of(page):
    """Return the problems that all checks of one page find."""
    checks = anatomy.CHECKS + outputs.CHECKS + figures.CHECKS + trained.CHECKS
    checks += [prose.prose_problems, references.relative_link_problems]
    keys = references.bibliography_keys(ROOT / "references.bib")
    found = [problem for check in checks for problem in check(page)]
    return found + references.citation_problems(page, keys)


@pytest.fixture(scope="module")
def clean_page(tmp_path_factory):
    """The clean page, executed and stored by the code behind `make notebooks`."""
    root = tmp_path_factory.mktemp("book")
    path = root / NAME
    path.parent.mkdir()
    nbformat.write(clean_notebook(), path)
    (root / "requirements.txt").touch()
    (root / "toy_model.py").write_text(TOY_MODEL, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))
        execute(path, root)
    return read(path, root)


def test_clean_page_has_no_problem(clean_page):
    assert problems_of(clean_page) == []


@pytest.mark.parametrize(("plant", "where", "message"), FAULTS.values(), ids=FAULTS)
def test_planted_fault_is_caught(clean_page, plant, where, message):
    page = Page(clean_page.path, NAME, deepcopy(clean_page.nb))
    plant(page.nb)
    found = problems_of(page)
    begins = NAME + (f", cell {place(where)}: " if where else ": ")
    assert any(p.startswith(begins) and message in p for p in found), "\n".join(found)


def test_large_file_is_caught(clean_page, tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_bytes(clean_page.path.read_bytes() + b" " * outputs.MAX_FILE_BYTES)
    (problem,) = outputs.size_problems(read(path, tmp_path))
    assert re.match(r"large\.ipynb: \d+ KB; must stay below 600 KB", problem)


def test_large_picture_is_caught(clean_page):
    page = Page(clean_page.path, NAME, deepcopy(clean_page.nb))
    data = cell(page.nb, "figure").outputs[0].data
    data["image/png"] = base64.b64encode(b"." * 70 * 1024).decode()
    (problem,) = figures.figure_problems(page)
    assert problem == f"{NAME}, cell {place('figure')}: figure of 70 KB; at most 60 KB"


def test_an_entry_that_no_page_cites_is_found(clean_page):
    cell = nbformat.v4.new_markdown_cell("As {footcite:p}`one2000,two2000` says.")
    page = Page(clean_page.path, NAME, nbformat.v4.new_notebook(cells=[cell]))
    keys = {"one2000", "two2000", "nobody2000", "made2001"}
    problems = references.uncited_problems(keys, [page], {"made2001"})
    assert problems == ["references.bib: nobody2000 is cited on no page"]
