"""The power law is found where it was put in."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from companion import datasets
from companion.challenges import apart
from companion.challenges import learning_curves as lc

N = np.array([20, 40, 80, 160, 320, 640])


@pytest.mark.parametrize(
    ("floor", "scale", "exponent"), [(0.02, 2.0, 0.5), (0, 3.0, 0.8), (0.1, 1, 1)]
)
def test_a_power_law_is_recovered(floor, scale, exponent):
    found = lc.fit_power_law(N, floor + scale * N ** -float(exponent))
    np.testing.assert_allclose(found, (floor, scale, exponent), rtol=1e-6, atol=1e-9)


def test_a_noisy_curve_is_fitted_as_well_as_by_scipy_with_relative_deviations(rng):
    error = (0.05 + 2.0 * N**-0.6) * np.exp(0.1 * rng.normal(size=6))

    def law(n, a, b, c):
        return a + b * n**-c

    expected, _ = curve_fit(law, N, error, p0=(0.05, 2, 0.6), sigma=error)
    misfits = [
        np.sum((law(N, *found) / error - 1) ** 2)
        for found in (lc.fit_power_law(N, error), expected)
    ]
    assert misfits[0] == pytest.approx(misfits[1], rel=1e-3)


def test_the_floor_is_never_negative_and_a_rising_curve_is_flat():
    steep = 1.0 * N**-0.5 - 0.03  # would need a negative floor
    floor, scale, exponent = lc.fit_power_law(N, steep)
    assert floor == 0
    power = N**-exponent / steep  # relative to the error: scale * power should be 1
    assert scale == pytest.approx(power.sum() / np.sum(power**2))
    rising = 0.1 * N**0.3
    floor, scale, _ = lc.fit_power_law(N, rising)
    assert scale == 0
    assert floor == pytest.approx(np.sum(1 / rising) / np.sum(1 / rising**2))


def test_the_law_by_hand():
    found = lc.power_law([4, 16], np.array([0.5]), np.array([2.0]), np.array([0.5]))
    np.testing.assert_allclose(found, [[1.5, 1.0]])


def test_small_errors_weigh_as_much_as_large_ones():
    # The same relative bump at either end costs the same; scaling a curve scales the fit.
    error = (0.02 + 3.0 * N**-0.7) * np.array([1.1, 1, 1, 1, 1, 0.9])
    floor, scale, exponent = lc.fit_power_law(N, error)
    again = lc.fit_power_law(N, 1000 * error)
    np.testing.assert_allclose(again, (1000 * floor, 1000 * scale, exponent))
    misfit = [
        np.sum(((floor * a + scale * b * N**-exponent) / error - 1) ** 2)
        for a, b in ((1, 1), (1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98))
    ]
    assert min(misfit) == misfit[0]


def test_many_curves_are_fitted_at_once():
    curves = np.stack([0.1 + 1.0 * N**-0.5, 2.0 * N**-1.0])
    floor, scale, exponent = lc.fit_power_law(N, curves)
    np.testing.assert_allclose(exponent, [0.5, 1.0])
    np.testing.assert_allclose(lc.power_law(N, floor, scale, exponent), curves)


def test_resampled_means_spread_as_the_standard_error(rng):
    values = rng.normal(size=(50, 2))
    means = lc.resampled_means(values, 4000, rng)
    expected = values.std(axis=0) / np.sqrt(50)
    np.testing.assert_allclose(means.std(axis=0), expected, rtol=0.05)


def test_means_are_resampled_by_seed_and_not_by_size(rng):
    values = np.arange(5.0)[:, None] + [0.0, 100.0]
    means = lc.resampled_means(values, 200, rng)
    assert means.shape == (200, 2)
    np.testing.assert_allclose(means[:, 1] - means[:, 0], 100.0)
    shares = lc.resampled_means(np.eye(5), 4000, rng)
    np.testing.assert_allclose(shares.mean(axis=0), 0.2, atol=0.01)


@pytest.mark.parametrize("kind", ["classifier", "autoencoder"])
def test_errors_are_those_of_each_members_own_images_and_of_the_test_set(kind, monkeypatch):
    data, kept = datasets.load("digits").flat(), {}
    original = apart.train

    def train(params, x, target, rows, **settings):
        kept.update(x=x, target=target, rows=rows, settings=settings)
        kept["params"] = original(params, x, target, rows, **settings)[0]
        return kept["params"], None

    monkeypatch.setattr(apart, "train", train)
    task = {"width": 6, "n_steps": 40, "latent_dim": 3}
    found = lc.train_and_measure(kind, 30, [3, 8], data, **task)
    assert kept["settings"]["n_steps"] == 40
    sets = [set(rows) for rows in kept["rows"]]
    assert sets[0] != sets[1]
    assert [len(s) for s in sets] == [30, 30]
    shapes = [w.shape[1:] for w in kept["params"][0]]
    if kind == "classifier":
        names, expected_shapes = ("relu", "linear"), [(64, 6), (6, 10)]
        np.testing.assert_array_equal(kept["target"], data.y_train)
    else:
        names = ("relu", "linear", "relu", "sigmoid")
        expected_shapes = [(64, 6), (6, 3), (3, 6), (6, 64)]
        np.testing.assert_array_equal(kept["target"], data.x_train)
    assert shapes == expected_shapes
    for member in range(2):
        own = kept["rows"][member]
        for part, x, y in (
            (0, data.x_train[own], data.y_train[own]),
            (1, data.x_test, data.y_test),
        ):
            answers = apart.forward(kept["params"], x, names)[-1][member]
            if kind == "classifier":
                expected = np.mean(answers.argmax(axis=1) != y)
            else:
                expected = np.mean((answers - x) ** 2)
            assert found[part][member] == pytest.approx(expected)
    lc.train_and_measure(kind, 50, [3, 8], data, **task)
    for small, rows in zip(sets, kept["rows"], strict=True):
        assert small < set(rows)


def test_more_examples_help_and_the_training_error_is_lower():
    data = datasets.load("digits").flat()
    settings = {"width": 8, "n_steps": 60, "latent_dim": 4}
    for kind in ("classifier", "autoencoder"):
        few = lc.train_and_measure(kind, 20, [0, 1], data, **settings)
        many = lc.train_and_measure(kind, 400, [0, 1], data, **settings)
        assert few[0].mean() < few[1].mean()
        assert many[1].mean() < few[1].mean()


def test_bad_calls_are_refused():
    data = datasets.load("digits").flat()
    with pytest.raises(ValueError, match="n must be at least three different sizes"):
        lc.fit_power_law([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="error must be 6 numbers above 0"):
        lc.fit_power_law(N, np.zeros(6))
    with pytest.raises(ValueError, match="n must be at most 1077; got 2000"):
        lc.train_and_measure("classifier", 2000, [0], data, width=2, n_steps=1)
    with pytest.raises(ValueError, match="kind must be"):
        lc.train_and_measure("tree", 20, [0], data, width=2, n_steps=1)
