"""Linear controllers: what they see, how they act, and how good ones are searched.

A controller pushes to the right if w . f + b is above 0. Its features f are made from
pictures by an encoder, and from the past by the model's state or by the picture before.
"""

import numpy as np

from companion.challenges import world_model

SIGHTS = ("code", "two codes", "code and state")


def cross_entropy_method(score, n_weights, rng, *, n_generations, population=32, elite=8):
    """Draw weights around a mean, keep the best, draw around their mean; again and again.

    Args:
        score: A function of weights, (population, n_weights), that returns the value of
            each, (population,); the larger the better.
        n_weights: How many numbers are searched.
        rng: A `numpy.random.Generator`.
        n_generations: At most; fewer if `score` returns None, which says it can no more.
        population: Draws in a generation.
        elite: How many of them are kept.

    Returns:
        The mean of the last elite, (n_weights,), and the mean value of every generation.

    Source:
        Rubinstein (1999), doi:10.1023/A:1010091220143, here with a diagonal Gaussian.
    """
    mean, spread, history = np.zeros(n_weights), np.ones(n_weights), []
    for generation in range(n_generations):
        weights = mean + spread * rng.normal(size=(population, n_weights))
        values = score(weights)
        if values is None:
            break
        best = weights[np.argsort(-values, kind="stable")[:elite]]
        # Extra spread that fades keeps the search from settling too early.
        extra = 0.3 * (1.0 - generation / n_generations)
        mean, spread = best.mean(axis=0), best.std(axis=0) + extra
        history.append(values.mean())
    return mean, np.array(history)


def push(weights, features):
    """Right (1) if w . f + b is above 0, else left (0).

    Args:
        weights: w and last b, shape (F + 1,), or one row for each row of features.
        features: f, shape (batch, F).

    Returns:
        Actions, shape (batch,).
    """
    weights = np.asarray(weights)
    return np.sum(weights[..., :-1] * features, axis=-1) + weights[..., -1] > 0


def n_weights(sight, latent_dim):
    """Numbers in a controller that has one of the `SIGHTS` on K code units."""
    extra = {"code": 0, "two codes": latent_dim, "code and state": world_model.N_HIDDEN}
    return latent_dim + extra[sight] + 1


def features(sight, z, z_before, h, step_size):
    """What a controller is given.

    Args:
        sight: One of `SIGHTS`.
        z: Codes, (batch, K).
        z_before: The codes of the step before, (batch, K); z itself at the start.
        h: States of the world model before z was read, (batch, H).
        step_size: Root mean square of the change of a code, so that it counts as much.

    Returns:
        Shape (batch, F).
    """
    if sight == "two codes":
        return np.concatenate([z, (z - z_before) / step_size], axis=1)
    return np.concatenate([z, h], axis=1) if sight == "code and state" else z


def dream_returns(params, sight, weights, starts, step_size, n_steps):
    """Expected returns of controllers inside the world model; no picture is drawn.

    Every step counts with the probability that the dreamed episode has not ended.

    Args:
        params: One world model.
        sight: One of `SIGHTS`.
        weights: Controllers, shape (n_controllers, F + 1).
        starts: First codes, shape (n_starts, K).
        step_size: As in `features`.
        n_steps: Length of a dream.

    Returns:
        Means over the starts, shape (n_controllers,), from 1 to n_steps.
    """
    each = np.repeat(weights, len(starts), axis=0)
    z = np.tile(starts, (len(weights), 1))
    before, h = z, np.zeros((len(z), world_model.N_HIDDEN))
    lives, total, rows = np.ones(len(z)), np.zeros(len(z)), np.arange(len(z))
    for _ in range(n_steps):
        actions = push(each, features(sight, z, before, h, step_size))
        total[rows] += lives
        before = z
        z, h, ends = world_model.step(params, z, h, actions)
        lives = lives * (1.0 - ends)
        over = lives < 1e-3
        if over.mean() > 0.2:
            # Dreams that have surely ended cost time and add nothing.
            each, z, before, h = (part[~over] for part in (each, z, before, h))
            lives, rows = lives[~over], rows[~over]
        if not len(rows):
            break
    return total.reshape(len(weights), -1).mean(axis=1)


class Seeing:
    """An agent that sees pictures through an encoder, and acts by a linear controller.

    Args:
        encode: A function from pictures, (batch, 390), to codes, (batch, K).
        params: One world model.
        sight: One of `SIGHTS`.
        weights: The controller, shape (F + 1,).
        step_size: As in `features`.
    """

    def __init__(self, encode, params, sight, weights, step_size):
        self.encode, self.params, self.sight = encode, params, sight
        self.weights, self.step_size = weights, step_size

    def begin(self, n_episodes):
        """Forget: no code before, and the state zero."""
        self.before, self.h = None, np.zeros((n_episodes, world_model.N_HIDDEN))

    def act(self, frames):
        """Encode the pictures, decide, and let the world model read what was done."""
        z = self.encode(frames)
        before = z if self.before is None else self.before
        f = features(self.sight, z, before, self.h, self.step_size)
        actions = push(self.weights, f)
        _, self.h, _ = world_model.step(self.params, z, self.h, actions)
        self.before = z
        return actions


class Direct:
    """An agent without a world model: a linear controller on what it is shown.

    Args:
        weights: Shape (F + 1,), or one row for each episode.
        two: Whether the change since the step before is shown too.
    """

    def __init__(self, weights, two=False):
        self.weights, self.two = weights, two

    def begin(self, n_episodes):
        """Forget the picture before."""
        self.before = None

    def act(self, seen):
        """Decide by what is seen now, and by how it changed."""
        f = seen
        if self.two:
            change = np.zeros_like(seen) if self.before is None else seen - self.before
            f = np.concatenate([seen, change], axis=1)
        self.before = seen.copy()
        return push(self.weights, f)
