"""The unrolled search against ISTA, finite differences and what training should bring."""

import numpy as np
import pytest

from companion.brain import sparse_coding, unrolled

PENALTY = 0.4


@pytest.fixture
def dictionary(rng):
    atoms = rng.normal(size=(16, 8))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.fixture
def x(rng):
    return 2.0 * rng.normal(size=(20, 8))


@pytest.fixture
def params(dictionary, rng):
    start = unrolled.from_ista(dictionary, PENALTY)
    return unrolled.Unrolled(*(p + 0.02 * rng.normal(size=p.shape) for p in start))


@pytest.mark.parametrize("n_steps", [1, 2, 7])
def test_untrained_it_is_ista(x, dictionary, n_steps):
    z = unrolled.encode(unrolled.from_ista(dictionary, PENALTY), x, n_steps)
    expected = sparse_coding.ista(x, dictionary, PENALTY, n_steps=n_steps)
    np.testing.assert_allclose(z, expected, atol=1e-12)


@pytest.mark.parametrize("n_steps", [1, 3])
def test_gradients_match_central_differences(params, x, rng, n_steps):
    target = rng.normal(size=(20, 16))
    _, grads = unrolled.loss_and_grads(params, x, target, n_steps)
    eps = np.finfo(float).eps ** (1 / 3)
    for name in unrolled.Unrolled._fields:
        direction = rng.normal(size=getattr(params, name).shape)
        up, down = (
            unrolled.loss_and_grads(
                params._replace(**{name: getattr(params, name) + sign * eps * direction}),
                x,
                target,
                n_steps,
            )[0]
            for sign in (1.0, -1.0)
        )
        analytic = np.sum(getattr(grads, name) * direction)
        assert analytic == pytest.approx((up - down) / (2 * eps), rel=1e-6)


def test_the_loss_is_half_the_squared_distance_per_example(params, x):
    target = unrolled.encode(params, x, 2) + 3.0
    loss, _ = unrolled.loss_and_grads(params, x, target, 2)
    assert loss == pytest.approx(0.5 * 9.0 * 16)


def test_one_batch_of_training_is_one_step_of_adam(params, x):
    target = np.ones((20, 16))
    settings = {"n_batches": 1, "batch_size": 6, "learning_rate": 1e-3}
    rng = np.random.default_rng(4)
    trained = unrolled.train(params, x, target, n_steps=2, rng=rng, **settings)
    rows = np.random.default_rng(4).integers(20, size=6)
    _, grads = unrolled.loss_and_grads(params, x[rows], target[rows], 2)
    # The first step of Adam has the size of the learning rate, against the gradient; its
    # epsilon stands beside the root of 0.001 g^2.
    step = -1e-3 * grads.encoder / (np.abs(grads.encoder) + 1e-8 / np.sqrt(0.001))
    np.testing.assert_allclose(trained.encoder - params.encoder, step, atol=1e-9)
    assert not np.array_equal(trained.lateral, params.lateral)


def test_training_brings_few_steps_near_the_end_of_the_search(dictionary, rng):
    x = 2.0 * rng.normal(size=(2000, 8))
    z = sparse_coding.fista(x, dictionary, PENALTY, n_steps=300)
    start = unrolled.from_ista(dictionary, PENALTY)
    trained = unrolled.train(
        start, x[:1500], z[:1500], n_steps=3, n_batches=400, rng=rng, learning_rate=5e-3
    )
    before, after = (
        np.mean((unrolled.encode(p, x[1500:], 3) - z[1500:]) ** 2) for p in (start, trained)
    )
    assert after < 0.5 * before
    assert trained.threshold.min() >= 0.0


def test_no_threshold_falls_below_zero(rng):
    start = unrolled.Unrolled(np.eye(3), np.zeros((3, 3)), np.full(3, 1e-4))
    x = rng.normal(size=(50, 3))
    settings = {"n_steps": 1, "n_batches": 20, "learning_rate": 0.01}
    end = unrolled.train(start, x, 2.0 * x, rng=rng, **settings)
    assert end.threshold.min() == 0.0


def test_the_network_refuses(params, x):
    with pytest.raises(ValueError, match=r"x must be \(n, 8\); got shape \(20, 7\)"):
        unrolled.forward(params, x[:, 1:], 2)
    with pytest.raises(ValueError, match="n_steps must be at least 1; got 0"):
        unrolled.forward(params, x, 0)
