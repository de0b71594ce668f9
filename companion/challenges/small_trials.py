"""Small networks on digits: with few bits, or with few weights, from several seeds.

The networks are 64-64-8-64-64, or narrower. All methods of a comparison take the same
number of steps, each with the learning rate that was best on validation data.
"""

import numpy as np

from companion import metrics
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.challenges import few_bits, pruning
from companion.challenges.integers import (
    affine_grid,
    dequantize,
    quantize,
    round_to,
    symmetric_grid,
)
from companion.networks import stacked

HIDDEN = 64
LATENT_DIM = 8
BITS = (8, 6, 4, 3, 2, 1)
FEW = (4, 3, 2, 1)  # where training with rounding can matter
SHARES = (0.5, 0.25, 0.1, 0.05)
FIRST_STEPS = 600
MORE_STEPS = 300
RATE = 0.02
RATE_FEW_BITS = 0.005  # for rounded weights
RATES_NARROW = {32: 0.04, 16: 0.02, 6: 0.01, 3: 0.01}


def repeat(params, n_times):
    """Put copies of all members one after the other."""
    return tuple([np.concatenate([a] * n_times) for a in arrays] for arrays in params)


def new_networks(n_features, hidden, seeds):
    """Draw one autoencoder for each seed."""
    return stacked.init([n_features, hidden, LATENT_DIM, hidden, n_features], seeds)


def of_baselines(data):
    """Test MSE of the mean image and of PCA with as large a code."""
    models = {"mean": MeanPredictor(), "PCA": PCA(LATENT_DIM)}
    return {
        name: metrics.mse(data.x_test, model.fit(data.x_train).reconstruct(data.x_test))
        for name, model in models.items()
    }


def of_pca(data, bits):
    """Test MSE of PCA whose codes have few bits, one value for each number of bits."""
    model = PCA(LATENT_DIM).fit(data.x_train)
    z, z_test = (model.encode(x)[np.newaxis] for x in (data.x_train, data.x_test))
    center, found = z.mean(axis=1, keepdims=True), []
    for b in bits:
        rounded = few_bits.fit_cells(z, [b], center).round(z_test)[0]
        found.append(metrics.mse(data.x_test, model.decode(rounded)))
    return np.array(found)


def of_pca_in_eight_bits(data):
    """Round the axes and the mean image of PCA to int8.

    Returns:
        mse: Test MSE.
        n_bytes: One for each of K D + D numbers.
    """
    model = PCA(LATENT_DIM).fit(data.x_train)
    axes = round_to(model.components.T, symmetric_grid(model.components.T))
    mean = round_to(model.mean, affine_grid(0.0, 1.0))
    x_hat = (data.x_test - mean) @ axes @ axes.T + mean
    return metrics.mse(data.x_test, x_hat), axes.size + mean.size


def train_few_bits(data, seeds):
    """Round weights or codes after the training, or train with the rounding.

    Both take the same whole networks, and as many further steps: without rounding, which
    is then done at the end, or with it.

    Args:
        data: A `Dataset` of flat examples in [0, 1].
        seeds: Seeds of the initial weights.

    Returns:
        Test MSE by name, each (n_bits, n_seeds): "weights, after" and "codes, after" for
        all of `BITS`, "weights, within" and "codes, within" for `FEW`; and "whole", the
        networks before rounding, (1, n_seeds).
    """
    x, n = data.x_train, len(seeds)
    whole = np.zeros(n, int)
    start = new_networks(x.shape[1], HIDDEN, seeds)
    start = few_bits.train(start, x, whole, whole, FIRST_STEPS, RATE)
    after = few_bits.train(start, x, whole, whole, MORE_STEPS, RATE, seed=1)
    weight_bits, code_bits = _members(BITS, n)
    found = few_bits.errors(
        repeat(after, 2 * len(BITS)), x, data.x_test, weight_bits, code_bits
    ).reshape(2, len(BITS), n)
    results = dict(zip(("weights, after", "codes, after"), found, strict=True))
    weight_bits, code_bits = _members(FEW, n)
    rates = np.where(weight_bits > 0, RATE_FEW_BITS, RATE)
    within = few_bits.train(
        repeat(start, 2 * len(FEW)), x, weight_bits, code_bits, MORE_STEPS, rates, seed=1
    )
    found = few_bits.errors(within, x, data.x_test, weight_bits, code_bits)
    found = found.reshape(2, len(FEW), n)
    results |= dict(zip(("weights, within", "codes, within"), found, strict=True))
    return results | {"whole": few_bits.errors(after, x, data.x_test, whole, whole)[None]}


def _members(bits, n_seeds):
    """Bits of weights and of codes: first members with few for weights, then for codes."""
    few = np.repeat(bits, n_seeds)
    none = np.zeros_like(few)
    return np.concatenate([few, none]), np.concatenate([none, few])


def train_pruned(data, seeds, shares=SHARES, n_steps=FIRST_STEPS):
    """Train networks that are pruned by size, at random, or narrow from the start.

    Args:
        data: A `Dataset` of flat examples in [0, 1].
        seeds: Seeds of the initial weights.
        shares: Shares of the weights that are kept.
        n_steps: Steps of the training, pruning included.

    Returns:
        Networks by name, each a list of params with one member for each seed: "by size",
        "at random" and "narrow", one entry for each share; and "dense", one entry.
    """
    x, n = data.x_train, len(seeds)
    start = new_networks(x.shape[1], HIDDEN, seeds)
    kinds = 2 * len(shares)
    pruned = pruning.train(
        repeat(start, kinds),
        x,
        n_steps=n_steps,
        learning_rate=RATE,
        shares=np.repeat(np.tile(shares, 2), n),
        random=np.arange(kinds * n) >= kinds * n // 2,
    )
    parts = [
        tuple([a[i * n : (i + 1) * n] for a in arrays] for arrays in pruned)
        for i in range(kinds)
    ]
    settings = {"n_steps": n_steps, "learning_rate": RATE}
    narrow = [
        pruning.train(
            new_networks(x.shape[1], width, seeds),
            x,
            n_steps=n_steps,
            learning_rate=RATES_NARROW.get(width, RATE),
        )
        for width in (max(1, round(share * HIDDEN)) for share in shares)
    ]
    return {
        "dense": [pruning.train(start, x, **settings)],
        "by size": parts[: len(shares)],
        "at random": parts[len(shares) :],
        "narrow": narrow,
    }


def in_eight_bits(params):
    """Round the weights of every member to int8, one scale for each output unit.

    Returns:
        params: The networks with rounded weights.
        integers: For each member, all its integers in one array.
    """
    weights, integers = [], [[] for _ in params[0][0]]
    for layer in params[0]:
        restored = []
        for kernel, found in zip(layer, integers, strict=True):
            grid = symmetric_grid(kernel)
            q = quantize(kernel, grid)
            found.append(q.ravel())
            restored.append(dequantize(q, grid))
        weights.append(np.stack(restored))
    return (weights, params[1]), [np.concatenate(found) for found in integers]


def of_networks(networks, x_test):
    """Measure trained networks, as they are and in eight bits.

    Args:
        networks: What `train_pruned` returned.
        x_test: Test examples.

    Returns:
        Names to arrays (n_shares, 4, n_seeds): the MSE, the MSE in eight bits, the bytes
        of the eight-bit weights after zlib, and under an ideal code.
    """
    found = {}
    for name, trained in networks.items():
        rows = []
        for params in trained:
            rounded, integers = in_eight_bits(params)
            rows.append(
                [
                    stacked.errors(params, x_test, pruning.NAMES),
                    stacked.errors(rounded, x_test, pruning.NAMES),
                    [pruning.zipped_bytes(q) for q in integers],
                    [pruning.entropy_bytes(q) for q in integers],
                ]
            )
        found[name] = np.array(rows, float)
    return found
