"""The slope of the mismatch by finite differences, and a batch found from its gradient."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import gradient_matching as matching
from companion.challenges.gradient_leakage import best_match, psnr_each
from companion.challenges.leakage_trials import gradient_of
from companion.networks import mlp
from companion.networks.parameters import map_arrays

STEP = np.finfo(float).eps ** (1 / 3)


@pytest.fixture
def setting(rng):
    """A network of two hidden layers, a batch, and the gradient of another batch."""
    params = mlp.init([6, 5, 4, 3], rng)
    x, other = rng.uniform(size=(2, 7, 6))
    labels = rng.integers(0, 3, 7)
    return params, x, labels, gradient_of(params, other, labels)


@pytest.mark.parametrize("measure", matching.MEASURES)
def test_the_slope_by_the_images_is_that_of_a_central_difference(setting, rng, measure):
    params, x, labels, wanted = setting
    _, slope = matching.mismatch_of_images(params, x, labels, wanted, measure)
    for _ in range(3):
        along = rng.normal(size=x.shape)
        ends = [
            matching.mismatch_of_images(params, x + sign * along, labels, wanted, measure)
            for sign in (STEP, -STEP)
        ]
        numeric = (ends[0][0] - ends[1][0]) / (2 * STEP)
        assert np.sum(slope * along) == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("measure", matching.MEASURES)
def test_the_slope_by_the_gradient_is_that_of_a_central_difference(setting, rng, measure):
    params, x, labels, wanted = setting
    grads = gradient_of(params, x, labels)
    _, slope = matching.mismatch(grads, wanted, measure)
    along = map_arrays(lambda g: rng.normal(size=g.shape), grads)
    ends = []
    for sign in (STEP, -STEP):
        moved = map_arrays(lambda g, d, s=sign: g + s * d, grads, along)
        ends.append(matching.mismatch(moved, wanted, measure)[0])
    product = sum(
        np.sum(a * b)
        for parts in zip(slope, along, strict=True)
        for a, b in zip(*parts, strict=True)
    )
    assert product == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6)


def test_equal_gradients_have_no_mismatch_and_the_cosine_forgets_the_length(setting):
    params, x, labels, wanted = setting
    longer = map_arrays(lambda g: 3.0 * g, wanted)
    for measure in matching.MEASURES:
        assert matching.mismatch(wanted, wanted, measure)[0] == pytest.approx(0, abs=1e-12)
    assert matching.mismatch(longer, wanted, "cosine")[0] == pytest.approx(0, abs=1e-12)
    assert matching.mismatch(longer, wanted, "squared")[0] == pytest.approx(4.0)


@pytest.mark.parametrize("measure", matching.MEASURES)
def test_a_batch_of_four_digits_is_found(rng, measure):
    data = datasets.load("digits").flat()
    x, labels = data.x_test[:4].astype(float), data.y_test[:4].astype(int)
    params = mlp.init([64, 64, 10], rng)
    wanted = gradient_of(params, x, labels)
    found = matching.match(params, wanted, labels, measure=measure, steps=400, rng=rng)
    assert found.min() >= 0
    assert found.max() <= 1
    assert psnr_each(x, best_match(x, found)).min() > 25


def test_an_unknown_measure_is_named(setting):
    with pytest.raises(ValueError, match="measure must be one of .*; got 'angle'"):
        matching.mismatch(setting[3], setting[3], "angle")
