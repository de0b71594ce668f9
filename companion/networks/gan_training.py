"""Play the adversarial game: train a GAN from many seeds, or a discriminator alone."""

import keras
import numpy as np
from keras import ops

from companion.networks.gan import GAN
from companion.training.again import TrainedAgain
from companion.training.engine import adam, steps_per_execution
from companion.training.steps import Steps


class Game:
    """Trains one GAN, compiled once, from as many seeds and at as many rates as wanted.

    Each network has an Adam of its own.

    Args:
        gan: The `GAN`, changed in place.
        beta_1: Decay of Adam's mean gradient; Radford et al. (2016) advise 0.5.
    """

    def __init__(self, gan, beta_1=0.5):
        self.gan = gan
        self.generator_adam, self.discriminator_adam = adam(1e-3), adam(1e-3)
        for optimizer in (self.generator_adam, self.discriminator_adam):
            optimizer.beta_1 = beta_1
        judges = {id(v) for v in gan.discriminator.trainable_variables}
        gan.compile(
            keras.optimizers.MultiOptimizer(
                lambda v: (
                    self.discriminator_adam if id(v) in judges else self.generator_adam
                )
            ),
            loss=None,
            steps_per_execution=steps_per_execution(),
        )
        gan.optimizer.build(gan.trainable_variables)
        self._fresh = [ops.convert_to_numpy(v) for v in gan.optimizer.variables]
        self._steps = Steps(gan)

    def begin(self, seed, generator_rate=2e-3, discriminator_rate=2e-3):
        """Take the initial weights of a seed, optimizers that saw no gradient, and rates.

        Args:
            seed: Seed of the weights, and of the noise and the examples to come.
            generator_rate: Learning rate of the generator's Adam; 0 holds it still.
            discriminator_rate: Learning rate of the discriminator's Adam.
        """
        self.gan.set_weights(self.gan.initial_weights(seed))
        for variable, value in zip(self.gan.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        self.set_rates(generator_rate, discriminator_rate)
        self._rng = np.random.default_rng(seed)

    def set_rates(self, generator_rate, discriminator_rate):
        """Change both learning rates and go on; 0 holds a network still."""
        self.generator_adam.learning_rate = generator_rate
        self.discriminator_adam.learning_rate = discriminator_rate

    def play(self, draw, n_steps, batch_size=64):
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


def discriminators_for(p_data, p_g, grid, seeds, n_steps=1500, batch_size=256):
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
