"""Few bits: cells against known optima, gradients against differences, and a training."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import few_bits, small_trials
from companion.networks import stacked

NONE = np.zeros(1, int)


def small_network(rng, seeds=(0,)):
    params = stacked.init([6, 5, 3, 5, 6], seeds)
    return params[0], [b + 0.1 * rng.normal(size=b.shape) for b in params[1]]


def test_one_bit_is_the_sign_times_the_mean_size(rng):
    # The smallest squared error of +-a is at a = mean |v|; widths are tried on a grid.
    v = rng.normal(size=(2, 4000, 1))
    cells = few_bits.fit_cells(v, [1, 1])
    found = cells.round(v)
    np.testing.assert_array_equal(np.sign(found), np.sign(v))
    assert np.unique(np.abs(found[0]).round(12)).size == 1
    best = np.mean((np.sign(v) * np.abs(v).mean(axis=1, keepdims=True) - v) ** 2)
    assert np.mean((found - v) ** 2) == pytest.approx(best, rel=0.06)


@pytest.mark.parametrize(
    ("bits", "error"), [(1, 0.3634), (2, 0.1188), (3, 0.03744), (4, 0.01154)]
)
def test_error_of_gaussian_weights_meets_the_best_uniform_quantizer(rng, bits, error):
    # Max (1960), table II: the least mean squared error of 2^b equal steps, N(0, 1).
    v = rng.normal(size=(1, 60_000, 1))
    found = np.mean((few_bits.fit_cells(v, [bits]).round(v) - v) ** 2)
    assert found == pytest.approx(error, rel=0.12)
    assert found > 0.97 * error


def test_there_are_two_to_the_bits_numbers_around_the_center(rng):
    v = 3 + rng.uniform(-1, 1, size=(1, 5000, 2))
    for bits in (1, 2, 3):
        cells = few_bits.fit_cells(v, [bits], v.mean(axis=1, keepdims=True))
        found = cells.round(v)
        for column in range(2):
            assert len(np.unique(found[0, :, column].round(9))) == 2**bits
        # A uniform density wants cells of (b - a) / 2^b, with s^2 / 12 of error.
        assert np.mean((found - v) ** 2) == pytest.approx(4 / 12 / 4**bits, rel=0.05)


def test_each_member_and_column_has_a_width_of_its_own(rng):
    v = np.stack([rng.normal(size=(300, 2)), rng.uniform(-1, 1, size=(300, 2))])
    v[:, :, 1] **= 3
    both = few_bits.fit_cells(v, [3, 3])
    for i in range(2):
        for j in range(2):
            alone = few_bits.fit_cells(v[i : i + 1, :, j : j + 1], [3])
            assert both.width[i, 0, j] == pytest.approx(alone.width.item())


def test_zero_bits_change_nothing(rng):
    params, x = small_network(rng), rng.random((9, 6))
    cells = few_bits.fit_all(params, x, NONE, NONE)
    weights, outputs = few_bits.outputs(params, x, cells)
    np.testing.assert_array_equal(weights[0], params[0][0])
    exact = stacked.forward(params, x, few_bits.NAMES)
    np.testing.assert_allclose(outputs[-1], exact[-1], rtol=1e-12)
    grads = few_bits.straight_through_gradients(params, x, cells)
    expected = stacked.gradients(params, x, x, few_bits.NAMES)
    for a, b in zip([*grads[0], *grads[1]], [*expected[0], *expected[1]], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-15)


def test_straight_through_gradient_is_the_slope_when_entries_move_along(rng):
    # Rounding adds an offset. With the offsets held fixed the network is smooth in the
    # weights, and its true slope, by differences, is what the rule claims.
    params, x = small_network(rng), rng.random((7, 6))
    cells = few_bits.fit_all(params, x, np.array([3]), np.array([2]))
    weights, outputs = few_bits.outputs(params, x, cells)
    offsets = [w - v for w, v in zip(weights, params[0], strict=True)]
    a = stacked.forward((weights[:2], params[1][:2]), x, few_bits.NAMES[:2])[-1]
    code_offset = outputs[2] - a

    def loss(moved):
        w = [v + o for v, o in zip(moved, offsets, strict=True)]
        z = stacked.forward((w[:2], params[1][:2]), x, few_bits.NAMES[:2])[-1] + code_offset
        x_hat = stacked.forward((w[2:], params[1][2:]), z, few_bits.NAMES[2:])[-1]
        return np.mean((x_hat - x) ** 2)

    grads = few_bits.straight_through_gradients(params, x, cells)[0]
    for layer in range(4):
        direction = rng.normal(size=params[0][layer].shape)
        moved = [list(params[0]), list(params[0])]
        eps = 1e-6
        moved[0][layer] = params[0][layer] + eps * direction
        moved[1][layer] = params[0][layer] - eps * direction
        slope = (loss(moved[0]) - loss(moved[1])) / (2 * eps)
        assert np.sum(grads[layer] * direction) == pytest.approx(slope, rel=1e-5)


def test_members_do_not_see_one_another(rng):
    x = rng.random((80, 6))
    both = small_network(rng, (0, 1))
    bits, codes = np.array([2, 0]), np.array([0, 3])
    together = few_bits.train(both, x, bits, codes, 7, 0.01)
    for i in range(2):
        alone = tuple([a[i : i + 1] for a in arrays] for arrays in both)
        alone = few_bits.train(alone, x, bits[i : i + 1], codes[i : i + 1], 7, 0.01)
        np.testing.assert_allclose(together[0][0][i], alone[0][0][0], rtol=1e-9)


def test_bits_must_be_given_for_each_member(rng):
    with pytest.raises(ValueError, match="bits must be 2 numbers from 0 on"):
        few_bits.fit_cells(rng.normal(size=(2, 5, 1)), [3])
    with pytest.raises(ValueError, match="bits must be 1 numbers"):
        few_bits.fit_cells(rng.normal(size=(1, 5, 1)), [-1])
    with pytest.raises(ValueError, match="n_steps must be an integer"):
        few_bits.train(small_network(rng), rng.random((9, 6)), NONE, NONE, 0, 0.01)


@pytest.mark.slow
def test_training_with_the_rounding_pays_for_weights_of_one_bit():
    data = datasets.load("digits").flat()
    found = small_trials.train_few_bits(data, (0, 1, 2))
    after, within = found["weights, after"], found["weights, within"]
    mean_image = small_trials.of_baselines(data)["mean"]
    assert np.abs(after[0] / found["whole"][0] - 1).max() < 0.03  # 8 bits
    assert after[-1].mean() > 0.9 * mean_image
    assert within[-1].max() < 0.5 * after[-1].min()
    assert (np.diff(found["codes, after"].mean(axis=1)) > -1e-4).all()
    pca = small_trials.of_pca(data, small_trials.BITS)
    assert (np.diff(pca) > 0).all()
    assert pca[0] == pytest.approx(small_trials.of_baselines(data)["PCA"], rel=0.01)
