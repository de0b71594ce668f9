"""The table of assignments says what their source notebooks say."""

from assignments.grader import gradebook
from tools import assignment_list


def test_the_table_agrees_with_what_the_grader_reads():
    *rows, together = assignment_list.rows()
    found = {name: gradebook.assignment(name) for name in gradebook.sources()}
    assert len(rows) == len(found)
    for row, assignment in zip(rows, found.values(), strict=True):
        name, titles, points, minutes = row
        questions = assignment.questions
        assert name == f"{assignment.title} (`{assignment.room}/{assignment.name}`)"
        assert titles == "; ".join(f"{q.title} ({q.points:g})" for q in questions)
        assert points == sum(q.points for q in questions)
        assert minutes == sum(q.minutes for q in questions)
    assert together[2:] == [sum(row[i] for row in rows) for i in (2, 3)]
