"""Surfaces of two parameters: gradients by differences, minima, and walks on them."""

import numpy as np
import pytest

from companion.networks import surfaces

SURFACES = {"quadratic": surfaces.quadratic, "saddle": surfaces.saddle}


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_equal_central_differences(name, rng):
    surface, points, h = SURFACES[name](), rng.normal(size=(40, 2)), 1e-5
    for axis in (0, 1):
        step = h * np.eye(2)[axis]
        numeric = (surface.loss(points + step) - surface.loss(points - step)) / (2 * h)
        found = surface.gradient(points)[:, axis]
        np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", SURFACES)
def test_no_point_is_lower_than_the_minima(name, rng):
    surface = SURFACES[name]()
    np.testing.assert_allclose(surface.gradient(surface.minima), 0.0, atol=1e-12)
    lowest = surface.loss(surface.minima)
    np.testing.assert_allclose(lowest, lowest[0], atol=1e-12)
    assert lowest[0] == {"saddle": -0.25}.get(name, 0.0)
    near = surface.minima[:, None] + 0.1 * rng.normal(size=(1, 200, 2))
    assert np.all(surface.loss(near) > lowest[0])
    assert np.all(surface.loss(3 * rng.normal(size=(2000, 2))) > lowest[0])


@pytest.mark.parametrize("name", SURFACES)
def test_any_number_of_points_may_be_asked_at_once(name, rng):
    surface, points = SURFACES[name](), rng.normal(size=(3, 4, 2))
    one = surface.loss(points[2, 1])
    assert np.shape(one) == ()
    assert surface.loss(points)[2, 1] == pytest.approx(one)
    np.testing.assert_allclose(
        surface.gradient(points)[2, 1], surface.gradient(points[2, 1])
    )


def test_the_quadratic_has_the_condition_asked_for():
    surface = surfaces.quadratic(50.0)
    np.testing.assert_array_equal(surface.gradient(np.eye(2)), np.diag([1.0, 50.0]))
    assert surface.loss(np.array([0.0, 2.0])) == 100.0


def test_descent_on_the_quadratic_is_a_power(rng):
    path = surfaces.walk(
        surfaces.quadratic(10), "gradient descent", learning_rate=0.15, n_steps=30
    )
    steps = np.arange(31)
    np.testing.assert_allclose(path[:, 0], -4.0 * 0.85**steps)
    np.testing.assert_allclose(path[:, 1], (-0.5) ** steps)


def test_gradient_descent_leaves_the_saddle_exponentially():
    # Near y = 0 a step multiplies y by 1 + eta; at y = 0 exactly it never leaves.
    surface, eta = surfaces.saddle(), 0.1
    settings = {"learning_rate": eta, "n_steps": 60}
    path = surfaces.walk(surface, "gradient descent", start=[1.5, 1e-6], **settings)
    np.testing.assert_allclose(path[:, 1], 1e-6 * 1.1 ** np.arange(61), rtol=1e-3)
    path = surfaces.walk(surface, "gradient descent", start=[1.5, 0.0], **settings)
    assert not path[:, 1].any()


def test_settings_reach_the_optimizer():
    walks = [
        surfaces.walk(
            surfaces.saddle(), "momentum", learning_rate=0.01, n_steps=5, momentum=mu
        )
        for mu in (0.0, 0.5)
    ]
    plain = surfaces.walk(
        surfaces.saddle(), "gradient descent", learning_rate=0.01, n_steps=5
    )
    np.testing.assert_allclose(walks[0], plain)
    assert not np.allclose(walks[1], plain)


def test_races_hold_every_walk_at_its_place():
    names, rates, momenta = (
        ["rmsprop", "adam", "nesterov"],
        [0.01, 0.1],
        [0.0, 0.3, 0.6, 0.9],
    )
    found = surfaces.races(surfaces.saddle(), names, rates, momenta, n_steps=4)
    assert found.shape == (2, 4, 3, 5, 2)
    settings = {"learning_rate": 0.1, "n_steps": 4}
    path = surfaces.walk(surfaces.saddle(), "adam", beta_1=0.6, **settings)
    np.testing.assert_array_equal(found[1, 2, 1], path)
    path = surfaces.walk(surfaces.saddle(), "nesterov", momentum=0.9, **settings)
    np.testing.assert_array_equal(found[1, 3, 2], path)
    path = surfaces.walk(surfaces.saddle(), "rmsprop", **settings)
    np.testing.assert_array_equal(found[1, :, 0], np.repeat(path[None], 4, axis=0))


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"condition must be at least 1; got 0\.5"):
        surfaces.quadratic(0.5)
    with pytest.raises(ValueError, match="learning_rate must be above 0 and finite; got 0"):
        surfaces.walk(surfaces.saddle(), "adam", learning_rate=0, n_steps=3)
    with pytest.raises(ValueError, match="n_steps must be an integer"):
        surfaces.walk(surfaces.saddle(), "adam", learning_rate=0.1, n_steps=0)
