"""Means by hand, biases as scikit-learn's ridge, factors by their normal equations."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from companion.practice import rating_baselines as baselines

VALUES = np.array([[4.0, 2.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
MASK = (VALUES > 0).astype(float)


def random_table(rng, shape=(9, 7)):
    mask = (rng.random(shape) < 0.5).astype(float)
    return rng.normal(3.0, 1.0, shape) * mask, mask


def test_means_by_hand():
    np.testing.assert_allclose(baselines.global_mean(VALUES, MASK), 3.0)
    users = [[3.0] * 3, [3.0] * 3, [3.0] * 3]
    np.testing.assert_allclose(baselines.user_mean(VALUES, MASK), users)
    # The third item has no rating: the mean of all.
    np.testing.assert_allclose(baselines.item_mean(VALUES, MASK), [[4.0, 2.5, 3.0]] * 3)
    values = VALUES.copy()
    values[1, 1] = 1.5
    rows = [[3.0] * 3, [1.5] * 3, [2.5] * 3]
    np.testing.assert_allclose(baselines.user_mean(values, MASK), rows)


@pytest.mark.parametrize("l2", [0.5, 4.0])
def test_biases_are_a_ridge_regression(rng, l2):
    values, mask = random_table(rng)
    users, items = np.nonzero(mask)
    design = np.hstack([np.eye(9)[users], np.eye(7)[items]])
    mean = values[users, items].mean()
    ridge = Ridge(alpha=l2, fit_intercept=False).fit(design, values[users, items] - mean)
    expected = mean + ridge.coef_[:9, None] + ridge.coef_[9:]
    found = baselines.Biases(l2, n_sweeps=200).fit(values, mask).predict()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_cold_users_and_items_fall_back():
    model = baselines.Biases(l2=1.0).fit(VALUES, MASK)
    assert model.users[2] == 0.0
    assert model.items[2] == 0.0
    assert model.predict()[2, 2] == 3.0
    factors = baselines.Factors(2).fit(VALUES, MASK)
    np.testing.assert_allclose(factors.predict()[2], factors.biases.predict()[2])


def test_factors_satisfy_their_normal_equations(rng):
    values, mask = random_table(rng, (12, 8))
    model = baselines.Factors(3, l2=0.7, n_sweeps=400).fit(values, mask)
    errors = mask * (values - model.predict())
    # At a minimum the slopes by p_u and q_i vanish: errors q = l2 p, errors^T p = l2 q.
    np.testing.assert_allclose(errors @ model.items, 0.7 * model.users, atol=1e-4)
    np.testing.assert_allclose(errors.T @ model.users, 0.7 * model.items, atol=1e-4)


def test_biases_below_factors_have_their_own_penalty(rng):
    values, mask = random_table(rng, (12, 8))
    model = baselines.Factors(2, l2=0.7, bias_l2=9.0).fit(values, mask)
    alone = baselines.Biases(9.0).fit(values, mask)
    np.testing.assert_allclose(model.biases.predict(), alone.predict())


def test_each_sweep_lowers_the_objective(rng):
    values, mask = random_table(rng, (12, 8))

    def objective(n_sweeps):
        m = baselines.Factors(2, l2=0.5, n_sweeps=n_sweeps).fit(values, mask)
        penalty = np.sum(m.users**2) + np.sum(m.items**2)
        return np.sum((mask * (values - m.predict())) ** 2) + 0.5 * penalty

    found = [objective(n) for n in range(1, 8)]
    assert (np.diff(found) < 0).all()


def test_factors_find_a_table_of_low_rank(rng):
    table = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 50))
    mask = (rng.random(table.shape) < 0.5).astype(float)
    model = baselines.Factors(6, l2=0.01, n_sweeps=60).fit(table * mask, mask)
    assert np.std((model.predict() - table)[mask == 0]) < 0.1 * table.std()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: baselines.Biases(l2=0.0), "l2 must be above 0; got 0.0"),
        (lambda: baselines.Factors(0), "n_factors must be above 0; got 0"),
        (lambda: baselines.Factors(2, l2=-1.0), "l2 must be above 0; got -1.0"),
        (lambda: baselines.item_mean(VALUES, 0 * MASK), "mask must mark at least one"),
        (lambda: baselines.Biases().fit(VALUES, 0 * MASK), "mask must mark at least one"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
