"""Sort a folder of submissions: which assignment each answers, and whose it is."""

from collections import Counter
from dataclasses import dataclass, field

from assignments.grader import collect, tables


@dataclass
class Work:
    """What is to be graded.

    Args:
        by_assignment: Pairs of a `questions.Assignment` and a dict from students' ids to
            `collect.Submission`.
        people: `tables.Person` of everybody on the roster, or else of who handed in.
        problems: Dict from ids to lists of text.
    """

    by_assignment: list = field(default_factory=list)
    people: list = field(default_factory=list)
    problems: dict = field(default_factory=dict)

    def note(self, student_id, *problems):
        """Add problems of a student, each once."""
        kept = self.problems.setdefault(student_id, [])
        kept += [problem for problem in problems if problem not in kept]
        if not kept:
            del self.problems[student_id]


def sort(folder, assignments, people=None):
    """Sort the submissions of a folder.

    Args:
        folder: As in `collect.find`.
        assignments: Those they may be of.
        people: List of `tables.Person`, or None if there is no roster.

    Returns:
        A `Work`. Whatever is in the folder is in it, or among its problems.
    """
    work = Work(people=list(people or []))
    read = [collect.read(entry, path) for entry, path in collect.find(folder)]
    answered = [collect.belongs_to(s, assignments) if s.readable else None for s in read]
    counted = Counter(found.name for found in answered if found)
    usual = counted.most_common(1)[0][0] if counted else assignments[0].name
    sorted_by = {found.name: {} for found in assignments}
    for submission, found in zip(read, answered, strict=True):
        name = found.name if found else usual
        if not found and submission.readable:
            submission.problems.append("no answer to any assignment stands in it")
        person = _person(submission, people, sorted_by[name])
        if person.id in sorted_by[name]:
            person = tables.Person(tables.plain(f"{person.id}-{submission.entry}"))
            submission.problems.append("a second submission of the same student")
        sorted_by[name][person.id] = submission
        if person.id not in {p.id for p in work.people}:
            work.people.append(person)
        work.note(person.id, *submission.problems)
    by_name = {found.name: found for found in assignments}
    work.by_assignment = [(by_name[name], kept) for name, kept in sorted_by.items() if kept]
    return work


def _person(submission, people, taken):
    """Return whose a submission is; what is odd about it becomes a problem."""
    declared = tables.plain(submission.declared) if submission.declared else ""
    if not people:
        return tables.Person(declared or tables.plain(submission.entry))
    person = tables.whose(submission.entry, submission.declared, people)
    if person is None:
        submission.problems.append("it belongs to nobody on the roster")
        return tables.Person(tables.plain(submission.entry))
    if declared and declared.casefold() != person.id.casefold():
        submission.problems.append(
            f"STUDENT is {submission.declared!r}, not {person.id!r}: data of somebody else"
        )
    return person
