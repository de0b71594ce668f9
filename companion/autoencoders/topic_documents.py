"""A small world of documents whose topics are known, for latent semantic analysis.

Every topic has two vocabularies, as if two groups of authors wrote about it. A document
mixes them in a proportion of its own, mostly one-sidedly, so that two documents on one
topic may share no word of the topic. Half of the words, by default, say nothing about the
topic.
"""

import numpy as np

from companion.networks import checks

TOPICS = {
    "cooking": (
        "bake flour oven spice soup knife sugar butter",
        "roast dough stove herb stew pan salt oil",
    ),
    "astronomy": (
        "star planet orbit telescope galaxy sky asteroid light",
        "sun moon comet observatory nebula rocket meteor eclipse",
    ),
    "music": (
        "song violin drum choir concert chord tune singer",
        "melody piano rhythm orchestra stage harmony note composer",
    ),
    "gardening": (
        "seed root flower rain spade tree compost harvest",
        "soil leaf bloom water shovel shrub mulch crop",
    ),
    "medicine": (
        "doctor nurse clinic fever pill wound heart needle",
        "physician surgeon hospital cough drug bandage lung vaccine",
    ),
    "travel": (
        "train ticket hotel map airport luggage border coast",
        "railway fare inn route flight suitcase passport beach",
    ),
}
COMMON_WORDS = (
    "time year people day way thing world life hand part place week case point number "
    "group problem fact month lot right study book word issue side kind head house friend"
)
COMMON = COMMON_WORDS.split()


def documents(n, seed=0, n_words=12, common_share=0.5):
    """Draw documents as texts.

    Args:
        n: Number of documents, at least 1.
        seed: Seed of all draws.
        n_words: Words in a document, at least 1.
        common_share: Chance of a word to be one that belongs to no topic, in [0, 1].

    Returns:
        texts: List of n texts.
        topics: Number of the topic of each, in the order of `TOPICS`, shape (n,).

    Raises:
        ValueError: If an argument is out of range.
    """
    checks.check_counts(n=n, n_words=n_words)
    if not 0 <= common_share <= 1:
        raise ValueError(f"common_share must lie in [0, 1]; got {common_share}")
    rng = np.random.default_rng(seed)
    vocabularies = [[half.split() for half in halves] for halves in TOPICS.values()]
    topics = rng.integers(len(vocabularies), size=n)
    # A beta distribution with both parameters below 1 prefers the two extremes.
    first_shares = rng.beta(0.3, 0.3, size=n)
    texts = []
    for topic, first_share in zip(topics, first_shares, strict=True):
        words = []
        for _ in range(n_words):
            if rng.random() < common_share:
                words.append(rng.choice(COMMON))
            else:
                words.append(
                    rng.choice(vocabularies[topic][int(rng.random() > first_share)])
                )
        texts.append(" ".join(words))
    return texts, topics
