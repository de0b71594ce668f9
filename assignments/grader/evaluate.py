"""Grade submissions: each to one file of results, several at a time.

A result is kept with the checksum of everything it came from, so a second run skips what
has not changed, and an interrupted run goes on where it stopped.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from assignments.grader import questions
from assignments.grader.student import Gone, Student


def evaluate(assignment, right, submission, student_id, limits=None):
    """Run a submission behind the fence, and grade what it defines.

    Args:
        assignment: A `questions.Assignment`.
        right: `questions.Answers` of its source notebook.
        submission: A `collect.Submission`.
        student_id: From which the data of the student are drawn.
        limits: A `student.Limits`.

    Returns:
        Dict of "grades" (for each question its points and parts), "outcomes" (for each code
        cell what it printed and its error), "problems" and "holds" (parts of the fence).
    """
    result = {
        "grades": {},
        "outcomes": [],
        "problems": list(submission.problems),
        "holds": {},
    }
    for question in assignment.automatic:
        nothing = [["all of it", 0.0, question.points, "it could not be graded"]]
        result["grades"][question.name] = {"points": 0.0, "parts": nothing}
    if not submission.readable:
        return result
    sources = [source for kind, source in submission.cells if kind == "code"]
    try:
        with Student(sources, limits) as student:
            found = questions.Answers(student.call)
            for question in assignment.automatic:
                grade = questions.grade(question, found, right, student_id)
                result["grades"][question.name] = asdict(grade)
            result |= {"outcomes": student.outcomes, "holds": student.holds}
    except Gone as reason:
        result["problems"].append(str(reason))
    except Exception as error:  # a fault of the checks must not cost the others their grade
        result["problems"].append(f"the checks stopped: {type(error).__name__}: {error}")
    return result


def kept(folder, assignment, submission, student_id):
    """Return the result that is kept of this very submission, or None.

    Args:
        folder: Of the results.
        assignment: A `questions.Assignment`.
        submission: A `collect.Submission`.
        student_id: As in `evaluate`.
    """
    path = _path(folder, assignment, student_id)
    if not path.exists():
        return None
    result = json.loads(path.read_text())
    return result if result["key"] == _key(assignment, submission, student_id) else None


def evaluate_all(assignment, submissions, folder, limits=None, jobs=2):
    """Grade many submissions, and keep each result in a file.

    Args:
        assignment: A `questions.Assignment`.
        submissions: Dict from students' ids to `collect.Submission`.
        folder: Where the results are kept; those that are there already are not made again.
        limits: As in `evaluate`.
        jobs: How many run at a time.

    Returns:
        Ids of the students whose results are new.
    """
    missing = [
        s for s, found in submissions.items() if not kept(folder, assignment, found, s)
    ]
    if not missing:
        return missing
    right = questions.of_namespace(questions.reference(assignment))

    def one(student_id):
        submission = submissions[student_id]
        result = evaluate(assignment, right, submission, student_id, limits)
        result["key"] = _key(assignment, submission, student_id)
        path = _path(folder, assignment, student_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(result, indent=1))
        os.replace(partial, path)

    pool = ThreadPoolExecutor(jobs)
    try:
        work = pool.map(one, missing)
        list(tqdm(work, total=len(missing), desc=assignment.name, unit="submission"))
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupt waits for those that run, no more
    return missing


def _path(folder, assignment, student_id):
    return Path(folder) / assignment.name / f"{student_id}.json"


def _key(assignment, submission, student_id):
    parts = [assignment.checksum, submission.checksum, student_id]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
