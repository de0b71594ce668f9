"""Rules that store patterns, against plain loops and what they must recall."""

import numpy as np
import pytest

from companion.brain import memory, storage


def naive_weights(patterns):
    n_patterns, n = patterns.shape
    weights = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                total = sum(patterns[mu, i] * patterns[mu, j] for mu in range(n_patterns))
                weights[i, j] = total / n
    return weights


def test_hebbian_weights_written_out(rng):
    patterns = memory.random_patterns(4, 12, rng)
    weights = storage.hebbian_weights(patterns)
    np.testing.assert_allclose(weights, naive_weights(patterns), atol=1e-15)


def test_projection_keeps_what_hebb_loses(rng):
    patterns = np.where(rng.random((30, 100)) < 0.25, 1.0, -1.0)
    hebbian, projection = (
        rule(patterns) for rule in (storage.hebbian_weights, storage.projection_weights)
    )
    assert (
        memory.recall_rate(memory.update_synchronously(hebbian, patterns), patterns) < 0.1
    )
    answers = memory.update_synchronously(projection, patterns)
    assert memory.recall_rate(answers, patterns) == 1.0
    # Least squares by another route.
    q, _ = np.linalg.qr(patterns.T)
    expected = q @ q.T
    np.testing.assert_allclose(
        projection, expected - np.diag(np.diagonal(expected)), atol=1e-12
    )


def test_projection_of_patterns_that_are_alike_or_twice_there(rng):
    x = memory.random_patterns(3, 400, rng)
    near = x[0].copy()
    near[7] *= -1.0  # singular values about sqrt(800) and sqrt(2), 20 to 1
    q, _ = np.linalg.qr(np.array([*x, near]).T)  # the same span, four directions
    expected = q @ q.T - np.diag(np.diagonal(q @ q.T))
    weights = storage.projection_weights(np.array([*x, near, x[1], -x[2]]))
    np.testing.assert_allclose(weights, expected, atol=1e-9)


def test_rules_agree_for_orthogonal_patterns():
    from scipy.linalg import hadamard

    patterns = hadamard(16)[:5].astype(float)
    np.testing.assert_allclose(
        storage.projection_weights(patterns), storage.hebbian_weights(patterns), atol=1e-12
    )


def test_dilution_cuts_pairs_and_the_wanted_share(rng):
    weights = storage.hebbian_weights(memory.random_patterns(3, 400, rng))
    cut = storage.dilute(weights, 0.3, rng)
    np.testing.assert_array_equal(cut, cut.T)
    n_pairs = 400 * 399 / 2
    share = np.count_nonzero(cut) / np.count_nonzero(weights)
    assert share == pytest.approx(0.7, abs=6 * np.sqrt(0.21 / n_pairs))


def test_perceptron_step_written_out(rng):
    patterns, cues = (memory.random_patterns(4, 9, rng) for _ in range(2))
    start = storage.hebbian_weights(memory.random_patterns(2, 9, rng))
    expected = start.copy()
    for s, xi in zip(cues, patterns, strict=True):
        for i in range(9):
            if xi[i] * (start[i] @ s) < 0.4:
                for j in range(9):
                    if j != i:
                        expected[i, j] += 0.05 * xi[i] * s[j]
                        expected[j, i] += 0.05 * xi[i] * s[j]
    stepped = storage.perceptron_step(start, cues, patterns, margin=0.4, rate=0.1)
    np.testing.assert_allclose(stepped, expected, atol=1e-12)
    assert np.any(stepped != start)


def test_practice_recalls_what_hebb_loses(rng):
    # Alike patterns, most of them +1; both rules are asked at a tenth turned.
    patterns = np.where(rng.random((12, 64)) < 0.2, -1.0, 1.0)
    cues = memory.flip_each(patterns, 0.1, rng)
    practiced = storage.practiced_weights(patterns, rng)
    answers = memory.recall(practiced, cues, rng)
    assert memory.recall_rate(answers, patterns) > 0.7
    hebbian = memory.recall(storage.hebbian_weights(patterns), cues, rng)
    assert memory.recall_rate(hebbian, patterns) < 0.3
    np.testing.assert_array_equal(practiced, practiced.T)
