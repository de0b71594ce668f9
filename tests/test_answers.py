"""The checks that students see: they compare rightly, and say what is wrong."""

import numpy as np
import pytest

from companion import answers
from companion.answers import Wrong, agree, draw_for, expect

HINTS = {"the sum is asked for, not the mean": 2.0, "the sign is wrong": -6.0}


def hint_of(found, right=6.0, mistakes=HINTS, **settings):
    with pytest.raises(Wrong) as caught:
        agree(found, right, mistakes, **settings)
    return str(caught.value)


@pytest.mark.parametrize("found", [6, 6.0, np.float32(6), np.array(6), 6.0 + 1e-7])
def test_right_answers_pass(found):
    assert agree(found, 6.0, HINTS) is None


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        (2.0, "the sum is asked for"),
        (-6.0, "the sign is wrong"),
        (6.01, "the answer is not right yet"),
        (None, "the answer is still missing"),
        (..., "the answer is still missing"),
        ("six", "should be made of numbers; got 'six'"),
        ([6.0], "should have the shape (); got (1,)"),
        (np.nan, "should be finite"),
        (np.inf, "should be finite"),
        (1j, "should be made of numbers"),
        (np.array([1j]), "should be made of numbers"),
        ("6.0", "should be made of numbers"),
        ([[1], [2, 3]], "should be made of numbers"),
    ],
)
def test_wrong_answers_draw_their_hint(found, hint):
    assert hint in hint_of(found)


def test_a_mistake_of_another_shape_draws_its_hint_and_not_that_of_the_shape():
    mistakes = {"one number for each column is asked for": [3.0, 3.0]}
    assert hint_of([3.0, 3.0], right=6.0, mistakes=mistakes).startswith("one number")


def test_a_mistake_that_gives_the_right_value_is_none():
    assert agree(6.0, 6.0, {"never shown": 6.0}) is None


def test_the_tolerance_is_relative_to_the_largest_number():
    agree([1000.0, 0.05], [1000.0, 0.0], tolerance=1e-4)
    assert "weights" in hint_of(
        [1000.0, 0.2], [1000.0, 0.0], {}, tolerance=1e-4, what="weights"
    )


def test_expect_says_its_hint():
    expect(True, "never shown")
    with pytest.raises(Wrong, match="too early"):
        expect(False, "too early")


def test_data_are_the_students_own():
    first, again = draw_for("Ada@Example.org ", "rate"), draw_for("ada@example.org", "rate")
    np.testing.assert_array_equal(first.normal(size=4), again.normal(size=4))
    others = [
        draw_for(s, q).normal()
        for s, q in [("ada", "rate"), ("ada", "gain"), ("bob", "rate")]
    ]
    assert len(set(others)) == 3


def test_the_draws_are_the_same_on_every_computer():
    assert draw_for("ada", "rate").integers(10**6, size=3).tolist() == PUBLISHED


# SHA-256 of "ada/rate" and NumPy's PCG64 are both fixed; a change here would change the
# data of every student in the middle of a term.
PUBLISHED = [931537, 816883, 53363]


@pytest.mark.parametrize("student", ["", "  "])
def test_who_has_no_id_is_told_so(student):
    with pytest.raises(Wrong, match="into STUDENT"):
        draw_for(student, "rate")


def test_a_notebook_shows_one_line_and_no_traceback():
    assert answers.Wrong("too early")._render_traceback_() == ["Not yet: too early"]
