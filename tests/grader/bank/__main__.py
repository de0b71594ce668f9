"""Print by question how the graders judge the bank: ``python -m tests.grader.bank``."""

from assignments.grader import gradebook, questions
from tests.grader import bank

HEAD = ("question", "right accepted", "wrong rejected", "hint matched")


def row_of(assignment, question, reference):
    """Return how many answers to a question are judged as they should, and how many are."""
    answers = bank.answers_to(assignment)[question.name]

    def graded(answer):
        namespace = bank.namespace_of(answer, question, reference)
        return bank.grade(question, namespace, reference)

    accepted = [graded(answer).points == question.points for answer in answers["right"]]
    grades = [(hint, graded(answer)) for hint, answer in answers["wrong"]]
    rejected = [grade.points < question.points for _, grade in grades]
    matched = [
        any(hint in (found or "") for *_, found in grade.parts) for hint, grade in grades
    ]
    return [(sum(column), len(column)) for column in (accepted, rejected, matched)]


def main():
    """Print the table, and what all questions come to."""
    total = [(0, 0)] * 3
    print("{:36}{:>16}{:>16}{:>16}".format(*HEAD))
    for name in gradebook.sources():
        assignment = gradebook.assignment(name)
        reference = questions.reference(assignment)
        for question in assignment.automatic:
            row = row_of(assignment, question, reference)
            total = [(a + c, b + d) for (a, b), (c, d) in zip(total, row, strict=True)]
            _print(f"{name}: {question.name}", row)
    _print("all", total)


def _print(title, row):
    cells = "".join(f"{f'{good} of {of}':>16}" for good, of in row)
    print(f"{title:36}{cells}", flush=True)


if __name__ == "__main__":
    main()
