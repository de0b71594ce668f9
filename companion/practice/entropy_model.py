"""Tables of integer frequencies, and a range coder that turns codes into bytes by them.

The forecast scale of a number picks a table. A table gives a frequency, a whole number,
to each of 64 symbols; all add up to 2**16. The symbols are what the number exceeds its
mean by, from -31 to 31, and an escape for all beyond. Where numbers are large their last
binary digits are sent as they are, and the tables count what remains.

Frequencies are whole numbers and stand in the file of the model, so that encoder and
decoder use the same ones, on any machine. The range coder is that of `constriction`.
"""

import constriction
import numpy as np

TOTAL = 1 << 16
LARGEST = 31
ESCAPE = 2 * LARGEST + 1
N_SYMBOLS = ESCAPE + 1
PER_OCTAVE = 4
SCALES = 2.0 ** (np.arange(-24, 40) / PER_OCTAVE)  # edges between the tables
N_TABLES = len(SCALES) + 1
LENGTH_BITS = 5  # what an escape exceeds has fewer than 32 binary digits
MAX_CODE = 1 << 20
_FAMILY = constriction.stream.model.Categorical(perfect=False)


class CorruptPayload(ValueError):
    """Bytes that no encoder wrote."""


def shifts():
    """How many last digits of its numbers each table sends as they are, (N_TABLES,)."""
    middle = np.concatenate((SCALES[:1], SCALES))
    return np.maximum(0, np.ceil(np.log2(middle / 6.0) - 1e-9)).astype(np.int64)


SHIFTS = shifts()


def to_symbols(excess, tables):
    """Split numbers: symbol, last digits, and what an escape exceeds.

    Args:
        excess: Numbers less their means, (n,), int64.
        tables: Number of the table of each, (n,).

    Returns:
        symbols: From 0 to ESCAPE, (n,).
        digits: Last digits, from 0 below 2**shift, (n,).
        beyond: Zero but for escapes: how far the rest lies beyond the largest, with sign.
    """
    rest = excess >> SHIFTS[tables]
    digits = excess - (rest << SHIFTS[tables])
    escaped = np.abs(rest) > LARGEST
    symbols = np.where(escaped, ESCAPE, rest + LARGEST)
    return symbols, digits, np.where(escaped, rest - np.sign(rest) * LARGEST, 0)


def fit_tables(excess, tables, strength=16.0):
    """Count frequencies and turn them into whole numbers that add up to 2**16.

    Args:
        excess: Numbers less their means, (n,), int64.
        tables: Number of the table of each, (n,).
        strength: How many imagined numbers with a Laplace distribution of the table's
            scale each table begins with.

    Returns:
        Whole numbers of at least 1, (N_TABLES, N_SYMBOLS), uint16.
    """
    symbols, _, _ = to_symbols(excess, tables)
    counts = np.zeros((N_TABLES, N_SYMBOLS))
    np.add.at(counts, (tables, symbols), 1.0)
    # An excess and its opposite are equally likely; half the counts would only be noise.
    signed = counts[:, :ESCAPE]
    unshifted = (SHIFTS == 0)[:, np.newaxis]
    counts[:, :ESCAPE] = np.where(unshifted, (signed + signed[:, ::-1]) / 2, signed)
    return to_frequencies(counts + strength * _laplace())


def _laplace():
    scales = np.concatenate((SCALES[:1], SCALES)) / 2.0**SHIFTS
    size = np.abs(np.arange(-LARGEST, LARGEST + 1)) / scales[:, np.newaxis]
    escape = np.full((N_TABLES, 1), 1e-4)
    shares = np.concatenate((np.exp(-np.minimum(size, 50)), escape), axis=1)
    return shares / shares.sum(axis=1, keepdims=True)


def to_frequencies(counts):
    """Round shares to whole numbers of at least 1 that add up to 2**16.

    Args:
        counts: Numbers of at least 0 with a sum above 0 in each row, (n, n_symbols).

    Returns:
        uint16, (n, n_symbols).
    """
    shares = counts / counts.sum(axis=1, keepdims=True)
    found = 1 + np.floor(shares * (TOTAL - counts.shape[1])).astype(np.int64)
    found[np.arange(len(found)), shares.argmax(axis=1)] += TOTAL - found.sum(axis=1)
    return found.astype(np.uint16)


class EntropyModel:
    """Code lengths, coding and decoding by a `Forecaster` and its tables.

    Args:
        forecaster: A `companion.practice.forecasts.Forecaster`.
        frequencies: What `fit_tables` returns.
    """

    def __init__(self, forecaster, frequencies):
        self.forecaster = forecaster
        self.shares = np.asarray(frequencies, dtype=float) / TOTAL
        self.bits = -np.log2(self.shares)

    def choose(self, values, per_step, price=0.0):
        """Round values to the codes that are sent, and count their bits.

        Args:
            values: Coefficients divided by the step, (K, h, w).
            per_step: ONE divided by the step, a whole number.
            price: 0 for the nearest whole number. Above 0, what a bit may cost in
                squared error (in cells): then a number gives way toward its mean where
                that saves more.

        Returns:
            codes: Whole numbers, (K, h, w), int64.
            bits: Their ideal length under the tables.
        """
        n_channels, *grid = values.shape
        flat = values.reshape(n_channels, -1)
        codes = np.zeros((n_channels, flat.shape[1] + 1))
        bits = 0.0
        plan = self.forecaster.plan(codes, tuple(grid), per_step, n_channels)
        for k, places, means, tables in plan:
            chosen, cost = self._choice(flat[k, places], means, tables, price)
            codes[k, places] = chosen
            bits += cost.sum()
        return codes[:, :-1].reshape(values.shape).astype(np.int64), bits

    def _choice(self, values, means, tables, price):
        nearest = np.rint(values).astype(np.int64)
        cost = self.length(nearest - means, tables)
        if price == 0:
            return nearest, cost
        nearer = nearest - np.sign(nearest - means)
        saved = cost - (other := self.length(nearer - means, tables))
        lost = (nearer - values) ** 2 - (nearest - values) ** 2
        yields = price * saved > lost
        return np.where(yields, nearer, nearest), np.where(yields, other, cost)

    def length(self, excess, tables):
        """Bits of numbers under their tables, (n,)."""
        symbols, _, beyond = to_symbols(excess, tables)
        bits = self.bits[tables, symbols] + SHIFTS[tables]
        if beyond.any():
            digits = np.floor(np.log2(np.maximum(np.abs(beyond), 1)))
            bits = bits + (beyond != 0) * (LENGTH_BITS + 1 + digits)
        return bits

    def encode(self, codes, per_step):
        """Turn codes, (K, h, w), into bytes; returns the bytes and how many channels.

        Raises:
            ValueError: If a code is 2**20 or more in size.
        """
        n_channels, *grid = codes.shape
        if np.abs(codes).max(initial=0) >= MAX_CODE:
            raise ValueError(f"codes must be below {MAX_CODE} in size; got larger ones")
        flat = codes.reshape(n_channels, -1)
        used = np.flatnonzero(flat.any(axis=1))
        n_sent = int(used[-1]) + 1 if used.size else 0
        known = np.zeros((n_channels, flat.shape[1] + 1))
        known[:, :-1] = flat
        coder = constriction.stream.queue.RangeEncoder()
        for k, places, means, tables in self.forecaster.plan(
            known, tuple(grid), per_step, n_sent
        ):
            self._put(coder, flat[k, places] - means, tables)
        return coder.get_compressed().astype("<u4").tobytes(), n_sent

    def _put(self, coder, excess, tables):
        symbols, digits, beyond = to_symbols(excess, tables)
        coder.encode(symbols.astype(np.int32), _FAMILY, self.shares[tables])
        for shift in np.unique(SHIFTS[tables]):
            if shift:
                _put_digits(coder, digits[SHIFTS[tables] == shift], int(shift))
        for value in beyond[beyond != 0]:
            length = int(abs(value)).bit_length()
            _put_digits(coder, [length], LENGTH_BITS)
            _put_digits(coder, [abs(value) - (1 << length - 1)], length - 1)
            _put_digits(coder, [int(value < 0)], 1)

    def decode(self, payload, shape, per_step, n_sent):
        """Turn bytes back into codes.

        Args:
            payload: What `encode` returned, a multiple of 4 bytes.
            shape: (K, h, w).
            per_step: ONE divided by the step, a whole number.
            n_sent: How many channels were sent.

        Raises:
            CorruptPayload: If the bytes are no code.
        """
        n_channels, *grid = shape
        words = np.frombuffer(payload, "<u4").astype(np.uint32)
        coder = constriction.stream.queue.RangeDecoder(words)
        codes = np.zeros((n_channels, grid[0] * grid[1] + 1))
        try:
            for k, places, means, tables in self.forecaster.plan(
                codes, tuple(grid), per_step, n_sent
            ):
                codes[k, places] = means + self._take(coder, tables)
                if np.abs(codes[k, places]).max() >= MAX_CODE:
                    raise CorruptPayload("a code is too large")
        except (AssertionError, ValueError) as error:
            raise CorruptPayload(f"the coder stopped: {error}") from error
        if not coder.maybe_exhausted():
            raise CorruptPayload("bytes are left over")
        return codes[:, :-1].reshape(shape).astype(np.int64)

    def _take(self, coder, tables):
        symbols = coder.decode(_FAMILY, self.shares[tables]).astype(np.int64)
        rest, digits = symbols - LARGEST, np.zeros(len(tables), dtype=np.int64)
        for shift in np.unique(SHIFTS[tables]):
            if shift:
                chosen = SHIFTS[tables] == shift
                digits[chosen] = _take_digits(coder, int(chosen.sum()), int(shift))
        for i in np.flatnonzero(symbols == ESCAPE):
            length = int(_take_digits(coder, 1, LENGTH_BITS)[0])
            if not 1 <= length <= MAX_CODE.bit_length():
                raise CorruptPayload("an escape is too long")
            size = (1 << length - 1) + int(_take_digits(coder, 1, length - 1)[0])
            sign = -1 if _take_digits(coder, 1, 1)[0] else 1
            rest[i] = sign * (LARGEST + size)
        return (rest << SHIFTS[tables]) + digits


def _put_digits(coder, numbers, n_digits):
    if n_digits:
        uniform = constriction.stream.model.Uniform(1 << n_digits)
        coder.encode(np.asarray(numbers, dtype=np.int32), uniform)


def _take_digits(coder, n, n_digits):
    if not n_digits:
        return np.zeros(n, dtype=np.int64)
    uniform = constriction.stream.model.Uniform(1 << n_digits)
    return np.asarray(coder.decode(uniform, n)).astype(np.int64)
