"""Codes of real numbers cut down to a stated number of bits, so that models compare.

A code unit that is given b bits is rounded to one of 2**b cells of equal width between
its smallest and its largest value on the training examples, and decodes to the mean of
the training values in its cell. Bits are handed out one by one, each to the unit where
it removes the most squared error of the reconstruction.
"""

import numpy as np

from companion import metrics
from companion.networks import checks


class UniformQuantizer:
    """Round codes of K units to n_bits bits in all.

    Args:
        n_bits: Bits for one example, at least 1.

    Shapes:
        z is (n, K); `bits` is (K,), integers that sum to n_bits.

    Raises:
        ValueError: If `n_bits` is not an integer of at least 1.
    """

    def __init__(self, n_bits):
        checks.check_counts(n_bits=n_bits)
        self.n_bits = int(n_bits)

    def fit(self, z, importance=None):
        """Hand out the bits and place the cells.

        Args:
            z: Codes of the training examples, shape (n, K).
            importance: What a squared error of 1 in a unit costs the reconstruction,
                shape (K,): for a linear decoder the squared length of its row, which is 1
                for orthonormal axes (the default).

        Returns:
            The quantizer itself.

        Raises:
            ValueError: If `z` is no table, empty, or not finite.
        """
        z = np.asarray(z, dtype=float)
        if z.ndim != 2 or z.size == 0:
            raise ValueError(f"z must be a table (n, K), not empty; got shape {z.shape}")
        checks.check_finite("z", z)
        importance = np.ones(z.shape[1]) if importance is None else np.asarray(importance)
        self.low, self.high = z.min(axis=0), z.max(axis=0)
        self.bits = np.zeros(z.shape[1], dtype=int)
        self.answers = [self._answers(z, k, 0) for k in range(z.shape[1])]
        more = [self._answers(z, k, 1) for k in range(z.shape[1])]
        for _ in range(self.n_bits):
            saved = [
                self._error(z, k, self.answers[k]) - self._error(z, k, more[k])
                for k in range(z.shape[1])
            ]
            best = int(np.argmax(importance * saved))
            self.bits[best] += 1
            self.answers[best] = more[best]
            more[best] = self._answers(z, best, self.bits[best] + 1)
        return self

    def _cells(self, z, k, n_cells):
        width = max(self.high[k] - self.low[k], np.finfo(float).tiny)
        cells = np.floor((z[:, k] - self.low[k]) / width * n_cells).astype(int)
        return np.clip(cells, 0, n_cells - 1)

    def _answers(self, z, k, bits):
        """Mean of the training values in each cell; the middle of an empty cell."""
        n_cells = 2**bits
        cells = self._cells(z, k, n_cells)
        counts = np.bincount(cells, minlength=n_cells)
        sums = np.bincount(cells, z[:, k], minlength=n_cells)
        middles = self.low[k] + (np.arange(n_cells) + 0.5) / n_cells * (
            self.high[k] - self.low[k]
        )
        return np.where(counts > 0, sums / np.maximum(counts, 1), middles)

    def _error(self, z, k, answers):
        return np.mean((z[:, k] - answers[self._cells(z, k, len(answers))]) ** 2)

    def round(self, z):
        """Replace every code by the answer of its cell; z is (n, K)."""
        z = checks.checked_rows("z", z, len(self.bits))
        columns = [a[self._cells(z, k, len(a))] for k, a in enumerate(self.answers)]
        return np.stack(columns, axis=1)


def errors(encode, decode, x_train, x_test, bits, importance=None):
    """Test error with codes rounded to several numbers of bits.

    Args:
        encode: Function from (n, D) to codes (n, K).
        decode: Function from codes to (n, D).
        x_train: Examples that place the cells, shape (n_train, D).
        x_test: Examples to encode, round and decode, shape (n, D).
        bits: Numbers of bits for one example.
        importance: As in `UniformQuantizer.fit`.

    Returns:
        The mean squared error on the test examples, one for each number of bits.
    """
    z_train, z_test = encode(x_train), encode(x_test)
    return [
        metrics.mse(
            x_test, decode(UniformQuantizer(b).fit(z_train, importance).round(z_test))
        )
        for b in bits
    ]
