"""The same autoencoder asked for its input, or for another picture of it.

The encoder sees images in all places. Whether its code still says where they stood depends
on what the decoder is asked to draw.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks.moved_images import in_every_place, shifted, shifts_of
from companion.practice.code_uses import draw_labels
from companion.training.again import TrainedAgain, draw_epochs

MARGIN = 2  # pixels that an image may move, in every direction


def train_encoders(images, asked, latent_dim, seeds, n_steps=3000, hidden=128):
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


def accuracy_in_all_places(encode, labeled, test, strength=1.0):
    """Fit a linear classifier on codes of labeled images, and test it in all 25 places.

    Args:
        encode: From images to codes.
        labeled: Images with a margin, and their classes.
        test: Centered test images with a margin, and their classes.
        strength: C of scikit-learn's logistic regression; codes are standardized.

    Returns:
        The mean test accuracy over the places.
    """
    (x, y), (x_test, y_test) = labeled, test
    z = encode(x)
    mean, scale = z.mean(axis=0), z.std()
    model = LogisticRegression(C=strength, max_iter=3000).fit((z - mean) / scale, y)
    places = [shift for d in range(MARGIN + 1) for shift in shifts_of(d)]
    hits = [
        model.score((encode(shifted(x_test, *s)) - mean) / scale, y_test) for s in places
    ]
    return float(np.mean(hits))


def accuracies(encoders, labels, test, n_each, seeds, everywhere=False):
    """Measure encoders with few labels.

    Args:
        encoders: Functions from images to codes; each is used with its share of `seeds`.
        labels: Centered images with a margin that have labels, and their classes.
        test: As in `accuracy_in_all_places`.
        n_each: Labels for each class.
        seeds: One draw of labels for each.
        everywhere: Whether the labeled images are shown to the classifier in all places.

    Returns:
        The mean test accuracy over all places for each draw, (n_seeds,).
    """
    found = []
    for i, seed in enumerate(seeds):
        rows = draw_labels(labels[1], n_each, np.random.default_rng(seed))
        labeled = labels[0][rows], labels[1][rows]
        if everywhere:
            labeled = in_every_place(*labeled, MARGIN)
        found.append(accuracy_in_all_places(encoders[i % len(encoders)], labeled, test))
    return np.array(found)


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
