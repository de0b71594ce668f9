"""The task with the cart: its pictures, its episodes and its returns."""

import gymnasium
import numpy as np
import pytest

from companion.challenges import cart_pole, controllers


class Pushing:
    """Always the same push; keeps what it was shown."""

    def __init__(self, action):
        self.action, self.seen = action, []

    def begin(self, n_episodes):
        self.n = n_episodes

    def act(self, seen):
        self.seen.append(seen.copy())
        return np.full(self.n, self.action)


def picture_of(state):
    """The picture of a given state."""
    env = cart_pole.make()
    env.reset(seed=0)
    env.unwrapped.state = np.array(state, dtype=float)
    picture = cart_pole.view(env)
    env.close()
    return picture.reshape(cart_pole.SHAPE)


def test_play_gives_the_returns_of_a_plain_loop():
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


def test_a_player_sees_the_state_after_every_step():
    agent, env = Pushing(0), gymnasium.make("CartPole-v1")
    cart_pole.play(agent, 1, np.random.default_rng(5), drawn=False)
    observation, _ = env.reset(seed=int(np.random.default_rng(5).integers(2**31)))
    for seen in agent.seen:
        np.testing.assert_array_equal(seen[0], observation)
        observation = env.step(0)[0]


def test_a_picture_is_the_block_means_of_what_gymnasium_gives(rng):
    plain = gymnasium.make("CartPole-v1", render_mode="rgb_array")
    plain.unwrapped.screen_width, plain.unwrapped.screen_height = 240, 160
    plain.reset(seed=0)
    for state in rng.uniform([-2.4, 0, -0.3, 0], [2.4, 1, 0.3, 1], size=(20, 4)):
        plain.unwrapped.state = state
        blue = plain.render()[:, :, 2]
        blocks = [
            [blue[i : i + 6, j : j + 8].mean() for j in range(0, 240, 8)]
            for i in range(0, 78, 6)
        ]
        np.testing.assert_allclose(picture_of(state), 1 - np.array(blocks) / 255, atol=1e-6)
        # What is left out below shows nothing.
        assert np.all(blue[78:] == 255)
    plain.close()


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


@pytest.mark.parametrize("position_m", [-1.2, 0.0, 0.6])
def test_the_cart_stands_where_the_track_says(position_m):
    # 4.8 m of track over 30 columns; the cart is 50 of 240 pixels wide, and black.
    row = picture_of([position_m, 0, 0, 0])[11]
    center = row @ (np.arange(30) + 0.5) / row.sum()
    assert center == pytest.approx(15 + position_m / 4.8 * 30, abs=0.1)
    assert row.max() == pytest.approx(1.0)
    assert row.sum() == pytest.approx(50 / 8, abs=0.2)


def test_the_pole_leans_to_the_right_and_has_its_color():
    # Gymnasium draws it 10 pixels wide with 101 of 255 in the blue channel.
    upright, leaning = picture_of([0, 0, 0, 0]), picture_of([0, 0, 0.2, 0])
    tops = [picture[3] @ np.arange(30) / picture[3].sum() for picture in (upright, leaning)]
    assert tops[1] - tops[0] > 0.4
    assert upright[3].sum() == pytest.approx((1 - 101 / 255) * 11 / 8, abs=0.15)


def test_random_episodes_obey_the_law_of_motion():
    episodes = cart_pole.random_episodes(60, np.random.default_rng(0))
    assert sum(len(e.actions) for e in episodes) >= 60
    for e in episodes:
        assert len(e.frames) == len(e.observations) == len(e.actions) + 1
        o = e.observations
        # Gymnasium integrates by Euler's rule, 0.02 s a step.
        np.testing.assert_allclose(o[1:, 0], o[:-1, 0] + 0.02 * o[:-1, 1], atol=1e-5)
        assert np.abs(o[:-1, 2]).max() <= 12 * np.pi / 180
        assert np.abs(o[-1, 2]) > 12 * np.pi / 180
        assert e.fell
        right = e.actions == 1
        assert np.all((np.diff(o[:, 1]) > 0) == right)


def test_a_picture_belongs_to_its_observation():
    episode = cart_pole.random_episodes(10, np.random.default_rng(3))[0]
    for frame, state in zip(episode.frames, episode.observations, strict=True):
        again = picture_of(state).ravel()
        # Observations have 32 bits: a pixel at an edge may differ.
        assert np.mean(np.abs(frame - again)) < 2e-4


def test_random_episodes_begin_on_both_sides_as_far_as_asked():
    rng = np.random.default_rng(1)
    firsts = [e.observations[0] for e in cart_pole.random_episodes(400, rng, start=0.15)]
    assert np.max(firsts) == pytest.approx(0.15, abs=0.02)
    assert np.min(firsts) == pytest.approx(-0.15, abs=0.02)
    assert cart_pole.USUAL_START == 0.05  # as Gymnasium has it


def test_an_episode_that_the_limit_cut_off_has_not_ended(monkeypatch):
    monkeypatch.setattr(cart_pole, "MAX_STEPS", 4)
    episodes = cart_pole.random_episodes(12, np.random.default_rng(0), start=0.01)
    assert [len(e.actions) for e in episodes] == [4, 4, 4]
    assert not any(e.fell for e in episodes)


def test_a_good_controller_of_the_state_balances_to_the_end():
    agent = controllers.Direct(np.array([0.05, 0.2, 3.0, 1.0, 0.0]))
    returns = cart_pole.play(agent, 5, np.random.default_rng(0), drawn=False)
    np.testing.assert_array_equal(returns, 200)


def test_first_pictures_are_those_that_a_player_sees_first():
    agent = Pushing(0)
    cart_pole.play(agent, 3, np.random.default_rng(8))
    pictures = cart_pole.first_pictures(3, np.random.default_rng(8))
    np.testing.assert_array_equal(pictures, agent.seen[0])
