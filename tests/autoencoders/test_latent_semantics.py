"""Latent semantic analysis against scikit-learn, and retrieval counted by hand."""

import numpy as np
import pytest
import sklearn.decomposition

from companion.autoencoders.latent_semantics import (
    LSA,
    retained_share,
    retrieval_precision,
)


@pytest.fixture
def x(rng):
    return rng.poisson(0.7, size=(40, 15)).astype(float)


def test_reconstruction_equals_that_of_scikit_learn_on_new_rows(x, rng):
    theirs = sklearn.decomposition.TruncatedSVD(4, algorithm="arpack", random_state=0)
    theirs.fit(x)
    x_new = rng.poisson(0.7, size=(9, 15)).astype(float)
    x_hat = theirs.inverse_transform(theirs.transform(x_new))
    np.testing.assert_allclose(LSA(4).fit(x).reconstruct(x_new), x_hat, atol=1e-8)


def test_retained_share_is_that_of_the_squared_singular_values(x):
    model = LSA(4).fit(x)
    squares = np.linalg.svd(x, compute_uv=False) ** 2
    share = retained_share(x, model.reconstruct(x))
    assert share == pytest.approx(squares[:4].sum() / squares.sum())


def test_empty_document_stays_empty(x):
    model = LSA(4).fit(x)
    np.testing.assert_array_equal(model.reconstruct(np.zeros((1, 15))), 0)


def test_precision_is_counted_by_hand():
    z = np.array([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [1.0, 1.0]])
    topics = [0, 1, 0, 1]
    # The query along the first unit finds rows 0 and 1, the diagonal one row 3 and a tie
    # of the cosines of rows 1 (0.741) and 0 (0.707): row 1.
    queries = np.array([[5.0, 0.0], [1.0, 1.0]])
    assert retrieval_precision(z, topics, queries, [0, 1], n_best=2) == 0.75
    assert retrieval_precision(z, topics, queries, [0, 0], n_best=2) == 0.25


def test_long_documents_are_not_preferred():
    # Row 0 is long and lies across the query's direction, row 1 is short and along it.
    z, topics = np.array([[9.0, 9.0], [0.1, 0.0]]), [0, 1]
    assert retrieval_precision(z, topics, np.array([[1.0, 0.0]]), [1], n_best=1) == 1.0


def test_bad_arguments_are_named(x):
    with pytest.raises(ValueError, match="latent_dim must be an integer .* got 0"):
        LSA(0)
    with pytest.raises(ValueError, match=r"n and D >= 16; got shape \(40, 15\)"):
        LSA(16).fit(x)
    with pytest.raises(ValueError, match="LSA must be fitted before"):
        LSA(2).encode(x)
    with pytest.raises(ValueError, match="n_best must be at most 40 documents; got 41"):
        retrieval_precision(x, np.zeros(40), x, np.zeros(40), n_best=41)
    with pytest.raises(ValueError, match="x must not be zero everywhere"):
        retained_share(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="x_hat must have the shape of x"):
        retained_share(x, x[:5])
