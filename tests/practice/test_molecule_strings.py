"""Molecules to rows of symbols and back, in both notations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from companion import datasets
from companion.practice.molecule_strings import SELFIES, SMILES, Alphabet, canonical

LENGTH = 36
MOLECULES = datasets.load("molecules").x_train
N_SYMBOLS = len(Alphabet.of(SMILES, MOLECULES).symbols)
ALPHABETS = {n.name: Alphabet.of(n, MOLECULES, LENGTH) for n in (SELFIES, SMILES)}


@pytest.mark.parametrize("name", ALPHABETS)
def test_the_round_trip_is_the_canonical_form_of_rdkit(name):
    alphabet = ALPHABETS[name]
    some = MOLECULES[:400]
    assert alphabet.decode(alphabet.encode(some)) == [
        Chem.CanonSmiles(str(s)) for s in some
    ]


def test_every_way_to_write_a_molecule_is_one_text():
    molecule = Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    ways = {Chem.MolToSmiles(molecule, doRandom=True) for _ in range(20)}
    assert len(ways) > 1
    assert {canonical(way) for way in ways} == {Chem.MolToSmiles(molecule)}
    # The two hands of alanine are two molecules.
    left, right = canonical("C[C@H](N)C(=O)O"), canonical("C[C@@H](N)C(=O)O")
    assert left != right


@pytest.mark.parametrize("text", ["C1CC", "c1cccc1", "C(C)(C)(C)(C)C", "", "?"])
def test_what_is_no_molecule_is_none_and_silent(text, capfd):
    assert canonical(text) is None
    assert capfd.readouterr() == ("", "")


@given(
    st.lists(st.integers(0, len(ALPHABETS["SELFIES"].symbols) - 1), min_size=1, max_size=20)
)
def test_any_selfies_row_with_an_atom_is_a_molecule(row):
    alphabet = ALPHABETS["SELFIES"]
    (found,) = alphabet.decode(np.array([row]))
    symbols = alphabet.cut(np.array(row))
    carbon = [alphabet.symbols.index("[C]")]
    # Only a row without atoms says nothing; with an atom in front it is a molecule.
    if found is None:
        assert not symbols or "Branch" in symbols[0] or "Ring" in symbols[0]
    (with_atom,) = alphabet.decode(np.array([carbon + row]))
    assert Chem.MolFromSmiles(with_atom) is not None


def test_most_smiles_rows_are_no_molecule(rng):
    alphabet = ALPHABETS["SMILES"]
    rows = rng.integers(1, len(alphabet.symbols), (200, 20))
    assert np.mean([found is None for found in alphabet.decode(rows)]) > 0.9


def test_what_follows_an_end_mark_is_ignored():
    alphabet = ALPHABETS["SMILES"]
    c, o = alphabet.symbols.index("C"), alphabet.symbols.index("O")
    assert alphabet.decode(np.array([[c, c, 0, o], [c, c, o, 0]])) == ["CC", "CCO"]
    assert alphabet.decode(np.array([[0, c, c, o]])) == [None]
    assert alphabet.decode(np.array([[c, 0, o, 0]])) == ["C"]
    assert alphabet.decode(np.zeros((0, 4), int)) == []


def test_symbols_of_two_letters_are_one():
    assert SMILES.split("ClCC[N+](=O)Br") == [
        "Cl",
        "C",
        "C",
        "[N+]",
        "(",
        "=",
        "O",
        ")",
        "Br",
    ]
    assert SMILES.split("C%12C") == ["C", "%12", "C"]


def test_one_hot_rows_have_a_one_in_every_place():
    alphabet = Alphabet.of(SMILES, ["CCO"], 4)
    assert alphabet.symbols == ("", "C", "O")
    np.testing.assert_array_equal(alphabet.encode(["CCO"]), [[1, 1, 2, 0]])
    expected = [[[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]]
    np.testing.assert_array_equal(alphabet.one_hot(alphabet.encode(["CCO"])), expected)


def test_a_row_is_as_long_as_the_longest_molecule_which_fits():
    alphabet = Alphabet.of(SMILES, ["CCO", "CCCCO"])
    assert alphabet.length == 5
    np.testing.assert_array_equal(alphabet.encode(["CCCCO"]), [[1, 1, 1, 1, 2]])
    # A symbol in brackets takes one place, however many characters it has.
    charged = Alphabet.of(SMILES, ["[N+]#[C-]"])
    assert charged.length == 3
    np.testing.assert_array_equal(charged.encode(["[C-]#[N+]"]), [[2, 1, 3]])


BAD = {
    "no molecule": ["C1CC"],
    "none": [],
    "one text": "CCO",
    "empty": [""],
    "not a text": [None],
    "unicode": ["C\u03b1C"],
    "emoji": ["\U0001f9ea"],
    "a space": ["C C"],
    "too long": ["C" * (LENGTH + 1)],
    "far too long": ["C" * 10_000_000],
    "unknown symbol": ["[Zr]"],
    "a bracket in a bracket": ["[[C]]"],
}


@pytest.mark.parametrize("molecules", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ALPHABETS)
def test_bad_molecules_are_one_short_error(name, molecules, capfd):
    with pytest.raises(ValueError, match="molecules must") as caught:
        ALPHABETS[name].encode(molecules)
    assert len(str(caught.value)) < 200
    assert capfd.readouterr() == ("", "")


@given(st.text(max_size=20))
def test_any_text_is_encoded_or_refused(text):
    for alphabet in ALPHABETS.values():
        try:
            rows = alphabet.encode([text])
        except ValueError:
            continue
        assert alphabet.decode(rows) == [canonical(text)]


@pytest.mark.parametrize("rows", [[1, 2], [[0.5]], [[-1]], [[99]], [[N_SYMBOLS]]])
def test_rows_that_are_none_are_refused(rows):
    with pytest.raises(ValueError, match="rows must"):
        ALPHABETS["SMILES"].decode(rows)


def test_what_selfies_cannot_say_is_one_error():
    # RDKit knows perchloric acid, whose chlorine has seven bonds; SELFIES gives it one.
    with pytest.raises(ValueError, match="molecules must be sayable in SELFIES"):
        ALPHABETS["SELFIES"].encode(["O=Cl(=O)(=O)O"])
