"""Masked autoencoder: most patches of an image are hidden, and have to be filled in.

An image is cut into patches, and every patch becomes a token. The encoder sees only the
visible ones; the decoder sees their codes and, at every hidden place, the same learned
mask token. Positions are added to tokens, for attention itself knows no order. The loss
counts the hidden patches alone.
"""

import keras
from keras import layers, ops

from companion.autoencoders.attention import TransformerBlock
from companion.autoencoders.losses import masked_squared_error
from companion.networks.checks import check_counts


def to_patches(x, patch_size):
    """Cut images into square patches, row by row.

    Args:
        x: Images, shape (batch, H, W, C), sides divisible by `patch_size`.
        patch_size: Side P of a patch.

    Returns:
        Patches, shape (batch, n_patches, P P C).
    """
    _, height, width, channels = x.shape
    rows, columns = height // patch_size, width // patch_size
    x = ops.reshape(x, (-1, rows, patch_size, columns, patch_size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, rows * columns, patch_size * patch_size * channels))


def to_images(patches, image_shape, patch_size):
    """Put patches together again; undoes `to_patches`.

    Args:
        patches: Patches, shape (batch, n_patches, P P C).
        image_shape: (H, W, C).
        patch_size: Side P of a patch.

    Returns:
        Images, shape (batch, H, W, C).
    """
    height, width, channels = image_shape
    rows, columns = height // patch_size, width // patch_size
    x = ops.reshape(patches, (-1, rows, columns, patch_size, patch_size, channels))
    return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, *image_shape))


@keras.saving.register_keras_serializable(package="companion")
class MaskedAutoencoder(keras.Model):
    """A small vision transformer that fills in hidden patches.

    Minimized per example is the squared error summed over the pixels of the hidden
    patches, then averaged over the batch. Train it with
    ``training.fit(model, x_train, epochs=..., loss=None)``.

    Args:
        image_shape: (H, W, C); both sides divisible by `patch_size`.
        patch_size: P, the side of a patch.
        mask_ratio: Share of hidden patches; the number of them is rounded to the nearest
            whole one, and at least one patch must be hidden and one visible.
        width: D, the length of a token.
        n_blocks: Transformer blocks of the encoder; the decoder has one.
        n_heads: Heads of the attention.
        seed: Seed of the initial weights and of the masks.

    Shapes:
        x and x_hat are (batch, H, W, C); noise and mask are (batch, n_patches); the code
        is (batch, D).

    Raises:
        ValueError: If a size is not an integer of at least 1 or does not divide, or if
            `mask_ratio` hides no patch or all of them.

    Source:
        He et al. (2022), arXiv:2111.06377. Theirs predicts normalized pixels, has a
        narrower decoder and fixed positions; this one has learned positions.
    """

    def __init__(
        self,
        image_shape,
        patch_size=2,
        mask_ratio=0.75,
        width=32,
        n_blocks=2,
        n_heads=4,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        sizes = {"patch_size": patch_size, "width": width, "n_blocks": n_blocks}
        check_counts(**sizes, n_heads=n_heads)
        for side in image_shape[:2]:
            if side % patch_size:
                raise ValueError(
                    f"image_shape must have sides divisible by {patch_size}; got {side}"
                )
        self.image_shape = tuple(int(side) for side in image_shape)
        self.patch_size, self.mask_ratio = int(patch_size), float(mask_ratio)
        self.width, self.n_blocks, self.n_heads = int(width), int(n_blocks), int(n_heads)
        self.seed = seed
        height, across, channels = self.image_shape
        self.n_patches = (height // patch_size) * (across // patch_size)
        self.n_hidden = round(self.mask_ratio * self.n_patches)
        if not 0 < self.n_hidden < self.n_patches:
            raise ValueError(
                f"mask_ratio must hide some of the {self.n_patches} patches, not all; "
                f"got {mask_ratio}"
            )
        n_pixels = patch_size * patch_size * channels
        self.embed = self._dense(n_pixels, self.width, seed)
        blocks = [
            TransformerBlock(self.width, n_heads, seed + 10 * (i + 1))
            for i in range(self.n_blocks + 1)
        ]
        self.encoder_blocks, self.decoder_block = blocks[:-1], blocks[-1]
        self.encoder_norm, self.decoder_norm = self._norm(), self._norm()
        self.predict_pixels = self._dense(self.width, n_pixels, seed + 1)
        # Positions as large as the rest of a token: with much smaller ones the blocks
        # take many epochs to tell the patches apart.
        self.positions = self._vectors(self.n_patches, 0.5, seed + 2)
        self.mask_token = self._vectors(1, 0.02, seed + 3)
        self.noise = keras.random.SeedGenerator(seed)
        self.build((None, *self.image_shape))

    def _dense(self, n_in, n_out, seed):
        layer = layers.Dense(
            n_out, kernel_initializer=keras.initializers.GlorotUniform(seed)
        )
        layer.build((None, None, n_in))
        return layer

    def _norm(self):
        layer = layers.LayerNormalization(epsilon=1e-6)
        layer.build((None, None, self.width))
        return layer

    def _vectors(self, n, stddev, seed):
        initializer = keras.initializers.RandomNormal(stddev=stddev, seed=seed)
        return self.add_weight(shape=(n, self.width), initializer=initializer)

    def build(self, input_shape):
        # Every part is built above, so the weights exist before the first call.
        self.built = True

    def tokens(self, x):
        """Turn images into one token for each patch, (batch, n_patches, D)."""
        return self.embed(to_patches(x, self.patch_size)) + self.positions

    def _encoded(self, tokens):
        for block in self.encoder_blocks:
            tokens = block(tokens)
        return self.encoder_norm(tokens)

    def encode(self, x):
        """Map whole images, nothing hidden, to the mean of their codes, (batch, D)."""
        return ops.mean(self._encoded(self.tokens(x)), axis=1)

    def _shuffle(self, noise):
        """Permutation matrices that put visible patches first, (batch, n, n)."""
        return ops.one_hot(ops.argsort(noise, axis=-1), self.n_patches, dtype="float32")

    def _visible_codes(self, x, shuffle):
        """Codes of the patches that `shuffle` puts first, (batch, n_visible, D)."""
        first = shuffle[:, : self.n_patches - self.n_hidden]
        return self._encoded(ops.matmul(first, self.tokens(x)))

    def encode_visible(self, x, noise):
        """Map the visible patches alone to the mean of their codes, (batch, D).

        Args:
            x: Images, shape (batch, H, W, C).
            noise: As in `outputs`.
        """
        return ops.mean(self._visible_codes(x, self._shuffle(noise)), axis=1)

    def _decoder_input(self, x, noise):
        """Codes of visible patches and mask tokens, each in its place; and the mask."""
        shuffle = self._shuffle(noise)
        hidden = ops.zeros((ops.shape(x)[0], self.n_hidden, self.width)) + self.mask_token
        tokens = ops.concatenate([self._visible_codes(x, shuffle), hidden], axis=1)
        back = ops.transpose(shuffle, (0, 2, 1))  # undoes a permutation
        mask = ops.sum(shuffle[:, self.n_patches - self.n_hidden :], axis=1)
        return ops.matmul(back, tokens) + self.positions, mask

    def outputs(self, x, noise):
        """Hide patches by given noise, and fill them in.

        Args:
            x: Images, shape (batch, H, W, C).
            noise: One number for each patch, shape (batch, n_patches). The patches with
                the largest numbers are hidden.

        Returns:
            A dictionary of `x_hat`, images predicted at every patch, and `mask`,
            (batch, n_patches), 1 for hidden patches and 0 for visible ones.
        """
        tokens, mask = self._decoder_input(x, noise)
        decoded = self.decoder_norm(self.decoder_block(tokens))
        patches = ops.sigmoid(self.predict_pixels(decoded))
        x_hat = to_images(patches, self.image_shape, self.patch_size)
        return {"x_hat": x_hat, "mask": mask}

    def decoder_attention(self, x, noise):
        """Attention weights of the decoder while it fills in patches.

        Args:
            x: Images, shape (batch, H, W, C).
            noise: As in `outputs`.

        Returns:
            The weights of each head, shape (batch, n_heads, n_patches, n_patches); row i
            says how much patch i takes from every patch.
        """
        tokens, _ = self._decoder_input(x, noise)
        block = self.decoder_block
        return block.attention.weights_of(block.norm_1(tokens))

    def call(self, x, training=False):
        # Outside training the masks repeat, so that predict() does.
        seed = self.noise if training else self.seed
        shape = (ops.shape(x)[0], self.n_patches)
        return self.outputs(x, keras.random.uniform(shape, seed=seed))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        patches = (
            to_patches(y, self.patch_size),
            to_patches(y_pred["x_hat"], self.patch_size),
        )
        return ops.mean(masked_squared_error(*patches, y_pred["mask"]))

    def get_config(self):
        names = ("image_shape", "patch_size", "mask_ratio", "width", "n_blocks", "n_heads")
        config = {name: getattr(self, name) for name in (*names, "seed")}
        return super().get_config() | config
