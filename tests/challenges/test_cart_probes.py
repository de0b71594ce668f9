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
        found.append(cart_pole.Episode(states, states, rng.integers(2, size=19)))
    return found


def mind_that(encode, episodes):
    """A mind with a given encoder and a world model hardly trained."""
    data = [
        cart_minds.world_model.sequences(
            [encode(episodes[0].frames)], [episodes[0].actions], 19
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
    z, h = mind.read(episodes[0])
    one, _, _ = cart_minds.world_model.step(
        mind.params, z[4:5], h[4:5], episodes[0].actions[4:5]
    )
    single = cart_probes.forecast_errors(mind, episodes[:1])["world model"][0]
    assert single == pytest.approx(np.sum((one[0] - z[5]) ** 2))
