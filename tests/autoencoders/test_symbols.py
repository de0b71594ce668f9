"""The worlds of symbols against counting, and the bound against known cases."""

import math
from itertools import product

import numpy as np
import pytest

from companion.autoencoders import symbols


def test_sequences_are_one_hot_and_end_where_they_should(rng):
    x = symbols.draw(4000, 5, rng)
    truth = x.argmax(axis=-1)
    assert x.shape == (4000, 5, 9)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x.sum(axis=-1), 1.0)
    ended = truth == symbols.END
    assert not ended[:, 0].any()
    np.testing.assert_array_equal(np.maximum.accumulate(ended, axis=1), ended)
    # Each length has probability 1/5: the standard error is 0.0063.
    shares = np.bincount(5 - ended.sum(axis=1), minlength=6)[1:] / 4000
    np.testing.assert_allclose(shares, 0.2, atol=0.03)
    assert (symbols.draw(10, 5, rng, n_filled=3).argmax(-1) == symbols.END).sum() == 20


@pytest.mark.parametrize("chain", [False, True])
def test_entropy_is_the_mean_surprise_of_every_sequence(chain):
    length, total, mass = 3, 0.0, 0.0
    for n_filled in range(1, length + 1):
        for word in product(range(8), repeat=n_filled):
            p = 1 / length / 8
            for a, b in zip(word, word[1:], strict=False):
                p *= symbols.STEPS.get((b - a) % 8, 0.0) if chain else 1 / 8
            total -= p * math.log(p) if p else 0.0
            mass += p
    assert mass == pytest.approx(1.0)
    assert symbols.entropy(length, chain=chain) == pytest.approx(total)


def test_the_chain_makes_its_steps_as_often_as_it_says(rng):
    truth = symbols.draw(5000, 4, rng, chain=True, n_filled=4).argmax(axis=-1)
    moves = np.diff(truth, axis=1) % 8
    for step, p in symbols.STEPS.items():
        assert np.mean(moves == step) == pytest.approx(p, abs=0.02)
    np.testing.assert_allclose(np.bincount(truth[:, -1]) / 5000, 1 / 8, atol=0.02)


def test_right_looks_at_the_symbols_before_the_end_alone():
    x = symbols.one_hot([[1, 2, 8, 8], [3, 3, 8, 8]])
    hits = symbols.right(x, np.array([[1, 0, 8, 8], [3, 3, 5, 5]]))
    np.testing.assert_array_equal(hits, [[True, False], [True, True]])
    with pytest.raises(ValueError, match=r"got lengths \[1, 2\]"):
        symbols.right(symbols.one_hot([[1, 2], [1, 8]]), np.zeros((2, 2)))


def test_rounding_keeps_n_levels(rng):
    z = rng.normal(size=(500, 3))
    low, high = z.min(axis=0), z.max(axis=0)
    q = symbols.rounded(z, 4, low, high)
    assert all(len(np.unique(column)) == 4 for column in q.T)
    assert np.abs(q - z).max() <= np.max(high - low) / 6 + 1e-6
    np.testing.assert_allclose(q.max(axis=0), high, rtol=1e-6)


def test_bound_equals_the_closed_form_for_two_symbols_and_its_ends():
    for error in (0.01, 0.11, 0.3):
        h = -error * math.log2(error) - (1 - error) * math.log2(1 - error)
        assert symbols.best_accuracy(10 * (1 - h), 10, 2) == pytest.approx(1 - error)
    assert symbols.best_accuracy(0, 6) == pytest.approx(1 / 8)
    assert symbols.best_accuracy(18, 6) == 1.0
    assert symbols.best_accuracy(17, 6) < 1.0


def test_no_code_of_one_bit_beats_the_bound():
    # Every way to cut the 9 sequences of two out of three symbols into two classes.
    words = list(product(range(3), repeat=2))
    best = 0.0
    for cut in range(1 << len(words)):
        hits = 0
        for side in (0, 1):
            members = [w for i, w in enumerate(words) if (cut >> i & 1) == side]
            for t in (0, 1):
                hits += max([sum(w[t] == s for w in members) for s in range(3)])
        best = max(best, hits / 18)
    assert best <= symbols.best_accuracy(1, 2, 3)
    assert best > symbols.best_accuracy(0, 2, 3)


def test_symbols_name_what_they_refuse(rng):
    with pytest.raises(ValueError, match="n_filled must be from 1 to 4; got 5"):
        symbols.draw(3, 4, rng, n_filled=5)
    with pytest.raises(ValueError, match="length must be an integer of at least 1; got 0"):
        symbols.draw(3, 0, rng)
    with pytest.raises(ValueError, match="bits must not be negative; got -1"):
        symbols.best_accuracy(-1, 4)


class Parrot:
    """Writes the symbols that it read, but always 3 in the second place."""

    def encode(self, x):
        return x.reshape(len(x), -1)

    def decode(self, z):
        x = z.reshape(len(z), 4, 9).copy()
        x[:, 1] = symbols.one_hot(3)
        return x


def test_accuracy_by_length_of_a_copy_with_a_known_fault():
    tests = symbols.draw_by_length(50, 4, seed=3)
    lucky = [np.mean(x[:, 1, 3]) for x in tests[1:]]
    expected = [1.0, *((m - 1 + s) / m for m, s in zip((2, 3, 4), lucky, strict=True))]
    np.testing.assert_allclose(symbols.accuracy_by_length(Parrot(), tests), expected)


def test_rounding_a_parrots_code_of_zeros_and_ones_changes_nothing():
    tests = symbols.draw_by_length(50, 4, seed=3)
    whole = symbols.right(tests[2], symbols.copy(Parrot(), tests[2])).mean()
    x_train = np.concatenate(tests)
    found = symbols.accuracy_by_levels(Parrot(), x_train, tests[2], [2, 3, 64])
    np.testing.assert_allclose(found, whole)


def test_linear_codes_of_independent_symbols():
    tests = symbols.draw_by_length(600, 3, seed=3)
    # Seven numbers for each of L symbols are enough, and no code is as good as guessing.
    full = symbols.linear_accuracy_by_length(14, tests)
    np.testing.assert_array_equal(full[:2], 1.0)
    assert full[2] < 1.0
    chance = symbols.linear_accuracy_by_length(0, tests)
    np.testing.assert_allclose(chance, 1 / 8, atol=0.04)


def test_the_chain_reaches_the_tests_and_the_linear_codes():
    tests = symbols.draw_by_length(400, 4, 3, chain=True)
    moves = np.diff(tests[3].argmax(axis=-1), axis=1) % 8
    assert set(np.unique(moves)) == set(symbols.STEPS)
    told = symbols.linear_accuracy_by_length(4, tests, chain=True)
    untold = symbols.linear_accuracy_by_length(4, tests)
    assert told[3] > untold[3] + 0.1


class Line:
    """A code of one number, a quarter of the first symbol, and a writer that reads it."""

    def encode(self, x):
        return x.argmax(axis=-1)[:, :1] / 4.0

    def decode(self, z):
        return symbols.one_hot(np.rint(4 * np.asarray(z)).astype(int))


def test_levels_are_those_of_the_training_codes():
    x_train, x = symbols.one_hot([[0], [1]]), symbols.one_hot([[0], [2], [2]])
    # Codes 0 and 0.25 in training: a code of 0.5 is cut to 0.25, and lost.
    found = symbols.accuracy_by_levels(Line(), x_train, x, [2])
    np.testing.assert_allclose(found, 1 / 3)


def test_accuracy_by_place_alone_and_given_the_past():
    x = symbols.one_hot([[1, 1, 3, 8], [2, 2, 2, 8]])
    model = Line()
    model.decode = lambda z: symbols.one_hot(np.tile([1, 2, 2, 2], (len(z), 1)))
    model.logits = lambda z, x: np.concatenate([x[:, :1], x[:, :-1]], axis=1)
    expected = [[0.5, 0.5, 0.5], [1.0, 1.0, 0.5]]
    np.testing.assert_allclose(symbols.accuracy_by_place(model, x), expected)


def test_share_of_sequences_seen_before():
    x_train = symbols.one_hot([[1, 2, 8], [3, 8, 8], [3, 8, 8]])
    x = symbols.one_hot([[1, 2, 8], [1, 2, 3], [3, 8, 8], [2, 1, 8]])
    assert symbols.share_seen(x, x_train) == 0.5
