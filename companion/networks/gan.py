"""Generative adversarial network: a generator and a discriminator that play a game.

The generator turns noise z into an example G(z); the discriminator answers an example
with a logit s(x), and with it D(x) = sigmoid(s(x)), the probability it gives to "x is
real". The game of the two is

    min_G max_D  E_{x from the data}[log D(x)] + E_{z from the prior}[log(1 - D(G(z)))]

All logarithms are taken from logits, so that none is ever taken of zero:

    log D = -softplus(-s),    log(1 - D) = -softplus(s).
"""

import keras
import numpy as np
from keras import layers, ops

from companion.networks.checks import check_counts

GENERATOR_LOSSES = ("minimax", "non_saturating")

# Weights begin as multiples of this, and `gan_training.Game` keeps them so.
GRID = 2.0**-26


def discriminator_loss(real_logits, fake_logits):
    """Minus the discriminator's part of the game, for each pair of examples.

    Args:
        real_logits: Logits s(x) of real examples, shape (batch, 1).
        fake_logits: Logits s(G(z)) of generated examples, shape (batch, 1).

    Returns:
        ``-log D(x) - log(1 - D(G(z)))`` in nats, shape (batch, 1).
    """
    return ops.softplus(-real_logits) + ops.softplus(fake_logits)


def generator_loss(fake_logits, loss="non_saturating"):
    """What the generator minimizes, for each generated example.

    Args:
        fake_logits: Logits s(G(z)), shape (batch, 1).
        loss: "minimax" for ``log(1 - D(G(z)))``, the generator's part of the game;
            "non_saturating" for ``-log D(G(z))``.

    Returns:
        The loss in nats, shape (batch, 1).

    Source:
        Goodfellow et al. (2014), arXiv:1406.2661, eq. 1 and the end of section 3.
    """
    if loss == "minimax":
        return -ops.softplus(fake_logits)
    return ops.softplus(-fake_logits)


def _dense(n_inputs, hidden, n_outputs, output_activation, name):
    hidden = [layers.Dense(n_units, "relu") for n_units in hidden]
    last = layers.Dense(n_outputs, output_activation)
    return keras.Sequential([keras.Input((n_inputs,)), *hidden, last], name=name)


def _drawn(shape, rng):
    weights = rng.uniform(-1.0, 1.0, shape) * np.sqrt(6.0 / sum(shape))
    return np.round(weights / GRID) * GRID


@keras.saving.register_keras_serializable(package="companion")
class GAN(keras.Model):
    """Two dense networks and one loss from which both learn in the same step.

    Train it with `companion.networks.gan_training.Game`, or with the `fit` of Keras: the
    noise is the input, real examples are the target. The loss is a sum of two, of which
    each reaches one network only, so one step changes both, each by its own gradient,
    from where both stood before.

    Args:
        n_features: The length of an example.
        noise_dim: How many numbers of noise the generator gets.
        hidden: Widths of the generator's hidden layers, with ReLU.
        discriminator_hidden: Those of the discriminator, with ReLU.
        output_activation: Activation of the generator's output.
        loss: The generator's loss, "non_saturating" or "minimax".
        pack: How many examples of one kind the discriminator judges together; 1 is the
            game above, more is the packing of Lin et al. (2018).
        seed: Seed of the initial weights, which are the same on every backend.

    Shapes:
        z is (batch, noise_dim); x and G(z) are (batch, n_features); logits are
        (batch / pack, 1).

    Raises:
        ValueError: If a size is no integer of at least 1, or `loss` is unknown.

    Source:
        Goodfellow et al. (2014), arXiv:1406.2661; packing: Lin et al. (2018),
        arXiv:1712.04086.
    """

    def __init__(
        self,
        n_features,
        noise_dim=4,
        hidden=(32, 32),
        discriminator_hidden=(32, 32),
        output_activation="linear",
        loss="non_saturating",
        pack=1,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_counts(n_features=n_features, noise_dim=noise_dim, pack=pack)
        if loss not in GENERATOR_LOSSES:
            raise ValueError(f"loss must be one of {GENERATOR_LOSSES}; got {loss!r}")
        self.n_features, self.noise_dim = n_features, noise_dim
        self.hidden, self.discriminator_hidden = tuple(hidden), tuple(discriminator_hidden)
        self.output_activation, self.pack, self.seed = output_activation, pack, seed
        self.generator_loss = loss
        self.generator = _dense(
            noise_dim, hidden, n_features, output_activation, "generator"
        )
        self.discriminator = _dense(
            n_features * pack, discriminator_hidden, 1, "linear", "discriminator"
        )
        self.built = True
        self.set_weights(self.initial_weights(seed))

    def build(self, input_shape):
        # Both networks have their weights already.
        self.built = True

    def initial_weights(self, seed):
        """Draw weights uniformly as Glorot and Bengio (2010) do, and zeros as biases.

        The weights are rounded to multiples of `GRID`.

        Args:
            seed: A non-negative integer.

        Returns:
            Arrays as `set_weights` takes them.
        """
        rng = np.random.default_rng(seed)
        shapes = [tuple(v.shape) for v in self.weights]
        return [
            np.zeros(shape) if len(shape) == 1 else _drawn(shape, rng) for shape in shapes
        ]

    def call(self, z, training=False):
        return self.generator(z)

    def logits(self, x):
        """Answer examples, ``pack`` neighbors in a batch together: s, (batch / pack, 1)."""
        return self.discriminator(self._packed(x))

    def probability(self, x):
        """Return D(x), the probability given to "real", shape (batch / pack, 1)."""
        return ops.sigmoid(self.logits(x))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        """Return the mean of both losses; x is noise, y real examples, y_pred is G(x)."""
        both = ops.concatenate((y, ops.stop_gradient(y_pred)))
        for_discriminator = discriminator_loss(*ops.split(self.logits(both), 2))
        # The same discriminator once more, with weights that pass no gradient to it.
        frozen = [
            ops.stop_gradient(v.value) for v in self.discriminator.trainable_variables
        ]
        others = [v.value for v in self.discriminator.non_trainable_variables]
        fake_logits, _ = self.discriminator.stateless_call(
            frozen, others, self._packed(y_pred)
        )
        for_generator = generator_loss(fake_logits, self.generator_loss)
        return ops.mean(for_discriminator) + ops.mean(for_generator)

    def _packed(self, x):
        return ops.reshape(x, (-1, self.pack * self.n_features))

    def get_config(self):
        names = ("n_features", "noise_dim", "hidden", "discriminator_hidden")
        names += ("output_activation", "pack", "seed")
        config = {name: getattr(self, name) for name in names}
        return super().get_config() | config | {"loss": self.generator_loss}
