"""Do the codes of two languages, learned apart, agree? And how many pairs align them?

Each language gets an autoencoder of its own, fitted on texts of its own. Here it is the
linear one with the smallest error, PCA, on counts of character n-grams. A code is turned
into the space of the other language by an orthogonal matrix that is fitted on a few pairs,
the *anchors*; a text is then translated by the nearest code of the other language.
"""

import numpy as np

from companion.autoencoders.pca import PCA


class TextCodes:
    """Codes of the texts of one language: counts of character n-grams, then PCA.

    Args:
        texts: Texts of that language to fit on.
        latent_dim: K, the size of the code.
        longest: Length of the longest n-grams.
    """

    def __init__(self, texts, latent_dim, longest=2):
        from sklearn.feature_extraction.text import CountVectorizer

        self.counts = CountVectorizer(
            analyzer="char", ngram_range=(1, longest), lowercase=False
        ).fit(texts)
        self.pca = PCA(latent_dim).fit(self._table(texts))

    def _table(self, texts):
        return self.counts.transform(texts).toarray().astype(float)

    def encode(self, texts):
        """Codes of texts, shape (n, K)."""
        return self.pca.encode(self._table(texts))


def rotation(a, b):
    """Find the orthogonal matrix R with the smallest sum of squares of a @ R - b.

    With a singular value decomposition a^T b = U D V^T it is R = U V^T.

    Args:
        a: Codes of the anchors in one language, shape (n, K).
        b: Codes of their translations, shape (n, K).

    Returns:
        Shape (K, K).

    Raises:
        ValueError: If the shapes differ.
    """
    if np.shape(a) != np.shape(b) or np.ndim(a) != 2:
        raise ValueError(
            f"a and b must have one shape (n, K); got {np.shape(a)} and {np.shape(b)}"
        )
    left, _, right = np.linalg.svd(np.transpose(a) @ b)
    return left @ right


def found_share(a, b):
    """Share of the codes a whose nearest code among all of b is that of the same row."""
    squares = np.sum(a**2, axis=1)[:, None] - 2 * a @ b.T + np.sum(b**2, axis=1)
    return float(np.mean(squares.argmin(axis=1) == np.arange(len(a))))
