"""The top-k autoencoder: what it keeps, its slopes, and what training does."""

import numpy as np
import pytest

from companion.brain.sparse_autoencoder import SparseAutoencoder
from companion.challenges import recovery, top_k


def test_top_k_keeps_the_largest_positive_ones():
    a = np.array([[3.0, -1.0, 2.0, 1.0], [-1.0, -2.0, 0.5, -3.0]])
    kept = [[3.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.5, 0.0]]
    np.testing.assert_array_equal(top_k.top_k(a, 2), kept)


def test_top_k_gradients_match_central_differences(rng):
    params = SparseAutoencoder(
        rng.normal(size=(5, 7)), rng.normal(size=7), rng.normal(size=(7, 5))
    )
    x = rng.normal(size=(6, 5))
    _, grads = top_k.loss_and_grads(params, x, 3)
    for name in params._fields:
        array = getattr(params, name)
        direction = rng.normal(size=array.shape)
        ends = [
            top_k.loss_and_grads(
                params._replace(**{name: array + sign * 1e-6 * direction}), x, 3
            )[0]
            for sign in (1, -1)
        ]
        exact = np.sum(getattr(grads, name) * direction)
        assert exact == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


@pytest.fixture
def world():
    x, _ = recovery.draw_features(2000, 8, 8, 2, np.random.default_rng(0))
    return x, recovery.start(x, 8, np.random.default_rng(1))


def test_training_lowers_the_error_and_keeps_atoms_at_length_1(world):
    x, first = world
    trained = top_k.train(first, x, 2, n_batches=400, rng=np.random.default_rng(2))
    np.testing.assert_allclose(np.linalg.norm(trained.dictionary, axis=1), 1.0)
    before, after = (top_k.loss_and_grads(p, x, 2)[0] for p in (first, trained))
    assert after < 0.2 * before


def test_the_first_step_is_one_of_adam_on_the_drawn_batch(world):
    x, first = world
    found = top_k.train(
        first, x, 2, n_batches=1, rng=np.random.default_rng(2), learning_rate=0.01
    )
    batch = x[np.random.default_rng(2).integers(len(x), size=128)]
    _, grads = top_k.loss_and_grads(first, batch, 2)
    # The first step of Adam is the learning rate, against the sign of the gradient.
    clear = np.abs(grads.encoder) > 1e-6
    moved = (found.encoder - first.encoder)[clear]
    assert clear.any()
    np.testing.assert_allclose(moved, -0.01 * np.sign(grads.encoder[clear]), rtol=0.02)


@pytest.mark.parametrize("k", [0, 9])
def test_a_k_out_of_range_is_named(world, k):
    x, first = world
    with pytest.raises(ValueError, match=f"k must be from 1 to 8; got {k}"):
        top_k.train(first, x, k, n_batches=1, rng=np.random.default_rng(0))
