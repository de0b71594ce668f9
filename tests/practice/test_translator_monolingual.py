"""Pairs made of texts of one language."""

import numpy as np
import pytest

from companion.practice.translator_monolingual import (
    MARKS,
    half_and_half,
    marked,
    own_language,
    strings,
    thinned,
)


def test_texts_come_back_in_their_own_language():
    x, y = own_language(np.array(["May 5", "Jun 6"]), np.array(["7月7日"]))
    assert y.tolist() == ["May 5", "Jun 6", "7月7日"]
    assert x.tolist() == [MARKS["en"] + y[0], MARKS["en"] + y[1], MARKS["zh"] + y[2]]
    assert marked(["a"], "zh").tolist() == [MARKS["zh"] + "a"]


def test_thinned_leaves_out_the_stated_share(rng):
    texts = np.array(["abcdefghij"] * 2000)
    out = thinned(texts, 0.3, rng)
    assert all(list(t) == sorted(set(t)) and t for t in out)
    # One character stays for certain, the nine others with probability 0.7 each; the
    # mean of 2,000 lengths has a standard error of 0.03.
    assert np.char.str_len(out).mean() == pytest.approx(1 + 9 * 0.7, abs=0.12)
    assert thinned(texts[:3], 0.0, rng).tolist() == texts[:3].tolist()
    assert set(np.char.str_len(thinned(texts[:50], 0.999, rng))) == {1}
    with pytest.raises(ValueError, match="share must be from 0 to below 1; got 1.0"):
        thinned(texts, 1.0, rng)


def test_noise_is_on_the_way_in_only(rng):
    texts = np.array(["abcdefghij"] * 20)
    x, y = own_language(texts, texts, 0.5, rng)
    assert set(y) == {"abcdefghij"}
    assert min(map(len, x)) < 8


def test_strings_have_all_lengths_and_characters_equally_often(rng):
    texts = strings("abc", 3000, (2, 4), rng)
    lengths = np.char.str_len(texts)
    # A share of a third has a standard error of 0.009 here.
    for length in (2, 3, 4):
        assert np.mean(lengths == length) == pytest.approx(1 / 3, abs=0.04)
    together = list("".join(texts))
    assert set(together) == set("abc")
    for character in "abc":
        assert together.count(character) / len(together) == pytest.approx(1 / 3, abs=0.03)


def test_half_and_half():
    few = (np.array(["a"]), np.array(["A"]))
    many = (np.array(["b", "c", "d"]), np.array(["B", "C", "D"]))
    x, y = half_and_half(few, many)
    assert x.tolist() == ["a", "a", "a", "b", "c", "d"]
    assert y.tolist() == ["A", "A", "A", "B", "C", "D"]
    assert half_and_half(many, few)[0].tolist() == ["b", "c", "d", "a"]
