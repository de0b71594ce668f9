"""One linear classifier on several descriptions of the same texts, with few labels or all.

Whatever is learned without labels (the vocabulary, its weights, the codes) is learned
from all training texts; the classifier sees the labels of some of them. Its one setting
is chosen by the accuracy on validation texts, in the same way for every description.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression

from companion.networks.checks import check_counts
from companion.practice.bag_of_words import Vocabulary, tfidf, unit

STRENGTHS = (0.3, 3.0, 30.0, 300.0)  # C: how little the weights are held back


@dataclass(frozen=True)
class Counted:
    """One split of a collection of texts, counted.

    Args:
        vocabulary: Learned from the training texts.
        counts: Counts of the training, validation and test texts, each (n, V).
        labels: Their labels, each (n,).
    """

    vocabulary: Vocabulary
    counts: tuple
    labels: tuple

    def tfidf(self):
        """Weighted texts of the three parts, each (n, V)."""
        return [tfidf(counts, self.vocabulary.idf) for counts in self.counts]

    def sparse_tfidf(self):
        """The same as sparse arrays, which a classifier reads faster."""
        return [scipy.sparse.csr_array(x) for x in self.tfidf()]


def count(data, max_words=2000):
    """Count the texts of a `companion.datasets.Dataset`.

    Args:
        data: A data set of texts.
        max_words: The largest vocabulary.

    Returns:
        A `Counted`.
    """
    vocabulary = Vocabulary(max_words).fit(data.x_train)
    parts = (data.x_train, data.x_val, data.x_test)
    counts = tuple(vocabulary.counts(texts) for texts in parts)
    return Counted(vocabulary, counts, (data.y_train, data.y_val, data.y_test))


def lsa_codes(counted, sizes, centered=True):
    """Codes of latent semantic analysis of the weighted texts, for several code sizes.

    They are centered, which the method itself is not, if `centered`.

    Args:
        counted: A `Counted`.
        sizes: Values of K.

    Returns:
        For each size the codes of the three parts, each (n, K), of length 1.
    """
    x = counted.sparse_tfidf()
    model = TruncatedSVD(max(sizes), algorithm="arpack", random_state=0).fit(x[0])
    codes = [model.transform(part) for part in x]
    mean = codes[0].mean(axis=0) if centered else np.zeros(max(sizes))
    # The axes come in the order of their weight, so that a shorter code is a beginning.
    return [[unit((z - mean)[:, :size]) for z in codes] for size in sizes]


def learned_codes(counted, coder):
    """Codes of a trained autoencoder, each (n, K), centered and of length 1.

    The mean that is taken off is that of the training texts.
    """
    codes = [coder.encode(counts) for counts in counted.counts]
    mean = codes[0].mean(axis=0)
    return [unit(z - mean) for z in codes]


def few_of_each(labels, n_each, rng):
    """Draw as many examples of every class.

    Args:
        labels: Classes, shape (n,).
        n_each: Examples of each class, at most as many as the rarest has.
        rng: A `numpy.random.Generator`.

    Returns:
        Their indices, by class, shape (n_classes * n_each,).

    Raises:
        ValueError: If a class has too few.
    """
    check_counts(n_each=n_each)
    labels = np.asarray(labels)
    classes, sizes = np.unique(labels, return_counts=True)
    if sizes.min() < n_each:
        raise ValueError(f"n_each must be at most {sizes.min()}; got {n_each}")
    rows = [rng.permutation(np.flatnonzero(labels == c))[:n_each] for c in classes]
    return np.concatenate(rows)


def accuracies(x, labels, rows=None, strengths=STRENGTHS):
    """Train the classifier for every strength, on some of the training texts.

    Args:
        x: Training, validation and test texts, each (n, D), arrays or sparse ones.
        labels: Their classes, each (n,).
        rows: Indices of the training texts whose labels are known; all by default.
        strengths: Values of C.

    Returns:
        Accuracy on validation and on test texts for each strength, shape (n_C, 2).
    """
    check_counts(n_texts=x[0].shape[0])
    if x[0].shape[0] != len(labels[0]):
        raise ValueError(f"labels must be {x[0].shape[0]}; got {len(labels[0])}")
    rows = np.arange(x[0].shape[0]) if rows is None else rows
    found = []
    for strength in strengths:
        model = LogisticRegression(C=strength, max_iter=2000, tol=1e-3)
        model.fit(x[0][rows], labels[0][rows])
        found.append([np.mean(model.predict(x[i]) == labels[i]) for i in (1, 2)])
    return np.array(found)


def chosen(found):
    """Test accuracy of the setting that is best on validation texts.

    Args:
        found: Accuracy on validation and on test texts, for one or several draws of
            labels and for each setting, shape (..., n_settings, 2), as `accuracies`
            returns; the setting is chosen once, by the mean over draws.

    Returns:
        A float.
    """
    found = np.reshape(found, (-1, *np.shape(found)[-2:])).mean(axis=0)
    return float(found[np.argmax(found[:, 0]), 1])


def compare(counted, candidates, seed, sizes=(1, 5, None), n_draws=4):
    """Measure the classifier on every description with every number of labels.

    Where a method has several candidates, such as codes of several sizes, candidate and
    strength are chosen together, for each number of labels anew.

    Args:
        counted: A `Counted`.
        candidates: Maps names to lists of descriptions, each the training, validation and
            test texts, (n, D).
        seed: Seed of the draws of labels, the same for all descriptions.
        sizes: Labels of each class; None for all there are.
        n_draws: How often few labels are drawn.

    Returns:
        Maps names to test accuracies, one for each size, averaged over draws.
    """
    results = {name: [] for name in candidates}
    for size in sizes:
        rng = np.random.default_rng([seed, size or 0])
        draws = [None]
        if size is not None:
            draws = [few_of_each(counted.labels[0], size, rng) for _ in range(n_draws)]
        for name, descriptions in candidates.items():
            found = [
                np.concatenate([accuracies(x, counted.labels, rows) for x in descriptions])
                for rows in draws
            ]
            results[name].append(chosen(found))
    return results


def majority(labels):
    """Accuracy on the test texts of always naming the most frequent training class."""
    classes, sizes = np.unique(labels[0], return_counts=True)
    return float(np.mean(labels[2] == classes[np.argmax(sizes)]))


def halves(counts, seed=0):
    """Split the words of every text at random into two halves, both as counts."""
    counts = np.asarray(counts)
    first = np.random.default_rng(seed).binomial(counts.astype(int), 0.5)
    return first.astype("float32"), (counts - first).astype("float32")
