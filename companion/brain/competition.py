"""Sparse coding by a circuit: cells that inhibit each other (LCA). Times in ms.

Each cell k has a potential u_k, driven by how well its atom fits the input, and is active
above a threshold only. Activity z inhibits the cells whose atoms are alike::

    tau du/dt = b - u - z (G - I)        b = x Phi^T,  G = Phi Phi^T
    z = S(u, penalty)

The weights of inhibition are the Gram matrix of the atoms without the identity, that is,
for atoms of length 1, without its diagonal. Where the circuit rests, u - z = b - z G,
which says that z minimizes::

    F(z) = 1/2 |x - z Phi|^2 + penalty |z|_1

In a step the activity is held, and the potential then decays exactly. A step of infinite
length would be the step of ISTA for L = 1.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain.sparse_coding import checked_pair, soft_threshold


@dataclass(frozen=True)
class CompetitionParams:
    """Constants of the circuit.

    Args:
        penalty: Threshold of a cell, which is the price of activity; not negative.
        tau_ms: Time constant of the potentials, above 0.
        dt_ms: Length of a step, above 0 and at most tau_ms.
        inhibition: Share of the lateral inhibition that is left, from 0 (cut) to 1.
        nonnegative: Whether activities may not be below zero, like rates.

    Raises:
        ValueError: If a number is outside its range.
    """

    penalty: float = 1.0
    tau_ms: float = 10.0
    dt_ms: float = 1.0
    inhibition: float = 1.0
    nonnegative: bool = False

    def __post_init__(self):
        if not self.penalty >= 0:
            raise ValueError(f"penalty must not be negative; got {self.penalty}")
        if not self.tau_ms > 0:
            raise ValueError(f"tau_ms must be above 0; got {self.tau_ms}")
        if not 0 < self.dt_ms <= self.tau_ms:
            raise ValueError(
                f"dt_ms must be above 0 and at most {self.tau_ms}; got {self.dt_ms}"
            )
        if not 0 <= self.inhibition <= 1:
            raise ValueError(f"inhibition must be from 0 to 1; got {self.inhibition}")


def lateral_weights(dictionary):
    """Strengths of inhibition between cells, G - I, shape (K, K)."""
    return dictionary @ dictionary.T - np.eye(len(dictionary))


def activity(u, params):
    """What a cell sends on: its potential beyond the threshold, shaped as `u`."""
    return soft_threshold(u, params.penalty, params.nonnegative)


def step(u, drive, lateral, params):
    """Potentials after one step dt, the activity held: exact exponential decay.

    Args:
        u: Potentials, shape (n, K).
        drive: b, shape (n, K).
        lateral: G - I, shape (K, K).
        params: A `CompetitionParams`.

    Returns:
        Potentials, shape (n, K).
    """
    target = drive - params.inhibition * activity(u, params) @ lateral
    return target + (u - target) * np.exp(-params.dt_ms / params.tau_ms)


def compete(x, dictionary, params, duration_ms):
    """Let the circuit run on every input, from potentials at zero.

    Args:
        x: Inputs, shape (n, D).
        dictionary: Phi, shape (K, D).
        params: A `CompetitionParams`.
        duration_ms: How long, at least one step.

    Yields:
        Potentials after each step, shape (n, K).

    Raises:
        ValueError: If a shape does not fit, or `duration_ms` is below one step.

    Source:
        Rozell et al. (2008), doi:10.1162/neco.2008.03-07-486.
    """
    x, dictionary = checked_pair(x, dictionary)
    if duration_ms < params.dt_ms:
        raise ValueError(f"duration_ms must be {params.dt_ms} or more; got {duration_ms}")
    return _run(x @ dictionary.T, lateral_weights(dictionary), params, duration_ms)


def _run(drive, lateral, params, duration_ms):
    u = np.zeros_like(drive)
    for _ in range(round(duration_ms / params.dt_ms)):
        u = step(u, drive, lateral, params)
        yield u


def settle(x, dictionary, params, duration_ms):
    """Activities at the end of `compete`, shape (n, K); arguments as there."""
    for u in compete(x, dictionary, params, duration_ms):  # noqa: B007
        pass
    return activity(u, params)
