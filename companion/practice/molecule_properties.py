"""Numbers about molecules that a program can compute, and what they say of a whole set.

Log P tells how much better a molecule dissolves in octanol than in water, TPSA is the
surface of its polar atoms, QED says how much its properties resemble those of oral drugs
(from 0 to 1). All are estimates from the drawn structure; nothing is measured.
"""

import functools
import importlib.util
from pathlib import Path

import numpy as np
from rdkit import Chem, RDConfig
from rdkit.Chem import QED, rdFingerprintGenerator
from scipy.stats import ks_2samp, wasserstein_distance

PROPERTIES = ("log P", "TPSA in Å²", "QED", "weight in g/mol")
N_BITS = 1024


@functools.lru_cache(maxsize=100_000)
def _properties(smiles):
    molecule = _parse(smiles)
    found = QED.properties(molecule)  # the three others are parts of QED
    return found.ALOGP, found.PSA, QED.qed(molecule, qedProperties=found), found.MW


def _parse(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"smiles must hold molecules; got {smiles!r:.60}")
    return molecule


def properties(smiles):
    """Compute log P, TPSA, QED and weight.

    Args:
        smiles: Canonical SMILES strings, n >= 1 of them.

    Returns:
        (n, 4), in the order of `PROPERTIES`.

    Raises:
        ValueError: If there is none, or one is no molecule.

    Source:
        Wildman and Crippen (1999); Ertl et al. (2000); Bickerton et al. (2012).
    """
    if len(smiles) == 0:
        raise ValueError("smiles must hold at least one molecule; got none")
    return np.array([_properties(str(one)) for one in smiles])


def drug_likeness(smiles):
    """Compute the QED of one molecule, from 0 to 1; see `properties`."""
    return _properties(str(smiles))[2]


@functools.cache
def _sa_score():
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("sascorer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.calculateScore


@functools.lru_cache(maxsize=100_000)
def synthesis_score(smiles):
    """Estimate how hard a molecule is to make, from 1, easy, to 10.

    Args:
        smiles: A canonical SMILES string.

    Returns:
        The score that ships with RDKit.

    Source:
        Ertl and Schuffenhauer (2009), J. Cheminform. 1, 8.
    """
    return float(_sa_score()(_parse(smiles)))


def penalized_log_p(smiles):
    """Log P minus the synthesis score minus what the largest ring has above six atoms.

    Args:
        smiles: A canonical SMILES string.

    Returns:
        The score, not normalized.

    Source:
        Gómez-Bombarelli et al. (2018), arXiv:1610.02415.
    """
    molecule = _parse(smiles)
    rings = [len(ring) for ring in molecule.GetRingInfo().AtomRings()]
    return (
        _properties(str(smiles))[0]
        - synthesis_score(str(smiles))
        - max([0, *(size - 6 for size in rings)])
    )


def fingerprints(smiles):
    """Mark which surroundings of atoms, up to two bonds wide, molecules have.

    Args:
        smiles: SMILES strings, n of them.

    Returns:
        Morgan fingerprints, (n, 1024), float32 of 0 and 1.

    Source:
        Rogers and Hahn (2010), J. Chem. Inf. Model. 50, 742-754.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=N_BITS)
    bits = [generator.GetFingerprintAsNumPy(_parse(str(one))) for one in smiles]
    return np.array(bits, "float32").reshape(-1, N_BITS)


def tanimoto(a, b):
    """Similarity of each row of a to each of b: bits that both have by bits that one has.

    Args:
        a: Fingerprints of 0 and 1, (n, n_bits).
        b: As a, (m, n_bits).

    Returns:
        (n, m), from 0 to 1; two empty fingerprints are equal.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    both = a @ b.T
    either = a.sum(axis=1)[:, None] + b.sum(axis=1) - both
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def internal_diversity(bits):
    """One minus the mean similarity of all pairs, each molecule with itself included.

    Args:
        bits: Fingerprints, (n, n_bits).

    Returns:
        From 0, all alike, to nearly 1.

    Source:
        Polykovskiy et al. (2020), section on IntDiv, with p = 1.
    """
    return float(1.0 - tanimoto(bits, bits).mean())


def shares(decoded, known):
    """Validity, uniqueness and novelty, each a share of the one before.

    Args:
        decoded: Canonical SMILES strings, None for what is no molecule; not empty.
        known: The training molecules, canonical.

    Returns:
        A dictionary: "valid", of all; "unique", of the valid ones, different; "novel", of
        these different ones, not in training. A share of nothing is 0.

    Raises:
        ValueError: If `decoded` is empty.

    Source:
        Polykovskiy et al. (2020), doi:10.3389/fphar.2020.565644.
    """
    if len(decoded) == 0:
        raise ValueError("decoded must hold at least one row; got none")
    valid = [smiles for smiles in decoded if smiles is not None]
    unique = set(valid)
    return {
        "valid": len(valid) / len(decoded),
        "unique": len(unique) / max(len(valid), 1),
        "novel": len(unique - {str(one) for one in known}) / max(len(unique), 1),
    }


def distances(table, reference):
    """How far the properties of molecules are distributed from those of others.

    Args:
        table: Properties, (n, n_properties).
        reference: Properties of held-out molecules, (m, n_properties).

    Returns:
        Two dictionaries by property: the Wasserstein distance, in standard deviations of
        the reference, and the Kolmogorov-Smirnov distance, the largest difference of the
        distribution functions.
    """
    pairs = zip(np.transpose(table), np.transpose(reference), strict=True)
    found = [
        (wasserstein_distance(a, b) / b.std(), ks_2samp(a, b).statistic) for a, b in pairs
    ]
    return tuple(
        dict(zip(PROPERTIES, map(float, column), strict=True))
        for column in zip(*found, strict=True)
    )
