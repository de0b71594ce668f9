"""What the width of the code does: worlds of known dimension, and the identity trap.

A code narrower than the data (undercomplete, K < D) must leave something out. A code as
wide or wider (overcomplete, K >= D) need not: the weights of `identity_network` copy every
input, whatever it is. All networks here are those of `companion.networks.mlp`, in NumPy.
"""

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from companion import metrics
from companion.autoencoders import steps
from companion.datasets import worlds
from companion.networks import checks

# Names of the worlds, with the settings that are easy enough to learn in a second.
WORLDS = {
    "curve": {"turns": 0.75},
    "surface": {"turns": 0.75},
    "linear_gaussian": {"n_features": 5, "latent_dim": 3},
}
N_FEATURES, NOISE_STD = 5, 0.02


def rotate_into(x, n_features, noise_std, rng):
    """Put points into a space of more dimensions, without bending what they lie on.

    New coordinates of pure noise are added, and a random rotation mixes all of them, so
    that no coordinate shows how many dimensions the points fill.

    Args:
        x: Points, shape (n, d).
        n_features: D, the new number of coordinates, at least d.
        noise_std: Standard deviation of the noise in each new coordinate.
        rng: A `numpy.random.Generator` that draws noise and rotation.

    Returns:
        Points, shape (n, D), with the distances of x apart from the noise.

    Raises:
        ValueError: If `n_features` is below d.
    """
    n, d = x.shape
    if n_features < d:
        raise ValueError(f"n_features must be at least {d}; got {n_features}")
    noise = noise_std * rng.normal(size=(n, n_features - d))
    rotation, _ = np.linalg.qr(rng.normal(size=(n_features, n_features)))
    return np.concatenate([x, noise], axis=1) @ rotation


def world_of_known_dimension(name, n_train=1000, n_test=1000, seed=0):
    """Points in 5 dimensions that fill 1 ("curve"), 2 ("surface") or 3 of them.

    The third world is "linear_gaussian": three factors, a flat subspace, and noise.

    Args:
        name: Name of the world.
        n_train: Number of training points.
        n_test: Number of test points.
        seed: Seed of world, noise and rotation.

    Returns:
        x_train: Points, (n_train, 5), centered and scaled to a mean variance of 1.
        x_test: Points, (n_test, 5), centered and scaled by the training points.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in WORLDS:
        raise ValueError(f"name must be one of {', '.join(WORLDS)}; got {name!r}")
    data = worlds.make(name, sizes=(n_train, 1, n_test), seed=seed, **WORLDS[name])
    x = np.concatenate([data.x_train, data.x_test]).astype(float)
    x = rotate_into(x, N_FEATURES, NOISE_STD, np.random.default_rng(seed))
    center = x[:n_train].mean(axis=0)
    scale = np.sqrt(np.mean((x[:n_train] - center) ** 2))
    x = (x - center) / scale
    return x[:n_train], x[n_train:]


def knee(errors, share=0.02):
    """Find the smallest code size that leaves hardly any of the mean predictor's error.

    Args:
        errors: Errors for the code sizes 0 (the mean predictor), 1, 2, ...
        share: What may be left, as a share of errors[0].

    Returns:
        The smallest size k with errors[k] at most `share` times errors[0], or None.

    Raises:
        ValueError: If `errors` is not 1-D or has no size above 0.
    """
    errors = np.asarray(errors, dtype=float)
    if errors.ndim != 1 or len(errors) < 2:
        raise ValueError(f"errors must be 1-D, at least 2; got shape {errors.shape}")
    reached = np.flatnonzero(errors <= share * errors[0])
    return int(reached[0]) if len(reached) else None


def identity_network(n_features):
    """Weights that copy every input through a ReLU code of 2 D units.

    One half of the code holds the positive parts and the other half the negative parts,
    x = max(x, 0) - max(-x, 0), so that nothing has to be learned from data.

    Args:
        n_features: D, the length of an example, at least 1.

    Returns:
        params: (weights, biases) for the activations ("relu", "linear").

    Raises:
        ValueError: If `n_features` is no integer of at least 1.
    """
    checks.check_counts(n_features=n_features)
    both = np.hstack([np.eye(n_features), -np.eye(n_features)])
    return [both, both.T], [np.zeros(2 * n_features), np.zeros(n_features)]


def other_distributions(x, rng):
    """Make examples that are not of the kind of x, to see what a network copies anyway.

    Args:
        x: Examples, shape (n, D).
        rng: A `numpy.random.Generator`.

    Returns:
        "shuffled": x with its features in one other order, the same for all examples.
        "noise": independent uniform numbers in [0, 1], shape (n, D).
    """
    return {"shuffled": x[:, rng.permutation(x.shape[1])], "noise": rng.random(x.shape)}


def errors_and_probe(encode, reconstruct, kinds, x_train, y_train, y_test):
    """Measure what a model copies, and what its code says about the classes.

    Args:
        encode: Function from examples (n, D) to codes (n, K).
        reconstruct: Function from examples (n, D) to reconstructions (n, D).
        kinds: Maps names to examples; the first entry holds the test examples.
        x_train: Training examples, for the probe.
        y_train: Their classes.
        y_test: Classes of the test examples.

    Returns:
        The mean squared error on each kind, and the test accuracy of a linear probe, in
        one list.
    """
    x_test = next(iter(kinds.values()))
    codes = encode(x_train), y_train, encode(x_test), y_test
    errors = [metrics.mse(x, reconstruct(x)) for x in kinds.values()]
    return [*errors, metrics.linear_probe_accuracy(*codes)]


def measure_networks(networks, activations, kinds, x_train, y_train, y_test):
    """Apply `errors_and_probe` to several networks of one kind.

    Args:
        networks: Sequence of (weights, biases), for example one for each seed.
        activations: One name for each layer.
        kinds: As in `errors_and_probe`.
        x_train: As in `errors_and_probe`.
        y_train: As in `errors_and_probe`.
        y_test: As in `errors_and_probe`.

    Returns:
        Array (n_networks, len(kinds) + 1): errors in the order of the kinds, then the
        accuracy of the probe.
    """
    rows = []
    for params in networks:

        def encode(x, params=params):
            return steps.encode(params, x, activations)[-1]

        def reconstruct(x, params=params):
            return steps.reconstruct(params, x, activations)

        found = errors_and_probe(encode, reconstruct, kinds, x_train, y_train, y_test)
        rows.append(found)
    return np.array(rows)


def train_each(seeds, x_train, x_val, sizes, activations, **settings):
    """Train one network for each seed, with early stopping.

    Args:
        seeds: One integer for each training: it draws weights and batches.
        x_train: Examples to learn from, (n, D).
        x_val: Examples that decide when to stop, (m, D).
        sizes: Widths of the layers, as in `companion.autoencoders.steps.initialize`.
        activations: One name for each layer.
        settings: Further arguments of `companion.autoencoders.steps.train`.

    Returns:
        List of (weights, biases), one for each seed.
    """
    rngs = [np.random.default_rng(seed) for seed in seeds]
    return [
        steps.train(x_train, x_val, sizes, activations, rng=rng, **settings)[0]
        for rng in rngs
    ]


def layer_sizes(n_features, latent_dim, hidden):
    """Widths of a symmetric autoencoder, for example (64, 100, 8, 100, 64)."""
    return (n_features, *hidden, latent_dim, *hidden[::-1], n_features)


def count_parameters(sizes):
    """Number of weights and biases of dense layers: sum of n_in n_out + n_out."""
    return sum(
        n_in * n_out + n_out for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
    )


def widths_for(n_parameters, depth, n_features, latent_dim):
    """Choose `depth` equal hidden widths that come closest to a number of parameters.

    Args:
        n_parameters: The wanted number of parameters of encoder and decoder together.
        depth: Number of hidden layers on each side, at least 1.
        n_features: D, the length of an example.
        latent_dim: K, the number of code units.

    Returns:
        Tuple with `depth` equal widths.

    Raises:
        ValueError: If a number is no integer of at least 1.
    """
    checks.check_counts(n_parameters=n_parameters, depth=depth)
    checks.check_counts(n_features=n_features, latent_dim=latent_dim)

    def distance(width):
        sizes = layer_sizes(n_features, latent_dim, (width,) * depth)
        return abs(count_parameters(sizes) - n_parameters)

    return (min(range(1, n_parameters + 1), key=distance),) * depth


def plane_quality(x_test, z_train, y_train, z_test, y_test):
    """Judge codes in the plane by neighbors: of the data, and of the classes.

    Args:
        x_test: Test examples, (m, D).
        z_train: Codes of the training examples, (n, K).
        y_train: Their classes, (n,).
        z_test: Codes of the test examples, (m, K).
        y_test: Their classes, (m,).

    Returns:
        trust: Trustworthiness with 5 neighbors, in [0, 1]: it falls for every point that
            is among the nearest in the code without being so in the data.
        accuracy: Share of test codes whose nearest training code is of their class.
    """
    trust = trustworthiness(x_test, z_test, n_neighbors=5)
    nearest = KNeighborsClassifier(n_neighbors=1).fit(z_train, y_train)
    return float(trust), float(nearest.score(z_test, y_test))
