"""The model of V1: what its cells keep and forget, and what the normalization does."""

import numpy as np
import pytest

from companion.brain import receptive_fields
from companion.challenges import model_v1


@pytest.fixture
def cells(rng):
    return model_v1.draw(40, 8, rng)


def test_fields_have_no_mean_and_length_one(cells):
    for fields in (cells.even, cells.odd):
        np.testing.assert_allclose(fields.mean(axis=1), 0.0, atol=1e-14)
        np.testing.assert_allclose(np.sum(fields**2, axis=1), 1.0, rtol=1e-12)


def test_complex_cells_forget_the_sign_and_simple_cells_do_not(cells, rng):
    x = rng.normal(size=(20, 64))
    np.testing.assert_allclose(cells.complex(x), cells.complex(-x), rtol=1e-12)
    assert not np.any((cells.simple(x) > 0) & (cells.simple(-x) > 0))


def test_simple_cells_follow_the_phase_and_complex_cells_less(cells):
    phases = 2 * np.pi * np.arange(16) / 16
    ratios = {"simple": [], "complex": []}
    for theta in np.pi * np.arange(6) / 6:
        x = receptive_fields.gratings(8, 0.2, [theta], phases)[0]
        for kind, found in ratios.items():
            responses = getattr(cells, kind)(x).T
            driven = responses.mean(axis=1) > np.median(responses.mean(axis=1))
            found.append(receptive_fields.modulation_ratio(responses[driven]))
    # Skottun et al. divide at 1; a half-rectified sinusoid has pi / 2.
    assert np.median(ratios["simple"]) > 1.2
    assert np.median(ratios["complex"]) < 0.6


def test_the_energy_hardly_changes_along_a_cycle(rng):
    # Even without its fundamental a response can vary; the sum of squares does not.
    cells = model_v1.draw(40, 8, rng)
    phases = 2 * np.pi * np.arange(16) / 16
    x = np.concatenate(
        [receptive_fields.gratings(8, 0.2, [t], phases) for t in np.pi * np.arange(6) / 6]
    )
    energy = (x @ cells.even.T) ** 2 + (x @ cells.odd.T) ** 2  # (6, 16, 40)
    best = energy.mean(axis=1).argmax(axis=0)
    driven = energy[best, :, np.arange(40)]
    assert np.median(driven.std(axis=1) / driven.mean(axis=1)) < 0.3


def test_one_cell_by_hand():
    cells = model_v1.ModelV1(np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros((2, 2)))
    x = np.array([[3.0, -4.0], [3.0, 4.0]])
    s = model_v1.SEMISATURATION
    simple = [
        [3 / np.sqrt(s**2 + 4.5), 0],
        [3 / np.sqrt(s**2 + 12.5), 4 / np.sqrt(s**2 + 12.5)],
    ]
    np.testing.assert_allclose(cells.simple(x), simple)
    np.testing.assert_allclose(cells.complex(x), np.array([[9, 16]] * 2) / (s**2 + 12.5))


def test_normalization_saturates_with_contrast(cells, rng):
    x = rng.normal(size=(5, 64))
    for respond in (cells.simple, cells.complex):
        low, high, higher = (np.mean(respond(c * x)) for c in (0.01, 100.0, 1000.0))
        assert low < 0.05 * high
        assert higher == pytest.approx(high, rel=1e-2)


def test_halves_share_no_cell(cells):
    first, second = cells.half(0), cells.half(1)
    assert len(first.even) == len(second.even) == 20
    assert np.abs(first.even @ second.even.T).max() < 1 - 1e-6


def test_too_few_cells_are_refused(rng):
    with pytest.raises(ValueError, match="n_cells must be at least 2; got 1"):
        model_v1.draw(1, 8, rng)
