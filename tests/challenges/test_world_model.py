"""The world model, the search of controllers and the task they are for."""

import numpy as np
import pytest

from companion.challenges import cart_minds, cart_pole, controllers, world_model
from companion.networks.parameters import map_arrays


def zero_model(n_codes, end_logit):
    """A world in which nothing changes and every step may be the last."""
    rng = np.random.default_rng(0)
    data = [world_model.sequences([rng.normal(size=(3, n_codes))], [np.array([0, 1])], 2)]
    params = world_model.network(world_model.train(data, [0], n_updates=3), 0)
    params = map_arrays(np.zeros_like, params)
    params[1][1][-1] = end_logit
    return params


def test_sequences_by_hand():
    z = np.array([[0.0], [1.0], [3.0]])
    x, target = world_model.sequences([z, z[:2]], [np.array([0, 1]), np.array([1])], 2)
    np.testing.assert_array_equal(x[0], [[0, -1], [1, 1]])
    np.testing.assert_array_equal(target[0], [[1, 0, 1], [2, 1, 1]])
    np.testing.assert_array_equal(target[1], [[1, 1, 1], [0, 0, 0]])
    _, cut = world_model.sequences([z], [np.array([0, 1])], 1)
    np.testing.assert_array_equal(cut[0], [[1, 0, 1]])  # cut before its end


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
    data = [world_model.sequences([rng.normal(size=(5, 3))], [np.array([0, 1, 1, 0])], 4)]
    params = world_model.network(world_model.train(data, [0], n_updates=6), 0)
    z, actions = rng.normal(size=(5, 3)), np.array([1, 0, 0, 1])
    h = world_model.states(params, z, actions)
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
    data = [world_model.sequences(codes, actions, 8)]
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


class Pushing:
    """Always the same push; keeps what it was shown."""

    def __init__(self, action):
        self.action, self.seen = action, []

    def begin(self, n_episodes):
        self.n = n_episodes

    def act(self, seen):
        self.seen.append(seen.copy())
        return np.full(self.n, self.action)


def test_play_gives_the_returns_of_a_plain_loop():
    import gymnasium

    returns = cart_pole.play(Pushing(1), 3, np.random.default_rng(5), drawn=False)
    rng, env = np.random.default_rng(5), gymnasium.make("CartPole-v1")
    expected = []
    for _ in range(3):
        env.reset(seed=int(rng.integers(2**31)))
        steps, fell = 0, False
        while not fell:
            fell, steps = env.step(1)[2], steps + 1
        expected.append(steps)
    np.testing.assert_array_equal(returns, expected)


def test_pictures_show_where_the_cart_is():
    agent = Pushing(1)
    cart_pole.play(agent, 2, np.random.default_rng(0))
    frames = np.array(agent.seen).reshape(-1, 2, *cart_pole.SHAPE)
    assert frames.min() >= 0
    assert frames.max() <= 1
    assert frames[0, 0, 0].max() == 0  # sky
    columns = np.arange(cart_pole.SHAPE[1])
    cart = frames[:, 0, 8:11].sum(axis=1)
    centers = cart @ columns / cart.sum(axis=1)
    assert centers[-1] > centers[0] + 0.3


def test_random_episodes_obey_the_law_of_motion():
    episodes = cart_pole.random_episodes(60, np.random.default_rng(0))
    assert sum(len(e.actions) for e in episodes) >= 60
    for e in episodes:
        assert len(e.frames) == len(e.observations) == len(e.actions) + 1
        o = e.observations
        # Gymnasium integrates by Euler's rule, 0.02 s a step.
        np.testing.assert_allclose(o[1:, 0], o[:-1, 0] + 0.02 * o[:-1, 1], atol=1e-5)
        assert np.abs(o[:-1, 2]).max() <= 12 * np.pi / 180
        right = e.actions == 1
        assert np.all((np.diff(o[:, 1]) > 0) == right)


def test_a_good_controller_of_the_state_balances_to_the_end():
    agent = controllers.Direct(np.array([0.05, 0.2, 3.0, 1.0, 0.0]))
    returns = cart_pole.play(agent, 5, np.random.default_rng(0), drawn=False)
    np.testing.assert_array_equal(returns, cart_pole.MAX_STEPS)


def test_seeing_agents_keep_the_state_of_the_model(rng):
    episodes = cart_pole.random_episodes(60, rng)
    encoders = cart_minds.pca_encoders([episodes], 3)
    [mind] = cart_minds.learn(encoders, [episodes], [0], n_updates=9)
    z, h = mind.read(episodes[0])
    agent = controllers.Seeing(
        mind.encode, mind.params, "code and state", np.ones(3 + 24 + 1), mind.step_size
    )
    agent.begin(1)
    expected = np.sum(z[0]) + np.sum(h[0]) + 1 > 0
    assert agent.act(episodes[0].frames[:1])[0] == expected
    _, once, _ = world_model.step(mind.params, z[:1], h[:1], [int(expected)])
    np.testing.assert_allclose(agent.h, once, atol=1e-12)
    # Codes are centered, with a mean square of 1 over all units.
    codes = mind.encode(cart_minds.pictures(episodes))
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=1e-5)
    assert codes.var(axis=0).mean() == pytest.approx(1, rel=1e-4)


def test_search_in_the_task_keeps_its_budget():
    earned, used = cart_minds.search_in_task(0, 3000, drawn=False)
    assert 3000 <= used < 3000 + 16 * cart_pole.MAX_STEPS
    assert earned > 50  # pushing at random earns about 22


def test_an_autoencoder_learns_the_pictures():
    episodes = cart_pole.random_episodes(200, np.random.default_rng(0))
    worlds = [episodes, episodes[1:]]
    pairs = cart_minds.train_autoencoders(worlds, 4, [0, 1], epochs=25)
    for (encode, reconstruct), world in zip(pairs, worlds, strict=True):
        x = cart_minds.pictures(world)
        error = np.mean((x - reconstruct(x)) ** 2)
        assert error < 0.5 * np.mean((x - x.mean(axis=0)) ** 2)
        assert encode(x).shape == (len(x), 4)
