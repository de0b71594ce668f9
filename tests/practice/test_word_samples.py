"""Words as rows, and their perplexity against counts by hand."""

import numpy as np
import pytest

from companion.datasets import Dataset
from companion.practice import word_samples as ws
from companion.practice.string_baselines import MarkovChain


def test_words_are_short_and_of_plain_letters():
    assert ws.words(["Ab abc", "Zürich (North) abc", "abcde abcdef"]) == [
        "abc", "abcde", "north", "rich"]  # fmt: skip


def test_rows_and_words_are_inverse():
    rows = ws.rows_of(["abc", "zebra"])
    assert rows.tolist() == [[1, 2, 3, 0, 0, 0], [26, 5, 2, 18, 1, 0]]
    assert [ws.word_of(row) for row in rows] == ["abc", "zebra"]
    assert ws.word_of([3, 1, 0, 5, 0, 0]) == "ca"


def test_what_follows_the_end_is_dropped():
    assert ws.ended([[1, 0, 2], [0, 1, 1], [1, 2, 3]]).tolist() == [
        [1, 0, 0], [0, 0, 0], [1, 2, 3]]  # fmt: skip


def test_no_word_stands_in_two_parts():
    parts = (["abc def"], ["abc ghi"], ["ghi jkl def"])
    arrays = [a for p in parts for a in (np.array(p), np.array(p))]
    found = ws.splits(Dataset(*arrays, name="", source="", license=""))
    assert [[ws.word_of(r) for r in rows] for rows in found] == [
        ["abc", "def"],
        ["ghi"],
        ["jkl"],
    ]


def test_perplexity_of_equal_chances_is_their_number():
    chain = MarkovChain(0, 27, weight=1e12).fit(ws.rows_of(["abc"]))
    assert ws.perplexity(chain, ws.rows_of(["abcde", "xyz"])) == pytest.approx(27.0)


def test_perplexity_by_hand():
    class Chain:
        def nll(self, rows):  # nats for each row: a fifth of a bit for every symbol
            return 0.2 * np.log(2) * 5  # rows of 4 and 6 symbols: 5 on average

    rows = ws.rows_of(["abc", "abcde"])
    assert ws.perplexity(Chain(), rows) == pytest.approx(2**0.2)


def test_judged_by_hand():
    train, new = ws.rows_of(["abc", "def"]), ws.rows_of(["abc"])
    chain = MarkovChain(0, 27, weight=1e-9).fit(train)
    found = ws.judged(ws.rows_of(["abc", "abc", "bbbbb", "def"]), chain, train, new)
    # Of 8 counted symbols each letter was one and the end two; of 18 read, a was 2, b 7,
    # c 2 and the end 4. Judged are 14 letters and 4 ends, then three letters and an end.
    assert found["perplexity"] == pytest.approx((8**14 * 4**4) ** (1 / 18))
    expected = ((18 / 2) ** 2 * (18 / 7) * (18 / 4)) ** 0.25
    assert found["of new words"] == pytest.approx(expected)
    assert found["copied"] == 0.75


def test_new_words_are_judged_by_a_chain_like_the_judge():
    rows = ws.rows_of(["abab"])
    chain = MarkovChain(1, 27, weight=1e-9).fit(rows)
    # Only after b there are two ways, a or the end, and each word takes both.
    found = ws.judged(rows, chain, rows, rows)
    assert found["of new words"] == pytest.approx(4 ** (1 / 5))
    heavy = MarkovChain(1, 27, weight=1e12).fit(rows)
    assert ws.judged(rows, heavy, rows, rows)["of new words"] == pytest.approx(27.0)


@pytest.mark.slow
def test_autoencoder_learns_its_words_and_each_seed_other_weights():
    rows = ws.rows_of(["tree", "bird", "fox", "moss"])
    model, weights = ws.train(rows, 3, (0, 1), 150)
    for w in weights:
        model.set_weights(w)
        codes = model.encode(np.eye(27)[rows])
        np.testing.assert_array_equal(ws.written(model, w, codes), rows)
    assert not np.allclose(weights[0][1], weights[1][1])
    drawn = ws.draw(model, weights[0], "kernel", (rows, rows), 40, 0)
    known = {tuple(row) for row in rows.tolist()}
    assert np.mean([tuple(row) in known for row in drawn.tolist()]) > 0.5
    free = ws.draw(model, weights[0], "N(0, I)", (rows, rows), 40, 0)
    assert free.shape == (40, 6)


def test_codes_come_from_the_law_asked_for(monkeypatch):
    monkeypatch.setattr(ws.generators, "encoded", lambda m, w, x: 4.0 + x[:, 0, 1:3])
    monkeypatch.setattr(ws, "written", lambda m, w, codes: codes)
    parts = ws.rows_of(["abc", "bcd"] * 50), ws.rows_of(["cde", "bcd"])
    free = ws.draw(None, None, "N(0, I)", parts, 3000, 1)
    np.testing.assert_allclose(free.mean(axis=0), 0.0, atol=0.06)
    fitted = ws.draw(None, None, "Gaussian", parts, 3000, 1)
    np.testing.assert_allclose(fitted.mean(axis=0), [4.5, 4.5], atol=0.06)
