"""Likeness of codes: invariances, other formulas and libraries, independent codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from companion.challenges import similarity


def related(rng, n=60, width=8, noise=0.5):
    x = rng.normal(size=(n, width))
    return x, x @ rng.normal(size=(width, 5)) + noise * rng.normal(size=(n, 5))


def test_cka_equals_its_form_with_kernels(rng):
    x, y = related(rng)
    center = np.eye(len(x)) - 1.0 / len(x)
    k, m = center @ x @ x.T @ center, center @ y @ y.T @ center
    expected = np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m))
    assert similarity.linear_cka(x, y) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("cka", [similarity.linear_cka, similarity.unbiased_cka])
def test_cka_ignores_turns_scale_and_offset_but_no_other_linear_map(cka, rng):
    x, y = related(rng)
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    value = cka(x, y)
    assert cka(3.0 * x @ turn + 7.0, y) == pytest.approx(value, rel=1e-9)
    assert abs(cka(x * np.geomspace(1, 100, 8), y) - value) > 0.05


@pytest.mark.parametrize(
    "measure", [similarity.linear_cka, similarity.unbiased_cka, similarity.rsa]
)
def test_a_code_is_like_itself_and_order_of_arguments_does_not_count(measure, rng):
    x, y = related(rng)
    assert measure(x, x) == pytest.approx(1.0, abs=1e-12)
    assert measure(x, y) == pytest.approx(measure(y, x), rel=1e-12)


def test_biased_cka_of_independent_codes_grows_with_width_as_calculated(rng):
    # For white Gaussian codes the mean of |y'x|^2 is n K M and that of |x'x|^2 is
    # n K (n + K), so that CKA is near sqrt(K M / ((n + K) (n + M))).
    n, found = 100, []
    for width in (10, 40, 160):
        pairs = [rng.normal(size=(2, n, width)) for _ in range(20)]
        mean = np.mean([similarity.linear_cka(*pair) for pair in pairs])
        assert mean == pytest.approx(width / (n + width), rel=0.06)
        found.append(np.mean([similarity.unbiased_cka(*pair) for pair in pairs]))
    # The standard error is 0.003 or less at these sizes.
    np.testing.assert_allclose(found, 0.0, atol=0.012)


def test_unbiased_sum_equals_its_definition_over_distinct_stimuli(rng):
    # HSIC is the mean of K_ij (L_ij + L_qr - 2 L_iq) over all distinct i, j, q, r.
    n = 6
    k, m = (a @ a.T for a in rng.normal(size=(2, n, 3)))
    terms = [
        k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q])
        for i in range(n)
        for j in range(n)
        for q in range(n)
        for r in range(n)
        if len({i, j, q, r}) == 4
    ]
    assert similarity.hsic(k, m) == pytest.approx(np.mean(terms), rel=1e-10)


def test_rsa_equals_scipy(rng):
    x, y = related(rng)
    expected = spearmanr(pdist(x, "correlation"), pdist(y, "correlation")).statistic
    assert similarity.rsa(x, y) == pytest.approx(expected, rel=1e-12)


def test_rsa_of_independent_codes_is_near_zero(rng):
    values = [similarity.rsa(*rng.normal(size=(2, 60, 8))) for _ in range(20)]
    assert abs(np.mean(values)) < 0.02


def test_a_silent_stimulus_is_one_away_from_all_others():
    z = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [2.0, 4.0, 0.0]])
    matrix = similarity.dissimilarities(z)
    np.testing.assert_allclose(matrix, [[0, 1, 1], [1, 0, 0], [1, 0, 0]], atol=1e-12)


def test_shuffled_stimuli_leave_nothing(rng):
    x, y = related(rng, n=120)
    null = similarity.shuffled(similarity.unbiased_cka, x, y, 40, rng)
    assert null.shape == (40,)
    assert abs(null.mean()) < 0.02
    assert null.max() < 0.2 < similarity.unbiased_cka(x, y)


def test_scrambling_keeps_the_spectrum_and_changes_the_field(rng):
    fields = rng.normal(size=(5, 64)) * np.exp(-(np.linspace(-2, 2, 64) ** 2))
    scrambled = similarity.scramble_phases(fields, rng)
    spectra = [np.abs(np.fft.fft2(f.reshape(5, 8, 8))) for f in (fields, scrambled)]
    np.testing.assert_allclose(spectra[1], spectra[0], atol=1e-10)
    np.testing.assert_allclose(scrambled.mean(axis=1), fields.mean(axis=1), atol=1e-12)
    cosines = np.sum(fields * scrambled, axis=1) / np.sum(fields**2, axis=1)
    assert np.all(np.abs(cosines) < 0.9)


@given(st.integers(0, 3), st.integers(1, 4))
def test_too_few_stimuli_are_refused(n, width):
    with pytest.raises(ValueError, match="rows, 4 at least"):
        similarity.unbiased_cka(np.zeros((n, width)), np.zeros((n, width)))


def test_bad_input_is_named():
    x = np.arange(12.0).reshape(6, 2)
    with pytest.raises(ValueError, match="same number of rows"):
        similarity.linear_cka(x, x[:5])
    with pytest.raises(ValueError, match="y must differ between stimuli"):
        similarity.rsa(x, np.ones((6, 2)))
    with pytest.raises(ValueError, match="K of 2 at least"):
        similarity.dissimilarities(x[:, :1])
    with pytest.raises(ValueError, match="n_draws must be at least 1; got 0"):
        similarity.shuffled(similarity.rsa, x, x, 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="fields must be"):
        similarity.scramble_phases(np.ones((2, 63)), np.random.default_rng(0))
