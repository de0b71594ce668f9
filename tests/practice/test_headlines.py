"""The small writer of first lines: its words, the damage, and what it can learn."""

import numpy as np
import pytest

from companion.practice import headlines
from companion.practice.translator_text import END, N_SPECIAL, PAD, UNKNOWN


@pytest.fixture
def alphabet():
    return headlines.WordAlphabet(["a b c", "a b", "a"], max_words=2)


def test_words_by_hand(alphabet):
    a, b = N_SPECIAL, N_SPECIAL + 1
    assert len(alphabet) == N_SPECIAL + 2
    rows = alphabet.encode(["A c b a", ""], 3)
    np.testing.assert_array_equal(rows, [[a, UNKNOWN, b], [PAD, PAD, PAD]])
    rows = alphabet.encode(["b c a", "b a b a"], 4, end=True)
    np.testing.assert_array_equal(rows, [[b, a, END, PAD], [b, a, b, END]])
    assert alphabet.decode(rows) == ["b a", "b a b"]
    assert alphabet.decode([[b, END, a, END]]) == ["b"]
    with pytest.raises(ValueError, match=r"texts\[0\] must be a text"):
        alphabet.encode([float("nan")], 3)


def test_damage_hides_and_swaps_as_often_as_asked(rng):
    rows = np.tile(np.arange(10, 20, dtype="int32"), (4000, 1))
    rows[:, 9] = PAD
    swapped = headlines.damage(rows, rng, hidden=0.0, swapped=0.25)
    assert np.mean(swapped[:, 0] == 11) == pytest.approx(0.25, abs=0.03)
    np.testing.assert_array_equal(swapped[:, 8:], rows[:, 8:])  # no partner but padding
    np.testing.assert_array_equal(np.sort(swapped[:, :8]), rows[:, :8])
    hidden = headlines.damage(rows, rng, hidden=0.4, swapped=0.0)
    assert np.mean(hidden[:, :9] == UNKNOWN) == pytest.approx(0.4, abs=0.03)
    assert (hidden[:, 9] == PAD).all()
    assert (rows[:, 0] == 10).all()


@pytest.mark.slow
def test_it_learns_to_write_the_first_two_words():
    pairs = [(f"{a} {b} tail", f"{a} {b}") for a in "abcde" for b in "fghij"]
    bodies, summaries = zip(*pairs, strict=True)
    alphabet = headlines.WordAlphabet(bodies)
    writer = headlines.HeadlineWriter(alphabet, seeds=(0,), units=16)
    writer.train(bodies, summaries, bodies, 100, 250)
    (written,) = writer.write(bodies)
    assert np.mean([a == b for a, b in zip(written, summaries, strict=True)]) > 0.9
