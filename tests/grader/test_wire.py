"""What crosses between grader and student: data, and nothing that runs."""

import base64
import json
import pickle
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from assignments.grader import wire

PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value):
    assert wire.load(wire.dump(value)) == value


@given(
    npst.arrays(
        st.sampled_from(["f4", "f8", "i8", "u1", "?", "c16", "U3"]), npst.array_shapes()
    )
)
def test_arrays_come_back_with_shape_and_kind(array):
    found = wire.load(wire.dump(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_an_answer_that_is_half_written_crosses():
    assert wire.load(wire.dump([1.5, ..., (2, ...)])) == [1.5, None, (2, None)]


def test_a_named_tuple_arrives_as_a_tuple():
    pair = namedtuple("Pair", "left right")(1, 2)
    assert wire.load(wire.dump(pair)) == (1, 2)


@pytest.mark.parametrize("value", [object(), lambda: 1, np.array([object()]), {1, 2}, b"x"])
def test_other_things_do_not_cross(value):
    with pytest.raises(TypeError):
        wire.dump(value)


def _array(dtype, shape, data):
    return json.dumps({"array": [dtype, shape, base64.b64encode(data).decode()]})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[1, 2]",
        "17",
        "{}",
        '{"list": 3}',
        '{"call": "os.system"}',
        '{"generator": -1}',
        '{"dict": [[{"list": []}, 1]]}',
        _array("O", [1], pickle.dumps([1])),
        _array("<f8", [10**12], b"\0" * 8),
        _array("<f8", [-1, -1], b"\0" * 8),
        _array("nonsense", [1], b"\0" * 8),
        '{"list": [' * 100_000,
    ],
)
def test_forged_lines_are_refused(line):
    with pytest.raises(ValueError, match="line must be one of `dump`"):
        wire.load(line)


def test_long_lines_are_refused_before_they_are_read():
    with pytest.raises(ValueError, match="at most"):
        wire.load("x" * (wire.MAX_LINE + 1))
