"""The gradient of a batch is the weighted mean over its parts, and nothing else is."""

import numpy as np
import pytest

from companion.challenges import distributed_gradients as gradients
from companion.networks import mlp


@pytest.fixture
def case(rng):
    x = rng.random((60, 6))
    params = mlp.init([6, 5, 2, 5, 6], rng)
    return params, x, mlp.loss_and_grads(params, x, x)[1]


@pytest.mark.parametrize("n_workers", [1, 2, 3, 7, 60])
def test_parts_give_the_gradient_of_the_batch(case, n_workers):
    params, x, whole = case
    parts, counts = gradients.of_shards(params, x, gradients.split(60, n_workers))
    combined = gradients.combine(parts, counts)
    assert gradients.largest_difference(combined, whole) < 1e-12


def test_the_sum_is_too_long_by_the_number_of_workers(case):
    params, x, whole = case
    parts, counts = gradients.of_shards(params, x, gradients.split(60, 3))
    shares = gradients.combine(parts, counts)
    summed = tuple([3 * g for g in arrays] for arrays in shares)
    assert gradients.largest_difference(summed, whole) > 1e-3


def test_the_plain_mean_is_wrong_for_unequal_parts(case):
    params, x, whole = case
    parts, counts = gradients.of_shards(params, x, [slice(0, 50), slice(50, 60)])
    right = gradients.combine(parts, counts)
    wrong = gradients.combine(parts, [1, 1])
    assert gradients.largest_difference(right, whole) < 1e-12
    assert gradients.largest_difference(wrong, whole) > 1e-5


@pytest.mark.parametrize(("n_rows", "n_workers"), [(10, 3), (7, 7), (96, 5)])
def test_every_row_has_one_worker(n_rows, n_workers):
    rows = [np.arange(n_rows)[part] for part in gradients.split(n_rows, n_workers)]
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(n_rows))
    sizes = [len(part) for part in rows]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n_workers", [0, 11])
def test_split_refuses_an_idle_worker(n_workers):
    with pytest.raises(ValueError, match=f"between 1 and the 10 rows; got {n_workers}"):
        gradients.split(10, n_workers)


@pytest.mark.parametrize("counts", [[1], [1, 0], [1, -1], [1, 2, 3]])
def test_combine_refuses_counts_that_do_not_fit(case, counts):
    with pytest.raises(ValueError, match="counts must hold 2 numbers above 0"):
        gradients.combine([case[2], case[2]], counts)
