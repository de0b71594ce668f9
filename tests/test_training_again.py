"""One compiled model, begun anew: against trainings that are compiled for themselves."""

import keras
import numpy as np
import pytest

from companion.autoencoders.dense import DenseAutoencoder
from companion.training.again import TrainedAgain, draw_epochs


def test_every_example_is_drawn_once_before_any_is_drawn_again(rng):
    indices = draw_epochs(7, 17, rng)
    assert indices.shape == (17,)
    assert sorted(indices[:7]) == sorted(indices[7:14]) == list(range(7))
    assert len(set(indices[14:])) == 3
    assert list(indices[:7]) != list(range(7))
    assert list(indices[:7]) != list(indices[7:14])


@pytest.mark.slow
def test_a_training_that_begins_anew_forgets_the_one_before_and_goes_on(rng):
    x = rng.uniform(size=(24, 6)).astype("float32")
    start = DenseAutoencoder(6, 2, (5,), "elu", seed=3).get_weights()
    again = TrainedAgain(DenseAutoencoder(6, 2, (5,), "elu"), 1e-2, loss="mse")
    again.train(1.0 - x, 20, 8, rng)
    again.begin(start)
    order = np.random.default_rng(1)
    again.train(x, 20, 8, order)
    found = again.train(x, 20, 8, order)

    alone = DenseAutoencoder(6, 2, (5,), "elu", seed=3)
    alone.compile(keras.optimizers.Adam(1e-2), loss="mse")
    order = np.random.default_rng(1)
    for _ in range(2):
        for rows in draw_epochs(24, 20 * 8, order).reshape(20, 8):
            alone.train_on_batch(x[rows], x[rows])
    for a, b in zip(found, alone.get_weights(), strict=True):
        # Two compilations of the same 40 steps differ by rounding.
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert max(np.abs(a - b).max() for a, b in zip(found, start, strict=True)) > 0.05
