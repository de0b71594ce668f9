"""Molecules without a code: symbols at random, a Markov chain, copies with one atom more.

The Markov chain predicts a symbol from the `order` symbols before it. With n(c, s) the
number of times that symbol s followed context c in training, and c' the context without
its oldest symbol,

    p(s | c) = (n(c, s) + w p(s | c')) / (n(c) + w)

down to the empty context, whose c' is the uniform distribution.
"""

import numpy as np
from rdkit import Chem

from companion.networks.checks import check_counts


def random_rows(rows, n, rng):
    """Draw every symbol by itself, as often as in training, and lengths as in training.

    Args:
        rows: Training rows, (m, T), 0 after the end.
        n: How many rows to draw.
        rng: A `numpy.random.Generator`.

    Returns:
        (n, T), int64.
    """
    lengths = rng.choice((rows > 0).sum(axis=1), n)
    drawn = rng.choice(rows[rows > 0], (n, rows.shape[1]))
    return np.where(np.arange(rows.shape[1]) < lengths[:, None], drawn, 0)


class MarkovChain:
    """A chain over symbols, fitted by counting.

    Args:
        order: How many symbols back it looks; 0 for none.
        n_symbols: V.
        weight: w, above 0: how many observations the shorter context is worth.

    Raises:
        ValueError: If a setting is out of range.
    """

    def __init__(self, order, n_symbols, weight=1.0):
        check_counts(n_symbols=n_symbols, order_plus_one=order + 1)
        if not weight > 0:
            raise ValueError(f"weight must be above 0; got {weight!r}")
        self.order, self.n_symbols, self.weight = order, n_symbols, weight
        self._known = {}

    def fit(self, rows):
        """Count symbols and their contexts in rows, (m, T); returns self."""
        counts = {}
        for context, symbol in self._pairs(rows):
            for start in range(self.order + 1):
                shorter = context[start:]
                if shorter not in counts:
                    counts[shorter] = np.zeros(self.n_symbols)
                counts[shorter][symbol] += 1
        self._known = {}
        for context in sorted(counts, key=len):
            n = counts[context]
            before = self.probabilities(context[1:]) if context else self._uniform()
            self._known[context] = (n + self.weight * before) / (n.sum() + self.weight)
        return self

    def _uniform(self):
        return np.full(self.n_symbols, 1.0 / self.n_symbols)

    def _pairs(self, rows):
        """Every context and the symbol after it, up to the first end mark of a row."""
        for row in np.asarray(rows).tolist():
            padded = (0,) * self.order + tuple(row)
            for t, symbol in enumerate(row):
                yield padded[t : t + self.order], symbol
                if symbol == 0:
                    break

    def probabilities(self, context):
        """Probabilities of the next symbol, (V,), after a tuple of symbols."""
        while context not in self._known:
            if not context:
                return self._uniform()
            context = context[1:]
        return self._known[context]

    def nll(self, rows):
        """Mean of -log p over rows, (n, T), in nats for each row with its end mark."""
        pairs = self._pairs(rows)
        found = [-np.log(self.probabilities(context)[s]) for context, s in pairs]
        return float(np.sum(found) / len(rows))

    def sample(self, n, length, rng):
        """Draw n rows of at most `length` symbols, (n, length), 0 after the end."""
        rows = np.zeros((n, length), "int64")
        for row in rows:
            context = (0,) * self.order
            for t in range(length):
                p = self.probabilities(context)
                row[t] = np.searchsorted(np.cumsum(p), rng.uniform() * p.sum())
                if row[t] == 0:
                    break
                context = (*context, int(row[t]))[1:] if self.order else ()
        return rows


def best_chain(train, val, n_symbols, orders=(1, 2, 3, 4, 5, 6), weights=(1, 3, 10, 30)):
    """Choose order and weight by the likelihood of validation rows.

    Args:
        train: Rows to count, (m, T).
        val: Rows that choose, (n, T).
        n_symbols: V.
        orders: Orders to try.
        weights: Weights to try.

    Returns:
        The fitted `MarkovChain`.
    """
    chains = [MarkovChain(o, n_symbols, w).fit(train) for o in orders for w in weights]
    return min(chains, key=lambda chain: chain.nll(val))


def add_carbon(smiles, rng):
    """Put one carbon atom in the place of a hydrogen, at random.

    Args:
        smiles: A canonical SMILES string.
        rng: A `numpy.random.Generator`.

    Returns:
        Another one; the same where no atom carries hydrogen.

    Source:
        Renz et al. (2019), the AddCarbon model.
    """
    molecule = Chem.RWMol(Chem.MolFromSmiles(str(smiles)))
    sites = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetTotalNumHs()]
    if not sites:
        return str(smiles)
    site = int(rng.choice(sites))
    atom = molecule.GetAtomWithIdx(site)
    atom.SetNumExplicitHs(max(atom.GetNumExplicitHs() - 1, 0))
    molecule.AddBond(site, molecule.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
    Chem.SanitizeMol(molecule)
    return Chem.MolToSmiles(molecule)
