"""Filling in against least squares, interpolation, scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.covariance import empirical_covariance
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer

from companion.autoencoders import filling_in, hiding


@pytest.fixture
def x(rng):
    mixing = rng.normal(size=(6, 6))
    return 0.5 + 0.04 * rng.normal(size=(400, 6)) @ mixing


def some_hidden(rng, shape):
    hidden = rng.uniform(size=shape) < 0.5
    hidden[:, 0], hidden[:, -1] = True, False
    return hidden


def test_conditional_mean_is_the_least_squares_line(x):
    hidden = np.zeros(x.shape, dtype=bool)
    hidden[:, [1, 4]] = True
    covariance = empirical_covariance(x)
    filled = filling_in.conditional_mean(x, hidden, x.mean(axis=0), covariance)
    design = np.column_stack([np.ones(len(x)), x[:, [0, 2, 3, 5]]])
    expected = design @ np.linalg.lstsq(design, x[:, [1, 4]], rcond=None)[0]
    np.testing.assert_allclose(filled[:, [1, 4]], expected.clip(0, 1), atol=1e-9)
    np.testing.assert_array_equal(filled[:, [0, 2, 3, 5]], x[:, [0, 2, 3, 5]])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_component_covariance_is_that_of_scikit_learn(x, k):
    theirs = PCA(k).fit(x).get_covariance() * (len(x) - 1) / len(x)
    np.testing.assert_allclose(filling_in.component_covariance(x, k), theirs, atol=1e-12)


def test_answers_beyond_the_range_of_images_are_cut_off():
    covariance = np.array([[0.5, 0.2], [0.2, 0.1]])  # slope 2: 0.5 + 2 (1 - 0.5) = 1.5
    filled = filling_in.conditional_mean(
        [[0.0, 1.0]], np.array([[True, False]]), np.full(2, 0.5), covariance
    )
    np.testing.assert_allclose(filled, [[1.0, 1.0]])


def test_nearest_pixels_by_hand():
    row = np.array([[0.2, 9.0, 9.0, 9.0, 0.6], [0.2, 9.0, 9.0, 0.4, 0.6]])
    filled = filling_in.nearest_pixels(row, row > 1, (1, 5, 1))
    expected = [[0.2, 0.2, 0.4, 0.6, 0.6], [0.2, 0.2, 0.4, 0.4, 0.6]]
    np.testing.assert_allclose(filled, expected)
    # Diagonal neighbors are farther than direct ones.
    square = np.array([[9.0, 0.1, 0.9, 0.2]])
    np.testing.assert_allclose(
        filling_in.nearest_pixels(square, square > 1, (2, 2, 1))[0, 0], 0.5
    )


def test_nearest_images_equal_the_imputer_of_scikit_learn(x, rng):
    new, train = x[:50].clip(0, 1), x[50:].clip(0, 1)
    hidden = some_hidden(rng, new.shape)
    imputer = KNNImputer(n_neighbors=4).fit(train)
    expected = imputer.transform(np.where(hidden, np.nan, new))
    np.testing.assert_allclose(
        filling_in.nearest_images(new, hidden, train, 4), expected, atol=1e-12
    )


def image_baselines(rng):
    x = rng.uniform(size=(90, 16))
    x[:, 1::2] = x[:, ::2]  # so that something can be known about hidden pixels
    hidden = some_hidden(rng, x.shape)
    ways = filling_in.baselines(x[:50], x[50:70], hidden[50:70], (4, 4, 1), 4)
    return x[70:], hidden[70:], ways, x[:50]


def test_no_way_reads_hidden_pixels_or_changes_visible_ones(rng):
    x, hidden, ways, _ = image_baselines(rng)
    assert len(ways) == 5
    other = np.where(hidden, rng.uniform(size=x.shape), x)
    for fill in ways.values():
        filled = fill(x, hidden)
        np.testing.assert_array_equal(fill(other, hidden), filled)
        np.testing.assert_array_equal(filled[~hidden], x[~hidden])
        assert 0 <= filled.min() <= filled.max() <= 1


def test_baselines_take_their_settings_from_validation_images(rng):
    x, hidden, ways, x_train = image_baselines(rng)
    error = hiding.hidden_error(x, ways["conditional mean"](x, hidden), hidden)
    mean_error = hiding.hidden_error(x, ways["mean image"](x, hidden), hidden)
    assert error < 0.8 * mean_error
    answers = [filling_in.nearest_images(x, hidden, x_train, n) for n in (1, 3, 5, 10, 20)]
    chosen = ways["nearest images"](x, hidden)
    assert sum(np.array_equal(chosen, answer) for answer in answers) == 1
    assert not np.array_equal(chosen, answers[0])  # one image is a noisy answer


def few_without_structure(rng):
    return rng.uniform(size=(30, 16)), rng.uniform(size=(60, 16))


def many_on_a_plane(rng):
    mixing = rng.normal(size=(4, 16)) / 20
    x = 0.5 + rng.normal(size=(460, 4)) @ mixing + 3e-4 * rng.normal(size=(460, 16))
    return x[:400], x[400:]


@pytest.mark.parametrize(
    ("world", "best"), [(few_without_structure, 1e-1), (many_on_a_plane, 1e-4)]
)
def test_the_ridge_is_chosen_by_the_validation_error(world, best, rng):
    x_train, x_val = world(rng)
    hidden = some_hidden(rng, x_val.shape)
    ways = filling_in.baselines(x_train, x_val, hidden, (4, 4, 1), 4)
    covariance = np.cov(x_train.T, ddof=0) + best * np.eye(16)
    expected = filling_in.conditional_mean(x_val, hidden, x_train.mean(axis=0), covariance)
    found = ways["conditional mean"](x_val, hidden)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_what_makes_no_sense_is_refused(x):
    hidden = np.zeros(x.shape, dtype=bool)
    with pytest.raises(ValueError, match="n_components must be below 6; got 6"):
        filling_in.component_covariance(x, 6)
    with pytest.raises(ValueError, match="n_neighbors must be an integer.*got 0"):
        filling_in.nearest_images(x, hidden, x, 0)
    with pytest.raises(ValueError, match=r"hidden must have the shape of x, .*got"):
        filling_in.nearest_images(x, hidden[:1], x, 2)
