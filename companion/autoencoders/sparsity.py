"""How sparse a code is, what it costs, and whether its atoms are the true causes."""

import numpy as np
from keras.ops import convert_to_numpy

from companion import metrics, training


def _checked_codes(z):
    z = np.asarray(z, dtype=float)
    if z.ndim != 2 or z.shape[1] < 2 or len(z) == 0:
        raise ValueError(f"z must be codes (n, K), n >= 1 and K >= 2; got {z.shape}")
    return z


def mean_active_units(z, threshold=0.0):
    """Number of units that are active for an example, averaged over the examples.

    Args:
        z: Codes, shape (n, K).
        threshold: A unit is active where abs(z) is above this. At 0 a code counts as
            dense however small most of its entries are.

    Returns:
        The mean count, from 0 to K.

    Raises:
        ValueError: If `z` is no table of codes.
    """
    return float(np.mean(np.sum(np.abs(_checked_codes(z)) > threshold, axis=1)))


def hoyer_sparsity(z):
    """Sparsity of each code by the ratio of its two norms, averaged over the examples.

    For one code, (sqrt(K) - sum|z| / sqrt(sum z**2)) / (sqrt(K) - 1): 1 if one unit is
    active, 0 if all are equally active. The scale of the code plays no part, and neither
    does a threshold.

    Args:
        z: Codes, shape (n, K); a code of zeros alone counts as 1.

    Returns:
        The mean, from 0 to 1.

    Raises:
        ValueError: If `z` is no table of codes.

    Source:
        Hoyer (2004), J. Mach. Learn. Res. 5:1457-1469, section 3.1.
    """
    z = _checked_codes(z)
    l1, l2 = np.abs(z).sum(axis=1), np.linalg.norm(z, axis=1)
    ratio = np.divide(l1, l2, out=np.ones(len(z)), where=l2 > 0)
    root = np.sqrt(z.shape[1])
    return float(np.mean((root - ratio) / (root - 1.0)))


def best_cosines(atoms, causes):
    """Find for each true cause how well the atom that fits it best points along it.

    The sign of an atom is free, so the absolute cosine counts.

    Args:
        atoms: Learned atoms, one in each row, shape (K, D).
        causes: True causes, one in each row, shape (M, D), none of them zero.

    Returns:
        The largest absolute cosine over the atoms, shape (M,); 1 is a perfect match.

    Raises:
        ValueError: If the widths differ.
    """
    atoms, causes = np.asarray(atoms, dtype=float), np.asarray(causes, dtype=float)
    if atoms.ndim != 2 or causes.ndim != 2 or atoms.shape[1] != causes.shape[1]:
        raise ValueError(
            f"atoms must be (K, D) as causes {causes.shape}; got {atoms.shape}"
        )
    norms = np.linalg.norm(atoms, axis=1)
    atoms = atoms[norms > 0] / norms[norms > 0, np.newaxis]
    causes = causes / np.linalg.norm(causes, axis=1, keepdims=True)
    return np.abs(causes @ atoms.T).max(axis=1, initial=0.0)


def measure(model, x_train, x_test, threshold=0.1):
    """Measure a trained model: its error, how many units it uses, how many are dead.

    Args:
        model: Anything with encode and decode, for tables x (n, D) and codes z (n, K).
        x_train: Training examples; a unit that is zero for all of them is dead.
        x_test: Test examples, for everything else.
        threshold: Above this a unit counts as clearly active; see `mean_active_units`.

    Returns:
        Mapping with mse, nonzero (mean units other than 0), active (mean units above the
        threshold), activity (mean sum of sizes), hoyer and dead (a count).
    """
    z = convert_to_numpy(model.encode(x_test))
    return {
        "mse": metrics.mse(x_test, convert_to_numpy(model.decode(z))),
        "nonzero": mean_active_units(z),
        "active": mean_active_units(z, threshold),
        "activity": float(np.abs(z).sum(axis=1).mean()),
        "hoyer": hoyer_sparsity(z),
        "dead": int(
            training.dead_units(np.abs(convert_to_numpy(model.encode(x_train)))).sum()
        ),
    }
