"""What needs no autoencoder, against posteriors, brute force and counts."""

from types import SimpleNamespace

import numpy as np
import pytest

from companion.autoencoders import filling_in, samples, yardsticks


def test_the_wiener_filter_is_the_mean_of_the_posterior(rng):
    mixing, mean, x = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(5, 3))
    covariance = mixing @ mixing.T
    # Precisions add, and weigh prior mean and observation.
    prior, noise = np.linalg.inv(covariance), np.eye(3) / 0.3**2
    expected = np.linalg.solve(prior + noise, (prior @ mean)[:, None] + noise @ x.T).T
    found = yardsticks.wiener_filter(x, mean, covariance, 0.3)
    np.testing.assert_allclose(found, expected)
    with pytest.raises(ValueError, match="noise_std must be above 0; got 0"):
        yardsticks.wiener_filter(x, mean, covariance, 0)


def test_the_nearest_distance_is_that_of_brute_force(rng):
    x, x_train = rng.normal(size=(9, 4)), rng.normal(size=(20, 4))
    expected = ((x[:, None] - x_train) ** 2).sum(axis=2).min(axis=1)
    np.testing.assert_allclose(yardsticks.nearest_distances(x, x_train), expected)


def test_copies_are_different_training_images(rng):
    x = np.arange(30.0)[:, None]
    drawn = yardsticks.copies(x, 20, rng).ravel()
    assert len(set(drawn)) == 20
    assert set(drawn) <= set(x.ravel())


def test_as_many_prototypes_as_images_leave_no_error(rng):
    x = rng.normal(size=(16, 3))
    errors = yardsticks.prototype_errors(x, x, (0, 4), (0, 1))
    np.testing.assert_allclose(errors[0], x.var(axis=0).sum())
    np.testing.assert_allclose(errors[1], 0.0, atol=1e-12)


@pytest.fixture
def trial(rng):
    x = rng.uniform(size=(120, 64))
    hidden = rng.random((40, 64)) < 0.5
    return SimpleNamespace(
        x_train=x[:60], x_val=x[60:80], x_test=x[80:], noisy=x[80:] + 0.1,
        x_odd=x[:10] + 2.0, hidden=hidden, hidden_val=hidden[:20],
        features=lambda x: np.asarray(x)[:, :3],
    )  # fmt: skip


def test_generated_images_are_compared_with_the_test_images(trial, rng):
    def draw(n):
        return np.concatenate((trial.x_test, rng.uniform(size=(n - 40, 64)) + 1.0))

    found = yardsticks.generation_errors(trial, draw, 2)
    assert found.shape == (2,)
    assert found[0] == pytest.approx(0.0, abs=1e-9)
    assert found[1] > 1.0


def test_yardsticks_are_measured_on_the_tasks_that_they_are_made_for(trial):
    found = yardsticks.measure(trial)
    nearest, odd = found["nearest images"]["anomaly AUC"]
    assert nearest.mean() + odd.mean() == 1.0  # the odd images are far from all
    ways = filling_in.baselines(trial.x_train, trial.x_val, trial.hidden_val, (8, 8, 1), 8)
    filled = ways["conditional mean"](trial.x_test, trial.hidden)
    np.testing.assert_allclose(
        found["conditional mean"]["error in holes"],
        np.sum((filled - trial.x_test) ** 2, axis=1),
    )
    mean, covariance = trial.x_train.mean(axis=0), np.cov(trial.x_train.T, ddof=0)
    clean = np.clip(yardsticks.wiener_filter(trial.noisy, mean, covariance, 0.3), 0, 1)
    np.testing.assert_allclose(
        found["Wiener filter"]["error of denoised"],
        np.sum((clean - trial.x_test) ** 2, axis=1),
    )
    drawn = yardsticks.copies(trial.x_train, 40, np.random.default_rng(0))
    distance = samples.frechet_distance(trial.x_test[:, :3], drawn[:, :3])
    assert found["copies"]["Fréchet distance"][0] == pytest.approx(distance)


def images_of(blocks):
    """Put four blocks of 4 x 4 pixels, (n, 4, 16), together to rows of 64 pixels."""
    halves = blocks.reshape(-1, 2, 2, 4, 4).transpose(0, 1, 3, 2, 4)
    return halves.reshape(-1, 64)


def test_blocks_of_four_kinds_cost_two_bits_each_and_leave_no_error(rng):
    kinds = rng.uniform(size=(4, 16))
    x = images_of(kinds[rng.integers(4, size=(900, 4))])
    data = SimpleNamespace(x_train=x[:600], x_test=x[600:])
    bits, errors = yardsticks.block_curve(data, 0, n_entries=(1, 4))
    np.testing.assert_allclose(bits, [0.0, 8.0], atol=0.15)
    # One entry for all blocks: what is left is the distance to their mean.
    grids = x.reshape(-1, 2, 4, 2, 4)  # image, row of blocks, row, column of blocks, column
    mean = grids[:600].mean(axis=(0, 1, 3))[:, None]
    spread = np.sum((grids[600:] - mean) ** 2) / 300
    np.testing.assert_allclose(errors, [spread, 0.0], atol=1e-9)


def test_codes_without_a_network_are_divided_by_the_reference(monkeypatch, rng):
    x = rng.normal(size=(40_000, 4)) * (4.0, 2.0, 2.0, 1.0)
    data = SimpleNamespace(x_train=x[:20_000], x_test=x[20_000:])
    flat = np.array([2.0, 20.0]), np.array([3.0, 3.0])
    monkeypatch.setattr(yardsticks, "block_curve", lambda data, seed: flat)
    reference, steps = (np.array([2.0, 20.0]), np.array([1.5, 1.5])), (0.5, 0.25)
    found = yardsticks.at_equal_bits(data, 18.0, steps, reference)
    np.testing.assert_allclose(found["k-means of blocks"], [2.0, 2.0, 2.0])
    # All four components at a small step: each adds the variance of a cell, so 18 bits
    # of an ideal code leave 4 (step^2 / 12) with the step that costs 18 bits.
    entropy = np.sum(0.5 * np.log2(2 * np.pi * np.e * x.var(axis=0)))
    step = 2 ** ((entropy - 18.0) / 4)
    expected = 4 * step**2 / 12 / 1.5
    assert found["all components"][0] == pytest.approx(expected, rel=0.05)
