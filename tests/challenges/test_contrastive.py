"""The loss that pairs views, by PyTorch, closed forms and a slope; codes that collapse."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from companion.challenges import contrastive
from companion.challenges.contrastive import ContrastiveModel, alignment, nt_xent
from companion.training.again import TrainedAgain


def test_loss_is_the_cross_entropy_that_pytorch_computes(rng):
    z_a, z_b = rng.normal(size=(2, 7, 4))
    z = torch.nn.functional.normalize(torch.tensor(np.concatenate([z_a, z_b])), dim=1)
    logits = (z @ z.T / 0.3).fill_diagonal_(-torch.inf)
    partner = torch.tensor([*range(7, 14), *range(7)])
    expected = torch.nn.functional.cross_entropy(logits, partner).item()
    assert float(nt_xent(z_a, z_b, 0.3)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_codes_at_right_angles_have_a_loss_in_closed_form(temperature):
    z, n = np.eye(5), 5
    right = 1 / temperature
    expected = np.log(np.exp(right) + 2 * n - 2) - right  # partner 1, all others 0
    assert float(nt_xent(z, z, temperature)) == pytest.approx(expected, rel=1e-5)


def test_codes_that_are_all_alike_leave_nothing_but_guessing():
    z = np.ones((6, 3))
    assert float(nt_xent(z, z, 0.2)) == pytest.approx(np.log(11), rel=1e-6)
    assert float(alignment(z, z)) == pytest.approx(0.0, abs=1e-12)


def test_the_length_of_a_code_does_not_count(rng):
    z_a, z_b = rng.normal(size=(2, 6, 3))
    longer = rng.uniform(0.5, 9.0, size=(6, 1))
    for loss in (lambda a, b: nt_xent(a, b, 0.2), alignment):
        assert float(loss(z_a * longer, z_b)) == pytest.approx(float(loss(z_a, z_b)))


def test_slope_of_the_loss_is_that_of_a_central_difference(rng):
    z_a, z_b, direction = rng.normal(size=(3, 5, 4))
    with tf.GradientTape() as tape:
        variable = tf.Variable(z_a)
        loss = nt_xent(variable, tf.constant(z_b), 0.5)
    slope = np.sum(tape.gradient(loss, variable).numpy() * direction)
    step = 1e-5
    up, down = (float(nt_xent(z_a + s * direction, z_b, 0.5)) for s in (step, -step))
    assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_alignment_is_two_minus_twice_the_cosine():
    z_a = np.array([[1.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    z_b = np.array([[0.0, 2.0], [-1.0, 0.0], [1.0, 1.0]])
    expected = np.mean([2.0, 4.0, 2.0 - np.sqrt(2.0)])
    assert float(alignment(z_a, z_b)) == pytest.approx(expected)


def test_model_is_trained_on_the_loss_of_its_two_views(rng):
    x = rng.random((8, 2, 6), dtype=np.float32)
    for negatives in (True, False):
        model = ContrastiveModel(6, (5, 4), 3, 0.4, negatives)
        z = model(x)
        assert z.shape == (8, 2, 3)
        code = np.maximum(x[:, 1] @ model.get_weights()[0], 0.0)
        code = np.maximum(code @ model.get_weights()[2], 0.0)
        np.testing.assert_allclose(model.encode(x[:, 1]), code, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(model.projection(code), z[:, 1], rtol=1e-4, atol=1e-6)
        expected = (
            nt_xent(z[:, 0], z[:, 1], 0.4) if negatives else alignment(z[:, 0], z[:, 1])
        )
        assert float(model.compute_loss(x, x, z)) == pytest.approx(float(expected))


def test_saved_model_comes_back(tmp_path, rng):
    model = ContrastiveModel(6, (5, 4), 3, temperature=0.4, negatives=False, seed=3)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = rng.random((2, 2, 6), dtype=np.float32)
    np.testing.assert_array_equal(again(x), model(x))
    assert again.get_config()["temperature"] == 0.4
    assert again.negatives is False


def test_without_negatives_the_codes_fall_together(rng):
    x = rng.random((64, 2, 6), dtype=np.float32)
    dimension = {}
    for negatives in (True, False):
        model = ContrastiveModel(6, (8, 8), 4, negatives=negatives)
        trained = TrainedAgain(model, 1e-2)
        trained.begin(model.get_weights())
        trained.train(x, 300, 32, np.random.default_rng(0))
        z = contrastive.unit_length(model(x)[:, 0])
        dimension[negatives] = contrastive.effective_dimension(z)
    assert dimension[True][1] > 0.3
    assert dimension[False][1] < 0.02


def test_effective_dimension_counts_equal_directions():
    axes = np.concatenate([np.eye(3), -np.eye(3)]) * [2.0, 2.0, 0.0]
    assert contrastive.effective_dimension(axes) == pytest.approx((2.0, 2 * 4 / 3))
    unequal = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    shares = np.array([0.9, 0.1])
    expected = np.exp(-np.sum(shares * np.log(shares)))
    assert contrastive.effective_dimension(unequal)[0] == pytest.approx(expected)
    assert contrastive.effective_dimension(np.ones((4, 3))) == (1.0, 0.0)


def test_bad_arguments_are_named(rng):
    z = rng.normal(size=(4, 3))
    with pytest.raises(ValueError, match="z_b"):
        nt_xent(z, z[:2], 0.2)
    with pytest.raises(ValueError, match="temperature must be above 0; got 0"):
        nt_xent(z, z, 0)
    with pytest.raises(ValueError, match="temperature must be above 0; got -1"):
        ContrastiveModel(6, temperature=-1)
    with pytest.raises(ValueError, match=r"hidden\[1\]"):
        ContrastiveModel(6, hidden=(4, 0))
    with pytest.raises(ValueError, match=r"z must be \(n, K\) with n of at least 2"):
        contrastive.effective_dimension(z[:1])
