"""What is given out: notebooks without answers for students, and the instructor's pack."""

import shutil
import zipfile
from pathlib import Path

import nbformat
from tqdm import tqdm

from assignments.grader import gradebook, questions

MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "MARK SCHEME")


class Leak(Exception):
    """A release contains what only instructors may see."""


def release(course, names=None):
    """Make the students' notebooks and the instructor's pack of a course.

    Args:
        course: The course folder.
        names: Of assignments; default: all.

    Returns:
        Paths of the zip for students and of the folder for instructors.

    Raises:
        Leak: If a student's notebook holds an answer or a hidden check; nothing is packed.
        RuntimeError: If nbgrader cannot make a notebook.
    """
    course, paths = Path(course), gradebook.sources()
    api = gradebook.open_course(course)
    chosen = [gradebook.assignment(name) for name in names or paths]
    for found in tqdm(chosen, unit="assignment"):
        source = course / "source" / found.name / f"{found.name}.ipynb"
        source.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(paths[found.name], source)
        answer = api.generate_assignment(found.name, force=True, create=True)
        if not answer["success"]:
            raise RuntimeError(f"nbgrader could not release {found.name}: {answer}")
        if leaks := leaks_of(found, gradebook.released(course, found.name)):
            shutil.rmtree(course / "release" / found.name)
            raise Leak(f"{found.name} leaks {leaks[0]}")
    return _zip(course, chosen), _pack(course, chosen)


def leaks_of(assignment, notebook):
    """Look for answers and hidden checks in a student's notebook.

    Args:
        assignment: A `questions.Assignment`.
        notebook: What students would get.

    Returns:
        A sentence for each line that should not be there.
    """
    shown = nbformat.writes(notebook)
    text = [line.strip() for cell in notebook.cells for line in cell.source.splitlines()]
    found = [f"the mark {mark!r}" for mark in MARKS if mark in shown]
    public = _public_lines(assignment)
    for question in assignment.questions:
        for kind, secret in (
            ("solution", question.solution),
            ("hidden check", question.hidden),
        ):
            lines = {line.strip() for line in secret.splitlines()} - public
            found += [
                f"the {kind} of {question.name}: {line!r}"
                for line in sorted(lines)
                if len(line) > 3 and line in text
            ]
    found += [
        f"an output of cell {place}"
        for place, cell in enumerate(notebook.cells)
        if cell.get("outputs")
    ]
    return found


def _public_lines(assignment):
    """Return the lines that stand outside of all answers and hidden checks."""
    lines = set()
    for cell in assignment.notebook.cells:
        shown = questions.SOLUTION.sub("", questions.HIDDEN.sub("", cell.source))
        lines |= {line.strip() for line in shown.splitlines()}
    return lines


def _zip(course, chosen):
    target = course / "students.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for found in chosen:
            path = course / "release" / found.name / f"{found.name}.ipynb"
            archive.write(path, f"{found.room}/{found.name}.ipynb")
    return target


def _pack(course, chosen):
    folder = course / "instructor"
    for found in chosen:
        path = folder / found.room / f"{found.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(gradebook.sources()[found.name], path)
    (folder / "answer_key.md").write_text(_answer_key(chosen))
    return folder


def _answer_key(chosen):
    """All questions with goal, points and minutes, their answers, and the rubrics."""
    lines = ["# Answer key and rubrics", ""]
    for found in chosen:
        total = sum(q.points for q in found.questions)
        minutes = sum(q.minutes for q in found.questions)
        lines += [f"## {found.title}", "", f"{found.room}/{found.name}: {total:g} points, "
                  f"{minutes} minutes.", ""]  # fmt: skip
        for q in found.questions:
            how = "checked automatically" if q.check else "graded by a person"
            about = f"{q.goal} {q.points:g} points, {q.minutes} minutes, {how}."
            lines += [f"### {q.title}", "", about, ""]
            lines += ["```python", q.solution.rstrip(), "```"] if q.check else [q.solution]
            lines.append("")
    return "\n".join(lines)
