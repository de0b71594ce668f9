"""Closed-form rates, against walks of the optimizers and against searches by computer."""

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from companion.networks import convergence as con
from companion.networks import surfaces

BOWL = surfaces.quadratic(25.0)


def errors(name, n_steps, **settings):
    path = surfaces.walk(BOWL, name, n_steps=n_steps, start=[1.0, 1.0], **settings)
    return np.linalg.norm(path, axis=1)


@pytest.mark.parametrize("rate", [0.01, 0.04, 0.079])
def test_gradient_descent_shrinks_by_the_slowest_factor(rate):
    expected = max(con.descent_factor(np.array([1.0, 25.0]), rate))
    found = con.measured_factor(errors("gradient descent", 600, learning_rate=rate), 50)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("share", "grows"), [(0.999, False), (1.001, True)])
@pytest.mark.parametrize(
    ("name", "mu"), [("gradient descent", 0.0), ("momentum", 0.7), ("nesterov", 0.7)]
)
def test_descent_diverges_above_the_largest_stable_rate(share, grows, name, mu):
    rate = share * con.largest_stable_rate(25.0, mu, nesterov=name == "nesterov")
    more = {"momentum": mu} if mu else {}
    found = errors(name, 4000, learning_rate=rate, **more)
    assert (found[-1] > found[2000]) == grows


def test_the_best_rate_of_descent_is_found_by_a_search_too():
    def slowest(rate):
        return max(con.descent_factor(np.array([1.0, 25.0]), rate))

    found = minimize_scalar(slowest, bounds=(1e-3, 0.08), method="bounded")
    rate, factor = con.best_descent(1.0, 25.0)
    assert found.x == pytest.approx(rate, rel=1e-3)
    assert factor == pytest.approx(24 / 26)
    assert slowest(rate) == pytest.approx(factor)


def test_the_best_momentum_is_found_by_a_search_too():
    def slowest(settings):
        rate, mu = settings
        if not 0 <= mu < 1 or rate <= 0:
            return 2.0
        return max(con.momentum_factor(h, rate, mu) for h in (1.0, 25.0))

    found = minimize(
        slowest, [0.05, 0.5], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9}
    )
    rate, mu, factor = con.best_momentum(1.0, 25.0)
    assert factor == pytest.approx(4 / 6)
    assert mu == pytest.approx((4 / 6) ** 2)
    np.testing.assert_allclose(found.x, [rate, mu], rtol=2e-3)
    assert found.fun == pytest.approx(factor, rel=2e-3)


def test_momentum_reaches_its_closed_form():
    rate, mu, factor = con.best_momentum(1.0, 25.0)
    found = con.measured_factor(
        errors("momentum", 300, learning_rate=rate, momentum=mu), 200
    )
    # At the optimum the two roots meet, which adds a factor t: (300 / 100) ** (1 / 200).
    assert found == pytest.approx(factor * 3 ** (1 / 200), rel=2e-3)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
@pytest.mark.parametrize(("rate", "mu"), [(0.01, 0.5), (0.03, 0.8)])
def test_walks_shrink_by_the_larger_root(name, rate, mu):
    found = errors(name, 900, learning_rate=rate, momentum=mu)
    expected = max(
        con.momentum_factor(h, rate, mu, nesterov=name == "nesterov") for h in (1.0, 25.0)
    )
    # Complex roots turn the error, so that a window sees a little of the turning.
    assert con.measured_factor(found, 600) == pytest.approx(expected, rel=5e-3)


def test_nesterov_reaches_its_closed_form():
    rate, mu, factor = con.nesterov_settings(1.0, 25.0)
    assert factor == pytest.approx(0.8)
    assert con.momentum_factor(1.0, rate, mu, nesterov=True) == pytest.approx(0.8)
    assert con.momentum_factor(25.0, rate, mu, nesterov=True) == pytest.approx(0, abs=1e-9)
    found = con.measured_factor(
        errors("nesterov", 300, learning_rate=rate, momentum=mu), 200
    )
    assert found == pytest.approx(0.8 * 3 ** (1 / 200), rel=2e-3)  # as for momentum


def test_walked_steps_are_those_of_the_powers():
    # From (1, 1) both coordinates of plain descent shrink alike: 0.5**n at curvature 3.
    assert con.walked_steps("gradient descent", 3.0, 1e-3) == 10
    assert 60 < con.walked_steps("gradient descent", 10.0, 1e-6) < 72
    for name in ("momentum", "nesterov"):
        factor = con.BEST[name](1.0, 100.0)[-1]
        ideal = con.steps_needed(factor, 1e-6)
        assert ideal < con.walked_steps(name, 100.0, 1e-6) < 1.5 * ideal


def test_steps_are_measured_to_the_first_error_that_is_small_enough():
    assert con.steps_measured([2.0, 1.0, 0.5, 0.6, 0.1], 0.25) == 2
    assert con.steps_measured([2.0, 1.0], 0.25) == np.inf
    assert con.steps_measured(0.9 ** np.arange(200), 1e-3) == con.steps_needed(0.9, 1e-3)


def test_steps_needed_is_the_smallest_number_that_suffices():
    for factor, reduction in [(0.9, 1e-3), (0.5, 0.25), (24 / 26, 1e-6)]:
        n = con.steps_needed(factor, reduction)
        assert factor**n <= reduction * (1 + 1e-12)
        assert factor ** (n - 1) > reduction


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="momentum must be at least 0 and below 1; got 1"):
        con.momentum_factor(1.0, 0.1, 1.0)
    with pytest.raises(ValueError, match="curvature must be above 0; got 0"):
        con.largest_stable_rate(0.0)
    with pytest.raises(ValueError, match="smallest must be above 0 .*; got 2 and 1"):
        con.best_descent(2, 1)
    with pytest.raises(ValueError, match="smallest must be above 0"):
        con.best_momentum(0, 1)
    with pytest.raises(ValueError, match="factor must be above 0 and below 1; got 1"):
        con.steps_needed(1.0, 0.1)
