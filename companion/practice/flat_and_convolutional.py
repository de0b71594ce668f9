"""A flattened and a convolutional autoencoder of small color images, at equal code size.

The flattened one is a dense layer to the code and one back to all pixels. The
convolutional one looks at windows first, and its last layer on the way down is dense, so
that both codes are K numbers, as those of principal components are.
"""

import numpy as np

from companion import metrics
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.practice.shift_trials import Falling
from companion.training.again import TrainedAgain

# Adam's first step size, chosen on halved validation patches from 1e-3, 3e-3, 1e-2, 3e-2.
LEARNING_RATES = {"flattened": 1e-2, "convolutional": 3e-3}
KINDS = tuple(LEARNING_RATES)


def halved(x):
    """Average each two by two pixels: (n, 2 h, 2 w, c) to (n, h, w, c)."""
    n, height, width, channels = x.shape
    x = x.reshape(n, height // 2, 2, width // 2, 2, channels)
    return x.mean(axis=(2, 4), dtype=np.float32)


def build(kind, image_shape, latent_dim, seed, filters=(16,)):
    """Build one of the two autoencoders.

    Args:
        kind: One of `KINDS`.
        image_shape: (height, width, channels).
        latent_dim: K, the number of code units.
        seed: Seed of the first weights.
        filters: Feature maps of the convolutions.

    Returns:
        A Keras model of images, or of rows if it is the flattened one.

    Raises:
        ValueError: If `kind` is another name.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if kind == "flattened":
        return DenseAutoencoder(int(np.prod(image_shape)), latent_dim, hidden=(), seed=seed)
    return ConvolutionalAutoencoder(image_shape, latent_dim, filters=filters, seed=seed)


def as_inputs(kind, x):
    """Images as a model of this kind takes them: rows, if it is the flattened one."""
    return x.reshape(len(x), -1) if kind == "flattened" else x


def measures(x, x_hat):
    """MSE, PSNR and SSIM of restored images, clipped to [0, 1].

    Args:
        x: Images, (n, height, width, channels).
        x_hat: Restored ones, as `x` or as rows.

    Returns:
        Numbers by name; PSNR in dB is that of each image, averaged.
    """
    x_hat = np.clip(np.reshape(x_hat, x.shape), 0.0, 1.0)
    return {
        "MSE": metrics.mse(x, x_hat),
        "PSNR": metrics.psnr(x, x_hat),
        "SSIM": metrics.ssim(x, x_hat),
    }


def references(x_train, x_test, latent_dim):
    """Measure the mean image and PCA with codes of equal size, which learn by no steps."""
    train, test = (x.reshape(len(x), -1) for x in (x_train, x_test))
    models = {"mean image": MeanPredictor(), f"PCA-{latent_dim}": PCA(latent_dim)}
    return {
        name: measures(x_test, model.fit(train).reconstruct(test))
        for name, model in models.items()
    }


def restored(kind, model, x):
    """What a model makes of images, as an array."""
    return model.predict(as_inputs(kind, x), batch_size=250, verbose=0)


def train_from_seeds(kind, x_train, x_test, latent_dim, *, seeds, epochs):
    """Train one kind from several seeds, at a rate that falls to zero along a cosine.

    Args:
        kind: One of `KINDS`.
        x_train: Images to learn from, (n, height, width, channels).
        x_test: Images to measure on.
        latent_dim: K.
        seeds: Seeds of the weights and of the order of the images.
        epochs: How often each image is seen.

    Returns:
        For each seed what `measures` returns.
    """
    batch_size, rate, found = 32, Falling(), []
    n_steps = epochs * len(x_train) // batch_size
    rate.set(LEARNING_RATES[kind], n_steps)
    models = [build(kind, x_train.shape[1:], latent_dim, seed) for seed in seeds]
    trained = TrainedAgain(models[0], rate, "mse")
    starts = [model.get_weights() for model in models]
    for seed, weights in zip(seeds, starts, strict=True):
        trained.begin(weights)
        rng = np.random.default_rng(seed)
        trained.train(as_inputs(kind, x_train), n_steps, batch_size, rng)
        found.append(measures(x_test, restored(kind, models[0], x_test)))
    return found
