"""The same autoencoder asked for its input, or for another picture of it.

The encoder sees images in all places. Whether its code still says where they stood depends
on what the decoder is asked to draw.
"""

import numpy as np

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks.moved_images import in_every_place
from companion.training.again import TrainedAgain, draw_epochs

MARGIN = 2  # pixels that an image may move, in every direction


def train_encoders(images, asked, latent_dim, seeds, n_steps=3000, hidden=256):
    """Train an autoencoder of images in all places, from several seeds.

    Args:
        images: Centered images with a margin of 2, (n, height, width, 1).
        asked: What the decoder has to draw: one image for each of `images`, wherever it
            was moved, such as the centered image itself; or None for the input as moved.
        latent_dim: K.
        seeds: Seeds of the initial weights and of the order of the images.
        n_steps: Updates by Adam on batches of 64, at the rate 0.002.
        hidden: Width of the hidden layer on either side.

    Returns:
        One function for each seed, from images to codes (n, K).

    Raises:
        ValueError: If `asked` has another shape than `images`.
    """
    if asked is not None and asked.shape != images.shape:
        raise ValueError(f"asked must have the shape {images.shape}; got {asked.shape}")
    moved, number = in_every_place(images, np.arange(len(images)), MARGIN)
    x = moved.reshape(len(moved), -1)
    target = x if asked is None else asked[number].reshape(len(moved), -1)
    model = DenseAutoencoder(x.shape[1], latent_dim, hidden=(hidden,))
    trained = TrainedAgain(model, 2e-3, "mse")
    return [_train(trained, hidden, x, target, seed, n_steps) for seed in seeds]


def _train(trained, hidden, x, target, seed, n_steps):
    model = trained.model
    start = DenseAutoencoder(
        model.n_features, model.latent_dim, hidden=(hidden,), seed=seed
    )
    trained.begin(start.get_weights())
    order = draw_epochs(len(x), n_steps * 64, np.random.default_rng(seed))
    trained.steps.run(x, target, order, 64)
    (w1, b1), (w2, b2) = (layer.get_weights() for layer in model.encoder.layers)

    def encode(images):
        flat = np.reshape(images, (len(images), -1))
        return np.maximum(flat @ w1 + b1, 0.0) @ w2 + b2

    return encode


def centered_by_mass(images):
    """Move images by whole pixels until their center of mass is nearest to the middle.

    Args:
        images: (n, height, width, 1), with a margin that may be rolled around.

    Returns:
        Images of the same shape.
    """
    middle = (np.array(images.shape[1:3]) - 1) / 2
    down, right = np.indices(images.shape[1:3])[..., np.newaxis]
    mass = images.sum(axis=(1, 2, 3))
    centers = [np.sum(images * axis, axis=(1, 2, 3)) / mass for axis in (down, right)]
    steps = np.rint(middle[:, np.newaxis] - centers).astype(int)
    return np.stack(
        [np.roll(im, tuple(s), (0, 1)) for im, s in zip(images, steps.T, strict=True)]
    )
