"""k-means as encoder and decoder, against scikit-learn and a world of known distortion."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from companion.autoencoders.clustering import KMeansAutoencoder


@pytest.fixture
def x(rng):
    return rng.normal(size=(120, 4))


def test_numbers_and_error_are_those_of_scikit_learn(x, rng):
    x_new = rng.normal(size=(30, 4))
    ours, theirs = KMeansAutoencoder(5, seed=1).fit(x), KMeans(5, n_init=1, random_state=1)
    theirs.fit(x)
    np.testing.assert_array_equal(ours.number(x_new), theirs.predict(x_new))
    assert np.sum((x - ours.reconstruct(x)) ** 2) == pytest.approx(theirs.inertia_)


def test_code_is_one_hot_and_names_the_nearest_centroid(x):
    model = KMeansAutoencoder(5).fit(x)
    z = model.encode(x)
    assert z.shape == (120, 5)
    assert set(np.unique(z)) == {0.0, 1.0}
    np.testing.assert_array_equal(z.sum(axis=1), 1)
    distances = np.linalg.norm(x[:, None] - model.centroids[None], axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(x - model.decode(z), axis=1), distances.min(axis=1)
    )


def test_uniform_line_in_m_cells_has_distortion_of_one_over_twelve_m_squared():
    x = np.linspace(0, 1, 4001)[:, None]
    for n_codes in (1, 2, 4):
        model = KMeansAutoencoder(n_codes).fit(x)
        error = np.mean((x - model.reconstruct(x)) ** 2)
        assert error == pytest.approx(1 / (12 * n_codes**2), rel=1e-2)


def test_bits_are_the_logarithm_of_the_codebook():
    assert KMeansAutoencoder(256).bits == 8
    assert KMeansAutoencoder(1).bits == 0


def test_bad_arguments_are_named(x):
    with pytest.raises(ValueError, match="n_codes must be an integer .* got 0"):
        KMeansAutoencoder(0)
    with pytest.raises(ValueError, match=r"n >= 121; got shape \(120, 4\)"):
        KMeansAutoencoder(121).fit(x)
    with pytest.raises(ValueError, match="must be fitted before"):
        KMeansAutoencoder(2).encode(x)
    with pytest.raises(ValueError, match=r"x must have shape \(batch, 4\)"):
        KMeansAutoencoder(2).fit(x).encode(x[:, :3])
    with pytest.raises(ValueError, match="x must be finite"):
        KMeansAutoencoder(2).fit(x * np.nan)
