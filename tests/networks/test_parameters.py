"""Nestings of lists and tuples of arrays keep their shape."""

import numpy as np
import pytest

from companion.networks.parameters import leaves, map_arrays


def test_map_arrays_keeps_lists_and_tuples_and_their_order():
    nested = ([np.array(1.0), np.array(2.0)], (np.array(3.0), [np.array(4.0)]))
    doubled = map_arrays(lambda a, b: a + b, nested, nested)
    assert doubled == ([2.0, 4.0], (6.0, [8.0]))
    assert [type(doubled), type(doubled[0]), type(doubled[1])] == [tuple, list, tuple]


def test_leaves_come_in_reading_order():
    assert leaves(([1, 2], (3, [4]))) == [1, 2, 3, 4]


def test_structures_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="shorter|longer"):
        map_arrays(np.add, [np.zeros(1)], [np.zeros(1), np.zeros(1)])
