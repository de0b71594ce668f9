"""The commands behind `make release` and `make grade`."""

import argparse
import os
import sys
from pathlib import Path

from tqdm import tqdm

from assignments.grader import evaluate, gradebook, intake, tables
from assignments.grader.release import Leak, release
from assignments.grader.student import Limits


def main(arguments=None):
    """Parse the command line, and release or grade."""
    parser = argparse.ArgumentParser(
        prog="python -m assignments.grader", description=__doc__
    )
    parser.add_argument("--course", default="course", help="folder of releases and grades")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("release", help="make students' notebooks and the answer key")
    one.add_argument("names", nargs="*", metavar="assignment", help="default: all")
    two = commands.add_parser("grade", help="grade a folder of submissions; resumes")
    two.add_argument("submissions", type=Path, help="folder with one entry per student")
    two.add_argument(
        "--roster", type=Path, help="CSV of the class, also of Canvas or Moodle"
    )
    two.add_argument("--assignment", help="default: told by what stands in each notebook")
    two.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    two.add_argument("--cell-seconds", type=float, default=Limits.cell)
    two.add_argument("--total-seconds", type=float, default=Limits.total)
    given = parser.parse_args(arguments)
    try:
        if given.command == "release":
            students, instructor = release(given.course, given.names)
            print(f"For students: {students}\nFor instructors: {instructor}")
        else:
            grade(given)
    except (ValueError, Leak) as error:
        sys.exit(str(error))


def grade(given):
    """Collect, run apart, record, and hand back; each step skips what it did before."""
    course, limits = (
        Path(given.course),
        Limits(given.cell_seconds, total=given.total_seconds),
    )
    people = tables.read_roster(given.roster) if given.roster else None
    known = gradebook.sources()
    names = [given.assignment] if given.assignment else list(known)
    if names[0] not in known:
        raise ValueError(f"ASSIGNMENT must be one of {', '.join(known)}; got {names[0]!r}")
    work = intake.sort(given.submissions, [gradebook.assignment(n) for n in names], people)
    gradebook.enroll(course, work.people)
    for found, submissions in work.by_assignment:
        if not (course / "release" / found.name).exists():
            release(course, [found.name])
        evaluate.evaluate_all(found, submissions, course / "results", limits, given.jobs)
        for student_id in submissions:
            result = evaluate.kept(
                course / "results", found, submissions[student_id], student_id
            )
            work.note(student_id, *result["problems"])
        changed = gradebook.keep(course, found, submissions)
        for student_id in tqdm(changed, desc="gradebook", unit="submission"):
            work.note(student_id, *gradebook.record(course, found, student_id))
        stale = [s for s in submissions if gradebook.needs_feedback(course, found, s)]
        for student_id in tqdm(stale, desc="feedback", unit="submission"):
            work.note(student_id, *gradebook.hand_back(course, found, student_id))
    if not people:
        seen = {person.id for person in work.people}
        work.people += [p for p in gradebook.enrolled(course) if p.id not in seen]
    write_tables(course, work)


def write_tables(course, work):
    """Write tables of all that is graded, and say where they are and what went wrong."""
    known = [gradebook.assignment(name) for name in gradebook.sources()]
    table = {found.name: gradebook.points_of(course, found) for found in known}
    assignments = [found for found in known if table[found.name]]
    rows = tables.points(assignments, work.people, table, work.problems)
    tables.write(course / "points.csv", rows)
    tables.write(course / "canvas.csv", tables.canvas(assignments, work.people, table))
    tables.write(course / "moodle.csv", tables.moodle(assignments, work.people, table))
    print(f"Points: {course}/points.csv, also as canvas.csv and moodle.csv")
    print(f"Feedback: {course}/feedback")
    for student_id, found in sorted(work.problems.items()):
        for problem in found:
            print(f"  {student_id}: {problem}")


if __name__ == "__main__":
    main()
