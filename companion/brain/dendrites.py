"""A neuron as a two-layer unit: dendritic branches first, then the cell body. No units.

Each branch k adds up its own synapses and passes the sum through a sigmoid; the cell body
adds up the branches and compares with a threshold::

    b_k = 1 / (1 + exp(-s (w_k . x - theta_k)))        fires if  sum_k c_k b_k > Theta

A point neuron has no branches: it fires if w . x > theta. Which classifications such a
threshold unit can do is decided here by a linear program, which cannot be unlucky as a
training can.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit


@dataclass(frozen=True)
class DendriticUnit:
    """A two-layer neuron with n_branches branches and n_inputs inputs.

    Args:
        weights: Synapses, (n_branches, n_inputs); below 0 for inhibition.
        branch_thresholds: theta, (n_branches,).
        coupling: c, how strongly each branch drives the cell body, (n_branches,).
        threshold: Theta of the cell body.
        steepness: s of the sigmoids, above 0.

    Raises:
        ValueError: If the shapes do not fit or `steepness` is not above 0.

    Source:
        Poirazi, Brannon and Mel (2003), doi:10.1016/S0896-6273(03)00149-1.
    """

    weights: np.ndarray
    branch_thresholds: np.ndarray
    coupling: np.ndarray
    threshold: float
    steepness: float = 10.0

    def __post_init__(self):
        for name in ("weights", "branch_thresholds", "coupling"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        n_branches = self.weights.shape[:1]
        if self.weights.ndim != 2 or not (
            self.branch_thresholds.shape == self.coupling.shape == n_branches
        ):
            raise ValueError(
                "weights, branch_thresholds and coupling must be (K, n), (K,) and (K,); "
                f"got {self.weights.shape}, {self.branch_thresholds.shape} and "
                f"{self.coupling.shape}"
            )
        if not self.steepness > 0:
            raise ValueError(f"steepness must be above 0; got {self.steepness}")

    def branches(self, x):
        """Outputs of the branches, (batch, n_branches), for inputs (batch, n_inputs)."""
        drive = np.asarray(x, dtype=float) @ self.weights.T - self.branch_thresholds
        return expit(self.steepness * drive)

    def drive(self, x):
        """What reaches the cell body, (batch,)."""
        return self.branches(x) @ self.coupling

    def fires(self, x):
        """Whether the cell fires, bool of shape (batch,)."""
        return self.drive(x) > self.threshold


def all_inputs(n_inputs):
    """Every pattern of 0 and 1, (2^n, n), counted in binary with the first input on top."""
    return (np.arange(2**n_inputs)[:, np.newaxis] >> np.arange(n_inputs)[::-1]) & 1


def truth_table(n_inputs, function):
    """The column of a Boolean function, (2^n,), its patterns as in `all_inputs`.

    Args:
        n_inputs: n.
        function: Number of the function, 0 to 2^(2^n) - 1; its bits are the column, the
            first pattern on top.
    """
    n_patterns = 2**n_inputs
    return ((function >> np.arange(n_patterns)[::-1]) & 1).astype(bool)


def separation_margin(x, target):
    """The widest margin with which one threshold unit can do a classification.

    The linear program::

        maximize t   such that   y_i (w . x_i - theta) >= t,   |w_j| <= 1,   |theta| <= n

    with y = 1 where the unit should fire and -1 elsewhere. Its answer is exact: above 0 a
    unit exists, and w and theta are one; at 0 no weights whatever do it.

    Args:
        x: Inputs, (n_patterns, n_inputs).
        target: Whether the unit should fire, bool of shape (n_patterns,).

    Returns:
        t, the weights (n_inputs,) and theta.

    Raises:
        ValueError: If the shapes do not fit.
    """
    from scipy.optimize import linprog

    x, target = np.asarray(x, dtype=float), np.asarray(target, dtype=bool)
    if x.ndim != 2 or target.shape != x.shape[:1]:
        raise ValueError(
            f"x must be (n, d) and target (n,); got {x.shape} and {target.shape}"
        )
    n_patterns, n_inputs = x.shape
    y = np.where(target, 1.0, -1.0)[:, np.newaxis]
    # Unknowns w, theta, t; each row says t - y (w . x - theta) <= 0.
    rows = np.hstack([-y * x, y, np.ones((n_patterns, 1))])
    bounds = [(-1, 1)] * n_inputs + [(-n_inputs, n_inputs), (0, None)]
    goal = np.zeros(n_inputs + 2)
    goal[-1] = -1.0
    answer = linprog(goal, A_ub=rows, b_ub=np.zeros(n_patterns), bounds=bounds)
    return answer.x[-1], answer.x[:n_inputs], answer.x[n_inputs]


@cache
def threshold_functions(n_inputs):
    """The numbers of all Boolean functions that one threshold unit can do, ascending.

    The array is read-only, because it is kept for the next call.
    """
    x = all_inputs(n_inputs)
    numbers = range(2 ** (2**n_inputs))
    margins = [separation_margin(x, truth_table(n_inputs, i))[0] for i in numbers]
    found = np.flatnonzero(np.array(margins) > 1e-9)
    found.setflags(write=False)
    return found


def branched_functions(n_inputs, n_branches):
    """The Boolean functions of a unit with on-off branches that excite the cell body.

    On-off is the limit of steep branches: each does one threshold function, and a sum with
    positive weights takes in one branch after another, by AND or by OR. (Three branches
    have a majority too, but up to three inputs it adds no function.) Branches that are
    still graded can do more: two of them do the parity of three inputs.

    Args:
        n_inputs: n, at most 3: there are 2^(2^n) functions to sort.
        n_branches: 1, 2 or 3.

    Returns:
        Their numbers, ascending.

    Raises:
        ValueError: If `n_inputs` or `n_branches` is not 1, 2 or 3.
    """
    if n_inputs not in (1, 2, 3):
        raise ValueError(f"n_inputs must be 1, 2 or 3; got {n_inputs}")
    if n_branches not in (1, 2, 3):
        raise ValueError(f"n_branches must be 1, 2 or 3; got {n_branches}")
    single = found = threshold_functions(n_inputs)
    for _ in range(n_branches - 1):
        more = found[:, np.newaxis]
        found = np.union1d(more & single, more | single)
    return found
