"""Sparse coding against scikit-learn, closed forms and the proven rates."""

import numpy as np
import pytest
from sklearn.decomposition import sparse_encode
from sklearn.linear_model import Lasso

from companion.brain import sparse_coding

PENALTY = 0.4


@pytest.fixture
def dictionary(rng):
    atoms = rng.normal(size=(30, 12))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.fixture
def x(rng):
    return 2.0 * rng.normal(size=(25, 12))


def objective(z, x, dictionary):
    return sparse_coding.objective(z, x, dictionary, PENALTY)


def test_fista_reaches_the_objective_of_scikit_learn(x, dictionary):
    z = sparse_coding.fista(x, dictionary, PENALTY, n_steps=2000)
    # sparse_encode's alpha is the price in 1/2 |x - z Phi|^2 + alpha |z|_1.
    z_sklearn = sparse_encode(
        x, dictionary, algorithm="lasso_cd", alpha=PENALTY, max_iter=5000
    )
    by_hand = 0.5 * ((x - z_sklearn @ dictionary) ** 2).sum(axis=1)
    by_hand += PENALTY * np.abs(z_sklearn).sum(axis=1)
    np.testing.assert_allclose(objective(z, x, dictionary), by_hand, rtol=1e-4)


def test_nonnegative_codes_reach_the_objective_of_scikit_learn(x, dictionary):
    z = sparse_coding.fista(x, dictionary, PENALTY, n_steps=2000, nonnegative=True)
    # Lasso divides the squared error by the number of rows, here the D features.
    lasso = Lasso(
        PENALTY / 12, fit_intercept=False, positive=True, tol=1e-10, max_iter=20000
    )
    z_sklearn = np.array([lasso.fit(dictionary.T, row).coef_ for row in x])
    assert z.min() >= 0.0
    np.testing.assert_allclose(
        objective(z, x, dictionary), objective(z_sklearn, x, dictionary), rtol=1e-5
    )


def test_orthonormal_atoms_need_one_step_and_one_threshold(rng, x):
    atoms = np.linalg.qr(rng.normal(size=(12, 12)))[0][:5]
    a = x @ atoms.T
    expected = np.sign(a) * np.maximum(0.0, np.abs(a) - PENALTY)
    for n_steps in (1, 7):
        z = sparse_coding.ista(x, atoms, PENALTY, n_steps=n_steps)
        np.testing.assert_allclose(z, expected, atol=1e-12)
    z = sparse_coding.ista(x, atoms, 0.0, n_steps=1)
    np.testing.assert_allclose(z @ atoms, x @ atoms.T @ atoms, atol=1e-12)


def test_the_excess_falls_as_fast_as_the_theorems_say(x, dictionary):
    best = sparse_coding.fista(x, dictionary, PENALTY, n_steps=5000)
    lipschitz = np.linalg.eigvalsh(dictionary @ dictionary.T)[-1]
    distance = np.sum(best**2, axis=1)  # |z_0 - z*|^2 from z_0 = 0
    previous = np.inf
    for k in (1, 2, 5, 20, 100):
        step = {"n_steps": k}
        z = sparse_coding.ista(x, dictionary, PENALTY, **step)
        ahead = sparse_coding.fista(x, dictionary, PENALTY, **step)
        excess, fast = (
            objective(code, x, dictionary) - objective(best, x, dictionary)
            for code in (z, ahead)
        )
        assert np.all(excess <= previous)
        assert np.all(excess <= lipschitz * distance / (2 * k))
        assert np.all(fast <= 2 * lipschitz * distance / (k + 1) ** 2)
        previous = excess


def test_fista_looks_ahead_as_the_recursion_says():
    # Without a penalty and with orthogonal atoms of length 2 and 1, L = 4 and the miss of
    # the second unit shrinks by 3/4 in a step; t = 1, (1 + sqrt 5) / 2, 2.19353.
    x, atoms = np.array([[0.0, 1.0]]), np.diag([2.0, 1.0])
    one, two = 0.75, 0.75**2
    three = 0.75 * (two + 0.6180340 / 2.1935268 * (two - one))
    for n_steps, miss in ((1, one), (2, two), (3, three)):
        z = sparse_coding.fista(x, atoms, 0.0, n_steps=n_steps)
        assert 1.0 - z[0, 1] == pytest.approx(miss, abs=1e-6)


def test_no_penalty_and_many_atoms_reproduce_the_input(x, dictionary):
    z = sparse_coding.fista(x, dictionary, 0.0, n_steps=3000)
    np.testing.assert_allclose(z @ dictionary, x, atol=1e-6)


def test_dictionary_update_lowers_the_error_and_stays_in_the_ball(rng, x, dictionary):
    z = np.abs(rng.normal(size=(25, 30)))
    z[:, 3] = 0.0
    new = sparse_coding.update_dictionary(dictionary, z.T @ z, z.T @ x)
    assert np.linalg.norm(new, axis=1).max() <= 1.0 + 1e-12
    assert np.sum((x - z @ new) ** 2) < np.sum((x - z @ dictionary) ** 2)
    np.testing.assert_array_equal(new[3], dictionary[3])


def test_one_atom_goes_to_its_least_squares_answer(rng, x):
    z = 5.0 + rng.normal(size=(25, 1))
    expected = np.linalg.lstsq(z, x, rcond=None)[0]
    assert np.linalg.norm(expected) < 1.0
    new = sparse_coding.update_dictionary(np.ones((1, 12)), z.T @ z, z.T @ x)
    np.testing.assert_allclose(new, expected, atol=1e-12)


def drawn_atoms(x, n, rng):
    atoms = x[rng.choice(len(x), size=n, replace=False)]
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.mark.parametrize("nonnegative", [True, False])
def test_one_batch_of_learning_is_a_search_and_an_update(x, nonnegative):
    settings = {"n_steps": 1, "batch_size": 50, "nonnegative": nonnegative}
    found = sparse_coding.train(x, 8, PENALTY, rng=np.random.default_rng(1), **settings)
    rng = np.random.default_rng(1)
    start, batch = drawn_atoms(x, 8, rng), x[rng.integers(25, size=50)]
    z = sparse_coding.fista(batch, start, PENALTY, n_steps=30, nonnegative=nonnegative)
    expected = sparse_coding.update_dictionary(start, z.T @ z, z.T @ batch)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_only_atoms_without_use_start_again_after_twenty_batches(x):
    settings = {"n_steps": 20, "batch_size": 50}
    found = sparse_coding.train(x, 8, 1e6, rng=np.random.default_rng(1), **settings)
    rng = np.random.default_rng(1)
    drawn_atoms(x, 8, rng)
    for _ in range(20):
        rng.integers(25, size=50)
    np.testing.assert_allclose(found, drawn_atoms(x, 8, rng))  # no code was above 0
    used = sparse_coding.train(x, 8, 0.0, rng=np.random.default_rng(1), **settings)
    inputs = x / np.linalg.norm(x, axis=1, keepdims=True)
    assert np.abs(used @ inputs.T).max() < 0.999


def test_earlier_batches_are_forgotten(x, monkeypatch):
    # Each batch brings products of 1. With keep = s / (s + 1) their sum after n batches is
    # (n + 1) / 2, and with keep at most 0.95 it ends at 1 / (1 - 0.95).
    seen = []

    def record(dictionary, code_products, input_products):
        seen.append((code_products, input_products))
        return dictionary

    monkeypatch.setattr(sparse_coding, "fista", lambda x, *_, **__: np.ones((len(x), 8)))
    monkeypatch.setattr(sparse_coding, "update_dictionary", record)
    ones = np.ones((25, 12))
    sparse_coding.train(ones, 8, PENALTY, n_steps=400, rng=np.random.default_rng(0))
    for n, weight in ((1, 1.0), (7, 4.0), (20, 10.5), (400, 20.0)):
        for products in seen[n - 1]:
            np.testing.assert_allclose(products, weight, rtol=1e-7)


def test_a_rarely_used_atom_is_kept(x, monkeypatch):
    # Codes of 0.01 leave products of 1e-4, summed to about 1e-3: little use, but use.
    monkeypatch.setattr(
        sparse_coding, "fista", lambda x, *_, **__: np.full((len(x), 8), 0.01)
    )
    monkeypatch.setattr(sparse_coding, "update_dictionary", lambda d, *_: d)
    one, twenty = (
        sparse_coding.train(x, 8, PENALTY, n_steps=n, rng=np.random.default_rng(1))
        for n in (1, 20)
    )
    np.testing.assert_array_equal(one, twenty)


@pytest.mark.slow
def test_learning_finds_the_atoms_that_made_the_data(rng):
    true = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    causes = rng.exponential(size=(4000, 16)) * (rng.random((4000, 16)) < 0.1)
    x = causes @ true + 0.01 * rng.normal(size=(4000, 16))
    found = sparse_coding.train(x, 24, 0.1, n_steps=300, rng=rng, nonnegative=True)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    assert lengths.max() <= 1.0 + 1e-12
    assert np.all((found / lengths @ true.T).max(axis=0) > 0.98)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"penalty": -1.0}, "penalty must not be negative; got -1.0"),
        ({"n_steps": 0}, "n_steps must be at least 1; got 0"),
        ({"dictionary": np.zeros((4, 12))}, "dictionary must hold an atom"),
        ({"dictionary": np.ones((4, 11))}, r"dictionary must be \(K, D\)"),
    ],
)
def test_search_refuses(x, settings, message):
    settings = {"dictionary": np.ones((4, 12)), "penalty": 0.1, "n_steps": 1} | settings
    with pytest.raises(ValueError, match=message):
        sparse_coding.ista(x, **settings)


def test_learning_refuses_more_atoms_than_inputs(x, rng):
    with pytest.raises(ValueError, match="n_atoms must be from 1 to 25; got 26"):
        sparse_coding.train(x, 26, 0.1, n_steps=1, rng=rng)
