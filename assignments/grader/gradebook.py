"""The course folder and its gradebook, kept by nbgrader; grades come from behind the fence.

nbgrader would run submissions as the instructor. Its autograding is given one step of ours
instead, `GradeApart`, so that its command and its page in JupyterLab grade apart as well.
"""

import json
import os
import re
import sys
import warnings
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets.config import Config

from assignments.grader import collect, evaluate, questions, sheet, tables

ROOT = Path(__file__).resolve().parents[1]


def sources():
    """Return the paths of all source notebooks, by the name of their assignment."""
    paths = sorted(ROOT.glob("*/*.ipynb"))
    return {path.stem: path for path in paths}


@cache
def assignment(name):
    """Read an assignment by its name, once."""
    return questions.read(sources()[name])


def settings(course):
    """Return nbgrader's configuration for a course folder.

    Args:
        course: The folder.
    """
    config = Config()
    config.CourseDirectory.root = str(Path(course).resolve())
    config.CourseDirectory.course_id = "autoencoders-and-the-brain"
    config.Autograde.sanitize_preprocessors = [GradeApart]
    config.Autograde.autograde_preprocessors = [SaveAutoGrades, AssignLatePenalties]
    config.Exchange.root = str(Path(course).resolve() / "exchange")
    config.NbGrader.logfile = str(Path(course).resolve() / "nbgrader.log")
    return config


def open_course(course):
    """Return nbgrader's interface to a course folder, which is made if it is not there."""
    Path(course).mkdir(parents=True, exist_ok=True)
    programs = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    if programs not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
    config = settings(course)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def grades(course):
    """Return nbgrader's gradebook of a course folder."""
    return Gradebook(f"sqlite:///{Path(course).resolve()}/gradebook.db")


class GradeApart(NbGraderPreprocessor):
    """Make the graded notebook of a submission, from its result behind the fence."""

    def preprocess(self, nb, resources):
        """Return the notebook of `sheet.graded`, and the resources as they are."""
        about, course = resources["nbgrader"], Path(self.config.CourseDirectory.root)
        found = assignment(about["assignment"])
        submission = collect.from_notebook(nb, about["student"])
        one = {about["student"]: submission}
        evaluate.evaluate_all(found, one, course / "results")
        result = evaluate.kept(course / "results", found, submission, about["student"])
        return sheet.graded(
            found, released(course, found.name), submission, result
        ), resources


def released(course, name):
    """Return the notebook that students got."""
    path = Path(course) / "release" / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def keep(course, found, submissions):
    """Put submissions where nbgrader looks for them.

    Args:
        course: The folder.
        found: A `questions.Assignment`.
        submissions: Dict from students' ids to `collect.Submission`.

    Returns:
        Ids of those that are not graded yet as they are now.
    """
    changed = []
    for student_id, submission in submissions.items():
        path = Path(course) / "submitted" / student_id / found.name / f"{found.name}.ipynb"
        text = nbformat.writes(collect.to_notebook(submission))
        if not path.exists() or path.read_text() != text or not _is_graded(course, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(student_id)
    return changed


def _is_graded(course, path):
    submitted = path.relative_to(Path(course) / "submitted")
    return (Path(course) / "autograded" / submitted).exists()


def enroll(course, people):
    """Write the students of a roster into the gradebook.

    Args:
        course: The folder.
        people: `tables.Person` for each.
    """
    with grades(course) as book:
        for person in people:
            names = {"first_name": person.first, "last_name": person.last}
            book.update_or_create_student(person.id, email=person.email, **names)


def enrolled(course):
    """Return `tables.Person` for each student of the gradebook."""
    with grades(course) as book:
        return [
            tables.Person(s.id, s.first_name or "", s.last_name or "", s.email or "")
            for s in book.students
        ]


def record(course, found, student_id):
    """Let nbgrader take over the grades of one submission; returns a list of problems."""
    api = open_course(course)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SQLAlchemy about nbgrader's own sessions
        answer = api.autograde(found.name, student_id, force=True, create=True)
    return [] if answer["success"] else [f"nbgrader: {_reason(answer)}"]


def hand_back(course, found, student_id):
    """Write the page of feedback of one submission; returns a list of problems."""
    answer = open_course(course).generate_feedback(found.name, student_id, force=True)
    if not answer["success"]:
        return [f"nbgrader: {_reason(answer)}"]
    path = Path(course) / "results" / found.name / f"{student_id}.fed"
    path.write_text(_shown(course, found, student_id))
    return []


def needs_feedback(course, found, student_id):
    """Whether points or comments differ from those on the page that was handed back."""
    path = Path(course) / "results" / found.name / f"{student_id}.fed"
    page = Path(course) / "feedback" / student_id / found.name / f"{found.name}.html"
    if not (path.exists() and page.exists()):
        return True
    return path.read_text() != _shown(course, found, student_id)


def _shown(course, found, student_id):
    """What a page of feedback depends on, as one text."""
    result = Path(course) / "results" / found.name / f"{student_id}.json"
    with grades(course) as book:
        notebook = book.find_submission_notebook(found.name, found.name, student_id)
        points = sorted([g.name, g.score, g.needs_manual_grade] for g in notebook.grades)
        comments = sorted([c.name, c.comment] for c in notebook.comments)
    return json.dumps([json.loads(result.read_text())["key"], points, comments])


def _reason(answer):
    """Return the first error that nbgrader logged, which caused the others."""
    text = answer.get("log", "") + answer.get("error", "")
    lines = [line.strip() for line in text.splitlines()]
    errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (errors or lines or ["no reason given"])[0]


def points_of(course, found):
    """Return the points of an assignment as the gradebook has them now.

    Args:
        course: The folder.
        found: A `questions.Assignment`.

    Returns:
        Dict from students' ids to a dict from questions' names to points; None stands for
        an answer that a person has still to grade.
    """
    names = {question.check or question.name: question.name for question in found.questions}
    table = {}
    with grades(course) as book:
        try:
            submissions = book.assignment_submissions(found.name)
        except MissingEntry:
            return table
        for submission in submissions:
            points = {
                names[grade.name]: None if grade.needs_manual_grade else grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            table[submission.student.id] = points
    return table
