"""Play the adversarial game: train a GAN from many seeds, or a discriminator alone."""

import keras
import numpy as np
from keras import ops

from companion.networks.gan import GAN, GRID
from companion.training.again import TrainedAgain
from companion.training.engine import adam, steps_per_execution
from companion.training.steps import Steps


def draws_from(x):
    """Return a function ``draw(n, rng)`` that draws rows of x with replacement."""
    return lambda n, rng: x[rng.integers(len(x), size=n)]


def steady_adam(learning_rate):
    """Return Adam with beta_1 = 0.5, which Radford et al. (2016) found to be steadier."""
    optimizer = adam(learning_rate)
    optimizer.beta_1 = 0.5
    return optimizer


class Game:
    """Trains one GAN, compiled once, from as many seeds and at as many rates as wanted.

    Each network has an optimizer of its own. A game enlarges a difference in the last bit
    until two runs have nothing in common, so every step ends with weights that are
    rounded to multiples of a number: with 64 bits the differences between processors are
    far smaller, and are rounded away before they grow. The more weights and steps, the
    likelier is one on the edge between two multiples, and the coarser the grid to choose.

    Args:
        gan: The `companion.networks.gan.GAN`, changed in place.
        optimizer: Function that turns a learning rate into an optimizer of Keras.
        grid: Weights are rounded to multiples of it at the start and after every
            step; None leaves them.
    """

    def __init__(self, gan, optimizer=steady_adam, grid=GRID):
        self.gan, self.grid = gan, grid
        for variable in gan.trainable_variables:
            variable.constraint = (lambda w: ops.round(w / grid) * grid) if grid else None
        self.optimizers = [optimizer(1e-3), optimizer(1e-3)]
        judges = {id(v) for v in gan.discriminator.trainable_variables}
        both = keras.optimizers.MultiOptimizer(lambda v: self.optimizers[id(v) in judges])
        gan.compile(both, loss=None, steps_per_execution=steps_per_execution())
        both.build(gan.trainable_variables)
        self._fresh = [ops.convert_to_numpy(v) for v in both.variables]
        self._steps = Steps(gan)

    def begin(self, seed, generator_rate=2e-3, discriminator_rate=2e-3):
        """Take the initial weights of a seed, optimizers that saw no gradient, and rates.

        Args:
            seed: Seed of the weights, and of the noise and the examples to come.
            generator_rate: Learning rate of the generator's optimizer; 0 holds its
                weights still, while the optimizer goes on averaging their gradients.
            discriminator_rate: That of the discriminator's.
        """
        weights = self.gan.initial_weights(seed)
        if self.grid:
            weights = [np.round(w / self.grid) * self.grid for w in weights]
        self.gan.set_weights(weights)
        self.refresh(generator_rate, discriminator_rate)
        self._rng = np.random.default_rng(seed)

    def refresh(self, generator_rate, discriminator_rate):
        """Go on with optimizers that saw no gradient, at other rates.

        Args:
            generator_rate: As in `begin`.
            discriminator_rate: As in `begin`.
        """
        for variable, value in zip(self.gan.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        for optimizer, rate in zip(
            self.optimizers, (generator_rate, discriminator_rate), strict=True
        ):
            optimizer.learning_rate = rate

    def train(self, draw, n_steps, batch_size=64):
        """Take steps, each on fresh noise and fresh examples.

        Args:
            draw: Function ``draw(n, rng)`` that returns n real examples, shape (n, D).
            n_steps: Steps of both networks.
            batch_size: Real examples in a step, and as many generated ones.

        Raises:
            ValueError: If `batch_size` is no multiple of the GAN's `pack`.
        """
        if batch_size % self.gan.pack:
            raise ValueError(
                f"batch_size must be a multiple of pack = {self.gan.pack}; got {batch_size}"
            )
        n = n_steps * batch_size
        z, x = self._rng.normal(size=(n, self.gan.noise_dim)), draw(n, self._rng)
        self._steps.run(z, x, np.arange(n), batch_size)

    def generate(self, n, seed=0):
        """Return n generated examples, shape (n, D), from noise of a seed of its own."""
        z = np.random.default_rng(seed).normal(size=(n, self.gan.noise_dim))
        return ops.convert_to_numpy(self.gan.generator(z))

    def accuracy(self, real, fake):
        """Return the discriminator's share of right answers, 1/2 by guessing."""
        logits = (ops.convert_to_numpy(self.gan.logits(x)) for x in (real, fake))
        real_logits, fake_logits = logits
        return float(np.mean(real_logits > 0) + np.mean(fake_logits <= 0)) / 2


def train_discriminators(p_data, p_g, grid, seeds, n_steps=1500, batch_size=256):
    """Train a discriminator alone, as a classifier of samples from two known densities.

    Args:
        p_data: A `companion.networks.adversarial_game.Mixture`, labeled 1.
        p_g: Another, labeled 0 and as frequent.
        grid: Where the answers are wanted, shape (n,).
        seeds: One training for each, with its own weights and samples.
        n_steps: Steps of Adam; its rate falls along half a cosine to zero.
        batch_size: Samples in a step, half of each kind, all fresh.

    Returns:
        Logits log(D / (1 - D)) on the grid, shape (n_seeds, n).
    """
    gan = GAN(1)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, n_steps)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    trained = TrainedAgain(gan.discriminator, rate, loss)
    answers = []
    for seed in seeds:
        gan.set_weights(gan.initial_weights(seed))
        trained.begin(gan.discriminator.get_weights())
        rng, half = np.random.default_rng(seed), n_steps * batch_size // 2
        x = np.stack((p_data.sample(half, rng), p_g.sample(half, rng)), axis=1)
        labels = np.tile([[1.0], [0.0]], (half, 1))
        x = x.reshape(-1, 1)
        trained.steps.run(x, labels, np.arange(len(x)), batch_size)
        answers.append(ops.convert_to_numpy(gan.logits(grid[:, np.newaxis]))[:, 0])
    return np.array(answers)


def train_and_follow(game, draw, n_steps, measure, n_samples=5000):
    """Play on, and measure generated examples before the first and after every part.

    Args:
        game: A `Game` that has begun.
        draw: As for `Game.train`.
        n_steps: Steps of each part, shape (n_parts,).
        measure: Function of generated examples, (n_samples, D), that returns a number, or
            several.
        n_samples: Examples to generate for a measurement.

    Returns:
        The numbers, shape (n_parts + 1,) or (n_parts + 1, n_numbers).
    """
    numbers = [measure(game.generate(n_samples))]
    for part in n_steps:
        game.train(draw, int(part))
        numbers.append(measure(game.generate(n_samples)))
    return np.array(numbers)


def train_behind(game, draw, rates, seeds, n_steps, n_ahead=1000):
    """Train the discriminator alone first, and follow the generator when both play.

    Both optimizers begin anew when the generator starts: one that waited would still
    divide its steps by the large gradients of the beginning.

    Args:
        game: A `Game`.
        draw: As for `Game.train`.
        rates: Learning rates of generator and discriminator.
        seeds: One game for each.
        n_steps: As for `train_and_follow`.
        n_ahead: Steps in which the generator stands still.

    Returns:
        logits: The discriminator's on generated examples when both start, shape
            (n_seeds, 1000).
        means: Means of generated examples, shape (n_seeds, n_parts + 1).
    """
    logits, means = [], []
    for seed in seeds:
        game.begin(seed, 0.0, rates[1])
        game.train(draw, n_ahead)
        fakes = game.gan.logits(game.generate(1000))
        logits.append(ops.convert_to_numpy(fakes)[:, 0])
        game.refresh(*rates)
        means.append(train_and_follow(game, draw, n_steps, np.mean, 1000))
    return np.array(logits), np.array(means)
