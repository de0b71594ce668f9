"""Autoencoders side by side: gradients against Keras's own VAE and against slopes."""

import keras
import numpy as np
import pytest
from keras import ops

from companion.autoencoders.variational import VAE
from companion.challenges import stacked_vae
from companion.networks.parameters import leaves

D, H, K = 12, 5, 3


def drawn(rng, *, variational, n_members=2):
    """Members with no zero bias, examples and noise."""
    x = rng.uniform(0.1, 0.9, size=(n_members, 7, D))
    params = stacked_vae.init(D, H, K, range(n_members), x, variational=variational)
    for array in leaves(params):
        array += 0.3 * rng.normal(size=array.shape)
    return params, x, rng.normal(size=(n_members, 7, K))


def numbers_of(params, i):
    """Weight, bias, weight, bias ... of one member, in the order of Keras."""
    return [a[i].squeeze() for pair in zip(*params, strict=True) for a in pair]


@pytest.mark.parametrize("beta", [0.0, 0.7])
def test_gradients_are_those_of_the_vae_of_keras(rng, beta):
    import tensorflow as tf

    params, x, eps = drawn(rng, variational=True)
    grads = stacked_vae.gradients(params, x, eps, beta)
    keras.config.set_dtype_policy("float64")
    try:
        for i in range(2):
            vae = VAE(D, K, (H,), beta=beta)
            # The order of its weights: encoder, then decoder, each kernel before its bias.
            vae.encoder.set_weights(numbers_of(params, i)[:4])
            vae.decoder.set_weights(numbers_of(params, i)[4:])
            variables = vae.encoder.trainable_variables + vae.decoder.trainable_variables
            with tf.GradientTape() as tape:
                given = ops.convert_to_tensor(x[i]), ops.convert_to_tensor(eps[i])
                loss = vae.loss_of(given[0], vae.outputs(*given), beta)
            expected = tape.gradient(loss, [v.value for v in variables])
            for found, wanted in zip(numbers_of(grads, i), expected, strict=True):
                np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5, atol=1e-6)
    finally:
        keras.config.set_dtype_policy("float32")


def test_plain_gradients_are_slopes_of_the_mean_squared_error(rng):
    params, x, _ = drawn(rng, variational=False)

    def loss(i):
        w_1, b_1, w_2, b_2, w_3, b_3, w_4, b_4 = numbers_of(params, i)
        z = np.tanh(x[i] @ w_1 + b_1) @ w_2 + b_2
        x_hat = 1 / (1 + np.exp(-(np.tanh(z @ w_3 + b_3) @ w_4 + b_4)))
        return np.mean((x_hat - x[i]) ** 2)

    grads, step = stacked_vae.gradients(params, x), 1e-5
    for array, grad in zip(leaves(params), leaves(grads), strict=True):
        direction = rng.normal(size=array.shape)
        for i in range(2):
            array[i] += step * direction[i]
            up = loss(i)
            array[i] -= 2 * step * direction[i]
            down = loss(i)
            array[i] += step * direction[i]
            slope = np.sum(grad[i] * direction[i])
            assert slope == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("beta", [None, 0.5])
def test_the_first_answer_is_about_the_mean_example(rng, beta):
    x = rng.uniform(0.2, 0.8, size=(1, 50, 1)) * np.linspace(0.2, 1, D)
    params = stacked_vae.init(D, H, K, [0], x, variational=beta is not None)
    _, decoder = stacked_vae.network(params, 0, K)
    answer = 1 / (1 + np.exp(-decoder[-1]))  # with the code 0
    np.testing.assert_allclose(answer, x[0].mean(axis=0))


@pytest.mark.parametrize("beta", [None, 0.1])
def test_a_member_is_trained_as_if_it_were_alone(rng, beta):
    x = rng.uniform(size=(3, 130, D))
    settings = {"epochs": 2, "learning_rate": 0.01, "beta": beta}
    together = stacked_vae.train(x, H, K, [4, 5, 6], **settings)
    alone = stacked_vae.train(x[1:2], H, K, [5], **settings)
    for some, one in zip(leaves(together), leaves(alone), strict=True):
        np.testing.assert_allclose(some[1], one[0], rtol=1e-9, atol=1e-12)
        assert not np.allclose(some[0], some[1])


def test_without_a_weight_on_the_kl_the_noise_fades(rng):
    """The KL alone holds the noise up; a code of two Gaussian factors is told apart."""
    factors = rng.normal(size=(600, 2)) @ rng.normal(size=(2, D))
    x = 1 / (1 + np.exp(-2 * factors))[np.newaxis]
    spreads = []
    for beta in (0.0, 30.0):
        settings = {"epochs": 60, "learning_rate": 0.01, "beta": beta}
        (w_1, w_2, *_), (b_1, b_2, *_) = stacked_vae.train(x, 16, 2, [0], **settings)
        log_var = (np.tanh(x @ w_1 + b_1) @ w_2 + b_2)[..., 2:]
        spreads.append(np.exp(0.5 * log_var).mean())
    assert spreads[0] < 0.5
    assert spreads[1] == pytest.approx(1.0, abs=0.1)


def test_a_network_taken_out_keeps_the_means_of_the_code(rng):
    params, x, _ = drawn(rng, variational=True)
    encoder, decoder = stacked_vae.network(params, 1, K)
    assert [a.shape for a in encoder] == [(D, H), (H,), (H, K), (K,)]
    np.testing.assert_array_equal(encoder[2], params[0][1][1][:, :K])
    np.testing.assert_array_equal(decoder[3], params[1][3][1, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs must be"),
        ({"beta": -1.0}, "beta must not be negative; got -1.0"),
        ({"seeds": [1]}, r"x must be \(1, n, D\), one part for a seed; got \(2, 9, 4\)"),
    ],
)
def test_impossible_requests_are_refused(change, message):
    settings = {"seeds": [0, 1], "epochs": 1, "learning_rate": 0.1, "beta": 1.0} | change
    seeds = settings.pop("seeds")
    with pytest.raises(ValueError, match=message):
        stacked_vae.train(np.zeros((2, 9, 4)), 3, 2, seeds, **settings)
