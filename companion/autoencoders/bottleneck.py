"""What the width of the code does: the identity trap, and depth at equal cost.

A code narrower than the data (undercomplete, K < D) must leave something out. A code as
wide or wider (overcomplete, K >= D) need not: the weights of `identity_network` copy every
input, whatever it is. All networks here are those of `companion.networks.mlp`, in NumPy.
"""

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from companion import metrics
from companion.autoencoders import steps
from companion.networks import checks


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
