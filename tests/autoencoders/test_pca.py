"""PCA against scikit-learn and against the closed form of what it leaves out."""

import numpy as np
import pytest
import sklearn.decomposition

from companion.autoencoders.pca import PCA, MeanPredictor


@pytest.fixture
def x(rng):
    return rng.normal(size=(40, 6)) * np.array([5.0, 4, 3, 0.5, 0.4, 0.3]) + 2.0


def test_reconstruction_equals_that_of_scikit_learn_on_new_data(x, rng):
    x_new = rng.normal(size=(10, 6))
    theirs = sklearn.decomposition.PCA(3, svd_solver="full").fit(x)
    x_hat = theirs.inverse_transform(theirs.transform(x_new))
    np.testing.assert_allclose(PCA(3).fit(x).reconstruct(x_new), x_hat, atol=1e-12)


@pytest.mark.parametrize("latent_dim", [1, 3, 6])
def test_squared_error_is_the_sum_of_the_left_out_squared_singular_values(x, latent_dim):
    pca = PCA(latent_dim).fit(x)
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    left_out = np.sum(values[latent_dim:] ** 2)
    error = np.sum((x - pca.reconstruct(x)) ** 2)
    assert error == pytest.approx(left_out, rel=1e-9, abs=1e-20)
    np.testing.assert_allclose(pca.singular_values, values)


def test_code_is_centered_uncorrelated_and_ordered(x):
    z = PCA(4).fit(x).encode(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    covariance = np.cov(z.T)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-10)
    assert (np.diff(np.diag(covariance)) < 0).all()


def test_signs_do_not_depend_on_the_sign_of_the_data(x):
    # Mirrored data have the same axes; a free sign could come out either way.
    np.testing.assert_allclose(PCA(3).fit(x).components, PCA(3).fit(-x).components)


def test_mean_predictor_answers_the_training_mean_and_leaves_the_variance(x):
    x_hat = MeanPredictor().fit(x).reconstruct(x)
    np.testing.assert_allclose(x_hat[3], x.mean(axis=0))
    assert np.mean((x - x_hat) ** 2) == pytest.approx(np.mean(np.var(x, axis=0)))
    assert MeanPredictor().fit(x).encode(x).shape == (40, 0)


def test_pca_beats_any_other_projection_of_the_same_size(x, rng):
    best = np.sum((x - PCA(2).fit(x).reconstruct(x)) ** 2)
    for _ in range(20):
        axes, _ = np.linalg.qr(rng.normal(size=(6, 2)))
        centered = x - x.mean(axis=0)
        assert np.sum((centered - centered @ axes @ axes.T) ** 2) >= best


@pytest.mark.parametrize("size", [0, 1.5, None, np.nan, np.inf, "a", True])
def test_a_code_size_that_is_no_count_is_refused(size):
    message = f"latent_dim must be an integer of at least 1; got {size!r}"
    with pytest.raises(ValueError, match=message):
        PCA(size)


def test_an_integer_of_numpy_is_a_code_size(x):
    assert PCA(np.int64(2)).fit(x).encode(x).shape == (40, 2)


@pytest.mark.parametrize("make", [lambda: PCA(2), MeanPredictor])
def test_new_data_must_be_as_wide_as_the_fitted_ones(make, x):
    model = make()
    with pytest.raises(ValueError, match=f"{type(model).__name__} must be fitted before"):
        model.reconstruct(x)
    model.fit(x)
    for wrong, shape in [(x[:, :5], "40, 5"), (x[:, :1], "40, 1"), (x[0], "6,")]:
        with pytest.raises(ValueError, match=rf"\(batch, 6\) .* got shape \({shape}\)"):
            model.reconstruct(wrong)


def test_codes_of_another_size_are_refused(x):
    with pytest.raises(ValueError, match=r"z must have shape \(batch, 2\).*\(40, 1\)"):
        PCA(2).fit(x).decode(x[:, :1])


def test_bad_arguments_are_named(x):
    with pytest.raises(ValueError, match="latent_dim must be at most 6 .* got 7"):
        PCA(7).fit(x)
    with pytest.raises(ValueError, match=r"x must be a table .* got shape \(40,\)"):
        PCA(1).fit(x[:, 0])
    with pytest.raises(ValueError, match="x must be finite; got 6 NaN or infinite"):
        MeanPredictor().fit(np.where(np.arange(40)[:, None] == 3, np.nan, x))
