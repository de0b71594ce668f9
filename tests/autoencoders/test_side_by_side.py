"""Models trained side by side learn what each learns alone."""

import keras
import numpy as np
import pytest

from companion import training
from companion.autoencoders import side_by_side
from companion.autoencoders.sparse import KSparseAutoencoder, L1Autoencoder
from companion.autoencoders.variational import VAE


def members():
    # The VAE draws noise in training only: the members must hear that they are trained.
    vae = VAE(6, 2, hidden=(4,), likelihood="gaussian", seed=3)
    sparse = L1Autoencoder(6, 8, sparsity=0.2, seed=1)
    return sparse, KSparseAutoencoder(6, 8, k=2, seed=2), vae


@pytest.mark.slow
def test_each_model_ends_where_it_would_end_alone(rng):
    x = rng.normal(size=(96, 6)).astype("float32")
    settings = {"epochs": 4, "batch_size": 32, "learning_rate": 0.01}
    together, alone = members(), members()
    training.seed_everything(0)
    history = side_by_side.fit(together, x, **settings)
    losses = []
    for model in alone:
        training.seed_everything(0)
        losses.append(training.fit(model, x, loss=None, **settings)["loss"])

    for one, other in zip(together, alone, strict=True):
        for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
        moved = np.abs(one.get_weights()[0] - type(one).from_config(one.get_config())
                       .get_weights()[0])  # fmt: skip
        assert moved.max() > 0.01
    np.testing.assert_allclose(history["loss"], np.sum(losses, axis=0), rtol=1e-4)


def test_no_model_is_refused():
    with pytest.raises(ValueError, match=r"members must hold at least one model; got \[\]"):
        side_by_side.fit([], np.ones((4, 6)), epochs=1)


class Listens(keras.Model):
    """Answers and loses by known numbers, which tell whether it heard `training`."""

    def call(self, x, training=False):
        return x + (1.0 if training else 0.0)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        return keras.ops.mean(y_pred) + (10.0 if training else 0.0)


@pytest.mark.parametrize(("hears", "of_one"), [(True, 2.0 + 1.0 + 10.0), (False, 2.0)])
def test_the_loss_is_the_sum_over_members_that_hear_of_training(hears, of_one):
    x = np.array([[1.0, 3.0]], dtype="float32")
    together = side_by_side.SideBySide([Listens(), Listens(), Listens()])
    answers = together(x, training=hears)
    loss = float(together.compute_loss(x, x, answers, training=hears))
    assert loss == pytest.approx(3 * of_one)
