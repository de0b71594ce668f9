"""Recursive autoencoder: equations by hand, finite differences, and what a tree does."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest

from companion.autoencoders import recursive, trees
from companion.networks.gradient_check import largest_error

TREE = ((0, (1, 2)), 3)


@pytest.fixture
def params(rng):
    weights, biases = recursive.init(5, 3, rng)
    return weights, [rng.normal(size=b.shape) for b in biases]


@pytest.fixture
def words(rng):
    # Four different symbols in each row, so that every swap is a change.
    return rng.permuted(np.tile(np.arange(5), (6, 1)), axis=1)[:, :4]


def test_code_and_logits_of_one_tree_written_out(params, words):
    (e, w, u, o), (b, d, c) = params
    zero, one, two, three = (e[words[:, i]] for i in range(4))
    inner = np.tanh(np.hstack([one, two]) @ w + b)
    left = np.tanh(np.hstack([zero, inner]) @ w + b)
    root = np.tanh(np.hstack([left, three]) @ w + b)
    np.testing.assert_allclose(recursive.encode(params, TREE, words), root)

    top = np.tanh(root @ u + d)
    below = np.tanh(top[:, :3] @ u + d)
    last = np.tanh(below[:, 3:] @ u + d)
    leaves = [below[:, :3], last[:, :3], last[:, 3:], top[:, 3:]]
    logits = recursive.unfold(params, TREE, root)
    p = []
    for i, leaf in enumerate(leaves):
        np.testing.assert_allclose(logits[i], leaf @ o + c)
        odds = np.exp(leaf @ o + c)
        p.append((odds / odds.sum(axis=1, keepdims=True))[np.arange(6), words[:, i]])
    loss, _ = recursive.loss_and_grads(params, TREE, words)
    assert loss == pytest.approx(-np.log(p).sum(axis=0).mean())
    chosen = np.stack([logits[i].argmax(axis=1) for i in range(4)], axis=1)
    np.testing.assert_array_equal(recursive.decode(params, TREE, root), chosen)


@pytest.mark.parametrize("tree", [TREE, 0, (((0, 1), 2), (3, 4))])
def test_gradients_equal_central_differences(params, tree, rng):
    words = rng.integers(5, size=(6, recursive.n_leaves(tree)))
    _, grads = recursive.loss_and_grads(params, tree, words)
    error = largest_error(
        lambda p: recursive.loss_and_grads(p, tree, words)[0], params, grads, rng
    )
    assert error < 1e-7


def test_swapped_children_have_another_code(params, words):
    code = recursive.encode(params, TREE, words)
    for swapped in (((0, (2, 1)), 3), (3, (0, (1, 2))), (((1, 2), 0), 3)):
        change = np.abs(recursive.encode(params, swapped, words) - code)
        assert change.max(axis=1).min() > 1e-3
    # The same symbols in another order and the tree that names them: the same code.
    turned = recursive.encode(params, ((3, (2, 1)), 0), words[:, ::-1])
    np.testing.assert_allclose(turned, code)


def test_another_bracketing_has_another_code(params, words):
    codes = [recursive.encode(params, tree, words) for tree in trees.all_trees(0, 3)]
    assert len(codes) == 5
    for i, first in enumerate(codes):
        for second in codes[:i]:
            assert np.abs(first - second).max(axis=1).min() > 1e-4


def test_the_number_of_parameters_does_not_depend_on_the_tree(params, rng):
    count = sum(a.size for part in params for a in part)
    assert count == 5 * 3 + 6 * 3 + 3 * 6 + 3 * 5 + 3 + 6 + 5
    for size in (1, 2, 9):
        tree = trees.chain(trees.all_trees(0, size - 1)[0], rng)
        _, grads = recursive.loss_and_grads(params, tree, rng.integers(5, size=(2, size)))
        shapes = [[g.shape for g in part] for part in grads]
        assert shapes == [[p.shape for p in part] for part in params]


def test_nothing_is_changed_in_place(params, words):
    before = [a.copy() for part in params for a in part]
    recursive.loss_and_grads(params, TREE, words)
    for old, new in zip(before, [a for part in params for a in part], strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ((0, 1, 2), "tree must be made of pairs"),
        ([0, 1], "tree must be made of pairs"),
        ((0, (1, 1)), "tree must have the leaves 0 ... 2"),
        (((0, 1), 2), r"symbols must have shape \(batch, 3\)"),
    ],
)
def test_errors_name_the_tree(params, words, tree, message):
    with pytest.raises(ValueError, match=message):
        recursive.encode(params, tree, words)


def test_errors_name_symbols_and_codes(params, words):
    with pytest.raises(ValueError, match="symbols must be integers from 0 to 4; got int64"):
        recursive.loss_and_grads(params, TREE, words + 1)
    with pytest.raises(ValueError, match="symbols must be integers from 0 to 4; got float"):
        recursive.encode(params, TREE, words * 1.0)
    with pytest.raises(ValueError, match=r"code must have shape \(batch, 3\)"):
        recursive.decode(params, TREE, np.zeros((2, 4)))
    with pytest.raises(ValueError, match="latent_dim must be an integer of at least 1"):
        recursive.init(5, 0, np.random.default_rng(0))


def test_number_of_trees_is_catalans():
    assert [len(trees.all_trees(0, n)) for n in range(6)] == [1, 1, 2, 5, 14, 42]
    assert len(set(trees.all_trees(0, 5))) == 42


def test_every_sequence_of_the_grammar_and_its_entropy(rng):
    rules = trees.grammar(rng)
    pairs = [tuple(pair) for pair in rules.reshape(-1, 2)]
    assert len(set(pairs)) == trees.N_SYMBOLS * trees.N_RULES
    # Expand ((0, 1), 2) by hand: 8 starts, 2 choices at each of two nodes.
    expected = Counter()
    for start, first, second in product(range(8), range(2), range(2)):
        left, third = rules[start, first]
        expected[(*rules[left, second], third)] += 1 / 32
    entropy = -sum(p * math.log(p) for p in expected.values())
    assert trees.entropy(3) == pytest.approx(entropy)
    drawn = Counter(map(tuple, trees.sample(rules, ((0, 1), 2), 6400, rng).tolist()))
    assert set(drawn) == {tuple(map(int, word)) for word in expected}
    # 200 of each are expected, with a standard deviation of 14.
    assert min(drawn.values()) > 130
    assert max(drawn.values()) < 270


def test_trees_that_a_model_is_given(rng):
    tree = ((0, 1), (2, (3, 4)))
    assert trees.same(tree, rng) == tree
    assert trees.chain(tree, rng) == ((((0, 1), 2), 3), 4)
    drawn = {trees.any_tree(tree, rng) for _ in range(400)}
    assert drawn == set(trees.all_trees(0, 4))


@pytest.mark.slow
def test_short_sequences_come_back_whole_and_chance_does_not(rng):
    rules = trees.grammar(rng)
    params = trees.train(
        rules, [((0, 1), 2)], trees.same, latent_dim=12, seed=0, n_steps=400
    )
    leaves, wholes = trees.accuracies(params, rules, [((0, 1), 2)], trees.same)
    assert leaves > 0.98
    assert wholes > 0.95
    untrained = recursive.init(8, 12, rng)
    assert trees.accuracies(untrained, rules, [((0, 1), 2)], trees.same)[0] < 0.5


def test_accuracy_counts_leaves_and_wholes(monkeypatch, rng):
    rules, tree = trees.grammar(rng), ((0, 1), 2)
    expected = trees.sample(rules, tree, 100, np.random.default_rng(99))
    wrong = expected.copy()
    wrong[:25, 1] = (wrong[:25, 1] + 1) % 8
    monkeypatch.setattr(recursive, "decode", lambda *_: wrong)
    params = recursive.init(8, 3, rng)
    leaves, wholes = trees.accuracies(params, rules, [tree], trees.same)
    assert leaves == pytest.approx(1 - 25 / 300)
    assert wholes == pytest.approx(0.75)


def test_baselines_of_two_leaves_by_hand(rng):
    rules = trees.grammar(rng)
    found = trees.baseline_accuracies(rules, [(0, 1)], [(0, 1)], latent_dim=16, n=400)
    assert found["PCA"] == (1.0, 1.0)
    words = trees.sample(rules, (0, 1), 400, np.random.default_rng(99))
    counts = [np.bincount(column, minlength=8) for column in rules.reshape(-1, 2).T]
    best = [np.flatnonzero(c > 0.8 * c.max()) for c in counts]
    guesses = [[np.mean(words[:, i] == s) for s in best[i]] for i in (0, 1)]
    low, high = (np.mean([f(g) for g in guesses]) for f in (min, max))
    assert low <= found["most frequent symbol"][0] <= high
    # The mean of two leaves tells which they are, not always in which order.
    assert found["most frequent symbol"][0] < found["mean of the leaves"][0] <= 1.0
