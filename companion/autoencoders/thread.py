"""One set of natural patches for seven methods, and what ties the methods together.

With the dictionary, the weights or the loadings always in the rows of one matrix, shape
(K, D), every method of the thread explains a patch x by z W::

    predictive coding and probabilistic PCA:   z from N(0, I),   x from N(z W, sigma^2 I)
    P = I + W W^T / sigma^2,    M = P^-1 W / sigma^2,    p(z | x) = N(x M^T, P^-1)

The energy of predictive coding is ``E(z) = |z|^2 / 2 + |x - z W|^2 / (2 sigma^2)``, and its
least value, at the posterior mean, is all of -log p(x) that depends on x:

    -log p(x) = min_z E(z) + 1/2 log det P + D/2 log(2 pi sigma^2)
"""

import numpy as np

from companion import metrics
from companion.autoencoders.sparse import L1Autoencoder
from companion.brain import predictive_coding, sparse_coding
from companion.networks import checks, mlp


def overlap(features, axes):
    """Mean squared cosine between the spaces of K features and of the first K axes.

    Args:
        features: One in each row, shape (K, D), of full rank.
        axes: One in each row, shape (at least K, D).

    Returns:
        1 for the same space, 0 for spaces at right angles.
    """
    angles = metrics.principal_angles(np.transpose(features), axes[: len(features)].T)
    return float(np.mean(np.cos(angles) ** 2))


def one_step_autoencoder(dictionary, penalty):
    """Write the first step of nonnegative ISTA as a sparse autoencoder in Keras.

    From z = 0 the step gives max(0, x Phi^T / L - penalty / L): a layer of rectified
    units with the kernel Phi^T / L and the bias -penalty / L. The decoder is Phi.

    Args:
        dictionary: Phi, one atom in each row, shape (K, D).
        penalty: Price of one unit of activity.

    Returns:
        An `L1Autoencoder` with these weights.
    """
    dictionary = np.asarray(dictionary, dtype=float)
    n_atoms, n_features = dictionary.shape
    lipschitz = sparse_coding.lipschitz_constant(dictionary)
    model = L1Autoencoder(n_features, n_atoms, sparsity=penalty, max_norm=None)
    bias = np.full(n_atoms, -penalty / lipschitz)
    model.set_weights([dictionary.T / lipschitz, bias, dictionary, np.zeros(n_features)])
    return model


def search_instead(model, x, n_steps):
    """Compare the encoder of a sparse autoencoder with a search under its own decoder.

    Args:
        model: A trained `L1Autoencoder`.
        x: Examples, shape (n, D).
        n_steps: Steps of FISTA.

    Returns:
        encoded: Mean objective of the encoder's codes.
        searched: Mean objective of the codes that FISTA finds for the same dictionary,
            offset and penalty; the difference is the amortization gap.

    Source:
        The word: Cremer, Li and Duvenaud (2018), arXiv:1801.03558.
    """
    _, _, dictionary, offset = (np.asarray(w, float) for w in model.get_weights())
    rest, penalty = x - offset, model.sparsity
    z = np.asarray(model.encode(x.astype("float32")), float)
    z_best = sparse_coding.fista(
        rest, dictionary, penalty, n_steps=n_steps, nonnegative=True
    )
    return tuple(
        float(sparse_coding.objective(code, rest, dictionary, penalty).mean())
        for code in (z, z_best)
    )


def backpropagation_gradients(net, top, target):
    """Gradients of ``mean |target - z_L|^2 / 2`` by backpropagation.

    Args:
        net: A `companion.brain.predictive_coding.Hierarchy`.
        top: Input, shape (n, width of the top).
        target: Wanted output, shape (n, width of the bottom).

    Returns:
        One gradient for each weight matrix, shaped as it.
    """
    biases = [np.zeros(w.shape[1]) for w in net.weights]
    params = (list(net.weights), biases)
    _, (grads, _) = mlp.loss_and_grads(params, top, target, list(net.activations))
    # mlp's loss is the mean over features, without the 1/2.
    return [0.5 * target.shape[1] * g for g in grads]


def cosines_with_backpropagation(x, output_variance, seed, *, n_hidden=16, error_scale=1.0):
    """Compare settled predictive coding with backpropagation in a small autoencoder.

    The patches are clamped at both ends of a hierarchy D - n_hidden - D with random
    weights, of tanh units and then linear ones; only the hidden level is free, and it
    settles. With an error_scale s the target is the answer of the forward pass plus s
    times its distance to the patches.

    Args:
        x: Patches, shape (n, D).
        output_variance: Variance of the bottom level; that of the hidden level is 1.
        seed: Seed of the weights, of standard deviation 1 / sqrt(inputs).
        n_hidden: Width of the hidden level.
        error_scale: s, the size of the output error; 1 makes the patches the target.

    Returns:
        The cosine between the two gradients for each of the two matrices, shape (2,).
    """
    rng, n_features = np.random.default_rng(seed), x.shape[1]
    shapes = ((n_features, n_hidden), (n_hidden, n_features))
    weights = tuple(rng.normal(size=shape) / np.sqrt(shape[0]) for shape in shapes)
    variances = (1.0, output_variance)
    net = predictive_coding.Hierarchy(weights, ("tanh", "linear"), variances)
    *levels, answer = predictive_coding.forward(net, x)
    start = [*levels, answer + error_scale * (x - answer)]
    settled, _ = predictive_coding.infer(net, start, rate=0.1, n_steps=150, clamp_top=True)
    pairs = zip(
        predictive_coding.weight_gradients(net, settled),
        backpropagation_gradients(net, x, start[-1]),
        strict=True,
    )
    return np.array(
        [np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b)) for a, b in pairs]
    )


def expectation_maximization(covariance, latent_dim, *, n_steps, rng):
    """Fit a linear VAE whose encoder is always exact: EM for probabilistic PCA.

    The first half of a step sets the encoder to the exact posterior, the second sets the
    decoder and the noise to the maximum of the ELBO for it:

        W <- (M C M^T + P^-1)^-1 M C,    sigma^2 <- tr(C - C M^T W) / D

    P^-1, the variance of the code, stands where ridge regression has its penalty.

    Args:
        covariance: C of the data, shape (D, D).
        latent_dim: K, below D.
        n_steps: Number of steps, at least 1.
        rng: A `numpy.random.Generator` that draws the first W.

    Returns:
        weights: W, shape (K, D).
        variance: sigma^2.

    Raises:
        ValueError: If a count is no integer of at least 1, or K is not below D.

    Source:
        Tipping and Bishop (1999), doi:10.1111/1467-9868.00196, appendix B.
    """
    checks.check_counts(latent_dim=latent_dim, n_steps=n_steps)
    n_features = len(covariance)
    if latent_dim >= n_features:
        raise ValueError(f"latent_dim must be below {n_features}; got {latent_dim}")
    weights, variance = rng.normal(size=(latent_dim, n_features)), 1.0
    for _ in range(n_steps):
        spread = np.linalg.inv(np.eye(latent_dim) + weights @ weights.T / variance)
        encoder = spread @ weights / variance  # M, (K, D)
        products = encoder @ covariance
        weights = np.linalg.solve(products @ encoder.T + spread, products)
        variance = np.trace(covariance - products.T @ weights) / n_features
    return weights, float(variance)
