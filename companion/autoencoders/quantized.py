"""Vector-quantized autoencoder: every place of the code is one entry of a codebook.

The encoder answers a small grid of vectors. Each is replaced by the nearest entry e of a
codebook of M vectors, and the decoder sees the entries alone:

    m = argmin_j ||z_e - e_j||^2,    z_q = e_m

The code of an image is its grid of whole numbers m, which costs at most log2(M) bits for
each place. The step to the nearest entry has the slope zero almost everywhere, so the
gradient of the decoder's input is handed to the encoder unchanged: *straight through*.
"""

import keras
import numpy as np
from keras import layers, ops

from companion.autoencoders.convolutional import STRIDE, check_image_shape
from companion.autoencoders.losses import squared_error
from companion.networks.checks import check_counts


def nearest_entries(z_e, codebook):
    """Find the nearest entry of a codebook for each vector.

    Args:
        z_e: Vectors, shape (..., d).
        codebook: Entries, shape (M, d).

    Returns:
        Their numbers from 0 to M - 1, shape (...), integers; the first of equals.
    """
    # ||z||^2 is the same for every entry and is left out.
    lengths = ops.sum(ops.square(codebook), axis=-1)
    scores = lengths - 2.0 * ops.matmul(z_e, ops.transpose(codebook))
    return ops.argmin(scores, axis=-1)


def straight_through(z_e, z_q):
    """Answer z_q, and pass the gradient on to z_e as if nothing had been replaced."""
    return z_e + ops.stop_gradient(z_q - z_e)


@keras.saving.register_keras_serializable(package="companion")
class VQAutoencoder(keras.Model):
    """Encode an image as a grid of codebook entries, and decode the entries.

    Minimized per example, summed over its pixels and the places of its grid, then
    averaged over the batch, with sg for "no gradient through this":

        loss = sum (x - x_hat)^2 / (2 sigma^2)
               + sum ||sg(z_e) - z_q||^2 + commitment * sum ||z_e - sg(z_q)||^2

    The first term, a Gaussian negative log-likelihood in nats without its constant,
    trains decoder and encoder; the second moves the entries towards the vectors that chose
    them; the third keeps these vectors near their entries. Train it with
    ``training.fit(model, x_train, epochs=..., loss=None)``, best after
    ``model.start_at_data(x_train)``: entries that no vector is near to never learn.

    Args:
        image_shape: (H, W, C); both sides divisible by 2**len(filters).
        n_entries: M, the size of the codebook, at least 1.
        code_dim: d, the length of an entry, at least 1.
        filters: Feature maps of each strided convolution; the decoder mirrors them.
        commitment: Weight of the third term, not negative.
        sigma: Standard deviation of the pixels around x_hat, above 0.
        output_activation: Activation of the last layer.
        seed: Seed of the initial weights and entries.

    Shapes:
        x and x_hat are (batch, H, W, C); with F = 2**len(filters), z_e and z_q are
        (batch, H/F, W/F, d); the codebook is (M, d).

    Raises:
        ValueError: If a size is not an integer of at least 1, or does not fit; if
            `commitment` is negative or `sigma` not above 0.

    Source:
        van den Oord et al. (2017), arXiv:1711.00937, equations 1 to 3.
    """

    def __init__(
        self,
        image_shape,
        n_entries,
        code_dim=8,
        filters=(16, 32),
        commitment=0.25,
        sigma=0.1,
        output_activation="sigmoid",
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        widths = {f"filters[{i}]": width for i, width in enumerate(filters)}
        check_counts(n_entries=n_entries, code_dim=code_dim, **widths)
        check_image_shape(image_shape, len(widths))
        if not commitment >= 0:
            raise ValueError(f"commitment must not be negative; got {commitment!r}")
        if not sigma > 0:
            raise ValueError(f"sigma must be above 0; got {sigma!r}")
        self.image_shape = tuple(int(side) for side in image_shape)
        self.n_entries, self.code_dim = int(n_entries), int(code_dim)
        self.filters = tuple(int(width) for width in filters)
        self.commitment, self.sigma = float(commitment), float(sigma)
        self.output_activation, self.seed = output_activation, seed
        self.encoder, self.decoder = self._encoder(), self._decoder()
        self.codebook = self.add_weight(
            shape=(self.n_entries, self.code_dim),
            initializer=keras.initializers.RandomUniform(-1.0, 1.0, seed=seed),
            name="codebook",
        )
        self.build((None, *self.image_shape))

    @property
    def grid_shape(self):
        """Sides of the grid of code vectors, (H/F, W/F)."""
        factor = STRIDE ** len(self.filters)
        return self.image_shape[0] // factor, self.image_shape[1] // factor

    def _layer(self, kind, place, width, size, activation, strides=1):
        return kind(
            width,
            size,
            strides=strides,
            padding="same",
            activation=activation,
            data_format="channels_last",
            kernel_initializer=keras.initializers.GlorotUniform(seed=self.seed + place),
        )

    def _encoder(self):
        stack = keras.Sequential([keras.Input(self.image_shape)], name="encoder")
        for i, width in enumerate(self.filters):
            stack.add(self._layer(layers.Conv2D, i, width, 4, "relu", STRIDE))
        stack.add(self._layer(layers.Conv2D, len(self.filters), self.code_dim, 1, "linear"))
        return stack

    def _decoder(self):
        grid, n_layers = (*self.grid_shape, self.code_dim), len(self.filters)
        stack = keras.Sequential([keras.Input(grid)], name="decoder")
        first = n_layers + 1
        stack.add(self._layer(layers.Conv2D, first, self.filters[-1], 3, "relu"))
        widths = [*self.filters[-2::-1], self.image_shape[2]]
        activations = ["relu"] * (n_layers - 1) + [self.output_activation]
        for i, (width, act) in enumerate(zip(widths, activations, strict=True)):
            kind = layers.Conv2DTranspose
            stack.add(self._layer(kind, first + 1 + i, width, 4, act, STRIDE))
        return stack

    def build(self, input_shape):
        # Both halves know their shapes, so the weights exist before the first call.
        self.built = True

    def indices(self, x):
        """Map x, (batch, H, W, C), to the numbers of its entries, (batch, H/F, W/F)."""
        return nearest_entries(self.encoder(x), self.codebook)

    def lookup(self, indices):
        """Map numbers of entries, (batch, H/F, W/F), to the entries, with a last axis d."""
        return ops.take(self.codebook, indices, axis=0)

    def encode(self, x):
        """Map x, (batch, H, W, C), to its quantized code z_q, (batch, H/F, W/F, d)."""
        return self.lookup(self.indices(x))

    def decode(self, z):
        """Map codes z, (batch, H/F, W/F, d), to images x_hat, (batch, H, W, C)."""
        return self.decoder(z)

    def call(self, x):
        z_e = self.encoder(x)
        z_q = self.lookup(nearest_entries(z_e, self.codebook))
        return {"x_hat": self.decode(straight_through(z_e, z_q)), "z_e": z_e, "z_q": z_q}

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        z_e, z_q = y_pred["z_e"], y_pred["z_q"]
        error = squared_error(y, y_pred["x_hat"]) / (2.0 * self.sigma**2)
        codebook = squared_error(ops.stop_gradient(z_e), z_q)
        commitment = squared_error(z_e, ops.stop_gradient(z_q))
        return ops.mean(error + codebook + self.commitment * commitment)

    def start_at_data(self, x, seed=0):
        """Set the entries to code vectors of randomly drawn images and places.

        Args:
            x: Training images, shape (n, H, W, C), with at least M places in all.
            seed: Seed of the draw.

        Raises:
            ValueError: If the images have fewer than M places.
        """
        z_e = ops.convert_to_numpy(self.encoder(ops.convert_to_tensor(x)))
        vectors = z_e.reshape(-1, self.code_dim)
        if len(vectors) < self.n_entries:
            raise ValueError(
                f"x must have at least {self.n_entries} places for as many entries; "
                f"got {len(vectors)}"
            )
        rng = np.random.default_rng(seed)
        self.codebook.assign(vectors[rng.choice(len(vectors), self.n_entries, False)])

    def get_config(self):
        names = ("image_shape", "n_entries", "code_dim", "filters", "commitment", "sigma")
        config = {n: getattr(self, n) for n in (*names, "output_activation", "seed")}
        return super().get_config() | config


def usage(indices, n_entries):
    """Count how often each entry of a codebook is chosen.

    Args:
        indices: Numbers of entries from 0 to n_entries - 1, any shape.
        n_entries: M, the size of the codebook.

    Returns:
        The share of each entry, shape (M,), summing to 1.

    Raises:
        ValueError: If there is no index or one is out of range.
    """
    indices = np.asarray(indices).ravel()
    if indices.size == 0 or indices.min() < 0 or indices.max() >= n_entries:
        raise ValueError(f"indices must lie from 0 to {n_entries - 1}; got {indices}")
    return np.bincount(indices, minlength=n_entries) / indices.size


def perplexity(indices, n_entries):
    """Effective number of entries in use: exp of the entropy of their shares.

    It is M if all entries are chosen equally often, and 1 if one is always chosen. Its
    logarithm to the base 2 is the mean number of bits that an ideal code, fitted to the
    shares, needs for each place.

    Args:
        indices: Numbers of entries from 0 to n_entries - 1, any shape.
        n_entries: M, the size of the codebook.

    Returns:
        A number from 1 to M.

    Raises:
        ValueError: If there is no index or one is out of range.
    """
    shares = usage(indices, n_entries)
    shares = shares[shares > 0]
    return float(np.exp(-np.sum(shares * np.log(shares))))
