"""How far a piece written from its equations lies from its twin in a framework."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parity:
    """The largest difference between a piece of the course and its twin.

    Args:
        piece: What is written from its equations, by its name in `companion.networks`.
        twin: The part of a framework that computes the same.
        compared: Which numbers are compared, in which precision; the difference is the
            largest absolute one unless this says otherwise.
        difference: What was measured, not negative.
        tolerance: Largest allowed difference, above 0.

    Raises:
        ValueError: If `difference` is negative or not finite, or `tolerance` not above 0.
    """

    piece: str
    twin: str
    compared: str
    difference: float
    tolerance: float

    def __post_init__(self):
        if not (math.isfinite(self.difference) and self.difference >= 0):
            raise ValueError(
                f"difference must be finite and not negative; got {self.difference} "
                f"({self.piece})"
            )
        if not self.tolerance > 0:
            raise ValueError(f"tolerance must be above 0; got {self.tolerance}")

    @property
    def holds(self):
        """Whether the difference lies within the tolerance."""
        return self.difference <= self.tolerance

    def row(self):
        """The comparison as texts, the measured difference with one digit."""
        numbers = f"{self.difference:.0e}", f"{self.tolerance:.0e}"
        return [self.piece, self.twin, self.compared, *numbers]


HEADER = ["piece", "its twin", "what is compared", "largest difference", "allowed"]


def largest_difference(ours, theirs):
    """Compare matching arrays of two lists.

    Args:
        ours: Arrays.
        theirs: Arrays or tensors of the same shapes.

    Returns:
        The largest absolute difference.

    Raises:
        ValueError: If two shapes differ.
    """
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(ours, theirs, strict=True)]
    for a, b in pairs:
        if a.shape != b.shape:
            raise ValueError(f"theirs must have shape {a.shape}; got shape {b.shape}")
    return float(max(np.max(np.abs(a - b)) for a, b in pairs))
