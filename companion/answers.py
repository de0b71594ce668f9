"""Checks of the assignments: an answer is right, or one sentence says what is wrong.

The same two functions stand in the public checks of an assignment and in the hidden ones,
so that a mistake draws the same hint on both sides.
"""

import hashlib

import numpy as np


class Wrong(Exception):
    """An answer is wrong; the message is the hint."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def draw_for(student, question):
    """Return the random generator from which a student's data of one question are drawn.

    Args:
        student: The id under which the student hands in; case and outer spaces are ignored.
        question: Name of the question.

    Returns:
        A `numpy.random.Generator`, the same on every computer.

    Raises:
        Wrong: If the id is empty.
    """
    if not student.strip():
        raise Wrong("write the id under which you hand in into STUDENT, in the first cell")
    text = f"{student.strip().casefold()}/{question}"
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def agree(found, right, mistakes=None, *, tolerance=1e-6, what="the answer"):
    """Compare a found value with the right one.

    Args:
        found: What the student found: a number or an array of them.
        right: What it should be.
        mistakes: Maps a hint to the value which the mistake that it speaks of would give.
        tolerance: Largest allowed difference, relative to the largest right number.
        what: What is compared, for the hint.

    Raises:
        Wrong: If the two differ; with the hint of the mistake that gives the found value.
    """
    right, found = np.asarray(right, dtype=float), numbers(found, what=what)
    for hint, value in (mistakes or {}).items():
        if not _near(found, right, tolerance) and _near(found, value, tolerance):
            raise Wrong(hint)
    if found.shape != right.shape:
        raise Wrong(f"{what} should have the shape {right.shape}; got {found.shape}")
    if not np.all(np.isfinite(found)):
        raise Wrong(f"{what} should be finite")
    if not _near(found, right, tolerance):
        raise Wrong(f"{what} is not right yet")


def numbers(found, shape=None, what="the answer"):
    """Return an answer as an array, whatever it is made of.

    Args:
        found: What the student found.
        shape: The shape it should have; None: any.
        what: What it is, for the hint.

    Raises:
        Wrong: If it is missing, is not made of numbers, or has another shape.
    """
    if found is None or found is Ellipsis:
        raise Wrong(f"{what} is still missing")
    try:
        array = np.asarray(found)
        casting = "unsafe" if array.dtype.kind == "O" else "same_kind"
        array = array.astype(float, casting=casting)
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be made of numbers; got {found!r:.60}") from None
    if shape is not None and array.shape != shape:
        raise Wrong(f"{what} should have the shape {shape}; got {array.shape}")
    return array


def expect(condition, hint):
    """Ask for a condition; the hint says what is wrong where it does not hold.

    Args:
        condition: Anything with a truth value.
        hint: One sentence.

    Raises:
        Wrong: If the condition does not hold.
    """
    if not condition:
        raise Wrong(hint)


def _near(found, right, tolerance):
    right = np.asarray(right, dtype=float)
    if found.shape != right.shape:
        return False
    scale = max(float(np.max(np.abs(right), initial=0.0)), 1e-12)
    return bool(np.all(np.abs(found - right) <= tolerance * scale))
