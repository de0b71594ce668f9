"""A release holds no answer and no hidden check, and a planted one is found."""

import zipfile
from copy import deepcopy

import nbformat
import pytest

from assignments.grader import gradebook, questions
from assignments.grader.release import Leak, leaks_of, release
from assignments.grader.worker import run_cell
from tests.grader import bank

MARKER = "planted_marker_4711"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """All assignments, released."""
    folder = tmp_path_factory.mktemp("course")
    release(folder)
    return folder


@pytest.mark.parametrize("name", gradebook.sources())
def test_a_release_leaks_nothing_and_asks_everything(course, name):
    found, notebook = gradebook.assignment(name), gradebook.released(course, name)
    assert leaks_of(found, notebook) == []
    ids = [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]
    assert {q.name for q in found.questions} | {q.check for q in found.automatic} == set(
        ids
    )
    text = "".join(cell.source for cell in notebook.cells)
    assert all(question.title in text for question in found.questions)
    assert text.count("YOUR CODE HERE") >= len(found.automatic)


@pytest.mark.parametrize("name", gradebook.sources())
def test_the_released_notebook_earns_nothing_as_it_is(course, name):
    found, namespace = gradebook.assignment(name), {"__name__": "__main__"}
    for cell in gradebook.released(course, name).cells:
        if cell.cell_type == "code":
            run_cell(cell.source.replace(questions.NOBODY, "STUDENT = 'ada'"), namespace)
    reference = questions.reference(found)
    for question in found.automatic:
        assert bank.grade(question, namespace, reference).points == 0


@pytest.mark.parametrize("name", gradebook.sources())
def test_each_kind_of_leak_is_found(course, name):
    found, notebook = gradebook.assignment(name), gradebook.released(course, name)
    question = found.automatic[0]
    answers = [questions.SOLUTION.search(cell.source) for cell in found.notebook.cells]
    secret = max(next(answer for answer in answers if answer)[1].splitlines(), key=len)
    shown = "".join(cell.source for cell in notebook.cells)
    hidden = max((h for h in question.hidden.splitlines() if h not in shown), key=len)
    for planted in (secret, hidden, f"# {questions.BEGIN}", "### END SOLUTION"):
        leaking = deepcopy(notebook)
        leaking.cells[1].source += f"\n{planted}"
        assert leaks_of(found, leaking), planted
    leaking = deepcopy(notebook)
    leaking.cells[1].outputs = [nbformat.v4.new_output("stream", text="42")]
    assert leaks_of(found, leaking) == ["an output of cell 1"]


def test_the_zip_for_students_holds_the_released_notebooks(course):
    with zipfile.ZipFile(course / "students.zip") as archive:
        names = archive.namelist()
        for name, path in gradebook.sources().items():
            inside = archive.read(f"{path.parent.name}/{name}.ipynb")
            assert inside == (course / "release" / name / f"{name}.ipynb").read_bytes()
    assert len(names) == len(gradebook.sources())


def test_the_instructors_pack_holds_every_answer_and_rubric(course):
    key = (course / "instructor" / "answer_key.md").read_text()
    for name in gradebook.sources():
        for question in gradebook.assignment(name).questions:
            assert question.title in key
            assert question.solution.strip() in key
            assert question.check or "Rubric" in question.solution


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Plant a marker in every answer and hidden check of one assignment."""
    source = gradebook.sources()["neurons"]
    notebook = nbformat.read(source, as_version=4)

    def plant():
        for cell in notebook.cells:
            for mark in ("### BEGIN SOLUTION\n", f"{questions.BEGIN}\n"):
                cell.source = cell.source.replace(mark, f"{mark}# {MARKER}\n")
        path = tmp_path / "brain" / "neurons.ipynb"
        path.parent.mkdir()
        nbformat.write(notebook, path)
        monkeypatch.setattr(gradebook, "sources", lambda: {"neurons": path})
        monkeypatch.setattr(gradebook, "assignment", lambda name: questions.read(path))
        return tmp_path / "course"

    return plant


def test_a_marker_in_every_secret_does_not_reach_the_students(planted):
    course = planted()
    release(course)
    assert MARKER in (course / "instructor" / "answer_key.md").read_text()
    with zipfile.ZipFile(course / "students.zip") as archive:
        for name in archive.namelist():
            assert MARKER.encode() not in archive.read(name)


def test_a_release_that_leaks_is_refused_and_nothing_is_packed(planted, monkeypatch):
    from nbgrader.preprocessors import ClearSolutions

    course = planted()
    monkeypatch.setattr(
        ClearSolutions, "preprocess", lambda self, nb, resources: (nb, resources)
    )
    with pytest.raises(Leak, match="neurons leaks"):
        release(course)
    assert not (course / "students.zip").exists()
    assert not (course / "release" / "neurons").exists()
