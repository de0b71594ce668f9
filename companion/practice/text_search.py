"""Search among texts: the score of search engines, cosines, and how good a list is."""

from functools import partial

import numpy as np
import scipy.sparse

from companion.networks.checks import check_counts
from companion.practice.bag_of_words import unit

CUSTOMARY = (1.2, 0.75)  # k_1 and b of BM25
SLOWNESS, LENGTHS = (0.3, 0.6, 1.2, 2.4), (0.5, 0.75, 1.0)


def bm25(counts, queries, k_1=CUSTOMARY[0], b=CUSTOMARY[1]):
    """Score texts for queries by the probabilistic weights known as BM25.

    With c_w the counts of a text, L their sum and M the mean of L over the texts, a query
    gets from each text the sum over its words w, repetitions included, of

        log(1 + (n - n_w + 1/2) / (n_w + 1/2)) c_w (k_1 + 1) / (c_w + k_1 (1 - b + b L/M))

    Args:
        counts: Counts of the texts, shape (n, V), an array or a sparse one.
        queries: Counts of the queries, shape (m, V), likewise.
        k_1: How slowly repetitions saturate, not negative.
        b: How much the length of a text matters, in [0, 1].

    Returns:
        Scores, shape (m, n).

    Raises:
        ValueError: If the sizes do not fit, or a constant is out of range.

    Source:
        Robertson and Zaragoza (2009), The probabilistic relevance framework, section 3;
        the 1 in the logarithm keeps frequent words from counting against a text.
    """
    if len(counts.shape) != 2 or counts.shape[1:] != queries.shape[1:]:
        raise ValueError(
            f"queries must have the words of counts, {counts.shape[1:]}; "
            f"got shape {queries.shape}"
        )
    if not (k_1 >= 0 and 0 <= b <= 1):
        raise ValueError(f"k_1 must not be negative and b in [0, 1]; got {k_1} and {b}")
    weights = scipy.sparse.coo_array(counts, dtype=float)
    rows, columns = weights.coords
    n, n_with = weights.shape[0], np.bincount(columns, minlength=weights.shape[1])
    rarity = np.log(1.0 + (n - n_with + 0.5) / (n_with + 0.5))
    length = np.bincount(rows, weights.data, minlength=n)
    length = length / max(length.mean(), 1e-12)
    # Only words that a text has get a weight, so only these are computed.
    slowed = weights.data + k_1 * (1.0 - b + b * length[rows])
    weights.data = rarity[columns] * weights.data * (k_1 + 1.0) / slowed
    return (scipy.sparse.csr_array(queries, dtype=float) @ weights.tocsr().T).toarray()


def precision_at(scores, labels, query_labels, n_best=10):
    """Share of the best-scored texts that have the label of the query.

    Args:
        scores: Score of each text for each query, shape (m, n), finite, below 1e6.
        labels: Labels of the texts, shape (n,).
        query_labels: Labels of the queries, shape (m,).
        n_best: How many texts are looked at, at most n.

    Returns:
        The mean over queries, in [0, 1].

    Raises:
        ValueError: If `n_best` is not an integer from 1 to n.
    """
    check_counts(n_best=n_best)
    n = len(labels)
    if n_best > n:
        raise ValueError(f"n_best must be at most {n} texts; got {n_best}")
    # Scores are rounded, and ties broken by the order of the texts, on every machine.
    ranks = np.round(np.asarray(scores) * 1e6).astype(np.int64) * n - np.arange(n)
    best = np.argpartition(-ranks, n_best - 1, axis=1)[:, :n_best]
    return float(np.mean(np.asarray(labels)[best] == np.asarray(query_labels)[:, None]))


def retrieval(counted, candidates, n_best=10):
    """Search with every test text among the training texts.

    Of the candidates of a method the one counts that is best for validation texts as
    queries; so it is with the constants of BM25, from `SLOWNESS` and `LENGTHS`.

    Args:
        counted: A `companion.practice.text_trials.Counted`.
        candidates: Maps names to lists of descriptions, each the training, validation and
            test texts, (n, D); they are compared by the cosine.
        n_best: How many found texts are looked at.

    Returns:
        Maps names, "BM25, customary" and "BM25, tuned" to the precision at `n_best`.
    """
    counts = [scipy.sparse.csr_array(part) for part in counted.counts]
    searches = {
        name: [partial(_cosines, [unit(x) for x in parts]) for parts in descriptions]
        for name, descriptions in candidates.items()
    }
    grid = [(k_1, b) for k_1 in SLOWNESS for b in LENGTHS]
    for name, pairs in {"BM25, customary": [CUSTOMARY], "BM25, tuned": grid}.items():
        searches[name] = [partial(_bm25_of_part, counts, pair) for pair in pairs]

    def precision(search, part):
        return precision_at(search(part), counted.labels[0], counted.labels[part], n_best)

    best = {
        name: max(found, key=lambda s: precision(s, 1)) for name, found in searches.items()
    }
    return {name: precision(search, 2) for name, search in best.items()}


def _cosines(units, part):
    return units[part] @ units[0].T


def _bm25_of_part(counts, constants, part):
    return bm25(counts[0], counts[part], *constants)
