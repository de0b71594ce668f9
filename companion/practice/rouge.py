"""ROUGE: how many words and pairs of words a summary shares with a reference.

ROUGE-n is the F-measure of the runs of n words that both have, ROUGE-L that of the
longest common subsequences. The numbers come from the package `rouge_score`, which reads
English letters and digits only; `overlap` is ROUGE-n from its definition, and fast.
"""

import re
from collections import Counter
from functools import lru_cache

import numpy as np

MEASURES = ("rouge1", "rouge2", "rougeLsum")


@lru_cache(maxsize=1)
def _scorer():
    from rouge_score import rouge_scorer

    return rouge_scorer.RougeScorer(list(MEASURES))


def rouge(summary, reference):
    """F-measures of a summary, without stemming.

    Args:
        summary: List of its sentences.
        reference: List of the sentences of the reference.

    Returns:
        ROUGE-1, ROUGE-2 and ROUGE-L of the whole summary, shape (3,), each in [0, 1].

    Source:
        Lin (2004), ROUGE: A package for automatic evaluation of summaries.
    """
    found = _scorer().score("\n".join(reference), "\n".join(summary))
    return np.array([found[measure].fmeasure for measure in MEASURES])


def rouge_1(written, references):
    """ROUGE-1 of texts of one sentence, shape (n,); see `rouge`."""
    pairs = zip(written, references, strict=True)
    return np.array([rouge([text], [reference])[0] for text, reference in pairs])


def overlap(summary, reference, n):
    """ROUGE-n of two texts, from its definition.

    Args:
        summary: A text.
        reference: A text.
        n: Length of the runs of words.

    Returns:
        The F-measure, 0 where either has no run.
    """
    a, b = runs(summary, n), runs(reference, n)
    shared = sum((a & b).values())
    return 2.0 * shared / max(sum(a.values()) + sum(b.values()), 1)


@lru_cache(maxsize=4096)
def runs(text, n):
    """Count the runs of n words of a text, a `collections.Counter` of tuples."""
    found = re.findall(r"[a-z0-9]+", text.lower())
    return Counter(tuple(found[i : i + n]) for i in range(len(found) - n + 1))


def paired(values, baseline):
    """Compare two methods on the same texts.

    Args:
        values: A measure of one method, shape (n,).
        baseline: The same of the other.

    Returns:
        low, high: Mean difference minus and plus twice its standard error.
        verdict: "above", "below" or "no clear difference".
    """
    difference = np.asarray(values, float) - np.asarray(baseline, float)
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    low, high = difference.mean() - 2 * error, difference.mean() + 2 * error
    verdict = "above" if low > 0 else "below" if high < 0 else "no clear difference"
    return low, high, verdict
