"""Gymnasium's cart with a pole, seen through the pictures that Gymnasium draws.

The task is CartPole-v1: push the cart to the left (0) or right (1) fifty times a second;
every step earns 1 until the pole leans by more than 12 degrees or the cart leaves the
track. An episode is cut after 200 steps, as in version 0 of the task; version 1 has 500.

Pictures are drawn in a window of 240 x 160 pixels and averaged over blocks to 13 x 30
values. The usual window has 600 x 400. Gymnasium gives the cart 50 pixels whatever the
window, so in the small one it is wider against the track, and hides more of what
it does: a pixel is 2 cm here and 0.8 cm there. The law of motion is the same.
"""

import os
from typing import NamedTuple

import numpy as np

SHAPE = (13, 30)
MAX_STEPS = 200
USUAL_START = 0.05
WINDOW = (240, 160)  # width, height
BLOCK = (6, 8)  # rows, columns; below row 78 there is only ground


class Episode(NamedTuple):
    """One episode, from the first picture to the last.

    Args:
        frames: Shape (T + 1, 390), in [0, 1], background 0.
        observations: Position in m, velocity in m/s, angle in rad, angular velocity in
            rad/s, shape (T + 1, 4).
        actions: 0 or 1, shape (T,).
        fell: Whether the last step ended the episode; False if it was cut off at 200.
    """

    frames: np.ndarray
    observations: np.ndarray
    actions: np.ndarray
    fell: bool


def make(drawn=True):
    """Open the task.

    Args:
        drawn: Whether pictures will be asked for.

    Returns:
        The Gymnasium environment; `view` gives its picture.
    """
    # No window is opened: SDL, which draws, is told so before it starts.
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import gymnasium

    env = gymnasium.make(
        "CartPole-v1", max_episode_steps=MAX_STEPS, disable_env_checker=True
    )
    env.unwrapped.screen_width, env.unwrapped.screen_height = WINDOW
    # In any other mode Gymnasium draws the same and leaves it on its screen. It is the copy
    # of a whole window that takes long, and `view` needs less.
    env.unwrapped.render_mode = "screen only" if drawn else None
    return env


def view(env):
    """The picture of the moment, smaller: block means of the blue channel, inverted.

    Args:
        env: From `make`, begun with `reset`.

    Returns:
        Shape (390,), float32 in [0, 1]; 0 is the background.
    """
    from pygame import surfarray

    task = env.unwrapped
    task.render()
    blue = surfarray.pixels_blue(task.screen).T[: SHAPE[0] * BLOCK[0]]
    # Whole numbers far below 2**16 and 2**24: both sums are exact.
    rows = blue.reshape(SHAPE[0], BLOCK[0], -1).sum(axis=1, dtype=np.uint16)
    blocks = rows.astype(np.float32).reshape(-1, BLOCK[1]).sum(axis=1)
    return 1.0 - blocks / np.float32(np.prod(BLOCK)) / np.float32(255.0)


def random_episodes(n_steps, rng, *, start=0.2):
    """Push at random until at least so many steps are done.

    Args:
        n_steps: Steps at least; the last episode is finished.
        rng: A `numpy.random.Generator`.
        start: The four state variables begin within plus and minus this; the usual 0.05
            shows hardly more than an upright pole.

    Returns:
        A list of `Episode`.
    """
    env, episodes, done_steps = make(), [], 0
    while done_steps < n_steps:
        observation = _reset(env, rng, start)
        frames, observations, actions, over = [view(env)], [observation], [], False
        while not over:
            actions.append(int(rng.integers(2)))
            observation, _, fell, cut, _ = env.step(actions[-1])
            frames.append(view(env))
            observations.append(observation)
            over = fell or cut
        parts = frames, observations, actions
        episodes.append(Episode(*(np.array(part) for part in parts), fell))
        done_steps += len(actions)
    env.close()
    return episodes


def first_pictures(n_pictures, rng):
    """Pictures of the usual starts of the task, shape (n_pictures, 390)."""
    env, frames = make(), []
    for _ in range(n_pictures):
        _reset(env, rng, USUAL_START)
        frames.append(view(env))
    env.close()
    return np.array(frames)


def play(agent, n_episodes, rng, *, drawn=True):
    """Let an agent act in several episodes at once.

    Args:
        agent: Its `act` is given the pictures, (n_episodes, 390), or if they are not
            drawn the observations, (n_episodes, 4), and returns actions, (n_episodes,);
            `begin(n_episodes)` is called first. What it does in finished episodes is
            ignored.
        n_episodes: How many.
        rng: A `numpy.random.Generator`, for the starts.
        drawn: Whether the agent sees pictures.

    Returns:
        The return of every episode, from 1 to 200, shape (n_episodes,).
    """
    envs = [make(drawn) for _ in range(n_episodes)]
    firsts = [_reset(env, rng, USUAL_START) for env in envs]
    seen = np.array([view(env) for env in envs] if drawn else firsts)
    returns, active = np.zeros(n_episodes), list(range(n_episodes))
    agent.begin(n_episodes)
    while active:
        actions, still = agent.act(seen), []
        for i in active:
            observation, reward, fell, cut, _ = envs[i].step(int(actions[i]))
            returns[i] += reward
            if not (fell or cut):
                still.append(i)
                seen[i] = view(envs[i]) if drawn else observation
        active = still
    for env in envs:
        env.close()
    return returns


def _reset(env, rng, start):
    seed = int(rng.integers(2**31))
    return env.reset(seed=seed, options={"low": -start, "high": start})[0]
