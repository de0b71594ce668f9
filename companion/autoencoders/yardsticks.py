"""What needs no autoencoder: the simplest good answer to each task of the comparison.

A task is one only if the simplest answer fails. Noise of a known strength has a best
linear filter; holes have the conditional mean and the nearest training images; an odd
image is far from every training image; whoever may copy training images generates perfect
ones; and at a number of bits, PCA need not keep to few components, nor a code to a network.

The Wiener filter is the linear map with the smallest squared error. For images with mean
m and covariance C, under independent noise of standard deviation sigma,

    x_hat = m + (x - m) (C + sigma^2 I)^-1 C
"""

import numpy as np

from companion.autoencoders import filling_in, measures, rounding, samples, trial
from companion.autoencoders.clustering import KMeansAutoencoder
from companion.autoencoders.pca import PCA
from companion.autoencoders.rate_distortion import block_kmeans

COPY_DRAWS = 5
IMAGE_SHAPE = (8, 8, 1)
BLOCK_SIDE = 4
BLOCK_ENTRIES = (64, 128, 256)  # 18 to 26 bits for an image
SEEDS = (0, 1, 2)  # of k-means


def wiener_filter(x, mean, covariance, noise_std):
    """Take independent noise from rows of pixels, as well as a linear map can.

    Args:
        x: Noisy examples, shape (n, D).
        mean: Mean of the clean ones, shape (D,).
        covariance: Their covariance, shape (D, D).
        noise_std: Standard deviation of the noise, above 0.

    Returns:
        Estimates of the clean examples, shape (n, D).

    Raises:
        ValueError: If `noise_std` is not above 0.
    """
    if not noise_std > 0:
        raise ValueError(f"noise_std must be above 0; got {noise_std!r}")
    noisy = covariance + noise_std**2 * np.eye(len(mean))
    return mean + (x - mean) @ np.linalg.solve(noisy, covariance)


def nearest_distances(x, x_train):
    """Squared distance of each row of x, (n, D), to the nearest of x_train: shape (n,)."""
    x, x_train = np.asarray(x, float), np.asarray(x_train, float)
    squares = np.sum(x**2, axis=1)[:, None] + np.sum(x_train**2, axis=1)
    return np.maximum(squares - 2 * x @ x_train.T, 0).min(axis=1)


def copies(x_train, n, rng):
    """Draw n different training images, as a model that learned them by heart would."""
    return np.asarray(x_train)[rng.choice(len(x_train), n, replace=False)]


def generation_errors(data, draw, n_draws):
    """Fréchet distances of generated images to the test images, drawn again and again.

    Args:
        data: A `companion.autoencoders.trial.Trial`.
        draw: Function from n to n images, (n, 64).
        n_draws: Number of batches, each as large as the test set.

    Returns:
        Distances, shape (n_draws,).
    """
    real, n = data.features(data.x_test), len(data.x_test)
    batches = data.features(draw(n * n_draws)).reshape(n_draws, n, -1)
    return np.array([samples.frechet_distance(real, batch) for batch in batches])


def measure(data):
    """Measure all yardsticks on the tasks that they are made for.

    Args:
        data: A `companion.autoencoders.trial.Trial`. The settings of what fills holes are
            chosen on its validation images.

    Returns:
        Names to measures to what they bring, as in `companion.autoencoders.decision`.
    """
    x_train, x = np.asarray(data.x_train, float), data.x_test
    ways = filling_in.baselines(x_train, data.x_val, data.hidden_val, IMAGE_SHAPE, 8)

    def holes(name):
        filled = ways[name](x, data.hidden)
        return {"error in holes": measures.errors_of_examples(x, filled)}

    linear = x_train.mean(axis=0), np.cov(x_train.T, ddof=0)
    clean = np.clip(wiener_filter(data.noisy, *linear, trial.NOISE_STD), 0, 1)
    distances = [nearest_distances(a, x_train) for a in (x, data.x_odd)]
    rng = np.random.default_rng(0)

    def draw(n):
        batches = [copies(x_train, len(x), rng) for _ in range(n // len(x))]
        return np.concatenate(batches)

    copied = generation_errors(data, draw, COPY_DRAWS)
    return {
        "8 components": holes("8 components"),
        "conditional mean": holes("conditional mean"),
        "Wiener filter": {"error of denoised": measures.errors_of_examples(x, clean)},
        "nearest images": holes("nearest images")
        | {"anomaly AUC": measures.auc_parts(*distances)},
        "copies": {"Fréchet distance": copied},
    }


def prototype_errors(x_train, x, bits, seeds):
    """Replace each image by the nearest of 2^bits prototypes that k-means found.

    Args:
        x_train: Images that k-means runs on, shape (n_train, D).
        x: Images to code, shape (n, D).
        bits: Bits for an image, each a whole number.
        seeds: Seeds of k-means.

    Returns:
        Mean squared errors, summed over pixels, shape (n_bits, n_seeds).
    """
    errors = np.empty((len(bits), len(seeds)))
    for place in np.ndindex(errors.shape):
        coder = KMeansAutoencoder(2 ** bits[place[0]], seed=seeds[place[1]]).fit(x_train)
        x_hat = coder.centroids[coder.number(x)]
        errors[place] = measures.errors_of_examples(x, x_hat).mean()
    return errors


def block_curve(data, seed, n_entries=BLOCK_ENTRIES):
    """Bits and squared errors of four blocks an image, each the nearest of a table.

    Args:
        data: A `companion.autoencoders.trial.Trial`.
        seed: Seed of k-means, which makes the table from the blocks of training images.
        n_entries: Sizes of the table.

    Returns:
        bits: Mean bits for an image if every place has an ideal entropy code, one for
            each size.
        errors: Mean squared error, summed over pixels, one for each size.
    """
    train, test = (np.reshape(x, (-1, *IMAGE_SHAPE)) for x in (data.x_train, data.x_test))
    bits, errors = [], []
    for n in n_entries:
        known, new, x_hat = block_kmeans(train, test, BLOCK_SIDE, n, seed)
        bits.append(rounding.code_bits(known, new).mean())
        x_hat = x_hat.reshape(len(x_hat), -1)
        errors.append(measures.errors_of_examples(data.x_test, x_hat).mean())
    return np.array(bits), np.array(errors)


def at_equal_bits(data, n_bits, steps, reference):
    """Squared errors at equal bits, divided by a reference: codes without any network.

    Args:
        data: A `companion.autoencoders.trial.Trial`.
        n_bits: Bits for an image.
        steps: As in `rounding.rate_distortion`, for PCA with all its components.
        reference: Bits and errors to compare with, one for each of several settings.

    Returns:
        Names to lists of ratios: one for PCA, one for each of `SEEDS` of k-means.
    """
    pca = PCA(data.x_train.shape[1]).fit(data.x_train)
    images = np.asarray(data.x_train, float), data.x_test
    whole = rounding.rate_distortion(pca.encode, pca.decode, *images, steps)
    curves = {"all components": [whole]}
    curves["k-means of blocks"] = [block_curve(data, seed) for seed in SEEDS]
    least = rounding.error_at_bits(*reference, n_bits)
    return {
        name: [rounding.error_at_bits(*curve, n_bits) / least for curve in found]
        for name, found in curves.items()
    }
