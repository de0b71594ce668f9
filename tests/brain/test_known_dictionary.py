"""A world with a known dictionary, and the score of what is found of it."""

import numpy as np
import pytest

from companion.brain import known_dictionary


def test_inputs_are_sums_of_the_stated_number_of_atoms(rng):
    x, atoms, z = known_dictionary.draw_world(500, 20, 8, 3, rng)
    np.testing.assert_array_equal((z != 0).sum(axis=1), 3)
    np.testing.assert_allclose(np.linalg.norm(atoms, axis=1), 1.0)
    np.testing.assert_allclose(x, z @ atoms, atol=1e-12)
    assert np.abs(z[z != 0]).mean() == pytest.approx(1.0, abs=0.1)
    counts = (z != 0).sum(axis=0)
    assert counts.min() > 40  # 75 expected for each atom, standard deviation 8


@pytest.mark.parametrize(("amplitudes", "fourth"), [("laplace", 6.0), ("gaussian", 3.0)])
def test_amplitudes_have_either_sign_and_the_stated_tails(rng, amplitudes, fourth):
    _, _, z = known_dictionary.draw_world(40_000, 4, 3, 2, rng, amplitudes=amplitudes)
    values = z[z != 0]
    assert np.mean(values > 0) == pytest.approx(0.5, abs=0.01)
    # Fourth moment by squared variance: 24 / 2^2 and 3.
    assert np.mean(values**4) / np.mean(values**2) ** 2 == pytest.approx(fourth, rel=0.1)


def test_noise_has_the_stated_size():
    worlds = [
        known_dictionary.draw_world(2000, 6, 9, 2, np.random.default_rng(0), noise=noise)
        for noise in (0.0, 0.3)
    ]
    assert np.std(worlds[1][0] - worlds[0][0]) == pytest.approx(0.3, rel=0.02)


def test_score_ignores_order_sign_length_and_extra_atoms(rng):
    true = rng.normal(size=(5, 7))
    found = np.vstack([-3.0 * true[::-1], rng.normal(size=(4, 7))])
    assert known_dictionary.matching_score(found, true) == pytest.approx(1.0)


def test_score_averages_over_the_true_atoms():
    true = np.eye(4)[:2]
    # The best cosine is 1 for the first and 0.6 for the second.
    found = np.array([[1.0, 0, 0, 0], [0, 0.6, 0.8, 0], [0, 0, 0, 2.0]])
    assert known_dictionary.matching_score(found, true) == pytest.approx(0.8)


def test_one_random_atom_scores_as_the_closed_form_says(rng):
    # For one random direction in D = 3 the mean of |cos| is 1 / 2.
    scores = [
        known_dictionary.matching_score(rng.normal(size=(1, 3)), np.eye(3)[:1])
        for _ in range(4000)
    ]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.02)


def test_the_number_of_active_atoms_is_checked(rng):
    with pytest.raises(ValueError, match="n_active must be from 1 to 20; got 21"):
        known_dictionary.draw_world(5, 20, 8, 21, rng)


def test_unknown_amplitudes_are_refused(rng):
    with pytest.raises(ValueError, match="amplitudes must be laplace or gaussian; got 'x'"):
        known_dictionary.draw_world(5, 20, 8, 2, rng, amplitudes="x")
