"""Error against code size, for noise and for data whose true dimension is known."""

import numpy as np

from companion import metrics
from companion.autoencoders.pca import PCA
from companion.practice import many_seeds
from companion.practice.many_seeds import count_live

MIXING_SEED = 7


def uniform_noise(n, n_features, seed):
    """Independent uniform numbers in [0, 1]: no feature says anything of another.

    The variance of each is 1/12, so the best constant leaves a mean squared error of
    1/12, and the best linear code of k numbers one of (1 - k / n_features) / 12.

    Args:
        n: Number of examples.
        n_features: D, the number of features.
        seed: Seed of the numbers.

    Returns:
        Array (n, D).
    """
    return np.random.default_rng(seed).random((n, n_features))


def hidden_arcs(n, seed, n_arcs=5):
    """Points ruled by `n_arcs` hidden angles, in twice as many dimensions.

    Each angle is uniform in [0, pi] and gives a point (cos, sin) on half a circle; a
    fixed random rotation then mixes all coordinates. So the true dimension is
    `n_arcs`, though every one of the 2 `n_arcs` features varies.

    Args:
        n: Number of examples.
        seed: Seed of the angles; the rotation is the same for all seeds.
        n_arcs: Number of hidden angles, at least 1.

    Returns:
        Array (n, 2 n_arcs).

    Raises:
        ValueError: If `n_arcs` is below 1.
    """
    if n_arcs < 1:
        raise ValueError(f"n_arcs must be at least 1; got {n_arcs}")
    mixing = np.random.default_rng(MIXING_SEED).normal(size=(2 * n_arcs, 2 * n_arcs))
    rotation, _ = np.linalg.qr(mixing)
    angle = np.random.default_rng(seed).uniform(0.0, np.pi, size=(n, n_arcs))
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1) @ rotation


def train_code_sizes(x_train, x_test, *, seeds, n_hidden=32, epochs=60):
    """Test error of D-H-k-H-D autoencoders (tanh, linear code) for every k from 1 to D.

    All sizes are trained side by side: each has D code units, and a mask cuts out all
    but the first k.

    Args:
        x_train: Training examples, (n, D).
        x_test: Test examples, (m, D).
        seeds: Seeds of the initial weights.
        n_hidden: H, the width of the hidden layers.
        epochs: Passes over the data, in batches of 50.

    Returns:
        errors: Array (D, n_seeds): row k - 1 holds the test errors of code size k.
        n_live: Array (D, n_seeds) of int: how many of the k code units carry something.
    """
    n_features, n_seeds = x_train.shape[1], len(seeds)
    sizes = [n_features, n_hidden, n_features, n_hidden, n_features]
    params = many_seeds.init(sizes, list(seeds) * n_features)
    kept = np.arange(n_features) <= np.arange(n_features)[:, np.newaxis]
    masks = {2: np.repeat(kept.astype(float), n_seeds, axis=0)[:, np.newaxis, :]}
    activations = ["tanh", "linear", "tanh", "linear"]
    params, _ = many_seeds.train(
        params,
        x_train,
        activations,
        epochs=epochs,
        batch_size=50,
        learning_rate=5e-3,
        masks=masks,
    )
    errors = many_seeds.errors(params, x_test, activations, masks)
    codes = many_seeds.forward(params, x_test, activations, masks)[2]
    n_live = np.array([count_live(code) for code in codes])
    return errors.reshape(n_features, n_seeds), n_live.reshape(n_features, n_seeds)


def pca_curve(x_train, x_test):
    """Test error of PCA for every code size from 1 to D, shape (D,)."""
    sizes = range(1, x_train.shape[1] + 1)
    fitted = [PCA(k).fit(x_train) for k in sizes]
    return np.array([metrics.mse(x_test, pca.reconstruct(x_test)) for pca in fitted])


def knee(errors, share=0.05):
    """Find the code size at which the error curve bends most, if it bends at all.

    The bend at k is the fall from k - 1 to k minus the fall from k to k + 1: 0 all along
    a straight line.

    Args:
        errors: Errors for code sizes 1, 2, ..., shape (n_sizes,), at least 3.
        share: Smallest bend that counts, as a share of the first error.

    Returns:
        The code size of the largest bend, or None if that is below `share`.
    """
    errors = np.asarray(errors, dtype=float)
    bends = errors[:-2] - 2.0 * errors[1:-1] + errors[2:]
    best = int(np.argmax(bends))
    return best + 2 if bends[best] >= share * errors[0] else None


def draw_code_sizes(ax, autoencoder, pca, title):
    """Draw test error against code size, the autoencoder's with its spread over seeds.

    Args:
        ax: Matplotlib axes.
        autoencoder: Errors, shape (n_sizes, n_seeds).
        pca: Errors, shape (n_sizes,).
        title: Text above the axes.
    """
    sizes = np.arange(1, len(pca) + 1)
    mean, spread = autoencoder.mean(axis=1), autoencoder.std(axis=1, ddof=1)
    ax.errorbar(sizes, mean, spread, color="#0072B2", marker="o", label="autoencoder")
    ax.plot(sizes, pca, color="#D55E00", marker="s", linestyle="--", label="PCA")
    ax.set(xlabel="code size (numbers)", ylabel="test error (MSE)", title=title)
    ax.set_xticks(sizes[::2])
    ax.legend()
