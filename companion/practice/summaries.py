"""Extractive summaries: rank the sentences of a text, and take the best until it is full.

Every method gives each sentence a score; the summary takes sentences in the order of
their scores while they fit into a number of words, and shows them in the order of the
text. So all methods write equally long summaries, and only the scores differ.
"""

import re

import numpy as np

from companion.networks.checks import check_counts, check_finite
from companion.practice.bag_of_words import checked_texts, unit, words

ABBREVIATIONS = re.compile(
    r"\b(e\.g|i\.e|etc|vs|cf|al|Fig|Eq|eq|Sec|Ref|approx|resp|Dr|Mr|Mrs|No)\. "
)
END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]])) (?=[\"'(\[]?[^\Wa-z_])")
MAX_SENTENCES = 5000


def sentences(text):
    """Split a text where a sentence ends: a period, then a space and no small letter.

    Args:
        text: The text.

    Returns:
        Its sentences that have a word, a list of str; empty for a text without words.

    Raises:
        ValueError: If `text` is no text, or has more than `MAX_SENTENCES`.
    """
    (text,) = checked_texts("text", [text])
    held = ABBREVIATIONS.sub("\\1.\0", re.sub(r"\s+", " ", text.replace("\0", " ")))
    found = [s.replace("\0", " ").strip() for s in END.split(held)]
    found = [s for s in found if words(s)]
    if len(found) > MAX_SENTENCES:
        raise ValueError(
            f"text must have at most {MAX_SENTENCES} sentences; got {len(found)}: "
            "summarize its parts"
        )
    return found


def by_code(codes, whole):
    """Score sentences by the cosine of their code with that of the whole text.

    Args:
        codes: Codes of the sentences, shape (n, K).
        whole: Code of the text, shape (K,).

    Returns:
        Scores, shape (n,).
    """
    return unit(codes) @ unit(np.reshape(whole, (1, -1)))[0]


def lexrank(x, damping=0.85, n_rounds=200):
    """Score sentences by how often a walk from sentence to like sentence comes by.

    The walk goes from sentence i to j with a probability proportional to the cosine of
    the two, and with the probability 1 - damping to any sentence. Its scores p solve

        p = (1 - damping) / n + damping p @ M,        M_ij = S_ij / sum_k S_ik.

    Args:
        x: Weighted words of the sentences, shape (n, V), not negative.
        damping: In [0, 1).
        n_rounds: Rounds of the power iteration.

    Returns:
        Scores, shape (n,), that sum to 1.

    Source:
        Erkan and Radev (2004), LexRank, J. Artif. Intell. Res. 22:457, the continuous
        version.
    """
    return walk(unit(x) @ unit(x).T, damping, n_rounds)


def textrank(sentence_words, damping=0.85, n_rounds=200):
    """As `lexrank`, with the similarity of TextRank and no step from a sentence to itself.

    Two sentences with the sets of words A and B have the similarity
    ``|A and B| / (log |A| + log |B|)``, and 0 if either has less than two words.

    Args:
        sentence_words: The words of each sentence.
        damping: In [0, 1).
        n_rounds: Rounds of the power iteration.

    Returns:
        Scores, shape (n,), that sum to 1.

    Source:
        Mihalcea and Tarau (2004), TextRank, EMNLP, section 4.
    """
    sets = [set(found) for found in sentence_words]
    similarity = np.zeros((len(sets), len(sets)))
    for i, a in enumerate(sets):
        for j, b in enumerate(sets[:i]):
            if min(len(a), len(b)) > 1:
                shared = len(a & b) / (np.log(len(a)) + np.log(len(b)))
                similarity[i, j] = similarity[j, i] = shared
    return walk(similarity, damping, n_rounds)


def walk(similarity, damping, n_rounds):
    """Power iteration for the scores of `lexrank`; a row of zeros goes anywhere.

    Args:
        similarity: Not negative, shape (n, n).
        damping: In [0, 1).
        n_rounds: Rounds.

    Returns:
        Scores, shape (n,).

    Raises:
        ValueError: If the similarity is not finite or negative, or damping out of range.
    """
    check_finite("similarity", similarity)
    if not (0 <= damping < 1 and np.min(similarity, initial=0) >= 0):
        raise ValueError(
            f"damping must lie in [0, 1) and no similarity be negative; got {damping}"
        )
    n, sums = len(similarity), similarity.sum(axis=1, keepdims=True)
    chance = np.where(sums > 0, similarity / np.where(sums > 0, sums, 1.0), 1.0 / n)
    scores = np.full(n, 1.0 / n)
    for _ in range(n_rounds):
        scores = (1.0 - damping) / n + damping * scores @ chance
    return scores


def lead(n):
    """Score n sentences so that the first come first."""
    return -np.arange(n, dtype=float)


def choose(scores, lengths, n_words):
    """Take the best sentences that fit, passing over those that do not.

    Args:
        scores: Score of each sentence, shape (n,).
        lengths: Its number of words, shape (n,).
        n_words: Words of the summary; the best sentence is taken however long.

    Returns:
        Indices of the chosen sentences, in the order of the text.

    Raises:
        ValueError: If there is no sentence, a score is not finite, or n_words below 1.
    """
    check_counts(n_words=n_words, n_sentences=len(scores))
    check_finite("scores", scores)
    # Rounded, so that ties go to the earlier sentence on every machine.
    order = np.argsort(-np.round(scores, 6), kind="stable")
    chosen, left = [order[0]], n_words - lengths[order[0]]
    for i in order[1:]:
        if lengths[i] <= left:
            chosen.append(i)
            left -= lengths[i]
    return sorted(int(i) for i in chosen)


def oracle(candidates, reference, n_words):
    """Choose sentences with the reference at hand: about the best that can be extracted.

    Greedily adds the sentence that raises ROUGE-1 plus ROUGE-2 most, while it fits and
    raises them at all. Pairs of words across two sentences do not count here.

    Args:
        candidates: Sentences, a list of str.
        reference: The summary that they are compared with.
        n_words: Words of the summary.

    Returns:
        Indices of the chosen sentences, in the order of the text.

    Source:
        Nallapati, Zhai and Zhou (2017), SummaRuNNer, section 3.
    """
    from companion.practice.rouge import runs

    lengths, kinds = np.array([len(c.split()) for c in candidates]), []
    for n in (1, 2):
        wanted, own = runs(reference, n), [runs(c, n) for c in candidates]
        shared = [[found[run] for run in wanted] for found in own]
        sizes = np.array([sum(found.values()) for found in own])
        shared = np.reshape(shared, (len(own), len(wanted)))
        kinds.append((np.array(list(wanted.values())), shared, sizes))
    chosen, best = [], -1.0
    while True:
        gains = np.zeros(len(candidates))
        for wanted, shared, sizes in kinds:
            common = np.minimum(shared[chosen].sum(axis=0) + shared, wanted).sum(axis=1)
            total = sizes[chosen].sum() + sizes + wanted.sum()
            gains += 2.0 * common / np.maximum(total, 1)
        fits = lengths <= n_words - lengths[chosen].sum() if chosen else True
        gains = np.where(fits & ~np.isin(np.arange(len(gains)), chosen), gains, -1.0)
        i = int(np.argmax(gains))
        if gains[i] <= best:
            return sorted(chosen)
        best = gains[i]
        chosen.append(i)
