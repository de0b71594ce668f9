"""Molecules with and without a model, and what is measured of them."""

import numpy as np
import pytest

from companion.practice import molecule_properties, string_generation
from companion.practice.molecule_strings import SELFIES, SMILES, Alphabet
from companion.practice.string_baselines import MarkovChain

MOLECULES = [f"{'C' * n}{end}" for n in range(1, 7) for end in ("O", "N", "Cl", "Br")]


class Codec:
    """Writes chains as long as the first number of a code says."""

    latent_dim = 2

    def __init__(self, alphabet):
        self.alphabet = alphabet

    def write(self, z):
        return ["C" * (1 + int(abs(1000 * a)) % 50) for a in z[:, 0]]


def test_copies_are_valid_never_new_and_distributed_as_they_are(rng):
    table = molecule_properties.properties(MOLECULES)
    found = string_generation.measure_set(MOLECULES, MOLECULES, table)
    assert (found["valid"], found["unique"], found["novel"]) == (1, 1, 0)
    assert found["distance"] == found["KS"] == 0
    assert string_generation.measure_set([None], MOLECULES, table)["valid"] == 0


def test_the_measures_are_means_over_properties_of_valid_molecules():
    table = molecule_properties.properties(MOLECULES)
    few = ["CCO", None, "CCO", "c1ccccc1"]
    found = string_generation.measure_set(few, MOLECULES, table)
    assert (found["valid"], found["unique"], found["novel"]) == (3 / 4, 2 / 3, 1 / 2)
    names = molecule_properties.PROPERTIES
    assert found["distance"] == pytest.approx(np.mean([found[name] for name in names]))
    valid = molecule_properties.properties(["CCO", "CCO", "c1ccccc1"])
    apart, ks = molecule_properties.distances(valid, table)
    assert found["log P"] == apart["log P"]
    assert found["KS"] == pytest.approx(np.mean(list(ks.values())))
    # Nine pairs: five of equal molecules, four of ethanol and benzene, which share no bit.
    assert found["diversity"] == pytest.approx(4 / 9)


def test_crossed_pairs_have_symbols_of_two_molecules():
    molecules = ["CCCCCC", "OOOO"]
    alphabet = Alphabet.of(SELFIES, molecules, 8)
    chain = MarkovChain(0, len(alphabet.symbols)).fit(alphabet.encode(molecules))
    found = string_generation.without_model(alphabet, molecules, chain, 60, seed=1)
    mixed = [one for one in found["crossed pairs"] if {"C", "O"} <= set(one)]
    assert 5 < len(mixed) < 40
    assert None not in found["crossed pairs"]


def test_each_method_without_a_model_gives_as_many():
    alphabet = Alphabet.of(SELFIES, MOLECULES, 8)
    chain = MarkovChain(2, len(alphabet.symbols)).fit(alphabet.encode(MOLECULES))
    found = string_generation.without_model(alphabet, MOLECULES, chain, 30, seed=0)
    assert {len(molecules) for molecules in found.values()} == {30}
    assert set(found["copies"]) <= set(MOLECULES)
    assert not set(found["copies and a carbon"]) & set(found["copies"]) - set(MOLECULES)


def test_every_method_generates_once_for_each_seed():
    alphabets = [Alphabet.of(notation, MOLECULES, 8) for notation in (SELFIES, SMILES)]
    named = {a.notation.name: [Codec(a)] * 2 for a in alphabets}
    chains = {
        a.notation.name: MarkovChain(2, len(a.symbols)).fit(a.encode(MOLECULES))
        for a in alphabets
    }
    made = string_generation.generate(named, chains, MOLECULES, 7)
    assert set(made) == {"copies", "copies and a carbon"} | {
        f"SELFIES {method}"
        for method in ("autoencoder", "random symbols", "Markov chain", "crossed pairs")
    } | {"SMILES autoencoder", "SMILES Markov chain"}
    for runs in made.values():
        assert [len(molecules) for molecules in runs] == [7, 7]
    # The two seeds draw different codes from one and the same codec.
    assert made["SELFIES autoencoder"][0] != made["SELFIES autoencoder"][1]
