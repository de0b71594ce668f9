"""Submissions are read from whatever students hand in."""

import json
import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from assignments.grader import collect, gradebook, intake, tables

NEURONS = gradebook.assignment("neurons")


def answered(*sources, texts=()):
    cells = [new_code_cell(source) for source in sources]
    return new_notebook(cells=cells + [new_markdown_cell(text) for text in texts])


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else nbformat.writes(content)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1e9, 1e9))
    return path


def test_folders_and_files_are_entries_and_the_newest_notebook_of_a_folder_counts(tmp_path):
    put(tmp_path, "ada/old.ipynb", answered("x = 1"))
    newest = put(tmp_path, "ada/deep/new.ipynb", answered("x = 2"))
    os.utime(newest, (2e9, 2e9))
    put(tmp_path, "ada/.ipynb_checkpoints/other.ipynb", answered("x = 3"))
    single = put(tmp_path, "bob_123_456.ipynb", answered("x = 4"))
    (tmp_path / "cyd").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ada")
    put(tmp_path, ".DS_Store", "")
    found = collect.find(tmp_path)
    assert found == [("ada", newest), ("bob_123_456", single), ("cyd", None)]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_submissions_is_one_clear_error(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=f"SUBMISSIONS must .*{name}"):
        collect.find(tmp_path / name)


def test_only_the_text_of_cells_is_read(tmp_path):
    notebook = answered("STUDENT = 'Ada '\nx = 1")
    notebook.cells[0].metadata["nbgrader"] = {"points": 1000, "grade": True}
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="1000 points")]
    submission = collect.read("ada", put(tmp_path, "a.ipynb", notebook))
    assert submission.cells == [["code", "STUDENT = 'Ada '\nx = 1"]]
    assert submission.declared == "Ada"


def test_a_notebook_of_format_3_is_read(tmp_path):
    old = nbformat.convert(answered("x = 1", texts=["words"]), 3)
    submission = collect.read(
        "ada", put(tmp_path, "a.ipynb", nbformat.writes(old, version=3))
    )
    assert submission.cells == [["code", "x = 1"], ["markdown", "words"]]


def test_duplicate_ids_unknown_kernels_and_broken_metadata_do_not_matter(tmp_path):
    raw = json.loads(nbformat.writes(answered("x = 1", "y = 2")))
    for cell in raw["cells"]:
        cell["id"], cell["metadata"] = "same", {"nbgrader": {}}
    raw["metadata"] = {"kernelspec": {"name": "fortran"}}
    del raw["nbformat_minor"]
    submission = collect.read("ada", put(tmp_path, "a.ipynb", json.dumps(raw)))
    assert submission.cells == [["code", "x = 1"], ["code", "y = 2"]]


@pytest.mark.parametrize(
    "content", ["", "no notebook", "[]", "{}", '{"cells": 3}', "\0\0", "[" * 9999]
)
def test_what_is_no_notebook_becomes_a_problem(tmp_path, content):
    submission = collect.read("ada", put(tmp_path, "a.ipynb", content))
    assert not submission.readable
    assert submission.problems[0].startswith("not a notebook that can be read")


def test_a_huge_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MAX_BYTES", 100)
    submission = collect.read("ada", put(tmp_path, "a.ipynb", answered("x" * 200)))
    assert "larger than" in submission.problems[0]


def test_answers_in_words_are_found_by_their_comment_or_their_metadata(tmp_path):
    notebook = answered(
        "x = 1", texts=["<!-- answer: why_leak -->\nBecause.", "Other", "Third"]
    )
    notebook.cells[3].metadata["nbgrader"] = {"grade_id": "third", "solution": True}
    submission = collect.read("ada", put(tmp_path, "a.ipynb", notebook))
    assert submission.texts == {"why_leak": 1, "third": 3}


def test_a_submission_survives_the_way_through_a_notebook(tmp_path):
    notebook = answered("x = 1", texts=["<!-- answer: why_leak -->\nBecause."])
    submission = collect.read("ada", put(tmp_path, "a.ipynb", notebook))
    submission.problems.append("odd")
    text = nbformat.writes(collect.to_notebook(submission))
    again = collect.from_notebook(nbformat.reads(text, as_version=4), "ada")
    assert again.checksum == submission.checksum


def test_each_submission_is_recognized_by_what_stands_in_it():
    known = [gradebook.assignment(name) for name in gradebook.sources()]
    for assignment in known:
        cells = [["code", cell.source] for cell in assignment.notebook.cells]
        submission = collect.Submission("ada", cells=cells)
        assert collect.belongs_to(submission, known) is assignment
    assert (
        collect.belongs_to(collect.Submission("ada", cells=[["code", "x = 1"]]), known)
        is None
    )


def class_of(tmp_path, **sources):
    for name, source in sources.items():
        put(tmp_path, f"{name}/a.ipynb", answered(source))
    return tmp_path


NAMES = " ".join(question.name for question in NEURONS.questions)


def test_without_a_roster_a_student_is_who_the_notebook_says(tmp_path):
    folder = class_of(tmp_path, a=f"STUDENT = 'ada@x.org'  # {NAMES}", b=f"# {NAMES}")
    work = intake.sort(folder, [NEURONS])
    assert sorted(work.by_assignment[0][1]) == ["ada@x.org", "b"]
    assert work.problems == {}


def test_two_submissions_of_one_student_are_both_kept(tmp_path):
    folder = class_of(
        tmp_path, a=f"STUDENT = 'ada'  # {NAMES}", b=f"STUDENT = 'ada'  # {NAMES}"
    )
    work = intake.sort(folder, [NEURONS])
    assert sorted(work.by_assignment[0][1]) == ["ada", "ada-b"]
    assert work.problems == {"ada-b": ["a second submission of the same student"]}


def test_what_cannot_be_read_belongs_to_the_usual_assignment(tmp_path):
    folder = class_of(tmp_path, a=f"# {NAMES}", b=f"# {NAMES}", d="x = 1")
    put(folder, "c/essay.pdf", "%PDF")
    everything = [gradebook.assignment(name) for name in gradebook.sources()]
    work = intake.sort(folder, everything)
    assert [(found.name, sorted(kept)) for found, kept in work.by_assignment] == [
        ("neurons", ["a", "b", "c", "d"])
    ]
    assert sorted(work.problems) == ["c", "d"]


def test_with_a_roster_data_of_another_student_are_a_problem(tmp_path):
    folder = class_of(tmp_path, ada=f"STUDENT = 'bob'  # {NAMES}", eve=f"# {NAMES}")
    people = [tables.Person("ada"), tables.Person("bob")]
    work = intake.sort(folder, [NEURONS], people)
    assert sorted(work.by_assignment[0][1]) == ["ada", "eve"]
    assert "data of somebody else" in work.problems["ada"][0]
    assert work.problems["eve"] == ["it belongs to nobody on the roster"]
    assert [person.id for person in work.people] == ["ada", "bob", "eve"]
