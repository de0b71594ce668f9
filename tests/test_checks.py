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
from tools.checks import anatomy, figures, outputs, prose, references
from tools.checks.pages import ROOT, Page, read
from tools.execute import execute

NAME = "chapters/clean.ipynb"


def problems_of(page):
    """Return the problems that all checks of one page find."""
    checks = anatomy.CHECKS + outputs.CHECKS + figures.CHECKS
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


def replace(name, old, new):
    """Return a fault: a text of a cell replaced by another."""

    def plant(nb):
        assert old in cell(nb, name).source
        cell(nb, name).source = cell(nb, name).source.replace(old, new)

    return plant


def assign(name, **fields):
    """Return a fault: fields of a cell replaced."""
    return lambda nb: cell(nb, name).update(nbformat.from_dict(fields))


def remove(name):
    """Return a fault: a cell removed."""
    return lambda nb: nb.cells.remove(cell(nb, name))


def repaint(nb):
    """Change one byte of the picture."""
    data = cell(nb, "figure").outputs[0].data
    picture = bytearray(base64.b64decode(data["image/png"]))
    picture[-20] ^= 1
    data["image/png"] = base64.b64encode(picture).decode()


def without_alt(nb):
    """Take the alt text from the picture."""
    del cell(nb, "figure").outputs[0].metadata["image/png"]


def with_stderr(nb):
    """Add a warning to the outputs."""
    warning = nbformat.v4.new_output("stream", name="stderr", text="UserWarning: odd\n")
    cell(nb, "loss").outputs.append(warning)


FAULTS = {
    # The five of the book's promise; a changed model is planted in the nbval test.
    "bold number": (
        replace("result", "**5.00**", "**5.01**"),
        "result",
        'bold "5.01": 5.01 stands in no stored output of this page; nearest: 5.00 in cell',
    ),
    "edited text": (
        lambda nb: (
            cell(nb, "loss").outputs[0].update(text="loss 5.00, 97.5% 1,797 -0.50 3")
        ),
        None,
        "stored outputs were edited since make notebooks wrote them",
    ),
    "edited picture": (repaint, None, "stored outputs were edited since"),
    "no topics": (
        lambda nb: nb.metadata.companion.update(covers=[]),
        None,
        "metadata companion.covers must list topic ids",
    ),
    "no alt": (without_alt, "figure", "figure without alt text"),
    # Numbers in prose.
    "percent for share": (
        replace("result", "**97.5%**", "**97.5**"),
        "result",
        "97.5 stands",
    ),
    "lost minus": (replace("result", "−0.50", "0.50"), "result", "0.50 stands in no"),
    "zero dropped": (replace("result", "5.00", "5.0"), "result", "5.0 stands in no"),
    "no separator": (replace("result", "1,797", "1797"), "result", "1797 stands in no"),
    "underscores": (replace("result", "**5.00**", "__6__"), "result", 'bold "6": 6'),
    "bold in HTML": (
        replace("result", "**5.00**", "<b>6</b>"),
        "result",
        "meant as bold that Markdown does not make bold",
    ),
    # Figures.
    "file name as alt": (
        lambda nb: cell(nb, "figure").outputs[0].metadata["image/png"].update(alt="a.png"),
        "figure",
        "figure without alt text of at least 20 characters; got 'a.png'",
    ),
    "alt in the book": (
        lambda nb: cell(nb, "figure").metadata.mystnb.image.update(alt="Another text."),
        "figure",
        "the book would show the alt text 'Another text.'",
    ),
    "no caption": (
        lambda nb: cell(nb, "figure").outputs.pop(),
        "figure",
        "figure without a caption below it",
    ),
    "two figures": (
        lambda nb: cell(nb, "figure").outputs.extend(deepcopy(cell(nb, "figure").outputs)),
        "figure",
        "shows 2 figures",
    ),
    # Outputs.
    "stderr": (with_stderr, "loss", "stored output on stderr: ['UserWarning: odd']"),
    "cell order": (
        assign("loss", execution_count=7),
        "loss",
        "execution count 7, expected 2",
    ),
    "path in output": (
        lambda nb: cell(nb, "loss").outputs[0].update(text="read /home/ada/x.npy"),
        "loss",
        "absolute path '/home/ada/x.npy'",
    ),
    "path in source": (
        replace("loss", "loss =", "# C:\\data\nloss ="),
        "loss",
        r"absolute path 'C:\\data'",
    ),
    "widgets": (
        lambda nb: nb.metadata.update(widgets={"state": {}}),
        None,
        "metadata ['widgets'] must not be stored",
    ),
    "timing": (
        lambda nb: cell(nb, "loss").metadata.update(execution={"t": 1}),
        "loss",
        "cell metadata ['execution'] must not be stored",
    ),
    # Tolerances and excuses.
    "too wide": (
        lambda nb: cell(nb, "training").metadata.companion.update(rtol=0.5),
        "training",
        "rtol must be above 0 and at most 0.05; got 0.5",
    ),
    "misspelled": (
        lambda nb: cell(nb, "training").metadata.companion.update(tol=0.01),
        "training",
        "cell metadata companion knows only rtol",
    ),
    "trains nothing": (
        lambda nb: cell(nb, "loss").metadata.update(companion={"rtol": 0.02}),
        "loss",
        "states rtol 0.02 but calls nothing named fit or train",
    ),
    "ignored by tag": (
        lambda nb: cell(nb, "loss").metadata.update(tags=["nbval-ignore-output"]),
        "loss",
        "'nbval-ignore-output' would excuse the cell",
    ),
    "ignored by comment": (
        replace("loss", "loss =", "# NBVAL_SKIP\nloss ="),
        "loss",
        "'# NBVAL_SKIP' would excuse the cell",
    ),
    # Anatomy.
    "no title": (
        replace("title", "# A clean page", ""),
        "title",
        "must begin with its one",
    ),
    "no question": (
        replace("title", "How far is a model from its target?", ""),
        "title",
        "must be followed by a paragraph",
    ),
    "two goals": (
        replace("title", "- compute it in code,\n", ""),
        "title",
        "section 'You will be able to' must have 3 to 5 bullets",
    ),
    "no needs": (remove("needs"), None, "the first two sections must be"),
    "no references": (remove("references"), None, "the last two sections must be"),
    "no solution": (
        remove("by-hand"),
        "exercises",
        "'Exercise 1: by hand' has no solution",
    ),
    "no code solution": (remove("in-code"), "exercise 2", "has no solution"),
    "numbering": (
        replace("exercise 2", "Exercise 2", "Exercise 3"),
        "exercise 2",
        "must be titled '### Exercise 2: ...'",
    ),
    "no check": (remove("question"), None, "has no cell that begins with **Check your"),
    "no answer": (
        replace("question", "Answer", "Hint"),
        "question",
        "**Check your understanding** has no answer",
    ),
    "late question": (
        lambda nb: nb.cells.insert(-1, nb.cells.pop(place("question") - 1)),
        "summary",
        "must stand before the code cell that shows the result",
    ),
    "unrendered": (
        replace("question", "</summary>\n\n", "</summary>\n"),
        "question",
        "a <details> needs",
    ),
    "directive": (
        replace("needs", "Nothing", "```{note}\nAh\n```\nNothing"),
        "needs",
        "may be a directive in a notebook: ```{note}",
    ),
    "no minutes": (
        lambda nb: nb.metadata.companion.pop("minutes"),
        None,
        "metadata companion.minutes must be an int above 0; got None",
    ),
    "keras first": (
        replace("imports", "import numpy as np", "import keras"),
        "imports",
        "imports keras before companion",
    ),
    # References.
    "unknown key": (
        replace("section", "rumelhart1986learning", "rumelhart1986,nobody2000"),
        "section",
        "cites 'nobody2000', which is not in references.bib",
    ),
    "dead link": (
        replace("section", "clean.ipynb", "gone.ipynb"),
        "section",
        "links to 'gone.ipynb', and there is no such file",
    ),
}


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
