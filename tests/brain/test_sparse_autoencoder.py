"""The sparse autoencoder against finite differences, the search and single steps."""

import numpy as np
import pytest

from companion.brain import sparse_autoencoder, sparse_coding

PENALTY = 0.3


@pytest.fixture
def params(rng):
    start = sparse_autoencoder.init(6, 10, rng)
    return start._replace(bias=0.1 * rng.normal(size=10))


@pytest.fixture
def x(rng):
    return rng.normal(size=(30, 6))


def test_the_loss_is_the_objective_of_sparse_coding(params, x):
    loss, _ = sparse_autoencoder.loss_and_grads(params, x, PENALTY)
    z = np.zeros((30, 10))
    for i, row in enumerate(x):
        for k in range(10):
            z[i, k] = max(0.0, row @ params.encoder[:, k] + params.bias[k])
    expected = sparse_coding.objective(z, x, params.dictionary, PENALTY).mean()
    assert loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(sparse_autoencoder.encode(params, x), z, atol=1e-12)


@pytest.mark.parametrize("penalty", [0.0, PENALTY])
def test_gradients_match_central_differences(params, x, rng, penalty):
    _, grads = sparse_autoencoder.loss_and_grads(params, x, penalty)
    eps = np.finfo(float).eps ** (1 / 3)
    for name in params._fields:
        direction = rng.normal(size=getattr(params, name).shape)
        up, down = (
            sparse_autoencoder.loss_and_grads(
                params._replace(**{name: getattr(params, name) + sign * eps * direction}),
                x,
                penalty,
            )[0]
            for sign in (1.0, -1.0)
        )
        analytic = np.sum(getattr(grads, name) * direction)
        assert analytic == pytest.approx((up - down) / (2 * eps), rel=1e-6)


def test_no_encoder_beats_the_search(params, x, rng):
    trained = sparse_autoencoder.train(params, x, PENALTY, n_batches=300, rng=rng)
    loss, _ = sparse_autoencoder.loss_and_grads(trained, x, PENALTY)
    start, _ = sparse_autoencoder.loss_and_grads(params, x, PENALTY)
    z = sparse_coding.fista(x, trained.dictionary, PENALTY, n_steps=1000, nonnegative=True)
    best = sparse_coding.objective(z, x, trained.dictionary, PENALTY).mean()
    assert best < loss < start
    assert np.linalg.norm(trained.dictionary, axis=1).max() <= 1.0 + 1e-12


def test_one_batch_is_one_step_of_adam_into_the_ball(params, x):
    settings = {"n_batches": 1, "batch_size": 8, "learning_rate": 1e-2}
    rng = np.random.default_rng(2)
    trained = sparse_autoencoder.train(params, x, PENALTY, rng=rng, **settings)
    rows = np.random.default_rng(2).integers(30, size=8)
    _, grads = sparse_autoencoder.loss_and_grads(params, x[rows], PENALTY)
    step = [1e-2 * g / (np.abs(g) + 1e-8 / np.sqrt(0.001)) for g in grads]
    np.testing.assert_allclose(trained.encoder, params.encoder - step[0], atol=1e-9)
    np.testing.assert_allclose(trained.bias, params.bias - step[1], atol=1e-9)
    atoms = params.dictionary - step[2]
    lengths = np.maximum(1.0, np.linalg.norm(atoms, axis=1, keepdims=True))
    np.testing.assert_allclose(trained.dictionary, atoms / lengths, atol=1e-9)


def test_a_price_makes_codes_sparser(params, x):
    shares = []
    for penalty in (0.0, 1.0):
        rng = np.random.default_rng(0)
        trained = sparse_autoencoder.train(params, x, penalty, n_batches=300, rng=rng)
        shares.append(np.mean(sparse_autoencoder.encode(trained, x) > 0))
    assert shares[1] < 0.7 * shares[0]


def test_atoms_start_with_length_one_and_tied(rng):
    start = sparse_autoencoder.init(6, 10, rng)
    np.testing.assert_allclose(np.linalg.norm(start.dictionary, axis=1), 1.0)
    np.testing.assert_array_equal(start.encoder, start.dictionary.T)


def test_what_does_not_fit_is_refused(params, x):
    with pytest.raises(ValueError, match=r"x must be \(n, 6\); got shape \(30, 5\)"):
        sparse_autoencoder.loss_and_grads(params, x[:, 1:], 0.0)
    with pytest.raises(ValueError, match="penalty must not be negative; got -1.0"):
        sparse_autoencoder.loss_and_grads(params, x, -1.0)
