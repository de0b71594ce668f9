"""A world of trees with known grammar, and the training of recursive autoencoders on it.

Every symbol may be replaced by one of `N_RULES` pairs of symbols, each equally likely,
and no pair has two parents. A sequence begins with one symbol, drawn uniformly; following
its tree from the root to the leaves, every inner node is replaced by a pair. Given the
tree, a sequence of n leaves over V symbols has the entropy

    log V + (n - 1) log N_RULES    nats,

while n independent symbols would have n log V.
"""

import math

import numpy as np

from companion.autoencoders import recursive
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.networks import checks, optimizers

N_SYMBOLS, N_RULES = 8, 2


def all_trees(first, last):
    """List every binary tree over the positions first ... last, in order."""
    if first == last:
        return [first]
    return [
        (left, right)
        for middle in range(first, last)
        for left in all_trees(first, middle)
        for right in all_trees(middle + 1, last)
    ]


def grammar(rng):
    """Draw the pairs that may replace each symbol, shape (N_SYMBOLS, N_RULES, 2)."""
    pairs = rng.permutation(N_SYMBOLS**2)[: N_SYMBOLS * N_RULES]
    return np.stack(np.divmod(pairs, N_SYMBOLS), axis=-1).reshape(N_SYMBOLS, N_RULES, 2)


def entropy(size):
    """Entropy in nats of a sequence of `size` leaves whose tree is known."""
    return math.log(N_SYMBOLS) + (size - 1) * math.log(N_RULES)


def sample(rules, tree, n, rng):
    """Draw n sequences that the grammar produces along a tree.

    Args:
        rules: As `grammar` returns them.
        tree: A nested tuple of positions.
        n: How many, at least 1.
        rng: A `numpy.random.Generator`.

    Returns:
        Symbols by position, shape (n, n_leaves).

    Raises:
        ValueError: If `n` is not an integer of at least 1, or `tree` is no tree.
    """
    checks.check_counts(n=n)
    symbols = np.empty((n, recursive.n_leaves(tree)), dtype=int)

    def grow(node, parents):
        if isinstance(node, int):
            symbols[:, node] = parents
            return
        pairs = rules[parents, rng.integers(N_RULES, size=n)]
        for child, below in zip(node, pairs.T, strict=True):
            grow(child, below)

    grow(tree, rng.integers(N_SYMBOLS, size=n))
    return symbols


def grown(rules, trees):
    """List every sequence that the grammar can grow along some trees.

    Args:
        rules: As `grammar` returns them.
        trees: Nested tuples of positions in order.

    Returns:
        A set of tuples of symbols. One tree of n leaves has N_SYMBOLS N_RULES^(n - 1).
    """

    def below(node, symbol):
        if isinstance(node, int):
            return [(symbol,)]
        pairs = rules[symbol].tolist()
        return [
            left + right
            for first, second in pairs
            for left in below(node[0], first)
            for right in below(node[1], second)
        ]

    return {
        row for tree in trees for symbol in range(N_SYMBOLS) for row in below(tree, symbol)
    }


def known_share(rules, trees, test_trees, n=100, seed=99):
    """Share of the test sequences of `accuracies` that a training tree can grow, too.

    Args:
        rules: As `grammar` returns them.
        trees: Trees of the training.
        test_trees: Trees of the test sequences.
        n: Test sequences for each tree.
        seed: Seed of the test sequences.
    """
    known, rng = grown(rules, trees), np.random.default_rng(seed)
    drawn = np.concatenate([sample(rules, tree, n, rng) for tree in test_trees])
    return float(np.mean([tuple(row) in known for row in drawn.tolist()]))


def same(tree, rng):
    """Give a model the true tree."""
    return tree


def chain(tree, rng):
    """Give it one symbol after the other, whatever the tree: a recurrent network."""
    nested = 0
    for position in range(1, recursive.n_leaves(tree)):
        nested = (nested, position)
    return nested


def any_tree(tree, rng):
    """Give it a tree drawn at random, with as many leaves."""
    middles = rng.permutation(np.arange(1, recursive.n_leaves(tree)))
    return _split(0, recursive.n_leaves(tree), middles)


def _split(first, end, middles):
    """The tree over positions first ... end - 1 that is cut in the order of `middles`."""
    if end - first == 1:
        return first
    middle = int(next(m for m in middles if first < m < end))
    return _split(first, middle, middles), _split(middle, end, middles)


def world(seed):
    """Draw a grammar and two settings: sequences that share their tree, or do not.

    Args:
        seed: Seed of the pairs, and of the split of the trees.

    Returns:
        rules: As `grammar` returns them.
        settings: Mapping from "one tree" (the balanced one of 8 leaves) and "many trees"
            (28 of 6 leaves to train on, and the 14 others to test on) to the list of
            training trees and a list of test trees, in which each stands several times
            because the tree that a model is given may be drawn anew.
    """
    rng, every = np.random.default_rng(seed), all_trees(0, 5)
    rules = grammar(rng)
    shuffled = [every[i] for i in rng.permutation(len(every))]
    many, unseen = shuffled[:28], shuffled[28:]
    one = [(((0, 1), (2, 3)), ((4, 5), (6, 7)))]
    return rules, {"one tree": (one, 42 * one), "many trees": (many, 3 * unseen)}


def train(rules, trees, given, *, latent_dim, seed, n_steps, batch_size=64):
    """Train a recursive autoencoder with Adam on fresh sequences.

    The learning rate is 0.01, and a quarter of it for the last third of the steps.

    Args:
        rules: As `grammar` returns them.
        trees: True trees to draw from, one for each batch.
        given: Function of the true tree and a generator to the tree that the model gets:
            `same`, `chain` or `any_tree`.
        latent_dim: K, the length of a code.
        seed: Seed of the initial weights and of all draws.
        n_steps: Updates of the weights.
        batch_size: Sequences in a step.

    Returns:
        params: The trained parameters.

    Raises:
        ValueError: If a count is not an integer of at least 1.
    """
    checks.check_counts(n_steps=n_steps, batch_size=batch_size)
    rng = np.random.default_rng(seed)
    params = recursive.init(N_SYMBOLS, latent_dim, rng)
    state = None
    for step in range(n_steps):
        tree = trees[rng.integers(len(trees))]
        symbols = sample(rules, tree, batch_size, rng)
        _, grads = recursive.loss_and_grads(params, given(tree, rng), symbols)
        learning_rate = 0.01 if step < n_steps * 2 / 3 else 0.0025
        params, state = optimizers.adam(params, grads, state, learning_rate)
    return params


def accuracies(params, rules, trees, given, n=100, seed=99, known=frozenset()):
    """Share of leaves, and of whole sequences, that come back from the root's code.

    Args:
        params: A trained model.
        rules: As `grammar` returns them.
        trees: True trees to test on; the tree that is given is drawn for each.
        given: As in `train`.
        n: Sequences for each tree.
        seed: Seed of the sequences, which are the same whatever is given.
        known: Sequences that are not counted, such as those of `grown`.

    Returns:
        leaves: Share of leaves that are right.
        wholes: Share of sequences of which every leaf is right.
    """
    rng, given_rng = np.random.default_rng(seed), np.random.default_rng(seed + 2)
    hits = []
    for tree in trees:
        symbols, shown = sample(rules, tree, n, rng), given(tree, given_rng)
        code = recursive.encode(params, shown, symbols)
        new = [tuple(row) not in known for row in symbols.tolist()]
        hits.append((recursive.decode(params, shown, code) == symbols)[new])
    hits = np.concatenate(hits)
    return float(np.mean(hits)), float(np.mean(np.all(hits, axis=-1)))


def baseline_accuracies(rules, trees, test_trees, latent_dim, n=100, seed=99):
    """The two shares of `accuracies`, for codes that know nothing of trees.

    Args:
        rules: As `grammar` returns them.
        trees: Trees whose sequences the baselines are fitted to, all of one size.
        test_trees: Trees of the test sequences, which are those of `accuracies`.
        latent_dim: K, the number of principal components.
        n: Test sequences for each tree.
        seed: Seed of the test sequences.

    Returns:
        Mapping from "most frequent symbol", "mean of the leaves" (how often each symbol
        occurs: N_SYMBOLS numbers, read by least squares) and "PCA" to (leaves, wholes).
    """
    rng, test_rng = np.random.default_rng(seed + 1), np.random.default_rng(seed)
    x_train, x = (
        np.eye(N_SYMBOLS)[np.concatenate([sample(rules, t, m, r) for t in group])]
        for group, m, r in ((trees, 6000 // len(trees), rng), (test_trees, n, test_rng))
    )
    flat_train, flat = x_train.reshape(len(x_train), -1), x.reshape(len(x), -1)
    read, *_ = np.linalg.lstsq(x_train.mean(axis=1), flat_train)
    answers = {
        "most frequent symbol": MeanPredictor().fit(flat_train).reconstruct(flat),
        "mean of the leaves": x.mean(axis=1) @ read,
        "PCA": PCA(latent_dim).fit(flat_train).reconstruct(flat),
    }
    hits = {
        name: x_hat.reshape(x.shape).argmax(axis=-1) == x.argmax(axis=-1)
        for name, x_hat in answers.items()
    }
    return {
        name: (float(h.mean()), float(h.all(axis=1).mean())) for name, h in hits.items()
    }


def train_and_compare(seed, given, *, latent_dim, n_steps):
    """Train and test a model for every setting of one world and every kind of given tree.

    Args:
        seed: Seed of the world, and of the trainings in it.
        given: Mapping from names to functions as in `train`.
        latent_dim: K, the length of a code, of the baseline too.
        n_steps: Updates of the weights in every training.

    Returns:
        Mapping from (setting, name) to (leaves, wholes): for each setting first the
        baselines, then what is in `given`.
    """
    (rules, settings), found = world(seed), {}
    for setting, (train_on, test_on) in settings.items():
        shares = baseline_accuracies(rules, train_on, test_on, latent_dim, n=35)
        for name, show in given.items():
            params = train(
                rules, train_on, show, latent_dim=latent_dim, seed=seed, n_steps=n_steps
            )
            shares[name] = accuracies(params, rules, test_on, show, n=35)
        found |= {(setting, name): share for name, share in shares.items()}
    return found
