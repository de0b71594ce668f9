"""The competition of cells against scikit-learn, SciPy's integrator and closed forms."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from sklearn.decomposition import sparse_encode

from companion.brain import competition, sparse_coding

PENALTY = 0.4


@pytest.fixture
def dictionary(rng):
    atoms = rng.normal(size=(20, 12))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.fixture
def x(rng):
    return 2.0 * rng.normal(size=(15, 12))


def params(**settings):
    return competition.CompetitionParams(**{"penalty": PENALTY} | settings)


def test_the_circuit_rests_at_the_minimum_of_scikit_learn(x, dictionary):
    z = competition.settle(x, dictionary, params(), duration_ms=10_000)
    theirs = sparse_encode(
        x, dictionary, algorithm="lasso_cd", alpha=PENALTY, max_iter=9999
    )
    ours, reference = (
        sparse_coding.objective(code, x, dictionary, PENALTY) for code in (z, theirs)
    )
    np.testing.assert_allclose(ours, reference, rtol=1e-4)


def test_signed_and_nonnegative_circuits_rest_where_fista_does(x, dictionary):
    for nonnegative in (True, False):
        settings = params(nonnegative=nonnegative)
        z = competition.settle(x, dictionary, settings, duration_ms=20_000)
        expected = sparse_coding.fista(
            x, dictionary, PENALTY, n_steps=5000, nonnegative=nonnegative
        )
        np.testing.assert_allclose(z, expected, atol=1e-4)


def test_the_path_is_that_of_the_equation(x, dictionary):
    gram, drive = dictionary @ dictionary.T, x[0] @ dictionary.T

    def slope(_, u):
        z = np.sign(u) * np.maximum(np.abs(u) - PENALTY, 0.0)
        return (drive - u - z @ gram + z) / 10.0

    exact = solve_ivp(slope, (0.0, 30.0), np.zeros(20), rtol=1e-9, atol=1e-9).y[:, -1]
    errors = []
    for dt_ms in (0.2, 0.1):
        *_, u = competition.compete(x[:1], dictionary, params(dt_ms=dt_ms), 30.0)
        errors.append(np.abs(u[0] - exact).max())
    assert errors[1] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.1)  # of first order


def test_without_inhibition_a_cell_charges_alone(x, dictionary):
    potentials = list(competition.compete(x, dictionary, params(inhibition=0.0), 25.0))
    assert len(potentials) == 25
    for n, u in ((1, potentials[0]), (25, potentials[-1])):
        expected = x @ dictionary.T * (1.0 - np.exp(-n / 10.0))
        np.testing.assert_allclose(u, expected, atol=1e-12)
    half = list(competition.compete(x, dictionary, params(inhibition=0.5), 25.0))
    np.testing.assert_allclose(half[0], potentials[0])
    assert np.abs(half[-1] - potentials[-1]).max() > 0.1


def test_orthonormal_atoms_do_not_compete(rng, x):
    atoms = np.linalg.qr(rng.normal(size=(12, 12)))[0][:5]
    np.testing.assert_allclose(competition.lateral_weights(atoms), 0.0, atol=1e-12)
    z = competition.settle(x, atoms, params(), duration_ms=400)
    np.testing.assert_allclose(
        z, sparse_coding.soft_threshold(x @ atoms.T, PENALTY), atol=1e-9
    )


def test_two_like_cells_share_out_the_input_by_hand():
    # Cosine 0.6 and an input along atom 1: b = (2, 1.2). Cell 1 alone: z = 2 - 0.4, and
    # u_2 = 1.2 - 0.6 * 1.6 = 0.24 stays below the threshold: explained away.
    atoms = np.array([[1.0, 0.0], [0.6, 0.8]])
    settings = {"x": np.array([[2.0, 0.0]]), "dictionary": atoms, "duration_ms": 1000}
    z = competition.settle(params=params(), **settings)
    np.testing.assert_allclose(z, [[1.6, 0.0]], atol=1e-9)
    z = competition.settle(params=params(inhibition=0.0), **settings)
    np.testing.assert_allclose(z, [[1.6, 0.8]], atol=1e-9)


def test_half_of_the_inhibition_is_half_of_the_weights():
    # Cosine 0.6, x = 4 phi_1: b = (4, 2.4), both cells are active, and at rest
    # z_1 + 0.3 z_2 = 3.6 and 0.3 z_1 + z_2 = 2.0.
    atoms, x = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[4.0, 0.0]])
    z = competition.settle(x, atoms, params(inhibition=0.5), duration_ms=1000)
    expected = np.linalg.solve([[1.0, 0.3], [0.3, 1.0]], [3.6, 2.0])
    np.testing.assert_allclose(z[0], expected, atol=1e-9)


def test_the_number_of_steps_is_rounded_and_a_step_may_be_tau(x, dictionary):
    # 0.3 / 0.1 is 2.9999999999999996.
    assert len(list(competition.compete(x, dictionary, params(dt_ms=0.1), 0.3))) == 3
    assert params(dt_ms=10.0, tau_ms=10.0).dt_ms == 10.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"penalty": -1.0}, "penalty must not be negative; got -1.0"),
        ({"tau_ms": 0.0}, "tau_ms must be above 0; got 0.0"),
        ({"dt_ms": 11.0}, "dt_ms must be above 0 and at most 10.0; got 11.0"),
        ({"inhibition": 1.5}, "inhibition must be from 0 to 1; got 1.5"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        params(**settings)


def test_the_circuit_refuses_before_it_runs(x, dictionary):
    with pytest.raises(ValueError, match=r"dictionary must be \(K, D\)"):
        competition.compete(x, dictionary[:, 1:], params(), 10.0)
    with pytest.raises(ValueError, match="duration_ms must be 1.0 or more; got 0.5"):
        competition.compete(x, dictionary, params(), 0.5)
