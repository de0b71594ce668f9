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


def test_the_measures_are_those_of_two_short_gradients():
    """|g - g*|^2 / |g*|^2 and 1 - cos, for (3, 4) and (4, 3) spread over two layers."""
    grads = ([np.array([[3.0]])], [np.array([4.0])])
    wanted = ([np.array([[8.0]])], [np.array([6.0])])
    value, slope = matching.mismatch(grads, wanted, "squared")
    assert value == pytest.approx((25 + 4) / 100)
    assert (slope[0][0][0, 0], slope[1][0][0]) == pytest.approx((-0.1, -0.04))
    value, slope = matching.mismatch(grads, wanted, "cosine")
    assert value == pytest.approx(1 - 24 / 25)
    # (cos g / |g| - g* / |g*|) / |g|, which is at right angles to g.
    assert (slope[0][0][0, 0], slope[1][0][0]) == pytest.approx((-0.0448, 0.0336))


@pytest.mark.parametrize("widths", [[6, 3], [6, 5, 3], [6, 5, 4, 3]])
def test_the_product_is_the_change_of_the_input_gradient_along_each_array(widths, rng):
    """Central difference of dL/dx, L the cross-entropy written out here."""
    step = 1e-4
    params, x = mlp.init(widths, rng), rng.uniform(size=(4, 6))
    params = map_arrays(lambda a: a + 0.3 * rng.normal(size=a.shape), params)
    labels = np.array([2, 0, 1, 1])

    def loss(weights, biases, x):
        a = x
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            a = np.tanh(a @ w + b)
        logits = a @ weights[-1] + biases[-1]
        return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[range(4), labels])

    for kind in (0, 1):
        for layer in range(len(widths) - 1):
            along = map_arrays(np.zeros_like, params)
            along[kind][layer][...] = rng.normal(size=along[kind][layer].shape)
            found = matching.gradient_by_input(params, x, labels, along)
            direction, mixed = rng.normal(size=x.shape), 0.0
            for s in (1, -1):
                moved = map_arrays(lambda a, d, s=s: a + s * step * d, params, along)
                ends = [loss(*moved, x + t * step * direction) for t in (1, -1)]
                mixed += s * (ends[0] - ends[1])
            expected = mixed / (4 * step**2)
            assert np.sum(found * direction) == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_the_search_starts_from_its_noise_and_takes_the_steps_it_is_given(setting, rng):
    params, x, labels, wanted = setting
    start = np.random.default_rng(5).uniform(size=x.shape)
    first = matching.mismatch_of_images(params, start, labels, wanted, "squared")[0]
    values = []
    for steps in (1, 5, 40):
        found = matching.match(
            params, wanted, labels, steps=steps, rng=np.random.default_rng(5)
        )
        assert found.shape == x.shape
        values.append(
            matching.mismatch_of_images(params, found, labels, wanted, "squared")[0]
        )
    assert first > values[0] > values[1] > values[2]
    again = matching.match(params, wanted, labels, steps=40, rng=np.random.default_rng(6))
    assert not np.allclose(again, found)


def test_the_measure_is_the_one_that_was_asked_for(setting):
    """Images can reach the direction of a gradient made three times as long, not more."""
    params, x, labels, _ = setting
    wanted = map_arrays(lambda g: 3.0 * g, gradient_of(params, x, labels))
    left = {}
    for measure in matching.MEASURES:
        found = matching.match(
            params, wanted, labels, measure=measure, rng=np.random.default_rng(1)
        )
        left[measure] = matching.mismatch_of_images(
            params, found, labels, wanted, "cosine"
        )[0]
    assert left["cosine"] < 1e-4
    assert left["squared"] > 1e-3


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
