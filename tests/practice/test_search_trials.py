"""Searches from equal starts, and pictures of what they found."""

import numpy as np
import pytest

from companion.practice import search_trials
from companion.practice.code_search import Scorer
from companion.practice.molecule_pictures import pictures
from companion.practice.molecule_strings import SELFIES, Alphabet

POOL = ["C" * n + end for n in range(1, 31) for end in ("O", "N")]


class Codec:
    """Writes a chain whose length depends on the number in a wild way."""

    latent_dim = 1
    alphabet = Alphabet.of(SELFIES, POOL)

    def write(self, z):
        return ["C" * (int(abs(100 * a)) % 28 + 1) for a in z[:, 0]]

    def encode(self, molecules):
        return np.array([[len(s) / 10] for s in molecules])


def test_all_searches_have_the_same_start_and_budget():
    found = search_trials.compare(len, POOL, [Codec()], 56, seeds=(0, 1))
    assert len(found) == 5
    starts = [list(scorers[1].found)[:50] for scorers in found.values()]
    assert all(start == starts[0] for start in starts)
    other = list(next(iter(found.values()))[0].found)[:50]
    assert other != starts[0]
    for scorers in found.values():
        assert [len(one.found) for one in scorers] == [56, 56]


def test_every_method_is_given_its_map_and_the_whole_pool(monkeypatch):
    calls = []

    def record(method):
        return lambda scorer, given, rng: calls.append((method, given))

    places = {
        "search_training": search_trials.code_search,
        "search_codes": search_trials.code_search,
        "search_bayesian": search_trials.code_search,
        "search_evolution": search_trials.string_evolution,
        "search_screened": search_trials.string_evolution,
    }
    for method, module in places.items():
        monkeypatch.setattr(module, method, record(method))
    maps = [Codec(), Codec()]
    search_trials.compare(len, POOL, maps, 56, seeds=(2, 3))
    expected = []
    for codec in maps:
        given = (POOL, codec, codec, Codec.alphabet, Codec.alphabet)
        expected += zip(places, given, strict=True)
    assert calls == expected


def test_verdicts_are_of_two_standard_errors():
    rival = np.array([1.0, 2.0, 3.0, 4.0])
    # The differences 1, 1, 3, 3 have mean 2 and standard error sqrt(4 / 3 / 4) = 0.577.
    apart = np.array([1.0, 1.0, 3.0, 3.0])
    assert search_trials.verdict(rival + apart, rival) == "above"
    assert search_trials.verdict(rival - apart, rival) == "below"
    # Mean 1.15 and 1.16, on either side of two standard errors, 1.1547.
    near = search_trials.verdict(rival + apart - 0.85, rival)
    assert near == "not told apart from"
    assert search_trials.verdict(rival + apart - 0.84, rival) == "above"


def test_only_the_methods_that_are_named_are_run():
    names = ("genetic algorithm", "random codes")
    found = search_trials.compare(len, POOL, [Codec()], 52, (0,), names)
    assert tuple(found) == names


def test_curves_end_at_the_best_and_are_padded():
    first, second = (Scorer({"C": 1.0, "N": 5.0, "O": 2.0}.get, 4) for _ in range(2))
    first.ask(["C", "N", "O"])
    second.ask(["C", "O"])
    found = search_trials.mean_curve([first, second], 4)
    np.testing.assert_array_equal(found, [1.0, 3.5, 3.5, 3.5])
    np.testing.assert_array_equal(search_trials.best_scores([first, second]), [5.0, 2.0])
    assert search_trials.best_molecules([first, second]) == ["N", "O"]


def test_pictures_are_black_on_white_and_differ():
    found = pictures(["c1ccccc1", "CCO"], size=80)
    assert found.shape == (2, 80, 80)
    assert 0 <= found.min() < 0.3
    assert found.max() == 1
    assert np.mean(found == 1) > 0.6
    assert len(np.unique(found)) <= 16
    # Benzene is drawn in the middle, so as much ink stands left as right.
    ink = 1 - found[0]
    assert ink[:, :40].sum() == pytest.approx(ink[:, 40:].sum(), rel=0.3)
    with pytest.raises(ValueError, match="smiles must hold molecules"):
        pictures(["C1C"])
