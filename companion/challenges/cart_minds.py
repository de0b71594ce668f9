"""Agents for the cart that learn a code of what they see, and dream with it.

A *mind* is an encoder of pictures with a world model of its codes. Its controller is
searched in the world model alone. Rivals search in the task itself. The numbers set here
and in `companion.challenges.cart_codes` were chosen on seeds 100 to 111, by the return of
the VAE's agent; the page reports other seeds.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from companion.challenges import cart_pole, controllers, world_model

LENGTH = 24
N_EPISODES = 10
N_STARTS = 2
DREAM_STEPS = 60


class Mind(NamedTuple):
    """What one seed has learned from its random episodes.

    Args:
        encode: From pictures, (n, 390), to codes, (n, K).
        params: One world model.
        step_size: Root mean square of the change of a code in one step.
        starts: First codes of the random episodes, shape (n_episodes, K).
        usual: Codes of 10 pictures as the task usually begins, shape (10, K).
    """

    encode: Callable
    params: tuple
    step_size: float
    starts: np.ndarray
    usual: np.ndarray

    def read(self, episodes):
        """For each episode its codes, (T + 1, K), and the states before, (T + 1, H)."""
        codes = [self.encode(episode.frames) for episode in episodes]
        longest = max(map(len, codes))
        # Read side by side; what stands behind the end of an episode is cut away again.
        z = np.zeros((len(codes), longest, codes[0].shape[1]))
        actions = np.zeros((len(codes), longest - 1))
        for i, (one, episode) in enumerate(zip(codes, episodes, strict=True)):
            z[i, : len(one)], actions[i, : len(one) - 1] = one, episode.actions
        h = world_model.states(self.params, z, actions)
        return [(one, h[i, : len(one)]) for i, one in enumerate(codes)]


def learn(encoders, worlds, seeds, *, n_updates=400):
    """Train a world model on the codes of each seed.

    Args:
        encoders: From pictures to codes, one for each seed.
        worlds: The random episodes of each seed.
        seeds: Of the world models.
        n_updates: Steps of Adam.

    Returns:
        A list of `Mind`.
    """
    codes = [
        [encode(e.frames) for e in episodes]
        for encode, episodes in zip(encoders, worlds, strict=True)
    ]
    data = [
        world_model.sequences(
            z, [e.actions for e in episodes], [e.fell for e in episodes], LENGTH
        )
        for z, episodes in zip(codes, worlds, strict=True)
    ]
    stack = world_model.train(data, seeds, n_updates=n_updates, batch_size=8)
    minds = []
    for i, (encode, z) in enumerate(zip(encoders, codes, strict=True)):
        changes = np.concatenate([np.diff(one, axis=0) for one in z])
        starts = np.array([one[0] for one in z])
        params = world_model.network(stack, i)
        first = encode(
            cart_pole.first_pictures(N_EPISODES, np.random.default_rng(seeds[i]))
        )
        minds.append(Mind(encode, params, np.sqrt(np.mean(changes**2)), starts, first))
    return minds


def dream(mind, sight, seed, *, n_generations=12):
    """Search a controller in the world model; the task is not touched.

    The dreams of the search begin like the random episodes and are cut after 60 steps.

    Args:
        mind: A `Mind`.
        sight: One of `companion.challenges.controllers.SIGHTS`.
        seed: Of the search.
        n_generations: Of the cross-entropy method.

    Returns:
        The controller, (F + 1,), and its expected return in dreams that begin, and are cut,
        as the episodes of the task.
    """
    rng = np.random.default_rng(seed)

    def returns(weights, starts, n_steps):
        return controllers.dream_returns(
            mind.params, sight, weights, starts, mind.step_size, n_steps
        )

    def score(weights):
        return returns(weights, rng.choice(mind.starts, N_STARTS), DREAM_STEPS)

    size = controllers.n_weights(sight, mind.starts.shape[1])
    weights, _ = controllers.cross_entropy_method(
        score, size, rng, n_generations=n_generations
    )
    return weights, returns(weights[np.newaxis], mind.usual, cart_pole.MAX_STEPS)[0]


def awake(mind, sight, weights, seed):
    """Mean return of a dreamed controller in 10 episodes of the task itself."""
    agent = controllers.Seeing(mind.encode, mind.params, sight, weights, mind.step_size)
    return cart_pole.play(agent, N_EPISODES, np.random.default_rng(1000 + seed)).mean()


def search_in_task(seed, n_steps, *, drawn):
    """Search a linear controller in the task: on two pictures, or on the true state.

    Args:
        seed: Of the search.
        n_steps: A generation is begun only while fewer steps of the task are used.
        drawn: Whether it sees the picture and its change, 780 numbers; else the four
            numbers of the state.

    Returns:
        Its mean return in 10 new episodes, and the steps used by the search.
    """
    rng, used = np.random.default_rng(seed), 0

    def score(weights):
        nonlocal used
        if used >= n_steps:
            return None
        agent = controllers.Direct(weights, two=drawn)
        returns = cart_pole.play(agent, len(weights), rng, drawn=drawn)
        used += int(returns.sum())
        return returns

    size = 2 * np.prod(cart_pole.SHAPE) + 1 if drawn else 5
    weights, _ = controllers.cross_entropy_method(
        score, size, rng, n_generations=40, population=16, elite=4
    )
    agent = controllers.Direct(weights, two=drawn)
    rng = np.random.default_rng(1000 + seed)
    return cart_pole.play(agent, N_EPISODES, rng, drawn=drawn).mean(), used
