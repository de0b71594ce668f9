"""Deep networks side by side: against PyTorch, Keras, and the variances of theory."""

import numpy as np
import pytest

from companion.challenges import deep

REMEDIES = [(False, False), (True, False), (False, True), (True, True)]


def small(skip=False, normalize=False, n_blocks=2):
    return deep.Shape(5, 2, 4, n_blocks, skip, normalize)


@pytest.fixture
def x(rng):
    return rng.uniform(size=(9, 5))


def moved(params, rng):
    """Parameters away from the ones and zeros they begin with."""
    return [[a + 0.3 * rng.normal(size=a.shape) for a in arrays] for arrays in params]


def in_torch(shape, layers, x):
    """One member, built from PyTorch's own functions; its loss."""
    import torch
    from torch.nn import functional

    h = torch.tensor(x)
    for (_, _, rectified, skip), (weights, bias, *more) in zip(
        shape.layers(), layers, strict=True
    ):
        a = h
        if more:
            gamma, beta = (m[0] for m in more)
            a = functional.batch_norm(
                h, None, None, gamma, beta, training=True, eps=deep.EPS
            )
        a = torch.relu(a) if rectified else a
        y = a @ weights + bias
        h = h + y if skip else y
    return functional.mse_loss(torch.sigmoid(h), torch.tensor(x))


@pytest.mark.parametrize(("skip", "normalize"), REMEDIES)
def test_loss_and_gradients_equal_pytorch(skip, normalize, x, rng):
    import torch

    shape = small(skip, normalize)
    params = moved(deep.init(shape, (1, 2)), rng)
    losses, grads, _ = deep.loss_and_grads(shape, params, x)
    for i in range(2):
        layers = [
            [torch.tensor(a[i], requires_grad=True) for a in arrays] for arrays in params
        ]
        loss = in_torch(shape, layers, x)
        loss.backward()
        np.testing.assert_allclose(losses[i], loss.item())
        for ours, theirs in zip(grads, layers, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(a[i], b.grad.numpy(), atol=1e-12)


def test_signals_are_the_gradients_by_what_enters_each_layer(x, rng):
    shape = small(skip=True, normalize=True)
    params = moved(deep.init(shape, (0,)), rng)
    _, _, signals = deep.loss_and_grads(shape, params, x)
    step = 1e-6 * rng.normal(size=x.shape)

    def loss(inputs):
        return np.mean((deep.reconstruct(shape, params, inputs) - x) ** 2)

    slope = (loss(x + step) - loss(x - step)) / 2
    # what enters the first layer is x, which the loss also compares with
    np.testing.assert_allclose(np.sum(signals[0][0] * step), slope, rtol=1e-5)
    assert [s.shape[-1] for s in signals] == [5, 4, 4, 4, 2, 4, 4, 4]


def test_normalizing_with_kept_moments_equals_keras_at_inference(rng):
    import keras

    h = rng.normal(2.0, 3.0, size=(1, 20, 4)).astype("float32")
    gamma, beta, mean = rng.normal(size=(3, 1, 1, 4)).astype("float32")
    variance = rng.uniform(0.5, 2.0, size=(1, 1, 4)).astype("float32")
    layer = keras.layers.BatchNormalization(epsilon=deep.EPS)
    layer.build((None, 4))
    layer.set_weights([a.ravel() for a in (gamma, beta, mean, variance)])
    ours, _, _ = deep.normalize(h, gamma, beta, (mean, variance))
    np.testing.assert_allclose(ours[0], layer(h[0], training=False), atol=1e-5)


def test_a_batch_is_normalized_to_mean_zero_and_variance_one(rng):
    h = rng.normal(5.0, 2.0, size=(3, 50, 4))
    out, standard, (mean, variance) = deep.normalize(h, np.ones(4), np.zeros(4))
    np.testing.assert_allclose(out, standard)
    np.testing.assert_allclose(out.mean(axis=1), 0, atol=1e-12)
    expected = variance[:, 0] / (variance[:, 0] + deep.EPS)
    np.testing.assert_allclose(out.var(axis=1), expected)
    np.testing.assert_allclose(mean[:, 0], h.mean(axis=1))


@pytest.mark.parametrize(
    ("scheme", "skip", "factor"),
    [("he", False, 1.0), ("glorot", False, 0.5), ("he", True, 2.0), ("glorot", True, 1.5)],
)
def test_mean_squares_grow_by_the_factor_of_theory(scheme, skip, factor, rng):
    shape = deep.Shape(400, 2, 400, 6, skip)
    params = deep.init(shape, (0, 1), scheme)
    states, _, _ = deep.forward(shape, params, rng.normal(size=(20, 400)))
    squares = [np.mean(s**2) for s in states[1:8]]
    found = (squares[-1] / squares[0]) ** (1 / 6)
    assert found == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize(("skip", "normalize"), REMEDIES)
def test_members_train_as_if_alone_and_in_steps_of_their_own_rate(skip, normalize, x):
    shape = small(skip, normalize, n_blocks=1)
    together = deep.init(shape, (1, 2))
    settings = {"n_steps": 5, "batch_size": 4}
    rates = [1e-2, 1e-3]
    both, moments = deep.train(shape, together, x, learning_rate=rates, **settings)
    alone, own = deep.train(
        shape, deep.init(shape, (2,)), x, learning_rate=1e-3, **settings
    )
    found = deep.errors(shape, both, x, moments)[1]
    np.testing.assert_allclose(found, deep.errors(shape, alone, x, own)[0])


def test_training_lowers_the_error_and_keeps_the_start(x):
    shape = small(skip=True)
    start = deep.init(shape, (0,))
    before = deep.errors(shape, start, x)
    after, _ = deep.train(shape, start, x, learning_rate=1e-2, n_steps=200, batch_size=9)
    np.testing.assert_allclose(deep.errors(shape, start, x), before)
    assert deep.errors(shape, after, x) < 0.7 * before


def test_moments_are_those_of_all_training_examples(x):
    shape = small(normalize=True)
    params, moments = deep.train(
        shape, deep.init(shape, (0,)), x, learning_rate=1e-2, n_steps=3, batch_size=4
    )
    np.testing.assert_allclose(
        deep.reconstruct(shape, params, x), deep.reconstruct(shape, params, x, moments)
    )
    one = deep.reconstruct(shape, params, x[:1], moments)
    np.testing.assert_allclose(one, deep.reconstruct(shape, params, x)[:, :1])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 1}, "above 1"),
        ({"x": np.full((3, 5), 2.0)}, "x must lie"),
    ],
)
def test_bad_input_is_named_before_training(bad, message, x):
    shape = small(normalize=True)
    given = {"x": x, "learning_rate": 1e-2, "n_steps": 1} | bad
    with pytest.raises(ValueError, match=message):
        deep.train(shape, deep.init(shape, (0,)), **given)
