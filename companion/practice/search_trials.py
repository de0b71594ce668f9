"""Searches beside one another: equal starts, equal budgets, many seeds."""

import numpy as np

from companion.practice import code_search, string_evolution

N_START = 50


def compare(score, pool, codecs, n_scored, seeds, names=None):
    """Run every search from the same start for each seed.

    Args:
        score: From a canonical SMILES string to a number.
        pool: Training molecules, from which the start is drawn.
        codecs: `companion.practice.string_trials.Codec` objects of SELFIES, which the
            seeds take in turn.
        n_scored: How many different molecules a search may score, its start included.
        seeds: Integers.
        names: The methods to run; all by default.

    Returns:
        Maps each method to its `companion.practice.code_search.Scorer` objects, one for
        each seed.
    """
    alphabet = codecs[0].alphabet
    methods = {
        "training molecules": lambda one, s, rng: code_search.search_training(
            one, pool, rng
        ),
        "random codes": lambda one, s, rng: code_search.search_codes(
            one, codecs[s % len(codecs)], rng
        ),
        "Gaussian process on codes": lambda one, s, rng: code_search.search_bayesian(
            one, codecs[s % len(codecs)], rng
        ),
        "genetic algorithm": lambda one, s, rng: string_evolution.search_evolution(
            one, alphabet, rng
        ),
        "genetic, Gaussian process": lambda one, s, rng: string_evolution.search_screened(
            one, alphabet, rng
        ),
    }
    found = {name: [] for name in names or methods}
    for seed in seeds:
        for name, runs in found.items():
            rng = np.random.default_rng(seed)
            scorer = code_search.Scorer(score, n_scored)
            scorer.ask([str(s) for s in rng.choice(pool, N_START, replace=False)])
            methods[name](scorer, seed, rng)
            runs.append(scorer)
    return found


def best_scores(scorers):
    """The best score of each search, (n_seeds,)."""
    return np.array([max(one.found.values()) for one in scorers])


def best_molecules(scorers):
    """The best molecule of each search, as a list of SMILES strings."""
    return [one.best(1)[0] for one in scorers]


def mean_curve(scorers, n_scored):
    """Mean over searches of the best score so far, after each evaluation, (n_scored,).

    A search that ended early keeps its last score.
    """
    curves = [one.curve() for one in scorers]
    padded = [np.pad(c, (0, n_scored - len(c)), mode="edge") for c in curves]
    return np.mean(padded, axis=0)


def verdict(scores, rival):
    """Say whether searches end above others that began alike.

    Args:
        scores: The best score of each search, (n_seeds,), n_seeds >= 2.
        rival: The same of another method, seed by seed.

    Returns:
        "above" or "below" where the mean difference is more than two of its standard
        errors; else "not told apart from".
    """
    apart = np.asarray(scores, float) - rival
    if abs(apart.mean()) <= 2 * apart.std(ddof=1) / np.sqrt(len(apart)):
        return "not told apart from"
    return "above" if apart.mean() > 0 else "below"
