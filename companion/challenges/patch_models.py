"""Models of the course that NumPy trains in a moment, on one set of natural patches.

Each learner takes patches, labels, a number of units and a seed, and returns the function
from patches (n, D) to responses (n, K). What labels say is the photograph a patch was cut
from; only the classifier looks at them. All patches have the mean 0, so that D - 1
directions are left; the two methods that need a full rank say how they cope.
"""

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import FastICA

from companion.brain import (
    hebbian,
    natural_images,
    predictive_coding,
    sparse_autoencoder,
    sparse_coding,
    whitening,
)
from companion.datasets import photographs
from companion.networks import losses, mlp

SIDE = 8
N_ICA = 48  # the axes beyond hold hardly any variance, and ICA would blow them up
PRICE = 1.0
LINEAR_VARIANCE = 0.1


def cut(n_each, n_test, seed, whitened=True):
    """Cut patches of 8 x 8 pixels, each without its mean.

    Args:
        n_each: Training patches from each of the nine photographs.
        n_test: Test patches, from a tenth photograph.
        seed: Seed of the places.
        whitened: Whether the photographs are whitened first.

    Returns:
        x_train: Shape (9 n_each, 64), mean square 1.
        labels: Number of the photograph, shape (9 n_each,).
        x_test: Shape (n_test, 64), divided by the same number.
    """
    rng = np.random.default_rng(seed)
    *train, test = _images(whitened)
    parts = [whitening.cut_patches([image], SIDE, n_each, rng) for image in train]
    x_test = whitening.cut_patches([test], SIDE, n_test, rng)
    x_train, labels = np.concatenate(parts), np.repeat(np.arange(len(parts)), n_each)
    order, scale = rng.permutation(len(x_train)), np.sqrt(np.mean(x_train**2))
    return x_train[order] / scale, labels[order], x_test / scale


def _images(whitened):
    names = (*photographs.GRAY_TRAIN, photographs.TEST_PHOTOGRAPH)
    if whitened:
        return natural_images.whitened_photographs(names)
    return [natural_images.gray_photograph(name) for name in names]


def _axes(x):
    return np.linalg.svd(x, full_matrices=False)[2]


def raw_pixels(x, labels, n_units, seed):
    """The first pixels of a patch in a random order."""
    kept = np.random.default_rng(seed).permutation(x.shape[1])[:n_units]
    return lambda x: x[:, kept]


def principal_axes(x, labels, n_units, seed):
    """PCA: the axes of largest variance."""
    axes = _axes(x)[:n_units]
    return lambda x: x @ axes.T


def turned_axes(x, labels, n_units, seed):
    """The same, turned at random: the same space and the same distances."""
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(n_units, n_units)))[0]
    axes = turn @ _axes(x)[:n_units]
    return lambda x: x @ axes.T


def sanger(x, labels, n_units, seed):
    """The average of Sanger's rule, run for a fixed time."""
    covariance = x.T @ x / len(x)
    start = 0.1 * np.random.default_rng(seed).normal(size=(n_units, x.shape[1]))
    rate = 0.2 / np.linalg.eigvalsh(covariance)[-1]
    weights = hebbian.settle(start, covariance, learning_rate=rate, n_steps=1500)
    return lambda x: x @ weights.T


def independent(x, labels, n_units, seed):
    """ICA of scikit-learn, on at most 48 principal axes."""
    size = min(n_units, N_ICA)
    settings = {"whiten": "unit-variance", "max_iter": 500, "tol": 1e-3}
    ica = FastICA(size, random_state=seed, **settings).fit(x[:5000])
    return ica.transform


def k_means(x, labels, n_units, seed):
    """Responses max(0, mean distance - distance) to the centers of k-means."""
    found = MiniBatchKMeans(n_units, random_state=seed, n_init=1, batch_size=500).fit(x)

    def respond(x):
        distances = found.transform(x)
        return np.maximum(0.0, distances.mean(axis=1, keepdims=True) - distances)

    return respond


def _rectified(params):
    (kernel, *_), (bias, *_) = params
    return lambda x: np.maximum(0.0, x @ kernel + bias)


def _network(x, target, n_out, n_units, seed, loss):
    rng = np.random.default_rng(seed)
    params = mlp.init([x.shape[1], n_units, n_out], rng)
    settings = {"activations": ["relu", "linear"], "batch_size": 128, "loss": loss}
    for rate, epochs in ((1e-2, 6), (2e-3, 4)):
        params, _ = mlp.train(
            params, x, target, epochs=epochs, learning_rate=rate, rng=rng, **settings
        )
    return params


def untrained(x, labels, n_units, seed):
    """The layer of rectified units before any training."""
    return _rectified(mlp.init([x.shape[1], n_units], np.random.default_rng(seed)))


def plain_autoencoder(x, labels, n_units, seed):
    """Rectified units that are trained to copy the patch."""
    return _rectified(_network(x, x, x.shape[1], n_units, seed, losses.mse))


def denoising_autoencoder(x, labels, n_units, seed):
    """The same, from a patch with Gaussian noise of the size of the signal."""
    noise = np.random.default_rng(seed + 100).normal(size=x.shape)
    return _rectified(_network(x + noise, x, x.shape[1], n_units, seed, losses.mse))


def classifier(x, labels, n_units, seed):
    """The same layer, trained to name the photograph."""
    n_classes = labels.max() + 1
    loss = losses.cross_entropy
    return _rectified(_network(x, labels, n_classes, n_units, seed, loss))


def sparse_autoencoder_of(x, labels, n_units, seed):
    """Rectified units with a price of activity."""
    rng = np.random.default_rng(seed)
    start = sparse_autoencoder.init(x.shape[1], n_units, rng)
    settings = {"n_batches": 1000, "batch_size": 100, "learning_rate": 0.02}
    params = sparse_autoencoder.train(start, x, PRICE, rng=rng, **settings)
    return lambda x: sparse_autoencoder.encode(params, x)


def sparse_coding_of(x, labels, n_units, seed):
    """The search of Olshausen and Field for a code of either sign."""
    settings = {"n_steps": 150, "n_search": 15, "rng": np.random.default_rng(seed)}
    phi = sparse_coding.train(x, n_units, PRICE, **settings)
    return lambda x: sparse_coding.fista(x, phi, PRICE, n_steps=40)


def predictive_coding_of(x, labels, n_units, seed):
    """One linear level of Rao and Ballard's model, at rest."""
    rng = np.random.default_rng(seed)
    start = predictive_coding.Hierarchy(
        (0.1 * rng.normal(size=(n_units, x.shape[1])),), variances=(LINEAR_VARIANCE,)
    )
    net = predictive_coding.train(
        start,
        x,
        rate=0.04,
        n_inference=15,
        learning_rate=0.01,
        weight_decay=1.0,
        n_steps=125,
        rng=rng,
    )
    return lambda x: predictive_coding.posterior_mean(net.weights[0], LINEAR_VARIANCE, x)


LEARNERS = {
    "raw pixels": raw_pixels,
    "PCA": principal_axes,
    "PCA, turned": turned_axes,
    "Sanger's rule": sanger,
    "predictive coding": predictive_coding_of,
    "ICA": independent,
    "k-means": k_means,
    "untrained network": untrained,
    "plain autoencoder": plain_autoencoder,
    "denoising": denoising_autoencoder,
    "classifier": classifier,
    "sparse autoencoder": sparse_autoencoder_of,
    "sparse coding": sparse_coding_of,
}
