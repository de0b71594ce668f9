"""The world model, and the search of controllers."""

import numpy as np
import pytest

from companion.challenges import controllers, world_model
from companion.networks.parameters import map_arrays


def zero_model(n_codes, end_logit):
    """A world in which nothing changes and every step may be the last."""
    rng = np.random.default_rng(0)
    data = [
        world_model.sequences(
            [rng.normal(size=(3, n_codes))], [np.array([0, 1])], [True], 2
        )
    ]
    params = world_model.network(world_model.train(data, [0], n_updates=3), 0)
    params = map_arrays(np.zeros_like, params)
    params[1][1][-1] = end_logit
    return params


def test_sequences_by_hand():
    z = np.array([[0.0], [1.0], [3.0]])
    actions = [np.array([0, 1]), np.array([1])]
    x, target = world_model.sequences([z, z[:2]], actions, [True, True], 2)
    np.testing.assert_array_equal(x[0], [[0, -1], [1, 1]])
    np.testing.assert_array_equal(target[0], [[1, 0, 1], [2, 1, 1]])
    np.testing.assert_array_equal(target[1], [[1, 1, 1], [0, 0, 0]])
    _, cut = world_model.sequences([z], actions[:1], [True], 1)
    np.testing.assert_array_equal(cut[0], [[1, 0, 1]])  # cut before its end
    _, by_the_limit = world_model.sequences([z], actions[:1], [False], 3)
    np.testing.assert_array_equal(by_the_limit[0], [[1, 0, 1], [2, 0, 1], [0, 0, 0]])


def test_prediction_loss_has_the_gradient_of_a_central_difference(rng):
    y, eps = rng.normal(size=(6, 4)), 1e-6
    ended, counts = [1, 0, 0, 1, 0, 0], [1, 1, 1, 1, 0, 1]
    target = np.column_stack([rng.normal(size=(6, 3)), ended, counts])
    value, grad = world_model.prediction_loss(y, target)
    direction = rng.normal(size=y.shape)
    up, _ = world_model.prediction_loss(y + eps * direction, target)
    down, _ = world_model.prediction_loss(y - eps * direction, target)
    assert np.sum(grad * direction) == pytest.approx((up - down) / (2 * eps), rel=1e-6)
    p = 1 / (1 + np.exp(-y[:, 3]))
    each = 0.5 * np.sum((y[:, :3] - target[:, :3]) ** 2, axis=1)
    each -= np.log(np.where(np.array(ended) == 1, p, 1 - p))
    assert value == pytest.approx(each[[0, 1, 2, 3, 5]].mean())


def test_states_and_steps_agree(rng):
    data = [
        world_model.sequences(
            [rng.normal(size=(5, 3))], [np.array([0, 1, 1, 0])], [True], 4
        )
    ]
    params = world_model.network(world_model.train(data, [0], n_updates=6), 0)
    z, actions = rng.normal(size=(5, 3)), np.array([1, 0, 0, 1])
    [h] = world_model.states(params, z[np.newaxis], actions[np.newaxis])
    by_step = np.zeros((1, world_model.N_HIDDEN))
    for t, action in enumerate(actions):
        np.testing.assert_allclose(h[t], by_step[0], atol=1e-12)
        _, by_step, _ = world_model.step(params, z[t : t + 1], by_step, [action])
    np.testing.assert_allclose(h[4], by_step[0], atol=1e-12)
    first, state, _ = world_model.step(params, z[:1], h[:1], [1])
    second, _, _ = world_model.step(params, first, state, [0])
    ahead = world_model.forecast(params, z[:1], h[:1], np.array([[1, 0]]))
    np.testing.assert_allclose(ahead[0], [first[0], second[0]], atol=1e-12)


def test_a_model_learns_what_an_action_does(rng):
    # The code goes up by 0.3 under action 1 and down under action 0.
    actions = [rng.integers(2, size=8) for _ in range(60)]
    codes = [np.concatenate([[0.0], np.cumsum(0.6 * a - 0.3)])[:, None] for a in actions]
    data = [world_model.sequences(codes, actions, [True] * 60, 8)]
    params = world_model.network(world_model.train(data, [0], n_updates=150), 0)
    z, _, ends = world_model.step(
        params, np.full((2, 1), 0.6), np.zeros((2, world_model.N_HIDDEN)), np.array([0, 1])
    )
    np.testing.assert_allclose(z[:, 0], [0.3, 0.9], atol=0.1)
    assert ends.max() < 0.2  # all episodes end at the eighth step


@pytest.mark.parametrize("sight", controllers.SIGHTS)
def test_return_of_a_dream_in_closed_form(sight):
    p, n = 0.1, 30
    params = zero_model(2, np.log(p / (1 - p)))
    weights = np.ones((3, controllers.n_weights(sight, 2)))
    found = controllers.dream_returns(params, sight, weights, np.ones((4, 2)), 1.0, n)
    np.testing.assert_allclose(found, (1 - (1 - p) ** n) / p)


def test_features_of_the_three_sights():
    z, before, h = np.array([[3.0]]), np.array([[1.0]]), np.array([[7.0, 8.0]])
    args = z, before, h, 0.5
    np.testing.assert_array_equal(controllers.features("code", *args), [[3]])
    np.testing.assert_array_equal(controllers.features("two codes", *args), [[3, 4]])
    np.testing.assert_array_equal(
        controllers.features("code and state", *args), [[3, 7, 8]]
    )
    assert controllers.n_weights("two codes", 5) == 11


def test_pushes_by_hand():
    f = np.array([[1.0, 2.0], [1.0, -2.0]])
    np.testing.assert_array_equal(controllers.push([1.0, 1.0, -0.5], f), [True, False])
    each = np.array([[0, 0, -1.0], [0, 0, 1.0]])
    np.testing.assert_array_equal(controllers.push(each, f), [False, True])


def test_cross_entropy_method_climbs_a_parabola(rng):
    top = np.array([2.0, -1.0, 0.5])
    mean, history = controllers.cross_entropy_method(
        lambda w: -np.sum((w - top) ** 2, axis=1), 3, rng, n_generations=40
    )
    np.testing.assert_allclose(mean, top, atol=0.1)
    assert history[-1] > history[0]


def test_the_search_stops_when_the_score_says_so(rng):
    calls = []

    def score(weights):
        calls.append(1)
        return None if len(calls) > 2 else weights[:, 0]

    _, history = controllers.cross_entropy_method(score, 2, rng, n_generations=9)
    assert len(history) == 2
