"""One objective, several architectures: a recurrent reader, and fair training of any.

An autoencoder is an objective, to repeat the input through a code. What computes the code
is a separate choice: dense, convolutional or recurrent.
"""

import keras
import numpy as np
from keras import layers

from companion import metrics, training
from companion.networks.checks import check_counts, check_finite
from companion.training.again import TrainedAgain


@keras.saving.register_keras_serializable(package="companion")
class RowAutoencoder(keras.Model):
    """Read an image row by row as a sequence, and write it row by row from the code.

    With a gated recurrent unit (GRU) of U units on each side, and t counting the rows:

        h_t = GRU(h_(t-1), x_t)                  z = h_H @ W_1 + b_1
        g_t = GRU'(g_(t-1), z)                   x_hat_t = sigmoid(g_t @ W_2 + b_2)

    Args:
        height: H, the number of rows, at least 1.
        width: W, the length of a row, at least 1.
        latent_dim: K, the number of code units, at least 1.
        units: U, the number of units of each GRU, at least 1.
        seed: Seed of the initial weights.

    Shapes:
        x and x_hat are (batch, H, W), in [0, 1]; z is (batch, K).

    Raises:
        ValueError: If a size is not an integer of at least 1.
    """

    def __init__(self, height, width, latent_dim, units, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_counts(height=height, width=width, latent_dim=latent_dim, units=units)
        self.height, self.width = int(height), int(width)
        self.latent_dim, self.units, self.seed = int(latent_dim), int(units), seed
        self.encoder = keras.Sequential(
            [
                keras.Input((self.height, self.width)),
                self._reader(seed),
                layers.Dense(self.latent_dim, kernel_initializer=self._glorot(seed + 2)),
            ],
            name="encoder",
        )
        self.decoder = keras.Sequential(
            [
                keras.Input((self.latent_dim,)),
                layers.RepeatVector(self.height),
                self._reader(seed + 3, return_sequences=True),
                layers.Dense(
                    self.width, "sigmoid", kernel_initializer=self._glorot(seed + 5)
                ),
            ],
            name="decoder",
        )
        self.build((None, self.height, self.width))

    def _glorot(self, seed):
        return keras.initializers.GlorotUniform(seed=seed)

    def _reader(self, seed, **settings):
        # So few steps are faster one after the other than in a loop of the backend.
        return layers.GRU(
            self.units,
            kernel_initializer=self._glorot(seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed + 1),
            unroll=True,
            **settings,
        )

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def encode(self, x):
        """Map x, shape (batch, H, W), to its code z, shape (batch, K)."""
        return self.encoder(x)

    def decode(self, z):
        """Map codes z, shape (batch, K), to reconstructions, shape (batch, H, W)."""
        return self.decoder(z)

    def call(self, x):
        return self.decode(self.encode(x))

    def get_config(self):
        names = ("height", "width", "latent_dim", "units", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


class Replicas:
    """One architecture, trained from several seeds, in one compiled model.

    Compiling takes longer than training does on this scale, so the seeds take turns in
    one model: each sets its own initial weights, trains with a fresh Adam on the mean
    squared error, and leaves its weights here.

    Args:
        build: Function from a seed to a model whose encoder knows its input shape. Images
            are reshaped to it, so that a dense, a convolutional and a recurrent model
            take the same arrays.
        seeds: One seed for each replica.
        learning_rate: Step size of Adam.

    Raises:
        ValueError: If `seeds` is empty.
    """

    def __init__(self, build, seeds, learning_rate=3e-3):
        self.build, self.seeds, self.weights = build, tuple(seeds), []
        if not self.seeds:
            raise ValueError("seeds must name at least one replica; got none")
        training.seed_everything(self.seeds[0])
        self.model = build(self.seeds[0])
        self._again = TrainedAgain(self.model, learning_rate, loss="mse")

    def _shaped(self, x):
        return np.reshape(x, (len(x), *self.model.encoder.input_shape[1:]))

    def train(self, x_train, n_steps, batch_size=32):
        """Train every replica from its start, each for the same number of steps.

        Args:
            x_train: Examples, shape (n, ...).
            n_steps: Updates of the weights; few examples are seen more often.
            batch_size: Examples in a step.

        Returns:
            The replicas themselves.

        Raises:
            ValueError: If a count is below 1 or not whole, or a value is not finite.
        """
        check_counts(n_steps=n_steps, batch_size=batch_size, examples=len(x_train))
        check_finite("x_train", x_train)
        x, self.weights = self._shaped(x_train), []
        for seed in self.seeds:
            self._again.begin(self.build(seed).get_weights())
            rng = np.random.default_rng(seed)
            self.weights.append(self._again.train(x, n_steps, batch_size, rng))
        return self

    def reconstruct(self, x):
        """Reconstruct x, shape (n, ...), by every replica: (n_seeds, n, ...).

        Raises:
            ValueError: Before `train`.
        """
        if not self.weights:
            raise ValueError("replicas must be trained first; got no train(x_train) yet")
        x_hats = []
        for weights in self.weights:
            self.model.set_weights(weights)
            x_hat = keras.ops.convert_to_numpy(self.model(self._shaped(x)))
            x_hats.append(x_hat.reshape(np.shape(x)))
        return np.stack(x_hats)

    def errors(self, x):
        """Mean squared error of every replica on x, shape (n, ...): (n_seeds,)."""
        return np.array([metrics.mse(x, x_hat) for x_hat in self.reconstruct(x)])
