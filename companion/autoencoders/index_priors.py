"""A distribution over grids of whole numbers, fitted by counting.

The code of a vector-quantized autoencoder is a row of P numbers, each from 0 to M - 1.
The chain rule writes the probability of a row as a product over its places,

    p(m_1, ..., m_P) = prod_i p(m_i | m_(i-k), ..., m_(i-1)),

where the table of place i looks back at the k numbers before it, or at as many as there
are. A context seen n times has the counts c, and its shares are drawn towards those of
the context that is one number shorter, and at last towards 1 / M:

    p_k(m) = (c_m + strength * p_(k-1)(m)) / (n + strength).

Minus the logarithm of the product to the base 2 is the length in bits that an ideal
entropy coder gives to a row, and drawing place by place generates a row.
"""

import numpy as np

from companion.autoencoders.samples import frechet_distance, neighbor_test_accuracy
from companion.networks.checks import check_counts

# So far apart that the choice does not hang on the chance of one training.
STRENGTHS = (0.2, 2.0, 20.0, 200.0)


class TablePrior:
    """Tables of the shares of the next number, given up to k numbers before it.

    Args:
        n_entries: M, the size of the codebook, at least 1.
        n_previous: k, how many numbers a table looks back at; 0 draws the places
            independently of one another, and -1 draws all numbers with equal shares.
        strength: Imagined examples that the shorter context contributes, above 0.

    Shapes:
        indices is (n, P), whole numbers from 0 to M - 1.

    Raises:
        ValueError: If a setting makes no sense, or indices are no such table.
    """

    def __init__(self, n_entries, n_previous, strength=2.0):
        check_counts(n_entries=n_entries, **{"n_previous + 2": n_previous + 2})
        if not strength > 0:
            raise ValueError(f"strength must be above 0; got {strength!r}")
        self.n_entries, self.n_previous = int(n_entries), int(n_previous)
        self.strength = float(strength)

    def fit(self, indices):
        """Count, in indices of the shape (n, P), and return self."""
        indices = self._checked(indices)
        self.n_places, self.counts, self._known = indices.shape[1], {}, {}
        for row in indices.tolist():
            for place, number in enumerate(row):
                for length in range(min(place, self.n_previous) + 1):
                    context = (place, *row[place - length : place])
                    if context not in self.counts:
                        self.counts[context] = np.zeros(self.n_entries)
                    self.counts[context][number] += 1
        return self

    def _checked(self, indices):
        indices = np.asarray(indices)
        if indices.ndim != 2 or indices.size == 0:
            raise ValueError(f"indices must be (n, P), not empty; got {indices.shape}")
        if indices.min() < 0 or indices.max() >= self.n_entries:
            raise ValueError(
                f"indices must lie from 0 to {self.n_entries - 1}; got values from "
                f"{indices.min()} to {indices.max()}"
            )
        return indices

    def shares(self, before):
        """Probability of each number at the next place.

        Args:
            before: The numbers of all places before it, a sequence of 0 to P - 1 numbers.

        Returns:
            Shape (M,), all above 0, with sum 1.
        """
        if self.n_previous < 0:
            return np.full(self.n_entries, 1.0 / self.n_entries)
        before = tuple(int(number) for number in before)
        start = max(0, len(before) - self.n_previous)
        return self._shares(len(before), before[start:])

    def _shares(self, place, context):
        if (place, *context) not in self._known:
            shorter = np.full(self.n_entries, 1.0 / self.n_entries)
            if context:
                shorter = self._shares(place, context[1:])
            counts = self.counts.get((place, *context), 0.0)  # 0: it was never seen
            total = np.sum(counts) + self.strength
            self._known[(place, *context)] = (counts + self.strength * shorter) / total
        return self._known[(place, *context)]

    def bits(self, indices):
        """Ideal code length of each row of indices, (n, P), in bits: shape (n,)."""
        rows = self._checked(indices)
        return np.array(
            [
                -sum(np.log2(self.shares(row[:i])[row[i]]) for i in range(len(row)))
                for row in rows
            ]
        )

    def sample(self, n, rng):
        """Draw n rows with a `numpy.random.Generator`: shape (n, P)."""
        rows = np.zeros((n, self.n_places), dtype=int)
        for row in rows:
            for i in range(self.n_places):
                row[i] = rng.choice(self.n_entries, p=self.shares(row[:i]))
        return rows


def chosen_strength(train, new, n_entries, n_previous):
    """Choose how strongly a `TablePrior` is smoothed, on rows that it has not counted.

    Args:
        train: For each run the indices that its tables count, (n_runs, n_train, P).
        new: For each run the indices to code, such as validation images, (n_runs, n, P).
        n_entries: M, the size of the codebook.
        n_previous: As in `TablePrior`.

    Returns:
        The one of `STRENGTHS` that codes the new rows in the fewest bits, summed over the
        runs.
    """

    def cost(strength):
        prior = TablePrior(n_entries, n_previous, strength)
        pairs = zip(train, new, strict=True)
        return sum(np.mean(prior.fit(a).bits(b)) for a, b in pairs)

    return min(STRENGTHS, key=cost)


def copied_share(rows, train):
    """Share of rows, (n, P), that stand in a table of training rows, (n_train, P)."""
    known = {tuple(row) for row in np.asarray(train).tolist()}
    return float(np.mean([tuple(row) in known for row in np.asarray(rows).tolist()]))


def judge_rows(rows, test, train, decode, x_test):
    """Decode generated rows of indices and compare them with held-out images.

    Args:
        rows: Generated indices, shape (n, P).
        test: Indices of n held-out images, shape (n, P).
        train: Indices of the training images, shape (n_train, P).
        decode: Function from indices to images.
        x_test: The held-out images, shape (n, ...).

    Returns:
        In an array of shape (3,): accuracy of the neighbor test against the decoded
        indices of the held-out images, of which 0.5 is best; Fréchet distance of the
        pixels from those of the held-out images; share of rows that are training rows.
    """
    flat = [np.reshape(x, (len(x), -1)) for x in (decode(rows), decode(test), x_test)]
    return np.array(
        [
            neighbor_test_accuracy(flat[1], flat[0]),
            frechet_distance(flat[2], flat[0]),
            copied_share(rows, train),
        ]
    )
