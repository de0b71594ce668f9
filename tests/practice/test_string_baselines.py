"""Random symbols, the Markov chain against counts by hand, one carbon more."""

import numpy as np
import pytest
from rdkit import Chem

from companion import datasets
from companion.practice.string_baselines import (
    MarkovChain,
    add_carbon,
    best_chain,
    random_rows,
)

ROWS = np.array([[1, 2, 0, 0], [1, 2, 2, 0], [1, 1, 2, 0]])


def test_probabilities_by_hand():
    chain = MarkovChain(1, n_symbols=3, weight=2.0).fit(ROWS)
    # Symbols with end marks: 0 three times, 1 four times, 2 four times, of eleven.
    alone = (np.array([3, 4, 4]) + 2 / 3) / 13
    np.testing.assert_allclose(chain.probabilities(()), alone)
    # After 1: never 0, once 1, three times 2.
    np.testing.assert_allclose(chain.probabilities((1,)), ([0, 1, 3] + 2 * alone) / 6)
    assert chain.probabilities((7,)) is chain.probabilities(())


def test_probabilities_sum_to_one_and_score_a_row():
    chain = MarkovChain(2, n_symbols=3, weight=0.5).fit(ROWS)
    for context in [(), (1,), (0, 0), (1, 2), (2, 2), (9, 9)]:
        assert chain.probabilities(context).sum() == pytest.approx(1)
    contexts = [((0, 0), 1), ((0, 1), 2), ((1, 2), 0)]
    expected = -sum(np.log(chain.probabilities(c)[s]) for c, s in contexts)
    assert chain.nll(ROWS[:1]) == pytest.approx(expected)


def test_a_context_falls_back_on_the_one_without_its_oldest_symbol():
    chain = MarkovChain(2, n_symbols=3, weight=2.0).fit(ROWS)
    # After 1 2: twice 0, once 2; after 2 alone: three times 0, once 2.
    alone = (np.array([3, 4, 4]) + 2 / 3) / 13
    after_2 = ([3, 0, 1] + 2 * alone) / 6
    np.testing.assert_allclose(chain.probabilities((1, 2)), ([2, 0, 1] + 2 * after_2) / 5)
    # 9 2 was never seen: what is known of 2 alone, not of 9 alone.
    np.testing.assert_allclose(chain.probabilities((9, 2)), after_2)


def test_little_weight_gives_back_the_counts(rng):
    chain = MarkovChain(3, n_symbols=3, weight=1e-9).fit(ROWS)
    found = chain.sample(3000, 4, rng)
    for row in ROWS:
        # Each row was seen once, so it is drawn with probability 1/3.
        share = np.mean((found == row).all(axis=1))
        assert share == pytest.approx(1 / 3, abs=0.04)


def test_samples_follow_the_probabilities(rng):
    chain = MarkovChain(0, n_symbols=3).fit(ROWS)
    first = chain.sample(4000, 5, rng)[:, 0]
    found = np.bincount(first, minlength=3) / 4000
    np.testing.assert_allclose(found, chain.probabilities(()), atol=0.03)


def test_the_order_is_chosen_on_other_rows(rng):
    # Symbols in pairs, 1 2 or 2 1: a chain of order 1 cannot tell where a pair begins.
    pairs = rng.integers(1, 3, (300, 4))
    rows = np.stack([pairs, 3 - pairs], axis=2).reshape(300, 8)
    rows = np.concatenate([rows, np.zeros((300, 1), int)], axis=1)
    chain = best_chain(rows[:200], rows[200:], 3, orders=(0, 1, 3), weights=(1.0,))
    assert chain.order == 3
    # In its own rows a longer look back only gains; in others it may lose.
    noise = rng.integers(1, 3, (60, 8))
    chain = best_chain(noise[:30], noise[30:], 3, orders=(0, 5), weights=(0.01,))
    assert chain.order == 0


def test_random_rows_have_the_lengths_and_the_symbols_of_training(rng):
    found = random_rows(ROWS, 3000, rng)
    lengths = (found > 0).sum(axis=1)
    np.testing.assert_allclose(np.mean(lengths == 2), 1 / 3, atol=0.03)
    assert np.mean(found[found > 0] == 1) == pytest.approx(4 / 8, abs=0.03)
    often = random_rows(np.array([[1, 1, 1, 2]]), 3000, rng)
    assert np.mean(often == 1) == pytest.approx(3 / 4, abs=0.03)
    for row, length in zip(found, lengths, strict=True):
        assert (row[:length] > 0).all()


@pytest.mark.parametrize(("order", "weight"), [(-1, 1.0), (1, 0.0), (1.5, 1.0)])
def test_settings_out_of_range_are_refused(order, weight):
    with pytest.raises(ValueError, match=r"must be|weight"):
        MarkovChain(order, 3, weight)


def test_one_carbon_more_is_a_molecule_with_one_heavy_atom_more(rng):
    for smiles in datasets.load("molecules").x_test[:60]:
        found = Chem.MolFromSmiles(add_carbon(smiles, rng))
        before = Chem.MolFromSmiles(str(smiles))
        grown = found.GetNumHeavyAtoms() - before.GetNumHeavyAtoms()
        assert grown == (1 if any(a.GetTotalNumHs() for a in before.GetAtoms()) else 0)
    assert add_carbon("FC(F)(F)F", rng) == "FC(F)(F)F"
    assert add_carbon("C", rng) == "CC"
    places = {add_carbon("CCCO", rng) for _ in range(60)}
    assert places == {"CCCCO", "CCC(C)O", "CC(C)CO", "CCCOC"}
    assert add_carbon("c1cc[nH]c1", np.random.default_rng(4)) in (
        "Cc1ccc[nH]1",
        "Cc1cc[nH]c1",
        "Cn1cccc1",
    )
