"""Weaknesses measured where the answer is known."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from companion.autoencoders.pca import PCA
from companion.practice import many_seeds
from companion.practice import weaknesses as w


def test_linear_restarts_end_at_the_error_of_pca(rng):
    x = rng.normal(size=(60, 5)) * [3.0, 2.0, 1.0, 0.5, 0.2]
    errors = w.restart_errors(x, [5, 2, 5], ["linear", "linear"], range(4), [5, 3000])
    best = np.mean((PCA(2).fit(x).reconstruct(x) - x) ** 2)
    assert errors.shape == (2, 4)
    assert (errors >= best - 1e-9).all()
    assert (errors[0] > errors[1]).all()
    # PCA subtracts the mean, and the biases of the network can do so too.
    np.testing.assert_allclose(errors[1], best, rtol=0.02)


def test_errors_are_read_after_the_epochs_asked_for(rng):
    x, sizes, linear = rng.random((40, 4)), [4, 2, 4], ["linear", "linear"]
    found = w.restart_errors(x, sizes, linear, (0,), [3, 4])
    for n, errors in zip((3, 4), found, strict=True):
        params = many_seeds.init(sizes, (0,))
        params, _ = many_seeds.train(params, x, linear, epochs=n, learning_rate=3e-3)
        np.testing.assert_allclose(errors, many_seeds.errors(params, x, linear))


def test_the_gap_of_pca_is_test_by_training_error(rng):
    x, x_test = rng.random((2, 80, 6))
    ours, pca = w.gap(x, x_test, 20, (3, 4), latent_dim=2, epochs=2)
    rows = np.random.default_rng(3).choice(80, 20, False)
    model = PCA(2).fit(x[rows])
    errors = [np.mean((model.reconstruct(a) - a) ** 2) for a in (x_test, x[rows])]
    assert pca[0] == pytest.approx(errors[0] / errors[1])
    assert ours.shape == (2,)
    same, _ = w.gap(x, x, 80, (3,), latent_dim=2, epochs=2)
    far, _ = w.gap(x, x + 5.0, 80, (3,), latent_dim=2, epochs=2)
    assert same[0] == pytest.approx(1.0)
    assert far[0] > 10.0


def test_a_turned_code_is_the_same_space_with_other_units(rng):
    z = rng.normal(size=(500, 6))
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    units, space = w.agreement(z, z @ turn + 3.0)
    assert space == pytest.approx(1.0)
    assert units < 0.8
    order = rng.permutation(6)
    units, space = w.agreement(z, -2.0 * z[:, order])
    assert (units, space) == (pytest.approx(1.0), pytest.approx(1.0))


def test_independent_codes_explain_as_much_as_chance(rng):
    z, other = rng.normal(size=(2, 2000, 4))
    units, space = w.agreement(z, other)
    # The share that K of n numbers explain of independent noise is K / n on average.
    assert space == pytest.approx(4 / 2000, abs=0.004)
    assert units < 0.06


def test_lines_of_code_leave_out_what_is_no_code():
    def documented(a):
        """A docstring.

        Of three lines.
        """
        # A comment.
        b = a + 1

        return b

    assert w.code_lines(documented) == 3


def test_a_turned_code_keeps_its_distances_and_its_space(rng):
    z = rng.normal(size=(300, 5)) * [5.0, 1.0, 1.0, 0.5, 0.1] + 7.0
    turned = w.turned(z, np.random.default_rng(0))
    np.testing.assert_allclose(pdist(turned), pdist(z))
    np.testing.assert_allclose(turned.mean(axis=0), 0.0, atol=1e-12)
    # Drawn evenly from all rotations, the first axis goes anywhere: its mean is 0.
    turns = [w.turned(z, np.random.default_rng(i)) for i in range(400)]
    first = [np.linalg.lstsq(z - z.mean(axis=0), t, rcond=None)[0][0] for t in turns]
    np.testing.assert_allclose(np.mean(first, axis=0), 0.0, atol=4 / np.sqrt(5 * 400))
