"""A whole class, handed in, graded and given back: the way an instructor would do it."""

import csv
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time

import nbformat
import pytest

from assignments.grader import gradebook, isolation, questions
from assignments.grader.student import ROOT
from tests.grader.hostile import CLASS, FULL, NONE, SOME

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs processes of POSIX")
NAME = "neurons"
MARKS = re.compile(r" *### (BEGIN|END) SOLUTION\n?")
LIMITS = ["--cell-seconds", "6", "--total-seconds", "120"]  # other tests run beside


def command(course, *arguments):
    """Run the grader as the Makefile does, and return what it printed."""
    call = [sys.executable, "-m", "assignments.grader", "--course", str(course), *arguments]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def answered(student, name=NAME):
    """Return the source notebook as a student might have answered it."""
    notebook = nbformat.read(gradebook.sources()[name], as_version=4)
    for cell in notebook.cells:
        cell.source = questions.HIDDEN.sub("", cell.source)
        cell.source = MARKS.sub("", cell.source)
        cell.source = cell.source.replace(questions.NOBODY, f"STUDENT = {student!r}")
    return notebook


def fingerprints(*folders):
    """Return the checksum of every file of some folders."""
    paths = sorted(
        path for folder in folders for path in folder.rglob("*") if path.is_file()
    )
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Release, hand in, grade; return all that the tests look at."""
    folder = tmp_path_factory.mktemp("class")
    submissions, course = folder / "submissions", folder / "course"
    command(course, "release", NAME)
    own = (ROOT / "assignments", ROOT / "companion", course / "release", course / "source")
    before = fingerprints(*own)
    with socket.create_server(("127.0.0.1", 0)) as server:
        for student, (change, _, _) in CLASS.items():
            place = submissions / student
            place.mkdir(parents=True)
            content = change(answered(student))
            if content is None:
                continue
            text = content if isinstance(content, str) else json.dumps(content)
            text = text.replace("PORT", str(server.getsockname()[1]))
            text = text.replace("GRADER", questions.__file__).replace("HERE", str(course))
            name = "finished (2).ipynb" if student == "renamed" else f"{NAME}.ipynb"
            (place / name).write_text(text)
        stub = submissions / "untouched"
        stub.mkdir()
        released = course / "release" / NAME / f"{NAME}.ipynb"
        (stub / released.name).write_bytes(released.read_bytes())
        start = time.monotonic()
        printed = command(course, "grade", str(submissions), *LIMITS)
        seconds = time.monotonic() - start
    with open(course / "points.csv", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    return {
        "course": course,
        "submissions": submissions,
        "rows": rows,
        "printed": printed,
        "seconds": seconds,
        "unchanged": fingerprints(*own) == before,
    }


def test_the_class_has_thirty_students_and_each_has_a_row(graded):
    assert len(graded["rows"]) == 30
    assert set(graded["rows"]) == {*CLASS, "untouched"}


@pytest.mark.parametrize("student", [*CLASS, "untouched"])
def test_every_submission_gets_its_grade(graded, student):
    _, right, _ = CLASS.get(student, (None, NONE, None))
    possible = sum(question.points for question in gradebook.assignment(NAME).automatic)
    got = float(graded["rows"][student][f"{NAME}: total"])
    assert {FULL: got == possible, NONE: got == 0, SOME: 0 < got < possible}[right], got


@pytest.mark.parametrize("student", [s for s, (*_, told) in CLASS.items() if told])
def test_what_went_wrong_is_reported(graded, student):
    result = json.loads(
        (graded["course"] / "results" / NAME / f"{student}.json").read_text()
    )
    if student in ("socket", "reads_the_grader") and not all(result["holds"].values()):
        pytest.skip("this system lacks a part of the fence")
    told = CLASS[student][2]
    reports = [
        str(outcome[key]) for outcome in result["outcomes"] for key in ("printed", "error")
    ]
    assert any(told in text for text in reports + result["problems"])
    if not result["outcomes"]:
        assert told in graded["rows"][student]["problems"]
        assert f"  {student}: " in graded["printed"]


def test_the_fence_holds_what_this_system_can_give(graded):
    result = json.loads((graded["course"] / "results" / NAME / "correct.json").read_text())
    assert result["holds"] == isolation.measures()


def test_the_graders_own_files_are_unchanged(graded):
    assert graded["unchanged"]


def test_every_student_gets_a_page_without_hidden_checks_or_scripts(graded):
    for student in graded["rows"]:
        page = (graded["course"] / "feedback" / student / NAME / f"{NAME}.html").read_text()
        assert "What the checks found" in page
        assert questions.BEGIN not in page
    text = (graded["course"] / "feedback" / "scripts" / NAME / f"{NAME}.html").read_text()
    assert "planted()" in text
    assert not re.search(r"<script>\s*planted|<img[^>]*onerror", text)
    hints = (graded["course"] / "feedback" / "partly" / NAME / f"{NAME}.html").read_text()
    assert "is not defined in the notebook" in hints


def test_thirty_submissions_take_less_than_five_minutes(graded):
    assert graded["seconds"] < 300


def test_running_it_again_changes_nothing(graded):
    course, tables = graded["course"], ("points.csv", "canvas.csv", "moodle.csv")
    folders = [course / name for name in ("feedback", "results", "submitted", "autograded")]
    before = fingerprints(*folders), [(course / name).read_bytes() for name in tables]
    start = time.monotonic()
    command(course, "grade", str(graded["submissions"]), *LIMITS)
    assert time.monotonic() - start < graded["seconds"]
    assert (
        fingerprints(*folders),
        [(course / name).read_bytes() for name in tables],
    ) == before


def test_points_of_a_person_come_into_the_tables_and_the_page(graded):
    course = graded["course"]
    by_hand = next(q for q in gradebook.assignment(NAME).questions if not q.check)
    with gradebook.grades(course) as book:
        grade = book.find_grade(by_hand.name, NAME, NAME, "correct")
        assert grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    page = course / "feedback" / "correct" / NAME / f"{NAME}.html"
    before = page.read_text()
    command(course, "grade", str(graded["submissions"]), *LIMITS)
    with open(course / "points.csv", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == "correct")
    assert row[f"{NAME}: {by_hand.name} ({by_hand.points:g})"] == "1.0"
    assert row[f"{NAME}: still to grade"] == "0"
    assert page.read_text() != before


def test_a_corrected_submission_replaces_the_first_and_the_others_stay(graded):
    course, path = graded["course"], graded["submissions"] / "partly" / f"{NAME}.ipynb"
    others = fingerprints(course / "feedback" / "sys_exit", course / "results" / NAME)
    path.write_text(nbformat.writes(answered("partly")))
    command(course, "grade", str(graded["submissions"]), *LIMITS)
    with open(course / "points.csv", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows["partly"][f"{NAME}: total"] == rows["sys_exit"][f"{NAME}: total"]
    after = fingerprints(course / "feedback" / "sys_exit", course / "results" / NAME)
    changed = [name for name in others if others[name] != after[name]]
    assert all("partly" in name for name in changed)
    assert changed


def test_the_next_assignment_comes_beside_the_first_one(graded, tmp_path):
    course, other = graded["course"], "plasticity"
    (tmp_path / "partly.ipynb").write_text(nbformat.writes(answered("partly", other)))
    command(course, "grade", str(tmp_path), *LIMITS)
    with open(course / "points.csv", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert len(rows) == 30
    assert float(rows["partly"][f"{other}: total"]) > 0
    assert rows["correct"][f"{other}: total"] == ""
    assert float(rows["correct"][f"{NAME}: total"]) > 0
