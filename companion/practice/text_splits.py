"""Descriptions of texts on several splits, for several code sizes, and what units mean."""

from dataclasses import replace

import numpy as np

from companion.practice.bag_of_words import unit
from companion.practice.text_codes import CodeTrainer, perplexity
from companion.practice.text_trials import (
    accuracies,
    compare,
    count,
    few_of_each,
    halves,
    learned_codes,
    lsa_codes,
    majority,
    retrieval,
)


def train_over_splits(load, seeds, latent_dim=64, small_dim=16):
    """Compare all descriptions on several splits of one collection.

    Args:
        load: Takes a seed and returns a `companion.datasets.Dataset` of texts.
        seeds: One split and one trained autoencoder for each.
        latent_dim: K of all codes but the small one.
        small_dim: K of a second LSA.

    Returns:
        accuracy: Maps names to test accuracies, shape (n_seeds, 3): with one label of each
            class, with five, with all.
        precision: Maps names to the precision at 10, shape (n_seeds,).
        surprise: Maps "frequencies" and "autoencoder" to the perplexity of one half of
            the words of the test texts given the other, shape (n_seeds,).
        last: The `Counted` and the `Coder` of the last split, and the trainer.
    """
    accuracy, precision, surprise, trainer = {}, {}, {}, None
    for seed in seeds:
        counted = count(load(seed))
        counts, idf = counted.counts[0], counted.vocabulary.idf
        trainer = trainer or CodeTrainer(counts.shape[1], latent_dim)
        blunt = trainer.train(counts, idf, seed=seed, dropped=0.0)
        coder = trainer.train(counts, idf, seed=seed)
        found = {
            "TF-IDF": counted.tfidf(),
            f"LSA, {small_dim} units": lsa_codes(counted, small_dim),
            f"LSA, {latent_dim} units": lsa_codes(counted, latent_dim),
            "autoencoder, nothing dropped": learned_codes(counted, blunt),
            "autoencoder": learned_codes(counted, coder),
        }
        _collect(accuracy, compare(counted, found, seed))
        _collect(accuracy, {"most frequent subject": [majority(counted.labels)] * 3})
        searched = ("TF-IDF", f"LSA, {latent_dim} units", "autoencoder")
        _collect(precision, retrieval(counted, {m: found[m] for m in searched}))
        _collect(surprise, _surprises(counted, coder))
    arrays = [
        {k: np.array(v) for k, v in d.items()} for d in (accuracy, precision, surprise)
    ]
    return *arrays, (counted, coder, trainer)


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


def train_by_sizes(counted, sizes, trainer, n_each=5, seed=0, n_draws=4):
    """Validation accuracy with few labels, for codes of several sizes.

    Args:
        counted: A `Counted`.
        sizes: Values of K.
        trainer: A `companion.practice.text_codes.CodeTrainer` that allows the largest.
        n_each: Labels of each class.
        seed: Seed of the labels and of the autoencoder.
        n_draws: How often labels are drawn.

    Returns:
        Maps "LSA" and "autoencoder" to accuracies at the best strength, one per size.
    """
    counts, idf = counted.counts[0], counted.vocabulary.idf
    results = {}
    for size in sizes:
        coder = trainer.train(counts, idf, seed=seed, latent_dim=size)
        rng = np.random.default_rng(seed)
        draws = [few_of_each(counted.labels[0], n_each, rng) for _ in range(n_draws)]
        both = {
            "LSA": lsa_codes(counted, size),
            "autoencoder": learned_codes(counted, coder),
        }
        for name, x in both.items():
            found = np.mean([accuracies(x, counted.labels, rows) for rows in draws], axis=0)
            results.setdefault(name, []).append(found[:, 0].max())
    return results


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
