"""Popularity, neighbors and the SVD against scikit-learn and small tables by hand."""

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics.pairwise import cosine_similarity

from companion.practice.item_baselines import ItemKNN, Popularity, PureSVD


@pytest.fixture
def x(rng):
    x = (rng.random((30, 8)) < 0.4).astype(np.float32)
    x[:, 5] = 0.0  # an item that nobody has
    return x


def test_popularity_is_the_share_of_users(x):
    scores = Popularity().fit(x).scores(x[:2])
    np.testing.assert_allclose(scores, np.tile(x.sum(axis=0) / 30, (2, 1)))


def test_similarity_without_shrinking_is_the_cosine(x):
    expected = cosine_similarity(x.T)
    np.fill_diagonal(expected, 0.0)
    found = ItemKNN(n_neighbors=8, shrink=0.0).fit(x).weights
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_shrinking_by_hand():
    x = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]])
    found = ItemKNN(n_neighbors=3, shrink=2.0).fit(x).weights
    # Items 0 and 1: two users of both, sqrt(4 * 2) + 2 below; items 0 and 2: one.
    assert found[0, 1] == found[1, 0] == pytest.approx(2 / (np.sqrt(8) + 2))
    assert found[0, 2] == pytest.approx(1 / (2 + 2))
    assert found[1, 2] == 0.0


def test_only_the_closest_neighbors_of_the_scored_item_count(x):
    full = ItemKNN(n_neighbors=8, shrink=1.0).fit(x).weights
    found = ItemKNN(n_neighbors=2, shrink=1.0).fit(x).weights
    for item in range(8):
        kept = np.sort(found[:, item])[::-1]
        np.testing.assert_allclose(kept[:2], np.sort(full[:, item])[::-1][:2])
        assert not kept[2:].any()
    np.testing.assert_allclose(ItemKNN(2, 1.0).fit(x).scores(x), x @ found)


def test_svd_is_that_of_scikit_learn(x):
    svd = TruncatedSVD(3, algorithm="arpack").fit(x.astype(float))
    expected = svd.inverse_transform(svd.transform(x.astype(float)))
    np.testing.assert_allclose(PureSVD(3).fit(x).scores(x), expected, atol=1e-8)


def test_an_item_that_nobody_has_scores_nothing(x):
    for model in (Popularity(), ItemKNN(), PureSVD(3)):
        scores = model.fit(x).scores(x)
        assert np.isfinite(scores).all()
        np.testing.assert_allclose(scores[:, 5], 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ItemKNN(n_neighbors=0), "n_neighbors must be at least 1; got 0"),
        (lambda: ItemKNN(shrink=-1.0), "shrink must not be negative; got -1.0"),
        (lambda: ItemKNN(shrink=float("nan")), "shrink must not be negative; got nan"),
        (lambda: PureSVD(0), "n_factors must be at least 1; got 0"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
