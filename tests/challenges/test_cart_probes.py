"""Probes on codes whose content is known."""

import numpy as np
import pytest

from companion.challenges import cart_minds, cart_pole, cart_probes


@pytest.fixture
def episodes(rng):
    """Episodes whose pictures are the true state itself, and straight lines."""
    found = []
    for _ in range(12):
        first, speed = rng.normal(size=(2, 4))
        states = first + speed * np.arange(20)[:, np.newaxis]
        found.append(cart_pole.Episode(states, states, rng.integers(2, size=19), True))
    return found


def mind_that(encode, episodes):
    """A mind with a given encoder and a world model hardly trained."""
    data = [
        cart_minds.world_model.sequences(
            [encode(episodes[0].frames)], [episodes[0].actions], [True], 19
        )
    ]
    stack = cart_minds.world_model.train(data, [0], n_updates=3)
    params = cart_minds.world_model.network(stack, 0)
    return cart_minds.Mind(encode, params, 1.0, None, None)


def test_a_code_that_is_the_state_knows_all_and_half_of_it_half(episodes):
    whole = mind_that(lambda x: 3 * x + 1, episodes)
    found = cart_probes.known(whole, episodes[:6], episodes[6:], with_state=False)
    np.testing.assert_allclose(found, 1)
    half = mind_that(lambda x: x[:, :2], episodes)
    found = cart_probes.known(half, episodes[:6], episodes[6:], with_state=False)
    np.testing.assert_allclose(found[:2], 1)
    assert np.all(found[2:] < 0.9)


def test_a_straight_line_is_extrapolated_without_error(episodes):
    mind = mind_that(lambda x: x, episodes)
    errors = cart_probes.forecast_errors(mind, episodes)
    np.testing.assert_allclose(errors["straight line"], 0, atol=1e-20)
    speeds = np.array([np.sum((e.frames[1] - e.frames[0]) ** 2) for e in episodes])
    by_hand = speeds.mean() * np.arange(1, 11) ** 2
    np.testing.assert_allclose(errors["nothing changes"], by_hand)
    [(z, h)] = mind.read(episodes[:1])
    one, _, _ = cart_minds.world_model.step(
        mind.params, z[4:5], h[4:5], episodes[0].actions[4:5]
    )
    single = cart_probes.forecast_errors(mind, episodes[:1])["world model"][0]
    assert single == pytest.approx(np.sum((one[0] - z[5]) ** 2))


def test_a_map_is_fitted_on_some_episodes_and_measured_on_others(episodes):
    turned = [e._replace(frames=-e.frames) for e in episodes[6:]]
    mind = mind_that(lambda x: x, episodes)
    found = cart_probes.known(mind, episodes[:6], turned, with_state=False)
    # The map answers the state with its sign turned: an error of twice the state.
    o = np.concatenate([e.observations for e in turned])
    np.testing.assert_allclose(found, 1 - 4 * np.mean(o**2, axis=0) / o.var(axis=0))


def test_a_code_that_says_nothing_is_answered_by_the_mean_of_the_first_episodes(episodes):
    mind = mind_that(lambda x: 0 * x[:, :1], episodes)
    found = cart_probes.known(mind, episodes[:6], episodes[6:], with_state=False)
    first, second = (
        np.concatenate([e.observations for e in part])
        for part in (episodes[:6], episodes[6:])
    )
    error = np.mean((second - first.mean(axis=0)) ** 2, axis=0)
    np.testing.assert_allclose(found, 1 - error / second.var(axis=0))


def test_the_state_is_read_beside_the_code_if_asked(episodes):
    mind = mind_that(lambda x: x[:, :1], episodes)
    found = cart_probes.known(mind, episodes[:6], episodes[6:], with_state=True)
    x, o, new, wanted = (
        np.concatenate(parts)
        for parts in (
            [np.column_stack(pair) for pair in mind.read(episodes[:6])],
            [e.observations for e in episodes[:6]],
            [np.column_stack(pair) for pair in mind.read(episodes[6:])],
            [e.observations for e in episodes[6:]],
        )
    )
    x, new = (np.column_stack([np.ones(len(part)), part]) for part in (x, new))
    off = new @ np.linalg.pinv(x) @ o - wanted
    np.testing.assert_allclose(found, 1 - np.mean(off**2, axis=0) / wanted.var(axis=0))


def test_forecasts_go_on_by_themselves_from_the_fifth_picture(episodes):
    mind = mind_that(lambda x: x, episodes)
    short = [e._replace(frames=e.frames[:14], actions=e.actions[:13]) for e in episodes[1:]]
    enough = episodes[0]._replace(
        frames=episodes[0].frames[:15], actions=episodes[0].actions[:14]
    )
    found = cart_probes.forecast_errors(mind, [enough, *short])["world model"]
    [(z, h)] = mind.read([enough])
    code, state, by_hand = z[4:5], h[4:5], []
    for t in range(4, 14):
        code, state, _ = cart_minds.world_model.step(
            mind.params, code, state, enough.actions[t : t + 1]
        )
        by_hand.append(np.sum((code[0] - z[t + 1]) ** 2))
    np.testing.assert_allclose(found, by_hand)
