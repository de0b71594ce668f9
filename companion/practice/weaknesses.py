"""Weaknesses of autoencoders as numbers: restarts, overfitting, units without a name."""

import ast
import inspect
import textwrap

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import special_ortho_group

from companion.autoencoders.pca import PCA
from companion.practice import many_seeds


def restart_errors(x, sizes, activations, seeds, epochs):
    """Train one autoencoder from many initial weights, on the same images in one order.

    Args:
        x: Images, (n, D).
        sizes: Widths of the layers, from D to D.
        activations: One for each layer after the input.
        seeds: Seeds of the initial weights.
        epochs: After which the training errors are read, ascending.

    Returns:
        Mean squared training errors, (len(epochs), n_seeds).
    """
    params = many_seeds.init(sizes, seeds)
    settings = {"learning_rate": 3e-3, "watch": (x,)}
    _, history = many_seeds.train(params, x, activations, epochs=max(epochs), **settings)
    return history[np.array(epochs) - 1, 0]


def gap(x_train, x_test, n_examples, seeds, latent_dim=16, epochs=None):
    """Measure the error on new images by that on the training images, for few images.

    Args:
        x_train: Images to draw from, (n, D).
        x_test: Other images, (n, D).
        n_examples: How many are drawn.
        seeds: One draw, and one autoencoder D-64-K-64-D, for each.
        latent_dim: K, of the autoencoder and of PCA.
        epochs: Passes; by default as many as make 3000 updates.

    Returns:
        Test error by training error: of the autoencoders and of PCA, two arrays (n_seeds,).
    """
    rows = [np.random.default_rng(s).choice(len(x_train), n_examples, False) for s in seeds]
    sets = np.stack([x_train[r] for r in rows])
    d = x_train.shape[1]
    params = many_seeds.init([d, 64, latent_dim, 64, d], seeds)
    epochs = epochs or -(-3000 // -(-n_examples // 32))
    activations = ["relu", "linear", "relu", "sigmoid"]
    settings = {"epochs": epochs, "learning_rate": 3e-3}
    params, _ = many_seeds.train(params, sets, activations, **settings)
    ours = many_seeds.errors(params, x_test, activations) / many_seeds.errors(
        params, sets, activations
    )
    ratios = []
    for x in sets:
        pca = PCA(latent_dim).fit(x)
        errors = [np.mean((pca.reconstruct(a) - a) ** 2) for a in (x_test, x)]
        ratios.append(errors[0] / errors[1])
    return np.array(ours), np.array(ratios)


def turned(z, rng):
    """Turn codes about their mean by a rotation drawn evenly from all: the same space."""
    axes = special_ortho_group.rvs(z.shape[1], random_state=rng)
    return (z - z.mean(axis=0)) @ axes


def agreement(z, other):
    """Measure how far two codes of the same examples agree, unit by unit and as a whole.

    Args:
        z: Codes, (n, K).
        other: Codes of another training, (n, K).

    Returns:
        units: Mean absolute correlation of units, paired so that it is largest.
        space: Share of the variance of `other` that the best linear map of z explains.
    """
    k = z.shape[1]
    correlations = np.abs(np.corrcoef(z.T, other.T)[:k, k:])
    units = correlations[linear_sum_assignment(-correlations)].mean()
    z, other = z - z.mean(axis=0), other - other.mean(axis=0)
    rest = other - z @ np.linalg.lstsq(z, other, rcond=None)[0]
    return float(units), float(1.0 - np.sum(rest**2) / np.sum(other**2))


def code_lines(thing):
    """Count lines of code of a class or function, without docstrings and comments."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    documented = (ast.ClassDef, ast.FunctionDef, ast.Module)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return sum(bool(line.strip()) for line in ast.unparse(tree).splitlines())
