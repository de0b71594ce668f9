"""Bits and errors of the two baselines against closed forms and loops."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from companion.autoencoders.index_priors import TablePrior
from companion.autoencoders.rate_distortion import (
    block_kmeans,
    entropy_coded_pca,
    error_at,
    from_blocks,
    ideal_lengths,
    index_measures,
    measures,
    run_measures,
    to_blocks,
)


def test_lengths_are_those_of_the_smoothed_shares():
    lengths = ideal_lengths([3, 3, 5], [3, 4, 5, 2, 6, 99], strength=1.0)
    shares = np.array([3, 1, 2, 1, 1, 1]) / 14  # eleven numbers, from -1 to 9
    np.testing.assert_allclose(lengths, -np.log2(shares))


def test_a_fine_step_costs_the_entropy_of_a_gaussian_and_errs_as_a_uniform(rng):
    scales, step = np.array([2.0, 1.0]), 0.25
    x = rng.normal(size=(20_000, 2)) * scales
    bits, x_hat = entropy_coded_pca(x[:10_000], x[10_000:], step)
    nats = sum(scipy.stats.norm(scale=s).entropy() - np.log(step) for s in scales)
    assert bits.mean() == pytest.approx(nats / np.log(2), rel=0.01)
    assert np.mean((x[10_000:] - x_hat) ** 2) == pytest.approx(step**2 / 12, rel=0.03)


def test_a_coarse_step_is_the_mean_predictor_and_costs_next_to_nothing(rng):
    x = rng.normal(size=(400, 3))
    bits, x_hat = entropy_coded_pca(x[:300], x[300:], 50.0)
    np.testing.assert_allclose(x_hat, np.tile(x[:300].mean(axis=0), (100, 1)))
    assert bits.mean() < 0.01


def test_test_images_pay_for_surprise_and_are_cut_off(rng):
    x_train = rng.uniform(-1.0, 1.0, size=(300, 1))
    near, _ = entropy_coded_pca(x_train, np.array([[0.0], [0.1]]), 0.5)
    far, x_hat = entropy_coded_pca(x_train, np.array([[9.0], [-9.0]]), 0.5)
    assert far.min() > 12 > 3 > near.max()
    # Two cells on each side, and four beyond them.
    np.testing.assert_allclose(np.abs(x_hat - x_train.mean()), 3.0, atol=1e-9)


def test_blocks_are_those_of_the_training_images():
    x_train, x_test = np.zeros((6, 4, 4, 1)), np.full((3, 4, 4, 1), 0.3)
    x_train[3:] = 1.0
    *_, x_hat = block_kmeans(x_train, x_test, 2, n_entries=2)
    np.testing.assert_allclose(x_hat, 0.0, atol=1e-9)


def test_blocks_are_the_windows_of_the_image(rng):
    x = rng.normal(size=(3, 8, 12, 2))
    blocks = to_blocks(x, 4)
    assert blocks.shape == (3, 6, 32)
    np.testing.assert_array_equal(blocks[1, 5], x[1, 4:8, 8:12].ravel())
    np.testing.assert_array_equal(blocks[1, 1], x[1, 0:4, 4:8].ravel())
    np.testing.assert_array_equal(from_blocks(blocks, (8, 12, 2), 4), x)


def test_as_many_blocks_as_there_are_different_ones_lose_nothing(rng):
    patterns = rng.normal(size=(3, 2, 2, 1))
    chosen = rng.integers(0, 3, size=(20, 4))
    x = from_blocks(patterns.reshape(3, -1)[chosen], (4, 4, 1), 2)
    train, test, x_hat = block_kmeans(x[:15], x[15:], 2, n_entries=3)
    np.testing.assert_allclose(x_hat, x[15:], atol=1e-9)
    assert train.shape == (15, 4)
    # The numbers are those of the patterns, in another order.
    pairs = set(zip(test.ravel().tolist(), chosen[15:].ravel().tolist(), strict=True))
    assert len(pairs) == len({pair[0] for pair in pairs})


def test_settings_that_make_no_sense_are_refused(rng):
    x = rng.normal(size=(20, 3))
    with pytest.raises(ValueError, match="step must be above 0; got 0"):
        entropy_coded_pca(x, x, 0)
    with pytest.raises(ValueError, match="train must hold numbers"):
        ideal_lengths([], [1])
    with pytest.raises(ValueError, match="side must divide 8 and 8; got 3"):
        to_blocks(np.zeros((2, 8, 8, 1)), 3)


def test_measures_are_means_over_images_and_pixels():
    x = np.full((2, 4, 4, 1), 0.5)
    x_hat = np.stack([x[0] + 0.1, x[1] + 9.0])
    rate, per_pixel, error, decibels = measures([10.0, 22.0], x, x_hat)
    assert (rate, per_pixel) == (16.0, 1.0)
    assert error == pytest.approx((0.01 + 0.25) / 2)  # 9.5 is cut to 1
    assert decibels == pytest.approx(10 * np.log10(1 / np.array([0.01, 0.25])).mean())


def test_errors_between_two_rates_lie_on_a_line():
    found = [[20.0, 0.3, 0.02, 9.0], [10.0, 0.2, 0.04, 8.0], [30.0, 0.4, 0.01, 7.0]]
    assert error_at(12.5, found) == pytest.approx(0.035)
    assert error_at(30.0, found) == pytest.approx(0.01)
    assert np.isnan([error_at(rate, found) for rate in (9.9, 30.1)]).all()


def test_a_code_in_equal_use_costs_the_logarithm_of_its_size(rng):
    indices = rng.permuted(np.tile(np.arange(8), (400, 1)), axis=1)[:, :3]
    x = np.zeros((400, 4, 4, 1))
    rate = index_measures(indices, indices, x, x, n_entries=8)[0]
    assert rate == pytest.approx(9.0, rel=0.01)


def test_every_run_is_measured_with_its_own_indices(rng):
    train, test = rng.integers(0, 3, (2, 9, 2)), rng.integers(0, 3, (2, 5, 2))
    x_test = rng.uniform(size=(5, 4, 4, 1))
    x_hats = rng.uniform(size=(2, 5, 4, 4, 1))
    runs = SimpleNamespace(
        indices=lambda x: train if len(x) == 9 else test,
        decode=lambda indices: x_hats,
        n_entries=3,
    )
    found = run_measures(runs, np.zeros((9, 4, 4, 1)), x_test, n_previous=1, strength=7.0)
    for i in range(2):
        bits = TablePrior(3, 1, 7.0).fit(train[i]).bits(test[i]).mean()
        assert found[i, 0] == pytest.approx(bits)
        assert found[i, 2] == pytest.approx(np.mean((x_test - x_hats[i]) ** 2))
