"""Grading resumes where it stopped, and one fault does not stop the others."""

import json
from dataclasses import replace

import pytest

from assignments.grader import collect, evaluate, gradebook, questions
from assignments.grader.student import Gone

NEURONS = gradebook.assignment("neurons")


class Told:
    """Stands for the fence: a student whose notebook defines nothing."""

    graded = []

    def __init__(self, cells, limits=None):
        self.outcomes, self.holds = [], {}
        self.student = cells[0]

    def __enter__(self):
        self.graded.append(self.student)
        if self.student == "gone":
            raise Gone("it ended")
        if self.student == "interrupted":
            raise KeyboardInterrupt
        return self

    def __exit__(self, *reason):
        pass

    def call(self, name, *args):
        raise LookupError(name)


@pytest.fixture
def graded(monkeypatch):
    """Grade without processes, and list who was graded."""
    monkeypatch.setattr(evaluate, "Student", Told)
    monkeypatch.setattr(Told, "graded", [])
    return Told.graded


def submissions(*students):
    return {name: collect.Submission(name, cells=[["code", name]]) for name in students}


def test_a_second_run_grades_only_what_is_new(graded, tmp_path):
    first = submissions("ada", "bob")
    assert evaluate.evaluate_all(NEURONS, first, tmp_path) == ["ada", "bob"]
    changed = first | {"bob": collect.Submission("bob", cells=[["code", "bob 2"]])}
    assert evaluate.evaluate_all(NEURONS, changed | submissions("cyd"), tmp_path) == [
        "bob",
        "cyd",
    ]
    assert graded == ["ada", "bob", "bob 2", "cyd"]


def test_an_interrupted_run_goes_on_where_it_stopped(graded, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        evaluate.evaluate_all(
            NEURONS, submissions("ada", "interrupted", "bob"), tmp_path, jobs=1
        )
    names = {path.name for path in (tmp_path / "neurons").iterdir()}
    assert {"ada.json"} <= names <= {"ada.json", "bob.json"}
    evaluate.evaluate_all(NEURONS, submissions("ada", "bob"), tmp_path)
    assert (graded.count("ada"), graded.count("bob")) == (1, 1)


def test_a_process_that_is_gone_costs_its_own_points_only(graded, tmp_path):
    both = submissions("gone", "ada")
    evaluate.evaluate_all(NEURONS, both, tmp_path)
    result = evaluate.kept(tmp_path, NEURONS, both["gone"], "gone")
    assert result["problems"] == ["it ended"]
    assert {grade["points"] for grade in result["grades"].values()} == {0.0}
    assert evaluate.kept(tmp_path, NEURONS, both["ada"], "ada")["problems"] == []


def test_a_fault_of_a_check_is_a_problem_and_no_crash(graded, tmp_path, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("in the check")

    monkeypatch.setattr(questions, "grade", broken)
    evaluate.evaluate_all(NEURONS, submissions("ada"), tmp_path)
    text = (tmp_path / "neurons" / "ada.json").read_text()
    assert (
        "the checks stopped: ZeroDivisionError: in the check"
        in json.loads(text)["problems"]
    )


def test_another_assignment_version_makes_results_again(graded, tmp_path):
    evaluate.evaluate_all(NEURONS, submissions("ada"), tmp_path)
    changed = replace(NEURONS, checksum="other")
    assert evaluate.evaluate_all(changed, submissions("ada"), tmp_path) == ["ada"]
