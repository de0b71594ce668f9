"""Agents for the cart that learn a code of what they see, and dream with it.

A *mind* is an encoder of pictures with a world model of its codes. Its controller is
searched in the world model alone. Rivals search in the task itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from companion.autoencoders.pca import PCA
from companion.challenges import cart_pole, controllers, world_model
from companion.practice import many_seeds

LENGTH = 32
N_UNITS = 40
LEARNING_RATE = 3e-3
N_EPISODES = 20
DREAM_STEPS = 100


class Mind(NamedTuple):
    """What one seed has learned from its random episodes.

    Args:
        encode: From pictures, (n, 480), to codes, (n, K).
        params: One world model.
        step_size: Root mean square of the change of a code in one step.
        starts: First codes of the random episodes, shape (n_episodes, K).
        usual: Codes of 20 pictures as the task usually begins, shape (20, K).
    """

    encode: Callable
    params: tuple
    step_size: float
    starts: np.ndarray
    usual: np.ndarray

    def read(self, episode):
        """Codes of an episode, (T + 1, K), and the states before each, (T + 1, H)."""
        z = self.encode(episode.frames)
        return z, world_model.states(self.params, z, episode.actions)


def pictures(episodes):
    """All pictures of some episodes, shape (n, 480)."""
    return np.concatenate([episode.frames for episode in episodes])


def pca_encoders(worlds, latent_dim):
    """One PCA for each list of episodes."""
    return [_scaled(PCA(latent_dim).fit(x).encode, x) for x in map(pictures, worlds)]


def untrained_encoders(worlds, latent_dim, seeds):
    """A hidden layer of 40 tanh units as in the autoencoder, with weights never trained."""
    return [
        _scaled(_random_network(latent_dim, seed), pictures(episodes))
        for episodes, seed in zip(worlds, seeds, strict=True)
    ]


def train_autoencoders(worlds, latent_dim, seeds, *, epochs=25):
    """Train one autoencoder for each list of episodes, in 64 bits and side by side.

    They have 40 tanh units on either side of a linear code, and first answer the mean.

    Args:
        worlds: Lists of `companion.challenges.cart_pole.Episode`.
        latent_dim: K.
        seeds: Of the initial weights, one for each.
        epochs: Passes over the pictures, in batches of 32.

    Returns:
        For each its encoder, and a function from pictures to reconstructions.
    """
    all_pictures = [pictures(episodes) for episodes in worlds]
    n = min(map(len, all_pictures))
    x = np.stack([one[:n] for one in all_pictures]).astype(float)
    sizes = [x.shape[2], N_UNITS, latent_dim, N_UNITS, x.shape[2]]
    activations = ["tanh", "linear", "tanh", "sigmoid"]
    params = many_seeds.init(sizes, seeds)
    mean = np.clip(x.mean(axis=1, keepdims=True), 1e-3, 1.0 - 1e-3)
    params[1][-1][:] = np.log(mean / (1.0 - mean))
    params, _ = many_seeds.train(
        params, x, activations, epochs=epochs, learning_rate=LEARNING_RATE
    )
    found = []
    for i, one in enumerate(all_pictures):
        layers = [
            np.squeeze(part[i]) for pair in zip(*params, strict=True) for part in pair
        ]
        encode, decode = _network(layers[:4]), _network(layers[4:])
        found.append((_scaled(encode, one), _reconstruction(encode, decode)))
    return found


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
        world_model.sequences(z, [e.actions for e in episodes], LENGTH)
        for z, episodes in zip(codes, worlds, strict=True)
    ]
    stack = world_model.train(data, seeds, n_updates=n_updates, batch_size=16)
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


def dream(mind, sight, seed, *, n_generations=20):
    """Search a controller in the world model; the task is not touched.

    The dreams of the search begin like the random episodes and are cut after 100 steps.

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
        return returns(weights, rng.choice(mind.starts, 8), DREAM_STEPS)

    size = controllers.n_weights(sight, mind.starts.shape[1])
    weights, _ = controllers.cross_entropy_method(
        score, size, rng, n_generations=n_generations
    )
    return weights, returns(weights[np.newaxis], mind.usual, cart_pole.MAX_STEPS)[0]


def awake(mind, sight, weights, seed):
    """Mean return of a dreamed controller in 20 episodes of the task itself."""
    agent = controllers.Seeing(mind.encode, mind.params, sight, weights, mind.step_size)
    return cart_pole.play(agent, N_EPISODES, np.random.default_rng(1000 + seed)).mean()


def search_in_task(seed, n_steps, *, drawn):
    """Search a linear controller in the task: on two pictures, or on the true state.

    Args:
        seed: Of the search.
        n_steps: A generation is begun only while fewer steps of the task are used.
        drawn: Whether it sees the picture and its change, 960 numbers; else the four
            numbers of the state.

    Returns:
        Its mean return in 20 new episodes, and the steps used by the search.
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


def _random_network(latent_dim, seed):
    rng, n_pixels = np.random.default_rng(seed), int(np.prod(cart_pole.SHAPE))
    sizes = (n_pixels, N_UNITS), (N_UNITS, latent_dim)
    first, second = (rng.normal(size=s) / np.sqrt(s[0]) for s in sizes)
    return _network([first, np.zeros(N_UNITS), second, np.zeros(latent_dim)])


def _network(layers):
    w_1, b_1, w_2, b_2 = layers
    return lambda x: np.tanh(x @ w_1 + b_1) @ w_2 + b_2


def _reconstruction(encode, decode):
    return lambda x: 1.0 / (1.0 + np.exp(-decode(encode(x))))


def _scaled(encode, x):
    """Codes around 0 with a mean square of 1 over all their units."""
    z = encode(x)
    mean, scale = z.mean(axis=0), np.sqrt(z.var(axis=0).mean())
    return lambda new: (encode(new) - mean) / scale
