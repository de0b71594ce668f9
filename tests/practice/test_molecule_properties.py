"""Properties against published and hand-made values; measures on hand-made sets."""

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import QED, Crippen, rdFingerprintGenerator

from companion.practice import molecule_properties as mp

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_properties_of_aspirin():
    # PubChem, compound 2244: weight 180.16, TPSA 63.6; QED 0.55 in the QED paper's table.
    log_p, tpsa, qed, weight = mp.properties([ASPIRIN])[0]
    assert weight == pytest.approx(180.16, abs=0.01)
    assert tpsa == pytest.approx(63.6, abs=0.05)
    assert qed == pytest.approx(0.55, abs=0.005)
    assert log_p == pytest.approx(1.31, abs=0.005)
    assert mp.drug_likeness(ASPIRIN) == qed
    molecule = Chem.MolFromSmiles(ASPIRIN)
    assert QED.qed(molecule) == qed
    assert Crippen.MolLogP(molecule) == log_p


def test_the_weight_of_methane_is_that_of_its_atoms():
    assert mp.properties(["C"])[0, 3] == pytest.approx(12.011 + 4 * 1.008, abs=1e-3)


@pytest.mark.parametrize("smiles", [[], ["C1CC"]])
def test_what_is_no_molecule_has_no_properties(smiles):
    with pytest.raises(ValueError, match="smiles must hold"), _silent():
        mp.properties(smiles)


def _silent():
    from rdkit import rdBase

    return rdBase.BlockLogs()


def test_large_rings_and_hard_synthesis_are_penalized():
    ring = "C1CCCCCCC1"  # eight atoms: a penalty of two
    log_p = mp.properties([ring])[0, 0]
    expected = log_p - mp.synthesis_score(ring) - 2
    assert mp.penalized_log_p(ring) == pytest.approx(expected)
    benzene = "c1ccccc1"
    expected = mp.properties([benzene])[0, 0] - mp.synthesis_score(benzene)
    assert mp.penalized_log_p(benzene) == pytest.approx(expected)
    # Two rings of eight are punished once, by the largest; no ring is no penalty at all.
    for smiles, penalty in (("C1CCCCCCC1CC1CCCCCCC1", 2), ("CCO", 0), ("C1CC1", 0)):
        expected = mp.properties([smiles])[0, 0] - mp.synthesis_score(smiles) - penalty
        assert mp.penalized_log_p(smiles) == pytest.approx(expected)
    # Ertl and Schuffenhauer: from 1, easy, to 10; strychnine is harder than aspirin.
    strychnine = "O=C1CC2OCC=C3CN4CCC56C4CC3C2C6N1c1ccccc15"
    assert 1 <= mp.synthesis_score(ASPIRIN) < 2.5 < 4 < mp.synthesis_score(strychnine) <= 10


def test_similarity_equals_that_of_rdkit():
    smiles = [ASPIRIN, "CCO", "Oc1ccccc1C(=O)O", "CCCCCC"]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(one)) for one in smiles]
    expected = [DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints]
    bits = mp.fingerprints(smiles)
    np.testing.assert_allclose(mp.tanimoto(bits, bits), expected)


def test_similarity_and_diversity_by_hand():
    bits = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(mp.tanimoto(bits, bits[:1]), [[1], [1 / 3], [0]])
    assert mp.tanimoto(bits[2:], bits[2:]) == 1
    # Nine pairs: three of a row with itself, two of 1/3, four of 0.
    assert mp.internal_diversity(bits) == pytest.approx(1 - (3 + 2 / 3) / 9)


def test_shares_by_hand():
    decoded = ["C", "C", "CC", None, "CCC", "CCC", None, "CCCC"]
    found = mp.shares(decoded, ["C", "O"])
    assert found == {"valid": 6 / 8, "unique": 4 / 6, "novel": 3 / 4}
    assert mp.shares([None], ["C"]) == {"valid": 0, "unique": 0, "novel": 0}
    with pytest.raises(ValueError, match="decoded must hold at least one row"):
        mp.shares([], ["C"])


def test_distances_of_shifted_properties_are_the_shift(rng):
    reference = rng.normal(0, 2, (500, 4))
    apart, ks = mp.distances(reference + 1, reference)
    assert list(apart) == list(ks) == list(mp.PROPERTIES)
    expected = 1 / reference.std(axis=0)  # moved by 1, in standard deviations
    np.testing.assert_allclose(list(apart.values()), expected)
    # The unit is the spread of the reference, whatever the spread of the others.
    narrow, _ = mp.distances(np.full((3, 4), 1e3), reference)
    expected = (1e3 - reference.mean(axis=0)) / reference.std(axis=0)
    np.testing.assert_allclose(list(narrow.values()), expected)
    grid = np.sort(np.concatenate([reference[:, 0], reference[:, 0] + 1]))
    below = [np.mean(reference[:, 0] + shift <= grid[:, None], axis=1) for shift in (0, 1)]
    assert ks["log P"] == pytest.approx(np.abs(below[0] - below[1]).max())
