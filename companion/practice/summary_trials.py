"""All ways of ranking sentences, on docstrings and on the chapters of this book."""

import numpy as np
import scipy.sparse
from sklearn.decomposition import TruncatedSVD

from companion.practice import summaries
from companion.practice.bag_of_words import Vocabulary, tfidf, words
from companion.practice.rouge import rouge


def scores_of(texts, vocabulary, encoders):
    """Score the sentences of one text in every way that needs no chance.

    Args:
        texts: Its sentences, at least one.
        vocabulary: A fitted `companion.practice.bag_of_words.Vocabulary`.
        encoders: Maps names to functions from counts (n, V) to codes (n, K).

    Returns:
        Maps the name of each method to scores, shape (n,).
    """
    counts = vocabulary.counts(texts)
    whole = counts.sum(axis=0, keepdims=True)
    x = tfidf(counts, vocabulary.idf)
    found = {"lead": summaries.lead(len(texts))}
    found["TF-IDF"] = summaries.by_code(x, x.mean(axis=0))
    for name, encode in encoders.items():
        known = counts.sum(axis=1) > 0
        codes = summaries.by_code(encode(counts), encode(whole)[0])
        found[name] = np.where(known, codes, -1.0)
    found["LexRank"] = summaries.lexrank(x)
    found["TextRank"] = summaries.textrank([words(text) for text in texts])
    return found


def measure(pairs, vocabulary, encoders, n_words, n_random=3, seed=0):
    """Summarize every text in every way.

    Args:
        pairs: Texts and references, each a list of sentences.
        vocabulary: As in `scores_of`.
        encoders: As in `scores_of`.
        n_words: Words of a summary.
        n_random: Draws of "random", which are averaged for each text.
        seed: Seed of the draws.

    Returns:
        Maps the name of each method to ROUGE-1, -2 and -L, shape (n, 3).
    """
    rng, results = np.random.default_rng(seed), {}
    for texts, reference in pairs:
        lengths = np.array([len(text.split()) for text in texts])

        def value(chosen, texts=texts, reference=reference):
            return rouge([texts[i] for i in chosen], reference)

        chosen = {
            name: value(summaries.choose(scores, lengths, n_words))
            for name, scores in scores_of(texts, vocabulary, encoders).items()
        }
        draws = [rng.random(len(texts)) for _ in range(n_random)]
        draws = [value(summaries.choose(draw, lengths, n_words)) for draw in draws]
        chosen["random"] = np.mean(draws, axis=0)
        best = summaries.oracle(texts, " ".join(reference), n_words)
        chosen["oracle"] = value(best)
        for name, found in chosen.items():
            results.setdefault(name, []).append(found)
    return {name: np.array(found) for name, found in results.items()}


def docstring_pairs(x, y):
    """Bodies and summaries of docstrings as lists of sentences, both at least one."""
    pairs = [
        (summaries.sentences(a), summaries.sentences(b)) for a, b in zip(x, y, strict=True)
    ]
    return [(a, b) for a, b in pairs if a and b]


def lsa_encoder(counts, idf, latent_dim):
    """Fit latent semantic analysis; returns a function from counts to codes (n, K)."""
    x = scipy.sparse.csr_array(tfidf(counts, idf))
    model = TruncatedSVD(latent_dim, algorithm="arpack", random_state=0).fit(x)
    return lambda c: model.transform(tfidf(c, idf))


def train_on_docstrings(load, seeds, trainer, latent_dim=32, n_words=15):
    """Summarize the bodies of docstrings, on several splits.

    Vocabulary and codes are learned from the bodies of the training part. The code size
    was chosen on the validation texts of splits 100 to 102, from 8, 16, 32 and 64: at 32
    LSA is best, and the autoencoder as good as at 64.

    Args:
        load: Takes a seed and returns a data set of bodies x and first lines y.
        seeds: One split and one trained autoencoder for each.
        trainer: A `companion.practice.text_codes.CodeTrainer` for V words, as many as
            the vocabulary gets.
        latent_dim: K of the codes.
        n_words: Words of a summary.

    Returns:
        Maps the name of each method to ROUGE-1, -2 and -L, averaged over the test
        texts of a split, shape (n_seeds, 3).
    """
    results = {}
    for seed in seeds:
        data = load(seed)
        vocabulary, encoders = train_encoders(data.x_train, trainer, latent_dim, seed)
        pairs = docstring_pairs(data.x_test, data.y_test)
        for name, found in measure(pairs, vocabulary, encoders, n_words).items():
            results.setdefault(name, []).append(found.mean(axis=0))
    return {name: np.array(found) for name, found in results.items()}


def train_on_chapters(pairs, seeds, trainer, latent_dim=32, n_words=150, n_random=10):
    """Summarize chapters; vocabulary and codes are learned from their own sentences.

    The settings are those that were chosen for docstrings.

    Args:
        pairs: What `companion.practice.chapter_texts.load` returns: names, texts and
            summaries.
        seeds: One autoencoder for each; what they reach is averaged for each text.
        trainer: As in `train_on_docstrings`.
        latent_dim: K of the codes.
        n_words: Words of a summary.
        n_random: Draws of random sentences.

    Returns:
        As `measure`.
    """
    everything = [sentence for text, _ in pairs.values() for sentence in text]
    encoders = {}
    for seed in seeds:
        vocabulary, found = train_encoders(everything, trainer, latent_dim, seed)
        encoders |= {"LSA": found["LSA"], seed: found["autoencoder"]}
    results = measure(list(pairs.values()), vocabulary, encoders, n_words, n_random)
    learned = np.mean([results.pop(seed) for seed in seeds], axis=0)
    return results | {"autoencoder": learned}


def train_encoders(texts, trainer, latent_dim, seed):
    """Learn a vocabulary from texts, and the codes of LSA and of an autoencoder.

    Returns:
        The vocabulary, and a dictionary of two functions from counts to codes.
    """
    vocabulary = Vocabulary(trainer.model.n_words).fit(texts)
    counts, idf = vocabulary.counts(texts), vocabulary.idf
    coder = trainer.train(counts, idf, seed=seed, latent_dim=latent_dim)
    lsa = lsa_encoder(counts, idf, latent_dim)
    return vocabulary, {"LSA": lsa, "autoencoder": coder.encode}
