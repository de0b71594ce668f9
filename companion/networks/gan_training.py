"""Play the adversarial game: train a GAN from many seeds, or a discriminator alone."""

import keras
import numpy as np
from keras import ops

from companion.networks.gan import GAN
from companion.training.again import TrainedAgain
from companion.training.engine import adam, steps_per_execution
from companion.training.steps import Steps


def draws_from(x):
    """Return a function ``draw(n, rng)`` that draws rows of x with replacement."""
    return lambda n, rng: x[rng.integers(len(x), size=n)]


def _steady_adam(learning_rate):
    # Radford et al. (2016) found half of the usual memory of gradients to be steadier.
    optimizer = adam(learning_rate)
    optimizer.beta_1 = 0.5
    return optimizer


class Game:
    """Trains one GAN, compiled once, from as many seeds and at as many rates as wanted.

    Each network has an optimizer of its own.

    Args:
        gan: The `companion.networks.gan.GAN`, changed in place.
        optimizer: Function that turns a learning rate into an optimizer of Keras; Adam
            with beta_1 = 0.5 if none is given.
    """

    def __init__(self, gan, optimizer=_steady_adam):
        self.gan = gan
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
            generator_rate: Learning rate of the generator's optimizer; 0 holds it still.
            discriminator_rate: That of the discriminator's.
        """
        self.gan.set_weights(self.gan.initial_weights(seed))
        for variable, value in zip(self.gan.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        self.set_rates(generator_rate, discriminator_rate)
        self._rng = np.random.default_rng(seed)

    def set_rates(self, generator_rate, discriminator_rate):
        """Change both learning rates and go on; 0 holds a network still."""
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
        measure: Function of generated examples, (n_samples, D), that returns a number.
        n_samples: Examples to generate for a measurement.

    Returns:
        The numbers, shape (n_parts + 1,).
    """
    numbers = [measure(game.generate(n_samples))]
    for part in n_steps:
        game.train(draw, int(part))
        numbers.append(measure(game.generate(n_samples)))
    return np.array(numbers)
