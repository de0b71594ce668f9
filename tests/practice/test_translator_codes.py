"""Codes of two languages: the rotation against a known one and against SciPy."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from companion.practice.translator_codes import TextCodes, found_share, rotation


def test_a_known_rotation_is_found(rng):
    a = rng.normal(size=(50, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(rotation(a, a @ turn), turn, atol=1e-10)


def test_rotation_equals_scipy(rng):
    a, b = rng.normal(size=(2, 20, 5))
    np.testing.assert_allclose(rotation(a, b), orthogonal_procrustes(a, b)[0], atol=1e-10)
    with pytest.raises(ValueError, match="one shape"):
        rotation(a, b[:3])


def test_found_share_by_hand():
    b = np.array([[0.0], [1.0], [5.0]])
    assert found_share(np.array([[0.1], [4.0], [9.0]]), b) == pytest.approx(2 / 3)


def test_codes_are_those_of_pca():
    texts = ["ab", "abb", "bbb", "aa", "ba", "aab"]
    codes = TextCodes(texts, 2, longest=1)
    counts = np.array([[t.count("a"), t.count("b")] for t in texts], dtype=float)
    centered = counts - counts.mean(axis=0)
    # All components are kept, so distances stay as they are.
    z = codes.encode(texts)
    gram = z @ z.T
    np.testing.assert_allclose(gram, centered @ centered.T, atol=1e-10)
