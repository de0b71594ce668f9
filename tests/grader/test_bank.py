"""Every question accepts all right answers, and says what is wrong with wrong ones."""

import re
from functools import cache

import numpy as np
import pytest

from assignments.grader import gradebook, questions
from tests.grader import bank

ASSIGNMENTS = [gradebook.assignment(name) for name in gradebook.sources()]
QUESTIONS = [(a, q) for a in ASSIGNMENTS for q in a.automatic]
RIGHT = [
    (a, q, answer) for a, q in QUESTIONS for answer in bank.answers_to(a)[q.name]["right"]
]
WRONG = [
    (a, q, hint, answer)
    for a, q in QUESTIONS
    for hint, answer in bank.answers_to(a)[q.name]["wrong"]
]


def named(cases):
    """Name the cases of a test by assignment, question and number."""
    return [pytest.param(*case, id=f"{case[0].name}-{case[1].name}-{i}")
            for i, case in enumerate(cases)]  # fmt: skip


@cache
def reference_of(name, student_id=questions.REFERENCE):
    return questions.reference(gradebook.assignment(name), student_id)


def test_there_are_enough_assignments_questions_and_answers():
    assert len(ASSIGNMENTS) >= 12
    assert sum(len(a.questions) for a in ASSIGNMENTS) >= 60
    assert len(RIGHT) + len(WRONG) >= 200
    rooms = {"brain", "networks", "autoencoders", "practice", "challenges"}
    assert {a.room for a in ASSIGNMENTS} == rooms
    assert any(not q.check for a in ASSIGNMENTS for q in a.questions)


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_assignment_is_of_one_size_and_says_how_long_it_takes(assignment):
    assert len(assignment.questions) == 5
    assert len(assignment.automatic) == 4
    assert 15 <= sum(q.points for q in assignment.questions) <= 25
    minutes = sum(q.minutes for q in assignment.questions)
    stated = re.search(r"[Aa]bout\s(\d+)\sminutes", assignment.notebook.cells[0].source)
    assert abs(int(stated[1]) - minutes) < 5
    assert 60 <= minutes <= 90


@pytest.mark.parametrize(("assignment", "question"), named(QUESTIONS))
def test_question_has_other_right_answers_and_typical_wrong_ones(assignment, question):
    answers = bank.answers_to(assignment)[question.name]
    right = {"".join(answer.split()) for answer in [*answers["right"], question.solution]}
    assert len(answers["right"]) >= 2
    assert len(right) == len(answers["right"]) + 1
    assert len(answers["wrong"]) >= 3
    assert question.name in bank.names_in(question.solution)


@pytest.mark.parametrize(("assignment", "question"), named(QUESTIONS))
def test_reference_earns_all_points_and_nothing_earns_none(assignment, question):
    reference = reference_of(assignment.name)
    full = bank.grade(question, reference, reference)
    assert full.points == question.points, full.parts
    assert sum(possible for _, _, possible, _ in full.parts) == question.points
    assert bank.grade(question, {}, reference).points == 0
    assert bank.public_hint(question, reference) is None


@pytest.mark.parametrize(
    "odd", [..., "text", [1, [2, 3]], [None, ...], np.zeros((0, 3)), {}, np.nan], ids=str
)
@pytest.mark.parametrize(("assignment", "question"), named(QUESTIONS))
def test_odd_answer_loses_all_points_and_gets_a_hint(assignment, question, odd):
    reference = reference_of(assignment.name)
    answer = (lambda *_: odd) if callable(reference[question.name]) else odd
    grade = bank.grade(question, {**reference, question.name: answer}, reference)
    assert grade.points == 0
    assert all(hint for *_, hint in grade.parts)
    told = bank.public_hint(question, {**reference, question.name: answer})
    assert not re.match(r"\w+(Error|Exception|Warning): ", told)


@pytest.mark.parametrize(("assignment", "question", "answer"), named(RIGHT))
def test_right_answer_earns_all_points(assignment, question, answer):
    reference = reference_of(assignment.name)
    namespace = bank.namespace_of(answer, question, reference)
    grade = bank.grade(question, namespace, reference)
    assert grade.points == question.points, grade.parts
    assert bank.public_hint(question, namespace) is None


@pytest.mark.parametrize("student_id", ["ada@example.org", "7", "Jos\u00e9 M."])
@pytest.mark.parametrize(("assignment", "question"), named(QUESTIONS))
def test_right_answers_to_the_data_of_others_earn_all_points(
    assignment, question, student_id
):
    reference = reference_of(assignment.name)
    own = reference_of(assignment.name, student_id)
    for answer in bank.answers_to(assignment)[question.name]["right"]:
        namespace = bank.namespace_of(answer, question, own)
        grade = bank.grade(question, namespace, reference, student_id)
        assert grade.points == question.points, grade.parts
        assert bank.public_hint(question, namespace) is None


@pytest.mark.parametrize(("assignment", "question", "hint", "answer"), named(WRONG))
def test_wrong_answer_loses_points_and_draws_its_hint(assignment, question, hint, answer):
    reference = reference_of(assignment.name)
    namespace = bank.namespace_of(answer, question, reference)
    grade = bank.grade(question, namespace, reference)
    assert grade.points < question.points
    hints = [found for *_, found in grade.parts if found]
    assert any(hint in found for found in hints), hints


@pytest.mark.parametrize(("assignment", "question"), named(QUESTIONS))
def test_public_check_gives_the_hint_of_two_mistakes(assignment, question):
    reference, found = reference_of(assignment.name), 0
    for hint, answer in bank.answers_to(assignment)[question.name]["wrong"]:
        namespace = bank.namespace_of(answer, question, reference)
        found += hint in (bank.public_hint(question, namespace) or "")
    assert found >= 2
    assert bank.public_hint(question, {**reference, question.name: None}) is not None
