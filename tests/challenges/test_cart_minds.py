"""Minds: what they keep of their episodes, how they dream, and how they fare awake."""

import numpy as np
import pytest

from companion.challenges import (
    cart_codes,
    cart_minds,
    cart_pole,
    controllers,
    world_model,
)


def mind_with(params, n_codes=2):
    """A mind whose dreams all begin at the code 1."""
    starts = np.ones((5, n_codes))
    return cart_minds.Mind(None, params, 1.0, starts, 2 * starts)


def world_that_ends(after_right, after_left, n_codes=2):
    """A world of resting codes; the chance of an end depends on the push alone."""
    n_hidden = world_model.N_HIDDEN
    w_x, b_x = np.zeros((n_codes + 1, 3 * n_hidden)), np.zeros(3 * n_hidden)
    b_x[:n_hidden] = -40.0  # the update gate is shut: h = n
    w_x[-1, 2 * n_hidden] = 20.0  # the first unit becomes 1 or -1 as the push
    layer = w_x, np.zeros((n_hidden, 3 * n_hidden)), b_x, np.zeros(3 * n_hidden)
    logits = [np.log(p / (1 - p)) for p in (after_right, after_left)]
    w_y, b_y = np.zeros((n_hidden, n_codes + 1)), np.zeros(n_codes + 1)
    w_y[0, -1], b_y[-1] = (logits[0] - logits[1]) / 2, (logits[0] + logits[1]) / 2
    return layer, (w_y, b_y)


@pytest.fixture(scope="module")
def learned():
    """Episodes, an encoder of them and the mind that learned from both."""
    episodes = cart_pole.random_episodes(150, np.random.default_rng(0))
    encoders = cart_codes.pca_encoders([episodes], 3)
    [mind] = cart_minds.learn(encoders, [episodes], [4], n_updates=30)
    return episodes, encoders[0], mind


def test_a_mind_keeps_the_firsts_and_the_mean_step_of_its_episodes(learned):
    episodes, encode, mind = learned
    np.testing.assert_allclose(mind.starts, [encode(e.frames)[0] for e in episodes])
    steps = [
        encode(e.frames[t + 1 : t + 2]) - encode(e.frames[t : t + 1])
        for e in episodes
        for t in range(len(e.actions))
    ]
    assert mind.step_size == pytest.approx(np.sqrt(np.mean(np.square(steps))), rel=1e-5)
    usual = cart_pole.first_pictures(10, np.random.default_rng(4))
    np.testing.assert_allclose(mind.usual, encode(usual))


def test_the_world_model_learns_from_pairs_of_code_and_push_of_each_seed(monkeypatch):
    episodes = cart_pole.random_episodes(80, np.random.default_rng(2))
    episodes[1] = episodes[1]._replace(fell=False)
    worlds = [episodes, episodes[1:]]
    given, sequences = [], world_model.sequences
    monkeypatch.setattr(
        world_model, "sequences", lambda *args: given.append(args) or sequences(*args)
    )
    encoders = cart_codes.pca_encoders(worlds, 2)
    minds = cart_minds.learn(encoders, worlds, [0, 1], n_updates=3)
    for (codes, actions, fell, _), encode, world in zip(
        given, encoders, worlds, strict=True
    ):
        np.testing.assert_allclose(codes[1], encode(world[1].frames))
        np.testing.assert_array_equal(actions[1], world[1].actions)
        assert fell == [e.fell for e in world]
    assert not np.allclose(minds[0].params[0][0], minds[1].params[0][0])


def test_a_mind_reads_its_codes_and_the_states_before_them(learned):
    episodes, encode, mind = learned
    assert len({len(e.actions) for e in episodes}) > 1
    for e, (z, h) in zip(episodes, mind.read(episodes), strict=True):
        np.testing.assert_allclose(z, encode(e.frames))
        state = np.zeros((1, world_model.N_HIDDEN))
        for t, action in enumerate(e.actions):
            np.testing.assert_allclose(h[t], state[0], atol=1e-12)
            _, state, _ = world_model.step(mind.params, z[t : t + 1], state, [action])
        np.testing.assert_allclose(h[-1], state[0], atol=1e-12)


def test_a_dream_avoids_the_push_that_ends_it():
    for right, left in ((0.5, 0.01), (0.01, 0.5)):
        mind = mind_with(world_that_ends(right, left))
        weights, promised = cart_minds.dream(mind, "code", 0, n_generations=4)
        pushes_right = controllers.push(weights, mind.usual)
        np.testing.assert_array_equal(pushes_right, right < left)
        # The promise is for 200 steps, though the search dreams shorter.
        assert promised == pytest.approx((1 - 0.99**200) / 0.01)


def test_the_search_begins_like_the_episodes_and_the_promise_like_the_task(monkeypatch):
    begun, dream_returns = [], controllers.dream_returns

    def kept(params, sight, weights, starts, step_size, n_steps):
        begun.append((starts, n_steps))
        return dream_returns(params, sight, weights, starts, step_size, n_steps)

    monkeypatch.setattr(controllers, "dream_returns", kept)
    cart_minds.dream(mind_with(world_that_ends(0.2, 0.2)), "code", 0, n_generations=2)
    *search, last = begun
    assert [(np.unique(s), n) for s, n in search] == [([1.0], 60), ([1.0], 60)]
    np.testing.assert_array_equal(last[0], np.full((5, 2), 2.0))
    assert last[1] == 200


@pytest.mark.parametrize("sight", controllers.SIGHTS)
def test_seeing_agents_act_on_codes_changes_and_states(learned, sight):
    episodes, _, mind = learned
    rng, frames = np.random.default_rng(0), episodes[0].frames[:4]
    weights = rng.normal(size=controllers.n_weights(sight, 3))
    agent = controllers.Seeing(mind.encode, mind.params, sight, weights, mind.step_size)
    agent.begin(1)
    z, h = mind.encode(frames), np.zeros((1, world_model.N_HIDDEN))
    for t in range(4):
        change = (z[t] - z[max(t - 1, 0)]) / mind.step_size
        f = {"code": z[t], "two codes": np.append(z[t], change)}.get(
            sight, np.append(z[t], h)
        )
        expected = weights[:-1] @ f + weights[-1] > 0
        assert agent.act(frames[t : t + 1])[0] == expected
        _, h, _ = world_model.step(mind.params, z[t : t + 1], h, [int(expected)])
        np.testing.assert_allclose(agent.h, h, atol=1e-12)


def test_awake_is_the_mean_return_of_new_episodes(learned):
    _, encode, mind = learned
    always_right = np.array([0.0, 0.0, 0.0, 1.0])
    found = cart_minds.awake(mind, "code", always_right, 3)
    agent = controllers.Direct(np.array([0, 0, 0, 0, 1.0]))
    returns = cart_pole.play(agent, 10, np.random.default_rng(1003), drawn=False)
    assert found == returns.mean()


def test_search_in_the_task_keeps_its_budget():
    earned, used = cart_minds.search_in_task(0, 3000, drawn=False)
    assert 3000 <= used < 3000 + 16 * 200
    assert earned > 50  # pushing at random earns about 22


def test_search_in_the_task_reports_new_episodes(monkeypatch):
    played, play = [], cart_pole.play

    def kept(agent, n_episodes, rng, drawn=True):
        returns = play(agent, n_episodes, rng, drawn=drawn)
        played.append((np.array(agent.weights), n_episodes, returns))
        return returns

    monkeypatch.setattr(cart_pole, "play", kept)
    earned, used = cart_minds.search_in_task(1, 300, drawn=False)
    *search, last = played
    assert used == sum(returns.sum() for _, _, returns in search)
    assert sum(returns.sum() for _, _, returns in search[:-1]) < 300
    weights, _, returns = search[-1]
    best = np.argsort(-returns, kind="stable")[:4]
    np.testing.assert_allclose(last[0], weights[best].mean(axis=0))
    assert last[1] == 10
    assert earned == last[2].mean()
    fresh = np.random.default_rng(1001)
    again = play(controllers.Direct(last[0]), 10, fresh, drawn=False)
    np.testing.assert_array_equal(last[2], again)


def test_dreams_that_end_early_leave_the_others_alone():
    # Three controllers push left, right and left; a push to the left ends at half chance.
    params = world_that_ends(0.01, 0.5)
    weights = np.array([[0, 0, -1.0], [0, 0, 1.0], [0, 0, -1.0]])
    starts = np.random.default_rng(0).normal(size=(4, 2))
    found = controllers.dream_returns(params, "code", weights, starts, 1.0, 100)
    left, right = 1 / 0.5, (1 - 0.99**100) / 0.01
    np.testing.assert_allclose(found, [left, right, left], rtol=1e-3)


def test_a_dream_among_others_goes_as_it_goes_alone(learned):
    _, _, mind = learned
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(6, controllers.n_weights("code and state", 3)))
    # A model that ends often and at different times, by the code.
    layer, (w_y, b_y) = mind.params
    params = layer, (w_y * 3, b_y)
    args = "code and state", mind.starts[:3], mind.step_size, 60
    together, alone = (
        [controllers.dream_returns(params, args[0], w, *args[1:]) for w in parts]
        for parts in ([weights], [weights[i : i + 1] for i in range(6)])
    )
    # Dreams whose chance to go on is below a thousandth are given up, here and there
    # at different steps.
    np.testing.assert_allclose(together[0], np.ravel(alone), atol=0.06)
