"""Adam against its algorithm written out for a scalar."""

from typing import NamedTuple

import numpy as np
import pytest

from companion.brain import adam


class Pair(NamedTuple):
    a: np.ndarray
    b: np.ndarray


def steps_of_adam(gradients, learning_rate):
    """Path of a scalar from 0, as in algorithm 1 of Kingma and Ba (2015)."""
    m, v, place, path = 0.0, 0.0, 0.0, []
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        rate = learning_rate * (1.0 - (t - 1) / len(gradients))
        place -= rate * m_hat / np.sqrt(v_hat)
        path.append(place)
    return path


def test_updates_are_those_of_the_algorithm():
    given, start, seen = [1.0, -3.0, 0.5, 2.0], Pair(np.zeros((2, 3)), np.ones(3)), []

    def gradients(params):
        seen.append(params.a[0, 0])
        g = given[len(seen) - 1]
        return Pair(np.full((2, 3), g), np.full(3, -g))

    settings = {"n_batches": 4, "learning_rate": 0.01, "project": lambda params: params}
    end = adam.minimize(start, gradients, **settings)
    expected = steps_of_adam(given, 0.01)
    np.testing.assert_allclose(seen, [0.0, *expected[:3]], rtol=1e-5)
    np.testing.assert_allclose(end.a, expected[3], rtol=1e-5)
    np.testing.assert_allclose(end.b, 1.0 - expected[3], rtol=1e-5)
    np.testing.assert_array_equal(start.b, 1.0)


def test_every_update_is_projected():
    def project(params):
        return Pair(np.maximum(params.a, 0.99), params.b)

    def gradients(params):
        assert params.a.min() >= 0.99
        return Pair(np.ones(2), np.ones(2))

    settings = {"n_batches": 10, "learning_rate": 0.01, "project": project}
    end = adam.minimize(Pair(np.ones(2), np.ones(2)), gradients, **settings)
    np.testing.assert_array_equal(end.a, 0.99)
    # With one gradient throughout every step has the size of its rate: 0.01 * 5.5.
    assert end.b[0] == pytest.approx(1.0 - 0.055, rel=1e-6)
