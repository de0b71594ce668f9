"""Descriptions of texts on several splits, and what directions of a code mean."""

from dataclasses import replace

import numpy as np

from companion.practice.bag_of_words import unit
from companion.practice.text_codes import CodeTrainer, perplexity
from companion.practice.text_search import retrieval
from companion.practice.text_trials import (
    compare,
    count,
    halves,
    learned_codes,
    lsa_codes,
    majority,
)

LSA_SIZES = (8, 16, 32, 64, 128)


def train_over_splits(load, seeds, latent_dim=128, lsa_sizes=LSA_SIZES):
    """Compare all descriptions on several splits of one collection.

    The settings of the autoencoder (code size, steps, learning rate, share of dropped
    words) are fixed. They were chosen on the validation texts of splits 100 and 101, by
    the accuracy with one and five labels and by search, among 8 to 256 units, 150 to 1200
    steps, learning rates from 0.001 to 0.01 and shares from 0 to 0.9. The size of LSA is
    chosen for each split and each number of labels on the validation texts of the split.

    Args:
        load: Takes a seed and returns a `companion.datasets.Dataset` of texts.
        seeds: One split and one trained autoencoder for each.
        latent_dim: K of the autoencoder.
        lsa_sizes: Values of K that LSA may have.

    Returns:
        accuracy: Maps names to test accuracies, shape (n_seeds, 3): with one label of each
            class, with five, with all. "LSA, equal size" has the K of the autoencoder,
            which must be the last of `lsa_sizes`.
        precision: Maps names to the precision at 10, shape (n_seeds,).
        surprise: Maps "frequencies" and "autoencoder" to the perplexity of one half of
            the words of the test texts given the other, shape (n_seeds,).
        last: The `Counted` and the `Coder` of the last split.

    Raises:
        ValueError: If `latent_dim` is not the last of `lsa_sizes`.
    """
    if lsa_sizes[-1] != latent_dim:
        raise ValueError(f"lsa_sizes must end in {latent_dim}; got {lsa_sizes}")
    accuracy, precision, surprise, trainer = {}, {}, {}, None
    for seed in seeds:
        counted = count(load(seed))
        counts, idf = counted.counts[0], counted.vocabulary.idf
        trainer = trainer or CodeTrainer(counts.shape[1], latent_dim)
        blunt = trainer.train(counts, idf, seed=seed, dropped=0.0)
        coder = trainer.train(counts, idf, seed=seed)
        lsa = lsa_codes(counted, lsa_sizes)
        learned = {
            "LSA, equal size": lsa[-1:],
            "LSA, chosen size": lsa,
            "nothing dropped": [learned_codes(counted, blunt)],
            "autoencoder": [learned_codes(counted, coder)],
        }
        _collect(accuracy, {"most frequent subject": [majority(counted.labels)] * 3})
        words = {"TF-IDF": [counted.sparse_tfidf()]}
        _collect(accuracy, compare(counted, words | learned, seed))
        searched = {"TF-IDF": [counted.tfidf()]} | learned
        _collect(precision, retrieval(counted, searched))
        _collect(surprise, _surprises(counted, coder))
    arrays = [
        {k: np.array(v) for k, v in d.items()} for d in (accuracy, precision, surprise)
    ]
    return *arrays, (counted, coder)


def _collect(results, found):
    for name, value in found.items():
        results.setdefault(name, []).append(value)


def _surprises(counted, coder):
    seen, hidden = halves(counted.counts[2])
    # One is added, for words that the training texts do not have.
    frequencies = counted.counts[0].sum(axis=0) + 1.0
    log_p = np.log(frequencies / frequencies.sum())
    return {
        "frequencies": perplexity(hidden, log_p),
        "autoencoder": perplexity(hidden, coder.log_probabilities(seen)),
    }


def top_words(coder, vocabulary, directions, n=5):
    """Words that become likelier along directions of the code, and those that do less.

    Args:
        coder: A `companion.practice.text_codes.Coder`.
        vocabulary: Its vocabulary.
        directions: Directions, shape (m, K); a row of the identity is one unit.
        n: Words on either side.

    Returns:
        For each direction a list of 2n pairs (word, change of its log-probability for a
        step of length 1, up to a constant), the largest change first.
    """
    found = []
    for changes in unit(np.asarray(directions, float)) @ coder.to_words:
        order = np.argsort(-changes, kind="stable")
        order = [*order[:n], *order[-n:]]
        found.append([(vocabulary.words[i], float(changes[i])) for i in order])
    return found


def subject_directions(counted, coder, subjects):
    """Mean code of the training texts of each subject minus that of all, (m, K)."""
    z = coder.encode(counted.counts[0])
    means = [z[counted.labels[0] == subject].mean(axis=0) for subject in subjects]
    return np.array(means) - z.mean(axis=0)


def plane(codes, labels, kinds):
    """Codes of the texts of some classes, in the plane in which they vary most.

    Args:
        codes: Codes, shape (n, K).
        labels: Classes, shape (n,).
        kinds: The classes that are kept.

    Returns:
        Coordinates, shape (m, 2), and the labels, shape (m,), of the texts kept.
    """
    chosen = np.isin(labels, kinds)
    z = codes[chosen] - codes[chosen].mean(axis=0)
    return z @ np.linalg.svd(z, full_matrices=False)[2][:2].T, labels[chosen]


def at_random(data, seed=0):
    """Deal the texts of a data set anew at random, whatever file they come from.

    Args:
        data: A `companion.datasets.Dataset` of texts.
        seed: Seed of the order.

    Returns:
        A data set with parts as large as before.
    """
    x = np.concatenate([data.x_train, data.x_val, data.x_test])
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    cuts = np.cumsum([len(data.x_train), len(data.x_val)])
    rows = np.split(np.random.default_rng(seed).permutation(len(x)), cuts)
    names = ("train", "val", "test")
    dealt = {f"x_{part}": x[r] for part, r in zip(names, rows, strict=True)}
    dealt |= {f"y_{part}": y[r] for part, r in zip(names, rows, strict=True)}
    return replace(data, **dealt)
