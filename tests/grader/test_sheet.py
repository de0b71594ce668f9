"""The notebook that is handed back: safe to look at, with every grade in its place."""

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from assignments.grader import collect, gradebook, sheet
from assignments.grader.release import release

NEURONS = gradebook.assignment("neurons")


@pytest.mark.parametrize(
    "text",
    [
        "<script>run()</script>",
        "<img src=x onerror=run()>",
        "<svg/onload=run()>",
        "<!-- --><script>run()</script>",
        "<!-- answer: x --><script>run()</script>",
        "<!-- answer --!><script>run()</script>",
        "[click](javascript:run())",
        "[click](JaVaScript:run())",
        "[click](java&#115;cript:run())",
        "[click](&#x6A;avascript:run())",
        "[click][1]\n\n[1]: javascript:run()",
        "<javascript:run()>",
        "![x](data:text/html,run())",
        "`<script>run()</script>`",
    ],
)
def test_nothing_that_a_student_writes_runs(text):
    page = markdown2html_mistune(sheet.harmless(text)).lower()
    assert "<script" not in page
    assert (
        "<img" not in page or "onerror=" not in page.partition("<img")[2].partition(">")[0]
    )
    assert "<svg" not in page
    assert 'href="javascript' not in page
    assert 'src="data' not in page
    assert "&#" not in page.partition("href=")[2].partition(">")[0]


@pytest.mark.parametrize(
    "text",
    ["$a < b$ and $x<1$", "$$\\begin{aligned} a & = b \\\\ & < c \\end{aligned}$$",
     "> quoted *words*, `a < b`, [link](https://example.org/?a=1&b=2)"],
)  # fmt: skip
def test_formulas_code_and_links_stay_as_they_are(text):
    assert sheet.harmless(text) == text


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    release(folder, ["neurons"])
    return gradebook.released(folder, "neurons")


def graded(released, *cells, texts=None, problems=()):
    submission = collect.Submission(
        "ada", cells=[list(cell) for cell in cells], texts=texts or {}
    )
    outcome = {"printed": "printed", "error": "an error"}
    result = {
        "grades": {q.name: {"points": 1.0, "parts": [["part", 1.0, q.points, "a <hint>"]]}
                   for q in NEURONS.automatic},
        "outcomes": [outcome for kind, _ in cells if kind == "code"],
        "problems": list(problems),
    }  # fmt: skip
    notebook = sheet.graded(NEURONS, released, submission, result)
    nbformat.validate(notebook)
    return notebook


def ids_of(notebook):
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


def test_every_question_has_its_cell_once_whatever_is_handed_in(released):
    wanted = sorted(q.check or q.name for q in NEURONS.questions)
    for cells in (
        [],
        [("code", "x = 1")],
        [("code", c.source) for c in released.cells] * 2,
    ):
        assert sorted(filter(None, ids_of(graded(released, *cells)))) == wanted


def test_the_grade_follows_the_last_cell_that_names_its_answer(released):
    name, check = NEURONS.automatic[0].name, NEURONS.automatic[0].check
    cells = [
        ("code", f"{name} = 1"),
        ("markdown", "words"),
        ("code", f"{name} = 2"),
        ("code", "y"),
    ]
    notebook = graded(released, *cells)
    place = ids_of(notebook).index(check)
    assert notebook.cells[place - 1].source == f"{name} = 2"


def test_points_stand_as_the_answer_of_the_cell_and_hints_are_shown_as_text(released):
    notebook = graded(released)
    cell = notebook.cells[ids_of(notebook).index(NEURONS.automatic[0].check)]
    assert cell.outputs[0].data["text/plain"] == "1"
    assert "a &lt;hint&gt;" in cell.outputs[0].data["text/html"]
    assert "HIDDEN" not in cell.source


def test_words_keep_their_place_and_become_the_answer_of_a_person(released):
    by_hand = next(q for q in NEURONS.questions if not q.check)
    cells = [("markdown", f"<!-- answer: {by_hand.name} -->\nBecause."), ("code", "x = 1")]
    notebook = graded(released, *cells, texts={by_hand.name: 0})
    place = ids_of(notebook).index(by_hand.name)
    assert notebook.cells[place].source.endswith("Because.")
    assert notebook.cells[place + 1].source == "x = 1"


def test_what_cells_printed_and_problems_are_shown(released):
    notebook = graded(released, ("code", "x = 1"), problems=["<odd>"])
    assert "&lt;odd&gt;" in notebook.cells[0].source
    shown = [cell.outputs[0].text for cell in notebook.cells if cell.source == "x = 1"]
    assert shown == ["printed\nan error"]
