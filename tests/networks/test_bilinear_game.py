"""The smallest game without convergence, by its closed forms."""

import numpy as np
import pytest

from companion.networks import bilinear_game


def test_steps_at_once_stretch_the_bilinear_game_by_its_closed_form():
    positions = bilinear_game.play((0.6, -0.8), 0.2, 300)
    radii = np.hypot(*positions.T)
    np.testing.assert_allclose(radii, 1.04 ** (np.arange(301) / 2), rtol=1e-12)
    turned = (1 + 0.2j) * (0.6 - 0.8j)  # x' + i y' = (1 + i eta)(x + i y)
    np.testing.assert_allclose(positions[1], (turned.real, turned.imag), rtol=1e-12)


def test_steps_in_turns_keep_their_ellipse():
    positions = bilinear_game.play((0.6, -0.8), 0.2, 5000, in_turns=True)
    kept = bilinear_game.conserved(positions, 0.2)
    np.testing.assert_allclose(kept, 1.0 + 0.2 * 0.48, rtol=1e-10)
    matrix = np.array([[1.0, -0.2], [0.2, 1.0 - 0.04]])  # determinant 1: areas stay
    expected = np.linalg.matrix_power(matrix, 5000) @ (0.6, -0.8)
    np.testing.assert_allclose(positions[-1], expected, atol=1e-9)


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="learning_rate must be above 0; got 0.0"):
        bilinear_game.play((1, 1), 0.0, 3)
