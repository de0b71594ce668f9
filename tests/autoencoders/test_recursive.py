"""Recursive autoencoder: equations by hand, finite differences, and what a tree does."""

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


def test_weights_fill_the_range_of_glorot(rng):
    (embedding, *kernels), biases = recursive.init(40, 30, rng)
    assert 0.95 < np.abs(embedding).max() <= 1.0
    for kernel, bias in zip(kernels, biases, strict=True):
        limit = np.sqrt(6.0 / sum(kernel.shape))
        assert 0.95 * limit < np.abs(kernel).max() <= limit
        assert not bias.any()


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
