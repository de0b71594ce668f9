"""Questions of an assignment, read from its source notebook, and their grading.

A source notebook is one of nbgrader: answers stand between the marks of solutions, checks
in locked cells with points. A question is a heading, a goal, its points and minutes; a cell
for the answer, whose `grade_id` is the question's name; and, unless a person grades it, a
cell of checks. What stands there between the marks of hidden tests is run here, by the
grader, and never where a student's code runs. It sees these names::

    student    the student's functions and values, as `student.f(x)` and `student["v"]`
    reference  the same of the source notebook
    rng        a random generator, new for every grading and the same in the next
    draw       the generator of this student's data, as `draw_for` gives it to the student
    part       `with part(2, "what is asked"):`, which is worth that many points
    agree, expect, numbers    see `companion.answers`
    np         NumPy
"""

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass, field

import nbformat
import numpy as np

from assignments.grader.worker import run_cell
from companion import answers

NOBODY, REFERENCE = 'STUDENT = ""', "reference"  # who answers the source notebook
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
HIDDEN = re.compile(rf"{BEGIN}\n(.*?){END}\n?", re.DOTALL)
SOLUTION = re.compile(r" *### BEGIN SOLUTION\n(.*?) *### END SOLUTION\n?", re.DOTALL)
HEADING = re.compile(r"^## Question \d+: (.+)$", re.MULTILINE)
GOAL = re.compile(
    r"\*\*Goal\.\*\*\s+(.+?)\s+\*\*(\d+) points?, (\d+) minutes?\.\*\*", re.DOTALL
)


@dataclass(frozen=True)
class Question:
    """One question.

    Args:
        name: The `grade_id` of the cell of its answer.
        title: Of its heading.
        goal: What whoever answers it has learned.
        points: The most it can earn.
        minutes: How long it may take.
        check: The `grade_id` of the cell with its checks; None where a person grades.
        public: The checks that students see.
        hidden: The checks that they do not see.
        solution: The answer of the source notebook.
    """

    name: str
    title: str
    goal: str
    points: float
    minutes: int
    check: str | None
    public: str
    hidden: str
    solution: str


@dataclass(frozen=True)
class Assignment:
    """A source notebook.

    Args:
        name: Of its file.
        room: Of its folder.
        title: Its heading.
        questions: In order.
        notebook: All of it.
        checksum: Of the file.
    """

    name: str
    room: str
    title: str
    questions: list
    notebook: nbformat.NotebookNode
    checksum: str

    @property
    def automatic(self):
        """The questions that no person has to grade."""
        return [question for question in self.questions if question.check]


def read(path):
    """Read a source notebook.

    Args:
        path: Of the notebook, in the folder of its room.

    Returns:
        An `Assignment`.

    Raises:
        ValueError: If a cell of checks has no heading, goal or answer before it.
    """
    notebook = nbformat.read(path, as_version=4)
    found, text, answer = [], "", None
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if HEADING.search(cell.source) and not about:
            text = cell.source
        if about.get("solution"):
            answer = cell
        if about.get("grade"):
            found.append(_question(path, text, answer, cell))
            text, answer = "", None
    title = notebook.cells[0].source.partition("\n")[0].removeprefix("# ")
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    return Assignment(path.stem, path.parent.name, title, found, notebook, checksum)


def _question(path, text, answer, cell):
    heading, goal = HEADING.search(text), GOAL.search(text)
    about = cell.metadata.nbgrader
    if not (heading and goal and answer):
        raise ValueError(
            f"{path.name} must have a heading, a goal with points and minutes, and a cell "
            f"for the answer before {about.grade_id}"
        )
    if float(goal[2]) != float(about.points):
        raise ValueError(
            f"{path.name} must state the points of {about.grade_id}, {about.points}, in "
            f"its text; got {goal[2]}"
        )
    hidden = HIDDEN.search(cell.source) if cell.cell_type == "code" else None
    return Question(
        name=answer.metadata.nbgrader.grade_id,
        title=heading[1],
        goal=" ".join(goal[1].split()),
        points=float(about.points),
        minutes=int(goal[3]),
        check=about.grade_id if cell.cell_type == "code" else None,
        public=HIDDEN.sub("", cell.source),
        hidden=hidden[1] if hidden else "",
        solution=re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", answer.source),
    )


def reference(assignment, student_id=REFERENCE):
    """Run the solutions of an assignment.

    Args:
        assignment: An `Assignment`.
        student_id: Whose data are drawn.

    Returns:
        The namespace that its cells leave.

    Raises:
        ValueError: If a cell stops with an error.
    """
    namespace = {"__name__": "__main__"}
    for cell in assignment.notebook.cells:
        if cell.cell_type != "code":
            continue
        source = HIDDEN.sub("", cell.source).replace(NOBODY, f"STUDENT = {student_id!r}")
        outcome = run_cell(source, namespace)
        if outcome["error"]:
            raise ValueError(f"{assignment.name} must run; got {outcome['error']}")
    return namespace


class Answers:
    """Functions and values by name: of a student behind the fence, or of a namespace.

    Args:
        call: Function from a name and arguments to a value.
    """

    def __init__(self, call):
        self._call = call

    def __getattr__(self, name):
        return lambda *args: self._asked(name, *args)

    def __getitem__(self, name):
        return self._asked(name)

    def _asked(self, name, *args):
        try:
            return self._call(name, *args)
        except LookupError:
            raise answers.Wrong(f"`{name}` is not defined in the notebook") from None
        except RuntimeError as error:
            raise answers.Wrong(f"`{name}` stopped with an error: {error}") from None


def of_namespace(namespace):
    """Return the `Answers` of a namespace of this process."""

    def call(name, *args):
        target = namespace[name]
        return target(*args) if callable(target) else target

    return Answers(call)


@dataclass
class Grade:
    """What an answer earned.

    Args:
        points: Earned.
        parts: For each part its title, points earned, points possible, the hint or None.
    """

    points: float = 0.0
    parts: list = field(default_factory=list)


def grade(question, student, right, student_id):
    """Grade one answer.

    Args:
        question: A `Question` with checks.
        student: `Answers` of the student.
        right: `Answers` of the source notebook.
        student_id: From which the data of students are drawn.

    Returns:
        A `Grade`.
    """
    result = Grade()

    @contextmanager
    def part(points, title):
        hint = None
        try:
            yield
        except Exception as error:
            hint = _hint_of(error)
        earned = float(points) if hint is None else 0.0
        result.points += earned
        result.parts.append([title, earned, float(points), hint])

    names = {
        "student": student,
        "reference": right,
        "rng": answers.draw_for(f"grading {student_id}", question.name),
        "draw": answers.draw_for(student_id, question.name),
        "part": part,
        "agree": answers.agree,
        "expect": answers.expect,
        "numbers": answers.numbers,
        "np": np,
    }
    try:
        exec(compile(question.hidden, f"<hidden checks of {question.name}>", "exec"), names)
    except Exception as error:  # between two parts, in a call that all of them need
        rest = question.points - sum(of for _, _, of, _ in result.parts)
        result.parts.append(["all the rest", 0.0, rest, _hint_of(error)])
    return result


def _hint_of(error):
    if isinstance(error, answers.Wrong):
        return str(error)
    return f"the answer cannot be compared ({type(error).__name__}: {str(error):.200})"
