"""The one-layer autoencoder in NumPy: slopes, ties, and PCA at the end."""

import numpy as np
import pytest

from companion import metrics
from companion.autoencoders import one_layer
from companion.autoencoders.pca import PCA
from companion.networks.gradient_check import largest_error


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_gradients_match_central_differences(rng, tied, output):
    x = rng.uniform(size=(9, 5))
    weights, biases = one_layer.initialize(5, 2, tied=tied, rng=rng)
    # Biases away from zero, or a missing term of theirs would not show.
    params = weights, [b + rng.normal(size=b.shape) for b in biases]
    _, grads = one_layer.loss_and_grads(params, x, output)
    error = largest_error(
        lambda p: one_layer.loss_and_grads(p, x, output)[0],
        # Two biases stand beside one matrix when weights are tied: check each in turn.
        params, grads, rng,
    )  # fmt: skip
    assert error < 1e-6


@pytest.mark.parametrize("tied", [False, True])
def test_training_reaches_the_error_of_pca_and_ties_hold(rng, tied):
    x = rng.normal(size=(300, 6)) * [2.0, 1.6, 1.2, 0.5, 0.4, 0.3] + 1.0
    params = one_layer.initialize(6, 3, tied=tied, rng=rng)
    params, losses = one_layer.train(
        params, x, epochs=150, batch_size=50, learning_rate=0.02, rng=rng
    )
    pca = PCA(3).fit(x)
    x_hat = one_layer.reconstruct(params, x)
    error = metrics.mse(x, pca.reconstruct(x))
    assert error <= metrics.mse(x, x_hat) * (1 + 1e-12)
    assert metrics.mse(x, x_hat) == pytest.approx(error, rel=1e-4)
    decoder = one_layer.both_layers(params)[0][1]
    assert metrics.principal_angles(decoder.T, pca.components.T).max() < 0.01
    assert len(params[0]) == (1 if tied else 2)
    assert losses[-1] < losses[0]


def test_data_outside_the_range_of_the_output_are_refused(rng):
    params = one_layer.initialize(4, 2, rng=rng)
    with pytest.raises(ValueError, match="x must lie in .* sigmoid"):
        one_layer.train(
            params, 2 * np.ones((5, 4)), output_activation="sigmoid", epochs=1,
            learning_rate=0.1, rng=rng,
        )  # fmt: skip
    with pytest.raises(ValueError, match="latent_dim must be an integer .* got 0"):
        one_layer.initialize(4, 0, rng=rng)


def test_comparison_measures_new_examples_and_the_overlap(rng):
    x = rng.normal(size=(400, 6)) * [2.0, 1.6, 1.2, 0.5, 0.4, 0.3]
    pca = PCA(3).fit(x[:300])
    settings = {"epochs": 80, "batch_size": 50, "learning_rate": 0.02}
    errors, overlaps = one_layer.compare(
        x[:300], x[300:], pca.components, output_activation="linear", tied=True,
        seeds=(0, 1), **settings,
    )  # fmt: skip
    expected = metrics.mse(x[300:], pca.reconstruct(x[300:]))
    np.testing.assert_allclose(errors, expected, rtol=1e-2)
    np.testing.assert_allclose(overlaps, 1, atol=1e-3)
    # Axes 4 to 6 are orthogonal to what was learned.
    others = PCA(6).fit(x[:300]).components[3:]
    _, overlaps = one_layer.compare(
        x[:300], x[300:], others, output_activation="linear", tied=True, seeds=(0,),
        **settings,
    )  # fmt: skip
    np.testing.assert_allclose(overlaps, 0, atol=1e-3)


def test_loss_of_an_epoch_is_a_mean_over_examples_when_the_last_batch_is_small(rng):
    x = rng.normal(size=(5, 4))
    params = one_layer.initialize(4, 2, rng=rng)
    # A step size of 1e-12 leaves the weights where they are.
    _, losses = one_layer.train(
        params, x, epochs=1, batch_size=4, learning_rate=1e-12, rng=rng
    )
    expected = np.mean((one_layer.reconstruct(params, x) - x) ** 2)
    np.testing.assert_allclose(losses, [expected], rtol=1e-6)


def test_overlap_is_a_mean_of_squared_cosines(rng):
    x = rng.normal(size=(40, 5)) * [4.0, 3.0, 1.0, 0.5, 0.2]
    axes, settings = np.eye(5)[[0, 2]], {"epochs": 3, "learning_rate": 0.01}
    errors, overlaps = one_layer.compare(
        x, x, axes, output_activation="linear", tied=False, seeds=(2,), **settings
    )
    own_rng = np.random.default_rng(2)
    start = one_layer.initialize(5, 2, rng=own_rng)
    params, _ = one_layer.train(start, x, rng=own_rng, **settings)
    # The trace of the product of two projections is the sum of the squared cosines.
    rows, _ = np.linalg.qr(params[0][1].T)
    expected = np.trace(rows @ rows.T @ axes.T @ axes) / 2
    assert 0.1 < expected < 0.9
    np.testing.assert_allclose(overlaps, [expected])
    x_hat = one_layer.reconstruct(params, x)
    np.testing.assert_allclose(errors, [np.mean((x - x_hat) ** 2)])
