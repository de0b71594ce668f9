"""Attention on sentences, with a toy language of colors and things instead of Tatoeba."""

from itertools import product

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from companion import training
from reproductions import bahdanau2015
from reproductions.resumable import Progress

WORDS = {"red": "红", "green": "绿", "blue": "蓝", "old": "老"}
THINGS = {"car": "车", "auto": "车", "book": "书", "tea": "茶", "house": "房"}


@pytest.fixture
def toy(monkeypatch):
    """60 sentences to learn, 20 to test: "Red car now." and the like."""
    ends = {"now": "现", "here": "这", "there": "那", "again": "再"}
    chosen = list(product(WORDS, THINGS, ends))
    x = np.array([f"{a.capitalize()} {b} {c}." for a, b, c in chosen])
    y = np.array([f"{ends[c]}{WORDS[a]}{THINGS[b]}。" for a, b, c in chosen])
    rows = np.random.default_rng(0).permutation(len(x))
    parts = [(x[part], y[part]) for part in (rows[:60], rows[60:])]
    monkeypatch.setattr(bahdanau2015, "pairs", lambda: parts)
    settings = {
        "units": 16,
        "latent_dim": 16,
        "epochs": 60,
        "batch_size": 16,
        "learning_rate": 0.01,
    }
    for key, value in settings.items():
        monkeypatch.setitem(bahdanau2015.RECIPE, key, value)
    return parts


def test_measures_are_those_of_sacrebleu_and_split_by_known_answers():
    written = np.array(["我知道。", "他很好。", "再见！", "你好。"])
    truth = np.array(["我知道。", "他很忙。", "再见！", "我有酒。"])
    found = bahdanau2015.measured(written, truth, np.array(["我知道。", "他很忙。", "x"]))
    assert found["exact match, %"] == 50.0
    assert found["exact match, %, known answers"] == 50.0
    assert found["exact match, %, new answers"] == 50.0
    for name, rows in {"": slice(0, 4), ", known answers": slice(0, 2)}.items():
        chrf = CHRF().corpus_score(written[rows].tolist(), [truth[rows].tolist()])
        assert found[f"chrF{name}"] == pytest.approx(chrf.score)
    bleu = BLEU(tokenize="zh").corpus_score(written.tolist(), [truth.tolist()])
    assert found["BLEU"] == bleu.score
    other = CHRF().corpus_score(written[2:].tolist(), [truth[2:].tolist()])
    assert found["chrF, new answers"] == pytest.approx(other.score)


def test_words_become_characters_and_rare_ones_one_of_their_own():
    words = bahdanau2015.Words(["The cat.", "the dog."])
    cat, the_end = words.shortened(["THE cat.", "the the."])
    assert len(cat) == 3
    assert cat[1] == bahdanau2015.RARE
    assert the_end == cat[0] * 2 + cat[2]


def test_translators_differ_in_attention_alone():
    model = bahdanau2015.translator(9, 8, (5, 4), (True, False), seed=1)
    *weights, looks = model.get_weights()
    assert np.ravel(looks).tolist() == [1.0, 0.0]
    for both in weights:
        np.testing.assert_array_equal(both[0], both[1])
    limit = bahdanau2015.RECIPE["table_limit"]
    assert 0.9 * limit < np.abs(weights[0]).max() <= limit


def test_only_short_pairs_are_kept(monkeypatch):
    class Data:
        x_train, y_train = np.array(["a" * 32, "b" * 33, "c"]), np.array(["一", "二", "三"])
        x_test, y_test = np.array(["d", "e"]), np.array(["四" * 15, "五" * 16])

    monkeypatch.setattr(bahdanau2015.datasets, "load", lambda name: Data)
    (x, y), (x_test, y_test) = bahdanau2015.pairs()
    assert x.tolist() == ["a" * 32, "c"]
    assert y.tolist() == ["一", "三"]
    assert x_test.tolist() == ["d"]
    assert y_test.tolist() == ["四" * 15]


def test_known_answers_are_counted(toy, monkeypatch):
    (x, y), (x_test, _) = toy
    again = (x_test[:4], np.array([*y[:3], "新。"]))
    monkeypatch.setattr(bahdanau2015, "pairs", lambda: [(x, y), again])
    found = bahdanau2015.baselines()
    assert found["known answers, %"] == 75.0
    assert found["exact match, %, new answers, nearest"] == 0.0


@pytest.mark.slow
def test_the_value_is_what_attention_adds(toy, tmp_path):
    training.seed_everything(0)
    value, extras = bahdanau2015.run(0, Progress(0, tmp_path))
    assert value == extras["chrF, attention"] - extras["chrF, no attention"]
    # No test sentence was seen, but each of its words was.
    assert extras["exact match, %, attention"] > 30
    found = bahdanau2015.baselines()
    assert found["exact match, %, new answers, nearest"] == 0.0
    new = "chrF, new answers"
    assert extras[f"{new}, attention"] > found[f"{new}, nearest"]
