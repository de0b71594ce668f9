"""BCM against its rest points, a numerical Jacobian and the bound of stability."""

import numpy as np
import pytest
from scipy.linalg import expm

from companion.brain import bcm


@pytest.fixture
def patterns(rng):
    return rng.normal(size=(3, 5)) + 1.0


P = np.array([0.5, 0.3, 0.2])


def rest_state(patterns, answered):
    y = bcm.rest_answers(answered, P)
    return bcm.BCMState(np.linalg.pinv(patterns) @ y, y.max())


@pytest.mark.parametrize("answered", [(1, 0, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1)])
def test_the_averaged_rule_rests_where_the_formula_says(patterns, answered):
    state = rest_state(patterns, answered)
    share = sum(p for p, a in zip(P, answered, strict=True) if a)
    y = patterns @ state.weights
    np.testing.assert_allclose(y, np.array(answered) / share, atol=1e-12)
    rate = bcm.mean_flow(state, patterns, P, learning_rate=0.3, tau=2.0)
    np.testing.assert_allclose(rate.weights, 0.0, atol=1e-12)
    assert rate.threshold == pytest.approx(0.0, abs=1e-12)


def test_the_mean_flow_is_the_mean_of_single_updates(rng, patterns):
    state = bcm.BCMState(rng.normal(size=5), 0.7)
    mean = bcm.mean_flow(state, patterns, P, learning_rate=0.3, tau=2.0)
    single = [bcm.bcm_update(state, x, tau=2.0) for x in patterns]
    expected = 0.3 * sum(p * rate.weights for p, rate in zip(P, single, strict=True))
    np.testing.assert_allclose(mean.weights, expected)
    expected = sum(p * rate.threshold for p, rate in zip(P, single, strict=True))
    assert mean.threshold == pytest.approx(expected)


def test_one_update_by_hand():
    # y = 2, theta = 1.5: y (y - theta) = 1 and y^2 - theta = 2.5.
    rate = bcm.bcm_update(bcm.BCMState(np.array([2.0, 5.0]), 1.5), np.array([1.0, 0]), 5.0)
    np.testing.assert_allclose(rate.weights, [1.0, 0.0])
    assert rate.threshold == pytest.approx(0.5)


@pytest.mark.parametrize("answered", [(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 1)])
def test_growth_rates_are_those_of_a_numerical_jacobian(patterns, answered):
    rates = {"learning_rate": 0.4, "tau": 1.7}
    y = bcm.rest_answers(answered, P)
    rest, step = np.append(y, y.max()), 1e-6

    def flow(packed):
        state = bcm.BCMState(np.linalg.pinv(patterns) @ packed[:3], packed[3])
        rate = bcm.mean_flow(state, patterns, P, **rates)
        return np.append(patterns @ rate.weights, rate.threshold)

    columns = [(flow(rest + d) - flow(rest - d)) / (2 * step) for d in step * np.eye(4)]
    expected = np.linalg.eigvals(np.column_stack(columns)).astype(complex)
    found = bcm.growth_rates(answered, patterns, P, **rates)
    assert np.all(np.diff(found.real) <= 0)
    np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(expected), atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.99, 1.01, 3.0])
def test_a_choice_is_stable_while_the_threshold_is_fast(share):
    rates = bcm.growth_rates((0, 1, 0), np.eye(3), P, learning_rate=0.1, tau=share / 0.1)
    assert (rates[0].real < 0) == (share < 1)


def test_answering_two_patterns_is_a_saddle():
    # A fast threshold leaves y1' = y1 (y1 - (y1^2 + y2^2)/2) / 2: rates 1/2 and -1/2.
    rates = bcm.growth_rates((1, 1), np.eye(2), (0.5, 0.5), learning_rate=1.0, tau=1e-6)
    np.testing.assert_allclose(rates[:2], [0.5, -0.5], atol=1e-5)


@pytest.mark.parametrize(("eta", "tau"), [(0.2, 2.0), (0.2, 4.5), (0.05, 7.0)])
def test_integrate_follows_the_linear_flow_in_time(eta, tau):
    # One pattern that always comes: rest at y = theta = 1, the matrix by hand.
    matrix = np.array([[eta, -eta], [2.0 / tau, -1.0 / tau]])
    times, start = np.array([0.0, 3.0, 9.0]), np.array([1e-3, -2e-3])
    state = bcm.BCMState(np.array([1.0 + start[0]]), 1.0 + start[1])
    y, theta = bcm.integrate(
        state, np.eye(1), np.ones(1), times, learning_rate=eta, tau=tau
    )
    expected = [1.0 + expm(matrix * t) @ start for t in times]
    # What is left is of second order in the deviation.
    np.testing.assert_allclose(np.column_stack([y, theta]), expected, atol=3e-5)


def test_selectivity_emerges(rng, patterns):
    times = np.linspace(0.0, 400.0, 50)
    start = bcm.BCMState(np.linalg.pinv(patterns) @ [0.3, 0.2, 0.4], 0.1)
    y, theta = bcm.integrate(start, patterns, P, times, learning_rate=0.2, tau=0.5)
    np.testing.assert_allclose(y[0], [0.3, 0.2, 0.4])
    chosen = y[-1].argmax()
    expected = np.zeros(3)
    expected[chosen] = 1.0 / P[chosen]
    np.testing.assert_allclose(y[-1], expected, atol=1e-3)
    assert theta[-1] == pytest.approx(1.0 / P[chosen], abs=1e-3)


def test_single_patterns_lead_to_the_same_answers(rng):
    start = bcm.BCMState(np.array([0.5, 0.6]), 0.5)
    state = bcm.train(
        start,
        np.eye(2),
        [0.5, 0.5],
        learning_rate=0.005,
        tau=40.0,
        n_steps=8000,
        rng=rng,
    )
    # The threshold fluctuates with the last 40 patterns.
    np.testing.assert_allclose(np.sort(state.weights), [0.0, 2.0], atol=0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probabilities": [0.5, 0.6]}, "probabilities must add up to 1"),
        ({"probabilities": [1.5, -0.5]}, "probabilities must add up to 1"),
        ({"probabilities": [1.0]}, r"probabilities must be \(M,\)"),
        ({"tau": 0.0}, "tau must be above 0; got 0.0"),
    ],
)
def test_integrate_refuses(changes, message):
    settings = {"probabilities": [0.5, 0.5], "learning_rate": 0.1, "tau": 1.0} | changes
    with pytest.raises(ValueError, match=message):
        bcm.integrate(None, np.eye(2), times=[0.0, 1.0], **settings)


def test_a_rest_point_answers_something():
    with pytest.raises(ValueError, match="at least one pattern"):
        bcm.rest_answers((0, 0), (0.5, 0.5))


def test_two_patterns_by_hand():
    # y = 1, theta = 0.5: w <- 1 + 0.1 x 0.5, theta <- 0.5 + 0.5 / 4; then the same again.
    y, theta = 1.05, 0.625
    second = (y + 0.1 * y * (y - theta), theta + (y**2 - theta) / 4)
    state = bcm.train(
        bcm.BCMState(np.array([1.0]), 0.5),
        [[1.0]],
        [1.0],
        learning_rate=0.1,
        tau=4.0,
        n_steps=2,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose([state.weights[0], state.threshold], second)
