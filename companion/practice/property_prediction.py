"""Predict a property of held-out molecules from codes, fingerprints or simple counts."""

import numpy as np
from rdkit import Chem
from rdkit.Chem import Lipinski, rdMolDescriptors
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from companion.datasets.smiles import scaffold_split
from companion.practice.code_search import gaussian_process
from companion.practice.molecule_properties import fingerprints

COUNTS = {
    "heavy atoms": Lipinski.HeavyAtomCount,
    "hydrogen bond donors": Lipinski.NumHDonors,
    "hydrogen bond acceptors": Lipinski.NumHAcceptors,
    "rotatable bonds": Lipinski.NumRotatableBonds,
    "rings": Lipinski.RingCount,
    "aromatic rings": Lipinski.NumAromaticRings,
    "halogens": lambda molecule: _atoms(molecule, {9, 17, 35, 53}),
    "oxygen and nitrogen": lambda molecule: _atoms(molecule, {7, 8}),
    "share of sp3 carbon": Lipinski.FractionCSP3,
    "polar surface": rdMolDescriptors.CalcTPSA,
}
STRENGTHS = np.logspace(-2, 4, 13)


def _atoms(molecule, numbers):
    return sum(atom.GetAtomicNum() in numbers for atom in molecule.GetAtoms())


def counts(smiles):
    """Describe molecules by what one can count in the drawing.

    Args:
        smiles: SMILES strings, n of them.

    Returns:
        (n, 10), in the order of `COUNTS`.
    """
    molecules = [Chem.MolFromSmiles(str(one)) for one in smiles]
    return np.array([[count(one) for count in COUNTS.values()] for one in molecules], float)


def ridge(x, y):
    """Fit a linear model on standardized features, its strength by leave-one-out."""
    return make_pipeline(StandardScaler(), RidgeCV(STRENGTHS)).fit(x, y)


MODELS = {"ridge": ridge, "Gaussian process": gaussian_process}


def held_out_r2(model, features, y, train, test):
    """Fit on some molecules and predict others.

    Args:
        model: A name in `MODELS`.
        features: (n, n_features).
        y: The property, (n,).
        train: Rows to fit.
        test: Rows to predict.

    Returns:
        R2 on the test rows: 1 for exact predictions, 0 for their own mean.
    """
    features, y = np.asarray(features, float), np.asarray(y, float)
    fitted = MODELS[model](features[train], y[train])
    return float(r2_score(y[test], fitted.predict(features[test])))


def compare_splits(smiles, y, codecs, n_train=200, n_test=500):
    """Measure R2 of every model on every kind of feature, on two kinds of split.

    Args:
        smiles: SMILES strings, (n,), that no codec was trained on.
        y: The property, (n,).
        codecs: `companion.practice.string_trials.Codec` objects; the number of each seeds
            its split.
        n_train: Molecules to fit.
        n_test: Molecules of the random split to predict.

    Returns:
        Maps "model on features" to a mapping from the split to one R2 for each codec.
    """
    fixed, r2 = {"fingerprints": fingerprints(smiles), "counts": counts(smiles)}, {}
    for seed, codec in enumerate(codecs):
        rng = np.random.default_rng(seed)
        order, parts = rng.permutation(len(y)), scaffold_split(smiles, rng)
        splits = {"R2, random split": (order[:n_train], order[-n_test:])}
        splits["R2, scaffold split"] = (rng.permutation(parts[0])[:n_train], parts[2])
        for name, x in ({"codes": codec.encode(smiles)} | fixed).items():
            for model in MODELS:
                for split, rows in splits.items():
                    one = held_out_r2(model, x, y, *rows)
                    r2.setdefault(f"{model} on {name}", {}).setdefault(split, []).append(
                        one
                    )
    return r2
