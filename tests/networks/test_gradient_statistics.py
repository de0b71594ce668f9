"""Gradients of single examples: their mean is the batch gradient."""

import numpy as np
import pytest

from companion.networks import gradient_statistics, mlp
from companion.networks.parameters import leaves
from reproductions.networks import backpropagation as twins


@pytest.mark.parametrize("case", list(twins.cases()))
def test_the_mean_of_single_gradients_is_the_batch_gradient(case):
    single = gradient_statistics.per_example(*case)
    _, grads = mlp.loss_and_grads(*case)
    for many, grad in zip(leaves(single), leaves(grads), strict=True):
        assert many.shape == (6, *grad.shape)
        np.testing.assert_allclose(many.mean(axis=0), grad, atol=1e-15)


@pytest.mark.parametrize("case", list(twins.cases()))
def test_single_gradients_agree_with_pytorch(case):
    pytest.importorskip("torch")
    pairs = zip(
        leaves(gradient_statistics.per_example(*case)),
        twins.torch_per_example(*case),
        strict=True,
    )
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, atol=1e-13)


def test_a_single_gradient_belongs_to_its_example():
    params, x, target, *rest = next(twins.cases())
    single = gradient_statistics.per_example(params, x, target, *rest)
    _, last = mlp.loss_and_grads(params, x[-1:], target[-1:], *rest)
    for many, grad in zip(leaves(single), leaves(last), strict=True):
        np.testing.assert_array_equal(many[-1], grad)


def test_the_spread_of_gradients_by_hand():
    # Two gradients, (3, 0 | 0) and (1, 0 | 2): mean (2, 0 | 1), both at distance sqrt(2).
    grads = [np.array([[[3.0, 0.0]], [[1.0, 0.0]]])], [np.array([[0.0], [2.0]])]
    assert gradient_statistics.spread(grads) == pytest.approx(np.sqrt(2) / np.sqrt(5))


def test_the_spread_is_a_root_mean_square_and_no_mean_of_distances():
    # Gradients 0, 0, 6: mean 2, distances 2, 2, 4: sqrt(24 / 3) = sqrt(8), not 8 / 3.
    grads = [np.array([0.0, 0.0, 6.0]).reshape(3, 1, 1)], [np.zeros((3, 1))]
    assert gradient_statistics.spread(grads) == pytest.approx(np.sqrt(8) / 2)


def test_equal_examples_have_no_spread(rng):
    params = mlp.init([3, 4, 2], rng)
    x, target = np.ones((5, 3)), np.zeros((5, 2))
    single = gradient_statistics.per_example(params, x, target)
    assert gradient_statistics.spread(single) < 1e-12


def test_rows_must_match(rng):
    with pytest.raises(ValueError, match="target must have 3 rows, as x; got 2"):
        gradient_statistics.per_example(
            mlp.init([2, 2], rng), np.ones((3, 2)), np.ones((2, 2))
        )
