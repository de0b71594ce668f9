"""The toy model of superposition against closed forms, slopes and the published shapes."""

import numpy as np
import pytest

from companion.challenges import superposition


def polygon(n):
    angles = 2.0 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_features_are_present_with_their_density_and_uniform(rng):
    x = superposition.draw([0.25, 1.0], 20_000, 3, rng)
    assert np.mean(x > 0, axis=(1, 2)) == pytest.approx([0.25, 1.0], abs=0.01)
    assert x.mean(axis=(1, 2)) == pytest.approx([0.125, 0.5], abs=0.01)
    assert x[1].var() == pytest.approx(1.0 / 12.0, rel=0.02)


def test_gradients_match_central_differences(rng):
    params = rng.normal(size=(2, 4, 2)), rng.normal(size=(2, 1, 4))
    x, importance = rng.random((2, 6, 4)), np.array([1.0, 0.7, 0.5, 0.2])
    _, grads = superposition.loss_and_grads(params, x, importance)
    for part in (0, 1):
        direction = rng.normal(size=params[part].shape)
        ends = []
        for sign in (1, -1):
            moved = list(params)
            moved[part] = params[part] + sign * 1e-6 * direction
            ends.append(superposition.loss_and_grads(tuple(moved), x, importance)[0])
        numeric = (ends[0] - ends[1]) / 2e-6
        exact = np.sum(grads[part] * direction, axis=(1, 2))
        np.testing.assert_allclose(exact, numeric, rtol=1e-6)


def test_the_loss_adds_over_features_and_averages_over_examples():
    params = np.zeros((1, 3, 2)), np.zeros((1, 1, 3))
    x = np.array([[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]])
    loss, _ = superposition.loss_and_grads(params, x, np.array([1.0, 2.0, 0.5]))
    assert loss == pytest.approx([(1.0 + 0.5 * 4.0 + 2.0 * 9.0) / 2])


@pytest.mark.parametrize(("n", "share"), [(4, 1 / 2), (5, 2 / 5), (3, 2 / 3), (8, 1 / 4)])
def test_polygons_share_two_dimensions_equally(n, share):
    # For n > 2 directions at equal angles sum_j cos^2 = n / 2.
    for length in (1.0, 0.3):
        found = superposition.dimensionality(length * polygon(n))
        np.testing.assert_allclose(found, share)


def test_a_feature_left_out_has_no_dimension_and_one_alone_has_one():
    weights = np.array([[1.0, 0.0], [0.0, 0.9], [0.0, 0.0]])
    np.testing.assert_allclose(superposition.dimensionality(weights), [1, 1, 0])
    assert superposition.features_per_unit(weights) == pytest.approx((1 + 0.81) / 2)


def test_dense_features_leave_the_most_important_ones(rng):
    importance = np.array([0.2, 1.0, 0.05, 0.5, 0.1])
    params = superposition.train(
        [1.0] * 4, 5, 2, importance=importance, n_steps=1000, rng=rng
    )
    products = params[0] @ np.swapaxes(params[0], 1, 2)
    # PCA of independent features keeps whole features: those of largest importance.
    expected = np.diag([0.0, 1.0, 0.0, 1.0, 0.0])
    np.testing.assert_allclose(products, np.broadcast_to(expected, (4, 5, 5)), atol=0.1)
    x = superposition.draw([1.0] * 4, 20_000, 5, rng)
    loss, _ = superposition.loss_and_grads(params, x, importance)
    # What is left out is guessed by its mean: 1/12 of its importance.
    np.testing.assert_allclose(loss, (0.2 + 0.05 + 0.1) / 12.0, rtol=0.03)


def test_five_sparse_features_make_a_pentagon(rng):
    weights, _ = superposition.train([0.05] * 6, 5, 2, n_steps=1500, rng=rng)
    np.testing.assert_allclose(superposition.dimensionality(weights), 0.4, atol=0.02)


def test_the_learning_rate_falls_in_a_line_to_zero(rng, monkeypatch):
    rates, adam = [], superposition.optimizers.adam
    monkeypatch.setattr(
        superposition.optimizers,
        "adam",
        lambda params, grads, state, rate: (
            rates.append(rate) or adam(params, grads, state, rate)
        ),
    )
    superposition.train([0.5], 5, 2, n_steps=4, rng=rng, rate=0.8)
    assert rates == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_two_features_for_each_unit_are_antipodal_pairs(rng):
    weights, _ = superposition.train([0.4, 0.3], 16, 4, n_steps=2000, rng=rng)
    np.testing.assert_allclose(superposition.features_per_unit(weights), 2.0, atol=0.15)
    shares = np.sort(superposition.dimensionality(weights))
    np.testing.assert_allclose(shares[:, -8:], 0.5, atol=0.02)


def test_sparser_features_share_more(rng):
    weights, _ = superposition.train([1.0, 0.4, 0.05], 20, 5, n_steps=800, rng=rng)
    per_unit = superposition.features_per_unit(weights)
    assert per_unit[0] == pytest.approx(1.0, abs=0.05)
    assert per_unit[0] + 0.5 < per_unit[1] < per_unit[2] - 1.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"density": [0.0]}, "density must be numbers above 0"),
        ({"density": [1.5]}, "density must be numbers above 0"),
        ({"n_units": 5}, "n_features must be above n_units=5; got 5"),
        ({"n_steps": 0}, "n_steps"),
        ({"importance": [1.0, 0.0, 1.0, 1.0, 1.0]}, "importance must be 5 numbers"),
        ({"importance": [1.0]}, "importance must be 5 numbers"),
    ],
)
def test_bad_settings_are_refused(settings, message, rng):
    good = {"density": [0.5], "n_features": 5, "n_units": 2, "n_steps": 1}
    with pytest.raises(ValueError, match=message):
        superposition.train(**(good | settings), rng=rng)
