"""Rosters of learning platforms come in, grades go out in their columns."""

import csv

import pytest

from assignments.grader import gradebook, tables
from assignments.grader.tables import Person

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77)
    Points Possible,,,,,10
"Lovelace, Ada",4711,s001,ada@x.org,Group A,
"Student, Test",9,,hash,Group A,
"""
MOODLE = "\ufeffFirst name,Last name,ID number,Email address\nAda,Lovelace,s001,ada@x.org\n"
SIMPLE = "id,name\ns001,Ada Lovelace\ns002,Grace Brewster Hopper\n"


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return tables.read_roster(path)


def test_the_roster_of_canvas_is_read(tmp_path):
    ada = Person("s001", "Ada", "Lovelace", "ada@x.org", "4711", "Group A")
    assert roster(tmp_path, CANVAS) == [ada]


def test_the_roster_of_moodle_is_read(tmp_path):
    assert roster(tmp_path, MOODLE) == [Person("s001", "Ada", "Lovelace", "ada@x.org")]


def test_a_simple_list_is_read(tmp_path):
    people = roster(tmp_path, SIMPLE)
    assert people == [
        Person("s001", "Ada", "Lovelace"),
        Person("s002", "Grace Brewster", "Hopper"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [("color\nred\n", "must have a column"), ("id\na\na\n", "each student once; a stands")],
)
def test_a_roster_that_names_nobody_or_somebody_twice_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=f"ROSTER .*{message}"):
        roster(tmp_path, text)


@pytest.mark.parametrize(
    ("entry", "declared"),
    [
        ("s001", ""),
        ("ada@x.org", ""),
        ("Ada Lovelace_2811_assignsubmission_file", ""),  # of Moodle
        ("lovelaceada_4711_88123_neurons", ""),  # of Canvas
        ("whatever", "s001"),
    ],
)
def test_an_entry_finds_its_student(entry, declared):
    people = [
        Person("s001", "Ada", "Lovelace", "ada@x.org"),
        Person("s002", "Grace", "Hopper"),
    ]
    assert tables.whose(entry, declared, people) is people[0]


def test_an_entry_that_fits_two_students_finds_none():
    twins = [Person("1", "Jo", "Lee"), Person("2", "Jo", "Lee")]
    assert tables.whose("Jo Lee_1_file", "", twins) is None


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc", "etc"),
        ("Ada Lovelace", "Ada_Lovelace"),
        ("a@b.org", "a@b.org"),
        ("..", "unknown"),
    ],
)
def test_names_of_folders_are_plain(name, plain):
    assert tables.plain(name) == plain


def test_a_table_is_written_whole_and_formulas_are_text(tmp_path):
    path = tmp_path / "points.csv"
    tables.write(path, [["id", "total"], ["=HYPERLINK()", 3.5]])
    with open(path, newline="") as file:
        assert list(csv.reader(file)) == [["id", "total"], ["'=HYPERLINK()", "3.5"]]
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def graded():
    found = gradebook.assignment("neurons")
    got = {question.name: question.points for question in found.questions}
    by_hand = next(question.name for question in found.questions if not question.check)
    people = [Person("s001", "Ada", "Lovelace", "ada@x.org", "4711", "A"), Person("s002")]
    return found, people, {found.name: {"s001": got | {by_hand: None}}}, by_hand


def test_the_table_of_points_has_one_column_for_each_question(graded):
    found, people, table, by_hand = graded
    head, ada, other = tables.points([found], people, table, {"s002": ["no file"]})
    ada, other = dict(zip(head, ada, strict=True)), dict(zip(head, other, strict=True))
    for question in found.questions:
        right = "to grade" if question.name == by_hand else question.points
        assert ada[f"neurons: {question.name} ({question.points:g})"] == right
    automatic = sum(question.points for question in found.automatic)
    assert (ada["neurons: total"], ada["neurons: still to grade"]) == (automatic, 1)
    assert (other["neurons: total"], other["problems"]) == ("", "no file")


def test_canvas_and_moodle_get_their_columns(graded):
    found, people, table, _ = graded
    total = sum(question.points for question in found.automatic)
    head, possible, ada, _ = tables.canvas([found], people, table)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", found.title]
    assert possible[-1] == sum(question.points for question in found.questions)
    assert ada == ["Lovelace, Ada", "4711", "s001", "ada@x.org", "A", total]
    head, ada, _ = tables.moodle([found], people, table)
    assert head == ["ID number", "First name", "Last name", "Email address", found.title]
    assert ada == ["s001", "Ada", "Lovelace", "ada@x.org", total]
