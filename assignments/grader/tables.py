"""Tables: the roster that comes in, and the grades that go out to learning platforms."""

import csv
import os
import re
from dataclasses import dataclass
from pathlib import Path

# What Canvas, Moodle and simple lists call the same column.
COLUMNS = {
    "id": ("id", "student_id", "sis user id", "id number", "idnumber", "username"),
    "first": ("first_name", "first name", "firstname"),
    "last": ("last_name", "last name", "lastname", "surname"),
    "name": ("student", "name", "full name"),
    "email": ("email", "email address", "sis login id"),
    "canvas": ("canvas_id",),
    "section": ("section",),
}


@dataclass(frozen=True)
class Person:
    """One student of the roster.

    Args:
        id: Under which the student hands in; it names folders, so it is plain.
        first: First name.
        last: Last name.
        email: Address.
        canvas: The number in the column ID of Canvas, where the roster came from there.
        section: Of Canvas.
    """

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    canvas: str = ""
    section: str = ""


def plain(name):
    """Return a name as it may stand in a path: letters, digits and ``@ . + - _``."""
    return re.sub(r"[^\w@.+-]+", "_", name.strip()).strip("._") or "unknown"


def read_roster(path):
    """Read a class list, as Canvas or Moodle export it or with the columns of `Person`.

    Args:
        path: Of a CSV file with a line of names.

    Returns:
        A list of `Person`.

    Raises:
        ValueError: If no column names the students, or two students have one id.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [{(k or "").strip(): (v or "").strip() for k, v in row.items() if k}
                for row in csv.DictReader(file)]  # fmt: skip
    people = [person for row in rows if (person := _person(row))]
    ids = [person.id for person in people]
    if not people:
        raise ValueError(
            f"ROSTER must have a column id, email or SIS User ID; {path} has none"
        )
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(
            f"ROSTER must name each student once; {twice[0]} stands there twice"
        )
    return people


def _person(row):
    lower = {key.lower(): value for key, value in row.items()}
    found = {
        field: next((lower[name] for name in names if lower.get(name)), "")
        for field, names in COLUMNS.items()
    }
    name = found.pop("name")
    if "SIS Login ID" in row:  # of Canvas, where ID is its own number
        found["canvas"] = lower.get("id", "")
        found["id"] = (
            lower.get("sis user id") or lower.get("sis login id") or found["canvas"]
        )
    if name and not found["last"]:
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.rpartition(" ")
        found["first"], found["last"] = first.strip(), last.strip()
    found["id"] = found["id"] or found["email"]
    if not found["id"] or name.lower().startswith(("points possible", "student, test")):
        return None
    return Person(**found | {"id": plain(found["id"])})


def whose(entry, declared, people):
    """Find whose submission an entry of a folder is.

    Args:
        entry: Name of the folder or file: an id, or what Canvas or Moodle make of a name.
        declared: The id that stands in the notebook.
        people: List of `Person`.

    Returns:
        A `Person`, or None if nobody or more than one fits.
    """
    flat = _flat(entry)
    tests = (
        lambda p: _flat(p.id) == flat or (p.email and _flat(p.email) == flat),
        lambda p: (
            p.first and flat.startswith((_flat(p.last + p.first), _flat(p.first + p.last)))
        ),
        lambda p: _flat(p.id) == _flat(declared),
    )
    for test in tests:
        fitting = [person for person in people if test(person)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _flat(text):
    return "".join(c for c in text.casefold() if c.isalnum())


def write(path, rows):
    """Write rows to a CSV file, all or nothing.

    Args:
        path: Of the file.
        rows: Lists; what begins like a formula of a spreadsheet is marked as text.
    """
    path = Path(path)
    partial = path.with_suffix(".partial")
    with open(partial, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[_as_text(value) for value in row] for row in rows])
    os.replace(partial, path)


def _as_text(value):
    return (
        f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" and value else value
    )


def points(assignments, people, table, problems):
    """Rows of the table of points: one for each student, one column for each question.

    Args:
        assignments: List of `questions.Assignment`.
        people: List of `Person`.
        table: For each assignment's name what `gradebook.points_of` returns.
        problems: Dict from ids to lists of text.

    Returns:
        Rows, the names of the columns first.
    """
    head = ["id", "first name", "last name", "email"]
    for found in assignments:
        head += [f"{found.name}: {q.name} ({q.points:g})" for q in found.questions]
        head += [f"{found.name}: total", f"{found.name}: still to grade"]
    rows = [[*head, "problems"]]
    for person in people:
        row = [person.id, person.first, person.last, person.email]
        for found in assignments:
            got = table[found.name].get(person.id)
            values = [got.get(q.name) if got else "" for q in found.questions]
            row += ["to grade" if value is None else value for value in values]
            row += [_total(got), sum(v is None for v in got.values()) if got else ""]
        rows.append([*row, "; ".join(problems.get(person.id, []))])
    return rows


def canvas(assignments, people, table):
    """Rows that Canvas imports into its gradebook, with the points possible first."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows = [[*head, *(found.title for found in assignments)]]
    possible = [sum(q.points for q in found.questions) for found in assignments]
    rows.append(["Points Possible", "", "", "", "", *possible])
    for p in people:
        name = f"{p.last}, {p.first}" if p.last else p.id
        scores = [_total(table[found.name].get(p.id)) for found in assignments]
        rows.append([name, p.canvas, p.id, p.email or p.id, p.section, *scores])
    return rows


def moodle(assignments, people, table):
    """Rows that Moodle imports as grades; users are told by ID number or address."""
    head = ["ID number", "First name", "Last name", "Email address"]
    rows = [[*head, *(found.title for found in assignments)]]
    for p in people:
        scores = [_total(table[found.name].get(p.id)) for found in assignments]
        rows.append([p.id, p.first, p.last, p.email, *scores])
    return rows


def _total(got):
    return sum(value or 0.0 for value in got.values()) if got else ""
