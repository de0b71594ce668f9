"""Sparse coding: the code of an input is the result of a search, not of one pass.

The dictionary Phi has one atom in each row. For an input x the code z minimizes::

    F(z) = 1/2 |x - z Phi|^2 + penalty |z|_1

ISTA takes a step down the slope of the first term and a soft threshold for the second,
with L the largest eigenvalue of Phi Phi^T::

    z <- S(z - (z Phi - x) Phi^T / L, penalty / L)
    S(a, theta) = sign(a) max(0, |a| - theta)

FISTA steps from a point ahead of z instead. With codes that may not be negative, like
the rates of cells, S(a, theta) = max(0, a - theta).

The dictionary learns from the codes of a batch: each atom in turn goes to where the
squared error of the batch is smallest, and back into the unit ball. Without that bound
large atoms would make small codes, and the penalty would say nothing.
"""

import numpy as np


def soft_threshold(a, theta, nonnegative=False):
    """Shrink every entry of `a` by theta towards zero: S(a, theta), shaped as `a`."""
    if nonnegative:
        return np.maximum(a - theta, 0.0)
    return a - np.clip(a, -theta, theta)


def objective(z, x, dictionary, penalty):
    """Squared error and price of each code: F(z).

    Args:
        z: Codes, shape (n, K).
        x: Inputs, shape (n, D).
        dictionary: Phi, shape (K, D).
        penalty: Price of one unit of activity.

    Returns:
        1/2 the squared error summed over features, plus the penalty, shape (n,).
    """
    squares = np.sum((x - z @ dictionary) ** 2, axis=1)
    return 0.5 * squares + penalty * np.abs(z).sum(axis=1)


def ista(x, dictionary, penalty, *, n_steps, nonnegative=False):
    """Search for the codes by ISTA, from zero.

    Args:
        x: Inputs, shape (n, D).
        dictionary: Phi, shape (K, D), not all zero.
        penalty: Price of one unit of activity, not negative.
        n_steps: Number of steps, at least 1.
        nonnegative: Whether codes may not be below zero.

    Returns:
        Codes, shape (n, K); F falls in every step, its excess as 1 / n_steps.

    Raises:
        ValueError: If a shape does not fit, the dictionary is zero, `penalty` is
            negative or `n_steps` below 1.

    Source:
        Beck and Teboulle (2009), doi:10.1137/080716542, eq. 1.4 and theorem 3.1.
    """
    drive, gram, lipschitz = _prepare(x, dictionary, penalty, n_steps)
    z = np.zeros_like(drive)
    for _ in range(n_steps):
        step = z - (z @ gram - drive) / lipschitz
        z = soft_threshold(step, penalty / lipschitz, nonnegative)
    return z


def fista(x, dictionary, penalty, *, n_steps, nonnegative=False):
    """Search for the codes by FISTA, from zero.

    Args:
        x, dictionary, penalty, n_steps, nonnegative: As in `ista`.

    Returns:
        Codes, shape (n, K); the excess of F falls as 1 / n_steps^2.

    Raises:
        ValueError: As `ista`.

    Source:
        Beck and Teboulle (2009), doi:10.1137/080716542, eq. 4.1 to 4.3, theorem 4.4.
    """
    drive, gram, lipschitz = _prepare(x, dictionary, penalty, n_steps)
    z, ahead, momentum = np.zeros_like(drive), np.zeros_like(drive), 1.0
    for _ in range(n_steps):
        step = ahead - (ahead @ gram - drive) / lipschitz
        z_next = soft_threshold(step, penalty / lipschitz, nonnegative)
        momentum_next = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        ahead = z_next + (momentum - 1.0) / momentum_next * (z_next - z)
        z, momentum = z_next, momentum_next
    return z


def lipschitz_constant(dictionary):
    """Largest eigenvalue of Phi Phi^T: 1 over it is the step of ISTA."""
    return float(np.linalg.norm(dictionary, 2) ** 2)


def update_dictionary(dictionary, code_products, input_products):
    """Move each atom in turn to the smallest squared error, inside the unit ball.

    Args:
        dictionary: Phi, shape (K, D); left unchanged.
        code_products: A = z^T z, summed or averaged over examples, shape (K, K).
        input_products: B = z^T x, summed or averaged likewise, shape (K, D).

    Returns:
        The dictionary after one pass over its atoms, shape (K, D). The squared error
        tr(Phi Phi^T A) / 2 - tr(Phi^T B) never rises; unused atoms stay as they are.

    Source:
        Mairal et al. (2010), J. Mach. Learn. Res. 11:19-60, algorithm 2.
    """
    dictionary = dictionary.copy()
    for atom in np.flatnonzero(np.diag(code_products) > 0):
        slope = input_products[atom] - code_products[atom] @ dictionary
        moved = dictionary[atom] + slope / code_products[atom, atom]
        dictionary[atom] = moved / max(1.0, np.linalg.norm(moved))
    return dictionary


def train(
    x, n_atoms, penalty, *, n_steps, rng, batch_size=200, n_search=30, nonnegative=False
):
    """Learn a dictionary: search for the codes of a batch, then update the atoms.

    The products of earlier batches are kept and forgotten at the rate 1 - 1 / step, at
    most 0.95. Atoms start as inputs of length 1; one that no batch has used in the last
    twenty steps starts again.

    Args:
        x: Inputs, centered, shape (n, D).
        n_atoms: K, at least 1 and at most n.
        penalty: Price of one unit of activity, not negative.
        n_steps: Number of batches, at least 1.
        rng: A `numpy.random.Generator`.
        batch_size: Inputs in a batch.
        n_search: Steps of FISTA for each batch.
        nonnegative: Whether codes may not be below zero.

    Returns:
        dictionary: Phi, shape (K, D), no atom longer than 1.

    Raises:
        ValueError: As `ista`, or if `n_atoms` is not from 1 to n.

    Source:
        Olshausen and Field (1996), doi:10.1038/381607a0, with faster steps for both
        halves.
    """
    x = np.asarray(x, dtype=float)
    if not 1 <= n_atoms <= len(x):
        raise ValueError(f"n_atoms must be from 1 to {len(x)}; got {n_atoms}")
    dictionary = _draw_atoms(x, n_atoms, rng)
    code_products, input_products = np.zeros((n_atoms, n_atoms)), np.zeros_like(dictionary)
    for step in range(n_steps):
        batch = x[rng.integers(len(x), size=batch_size)]
        z = fista(batch, dictionary, penalty, n_steps=n_search, nonnegative=nonnegative)
        keep = min(step / (step + 1), 0.95)
        code_products = keep * code_products + z.T @ z / batch_size
        input_products = keep * input_products + z.T @ batch / batch_size
        dictionary = update_dictionary(dictionary, code_products, input_products)
        if step % 20 == 19:
            dead = np.diag(code_products) <= 1e-6
            dictionary[dead] = _draw_atoms(x, dead.sum(), rng)
    return dictionary


def checked_pair(x, dictionary):
    """Return x, (n, D), and Phi, (K, D), as float arrays; ValueError if they do not fit."""
    x, dictionary = np.asarray(x, dtype=float), np.asarray(dictionary, dtype=float)
    if x.ndim != 2 or dictionary.ndim != 2 or x.shape[1] != dictionary.shape[1]:
        raise ValueError(
            f"dictionary must be (K, D) for x of shape {x.shape}; got {dictionary.shape}"
        )
    return x, dictionary


def _draw_atoms(x, n, rng):
    atoms = x[rng.choice(len(x), size=n, replace=False)]
    lengths = np.linalg.norm(atoms, axis=1, keepdims=True)
    return atoms / np.where(lengths > 0, lengths, 1.0)


def _prepare(x, dictionary, penalty, n_steps):
    x, dictionary = checked_pair(x, dictionary)
    if not dictionary.any():
        raise ValueError("dictionary must hold an atom that is not zero; got zeros")
    if not penalty >= 0:
        raise ValueError(f"penalty must not be negative; got {penalty}")
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
    gram = dictionary @ dictionary.T
    return x @ dictionary.T, gram, lipschitz_constant(dictionary)
