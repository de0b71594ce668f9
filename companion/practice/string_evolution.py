"""A genetic algorithm on SELFIES strings, and one that a Gaussian process assists.

It needs no training and no code: any row of SELFIES symbols is a molecule, so changing
symbols at random changes molecules at random.

The numbers of parents were chosen for QED on seeds that no page reports: 2 of 2, 3, 5, 10
and 20 for the plain algorithm; the assisted one did not depend on it (2, 3, 5, 10, 20).
"""

import numpy as np

from companion.practice.code_search import (
    MAX_EMPTY_ROUNDS,
    gaussian_process,
    most_promising,
)
from companion.practice.molecule_properties import fingerprints


def mutate(row, n_symbols, rng):
    """Replace, insert or remove one symbol of a row.

    Args:
        row: Integers, (T,), 0 after the end.
        n_symbols: V.
        rng: A `numpy.random.Generator`.

    Returns:
        A new row, (T,); a full row does not grow and a single symbol is not removed.
    """
    symbols = list(row[row > 0])
    place = int(rng.integers(len(symbols)))
    symbol = int(rng.integers(1, n_symbols))
    kind = rng.integers(3)
    if kind == 1 and len(symbols) < len(row):
        symbols.insert(place, symbol)
    elif kind == 2 and len(symbols) > 1:
        del symbols[place]
    else:
        symbols[place] = symbol
    return np.array(symbols + [0] * (len(row) - len(symbols)))


def cross(a, b, rng):
    """Join the beginning of every row to the end of another, cut to the length of a row.

    Args:
        a: Integers, (n, T), 0 after the end; no row is empty.
        b: As `a`; row by row the other parent.
        rng: A `numpy.random.Generator`.

    Returns:
        (n, T); row i has the first symbols of ``a[i]``, any number of them, and then the
        last of ``b[i]``, any number but all; where that is nothing it is ``a[i]``.
    """
    n_left = rng.integers((a > 0).sum(axis=1) + 1)[:, None]
    start = rng.integers((b > 0).sum(axis=1) + 1)[:, None] + 1
    place = np.arange(a.shape[1])[None]
    source = start + place - n_left
    right = np.take_along_axis(b, np.clip(source, 0, a.shape[1] - 1), axis=1)
    right = np.where(source < a.shape[1], right, 0)
    child = np.where(place < n_left, a, right)
    return np.where(child[:, :1] > 0, child, a)


def search_evolution(scorer, alphabet, rng, batch=10, n_parents=2):
    """A genetic algorithm on SELFIES strings, with no model at all.

    In turns: take the best molecules as parents, cross half of the pairs drawn from them,
    change one or two symbols of every child, and score the children.

    Args:
        scorer: A `Scorer` with some molecules scored.
        alphabet: A `companion.practice.molecule_strings.Alphabet` of SELFIES.
        rng: A `numpy.random.Generator`.
        batch: Children of a turn.
        n_parents: How many of the best molecules have children.

    Source:
        Jensen (2019), who crosses and mutates graphs; here it is done on SELFIES.
    """
    rows = dict(zip(scorer.found, alphabet.encode(list(scorer.found)), strict=True))
    empty = 0
    while not scorer.spent and empty < MAX_EMPTY_ROUNDS:
        parents = [rows[smiles] for smiles in scorer.best(n_parents)]
        children = [_child(parents, len(alphabet.symbols), rng) for _ in range(batch)]
        written = alphabet.decode(np.array(children))
        empty = 0 if scorer.ask(written) else empty + 1
        rows |= {s: c for s, c in zip(written, children, strict=True) if s not in rows}


def search_screened(scorer, alphabet, rng, batch=10, n_parents=5, n_children=100):
    """The genetic algorithm, with a Gaussian process that chooses which children to score.

    More children are written than are scored. A Gaussian process on the Morgan
    fingerprints of all scored molecules chooses those with the largest expected
    improvement: Bayesian optimization without any code.

    Args:
        scorer: A `companion.practice.code_search.Scorer` with some molecules scored.
        alphabet: An `Alphabet` of SELFIES.
        rng: A `numpy.random.Generator`.
        batch: Children that are scored in a turn.
        n_parents: How many of the best molecules have children.
        n_children: Children that are written in a turn.
    """
    rows = dict(zip(scorer.found, alphabet.encode(list(scorer.found)), strict=True))
    bits = dict(zip(scorer.found, fingerprints(scorer.found), strict=True))
    scores = np.array(list(scorer.found.values()))
    kernel, empty = gaussian_process(np.array(list(bits.values())), scores).kernel_, 0
    while not scorer.spent and empty < MAX_EMPTY_ROUNDS:
        parents = [rows[smiles] for smiles in scorer.best(n_parents)]
        children = [_child(parents, len(alphabet.symbols), rng) for _ in range(n_children)]
        new = dict(zip(alphabet.decode(np.array(children)), children, strict=True))
        new = {s: row for s, row in new.items() if s is not None and s not in rows}
        empty = 0 if new else empty + 1
        if new:
            candidates, y = fingerprints(new), np.array(list(scorer.found.values()))
            seen = np.array([bits[smiles] for smiles in scorer.found])
            names = list(new)
            for i in most_promising(kernel, seen, y, candidates, batch):
                rows[names[i]], bits[names[i]] = new[names[i]], candidates[i]
                scorer.ask([names[i]])


def _child(parents, n_symbols, rng):
    child = parents[rng.integers(len(parents))]
    if rng.uniform() < 0.5:
        other = parents[rng.integers(len(parents))]
        child = cross(child[None], other[None], rng)[0]
    for _ in range(rng.integers(1, 3)):
        child = mutate(child, n_symbols, rng)
    return child
