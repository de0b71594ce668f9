"""Reading molecules: what is kept, what is left out and why, and the two splits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from companion import datasets
from companion.datasets import cache, molecules, smiles

ETHANOL, BENZENE = "CCO", "c1ccccc1"


def read(*lines, **settings):
    return smiles.read_smiles(lines, **{"min_molecules": 1} | settings)


def test_every_line_is_kept_or_counted_under_its_reason():
    lines = [
        "OCC first",
        "C1=CC=CC=C1",
        "",
        "C(C)O",
        "not a molecule",
        "C" * 31,
        "C" * 5000,
    ]
    found, report = read(*lines, "C[N+](C)(C)C")
    assert found == (ETHANOL, BENZENE)
    assert report == {
        "read": 8,
        "kept": 2,
        "empty": 1,
        "invalid": 2,
        "charged": 1,
        "no round trip": 0,
        "too long": 1,
        "rare token": 0,
        "duplicate": 1,
    }


def test_salts_lose_the_smaller_part_and_the_charge():
    found, _ = read("[Na+].CC(=O)[O-]", "[Cl-].C[NH3+]", "C[N+](=O)[O-]")
    assert found == ("CC(=O)O", "CN", "C[N+](=O)[O-]")


def test_mirror_images_are_one_molecule():
    found, report = read("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "F/C=C/F")
    assert found == ("CC(N)C(=O)O", "FC=CF")
    assert report["duplicate"] == 1


def test_molecules_with_rare_tokens_are_left_out_together():
    found, report = read("CCO", "CCCO", "CCS", min_molecules=2)
    assert found == ("CCO", "CCCO")
    assert report["rare token"] == 1
    # Sulfur stands three times, in one molecule.
    assert read("CCO", "CCCO", "SCCSCCS", min_molecules=2)[0] == ("CCO", "CCCO")


def test_what_selfies_cannot_say_is_left_out_unless_it_is_too_long(monkeypatch):
    monkeypatch.setattr(smiles.selfies, "decoder", lambda string: "CC")
    found, report = read("CC", "CCO", "C" * 31)
    assert found == ("CC",)
    assert (report["no round trip"], report["too long"]) == (1, 1)
    # Seven bonds at a chlorine are more than SELFIES knows.
    assert read("O=Cl(=O)(=O)O")[1]["no round trip"] == 1


def test_a_longer_limit_keeps_longer_molecules():
    assert len(read("C" * 30, "C" * 31, max_tokens=31)[0]) == 2


def test_nothing_is_written_to_stderr(capfd):
    read("C1CC", "c1cccc1", "(((", "[Xx]")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("lines", ["CCO", [None], [b"CCO"], [3]])
def test_what_is_no_list_of_texts_is_refused(lines):
    with pytest.raises(ValueError, match="lines must"):
        smiles.read_smiles(lines)


@given(st.lists(st.text(max_size=12) | st.text("CNO()=1#c[]+-.", max_size=12), max_size=4))
def test_any_text_is_kept_or_counted(lines):
    found, report = read(*lines)
    counted = sum(report[reason] for reason in smiles.REASONS)
    assert report["read"] == len(lines) == report["kept"] + counted
    assert len(found) == report["kept"]
    for one in found:
        assert Chem.CanonSmiles(one) == one
        assert Chem.GetFormalCharge(Chem.MolFromSmiles(one)) == 0


def test_the_file_of_rdkit_is_read_whole():
    found, report = molecules.embedded_molecules()
    assert report["read"] == 4999
    assert report["kept"] == len(found) == len(set(found))
    assert sum(report[reason] for reason in smiles.REASONS) == 4999 - len(found)
    assert [one for one in found if Chem.CanonSmiles(one) != one] == []


def test_the_split_is_seventy_to_fifteen_to_fifteen_and_always_the_same():
    data, again = molecules.molecules(), molecules.molecules()
    sizes = np.array([len(x) for x in (data.x_train, data.x_val, data.x_test)])
    np.testing.assert_allclose(sizes / sizes.sum(), (0.7, 0.15, 0.15), atol=1e-3)
    np.testing.assert_array_equal(data.x_test, again.x_test)
    np.testing.assert_array_equal(data.y_test, again.y_test)


def test_log_p_of_known_molecules():
    # RDKit's own test values of the contributions of Wildman and Crippen (1999).
    assert molecules.log_p(["C"]) == pytest.approx([0.6361], abs=1e-4)
    data = datasets.load("molecules")
    assert data.y_train[0] == pytest.approx(molecules.log_p(data.x_train[:1])[0])


def test_scaffolds_are_rings_and_what_links_them():
    found = smiles.scaffolds(["CCc1ccccc1", "CCO", "OC1CC1Cc1ccncc1"])
    assert found == ["c1ccccc1", "", "c1cc(CC2CC2)ccn1"]


def test_no_scaffold_stands_in_two_parts(rng):
    x = datasets.load("molecules").x_train
    parts = smiles.scaffold_split(x, rng)
    assert sorted(np.concatenate(parts)) == list(range(len(x)))
    np.testing.assert_allclose(
        [len(p) / len(x) for p in parts], (0.7, 0.15, 0.15), atol=0.01
    )
    rings = [set(smiles.scaffolds(x[part])) - {""} for part in parts]
    assert not rings[0] & rings[1]
    assert not rings[0] & rings[2]
    assert not rings[1] & rings[2]


def test_molecules_without_rings_are_split_one_by_one_at_random():
    chains = ["C" * n + end for n in range(1, 11) for end in ("O", "N")]
    splits = [
        smiles.scaffold_split(chains, np.random.default_rng(seed), (0.5, 0.25, 0.25))
        for seed in (0, 1)
    ]
    for parts in splits:
        assert [len(part) for part in parts] == [10, 5, 5]
        assert all((np.diff(part) > 0).all() for part in parts)
    assert not np.array_equal(splits[0][0], splits[1][0])


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (1.0, 0.0, 0.0)])
def test_shares_that_are_none_are_refused(rng, shares):
    with pytest.raises(ValueError, match="shares must be positive and sum to 1"):
        smiles.scaffold_split(["C"], rng, shares)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A cache whose files of the two collections have other contents."""
    (tmp_path / "molecules").mkdir()

    def write(collection, content):
        path = tmp_path / "molecules" / collection.files[0].name
        path.write_text(content, encoding="utf-8")
        monkeypatch.setattr(molecules, "fetch", lambda name, wanted: [path])

    return write


def test_solubility_is_read_with_its_molecule(files):
    head = "Compound ID,measured log solubility in mols per litre,smiles\n"
    alcohols = [("C" * n + "O", -float(n)) for n in range(1, 13)]
    rows = [
        f'"a, b",{y},{one} '
        for one, y in [("CS", 5.0), *alcohols, ("OC", 9.0), ("C1C", 9.0)]
    ]
    files(molecules.ESOL, head + "\n".join(rows))
    data = molecules.esol()
    x = np.concatenate([data.x_train, data.x_val, data.x_test])
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    assert dict(zip(x.tolist(), y.tolist(), strict=True)) == dict(alcohols)
    assert y.dtype == np.float32


def test_zinc_is_read_line_by_line(files):
    files(molecules.ZINC, "\n".join("C" * n + "N" for n in range(1, 41)))
    data = molecules.zinc_5000()
    assert sum(map(len, (data.x_train, data.x_val, data.x_test))) == 40


@pytest.mark.parametrize("collection", [molecules.ESOL, molecules.ZINC])
def test_addresses_end_where_the_name_of_the_file_follows(collection):
    assert all(url.startswith("https://") and url[-1] in "/?" for url in collection.mirrors)
    assert len(collection.files[0].sha256) == 64
    assert isinstance(collection, cache.Collection)
