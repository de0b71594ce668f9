"""Published counts of the human brain, and what follows from them, with uncertainty.

A count is a mean and a standard deviation over brains. For a sum or a ratio of two counts
the deviations are combined as if the two varied independently:

    sd(a + b)^2 = sd(a)^2 + sd(b)^2        (sd(a/b) / (a/b))^2 = (sd(a)/a)^2 + (sd(b)/b)^2
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """A published mean with its standard deviation over brains.

    Args:
        mean: The mean, in units of 1.
        sd: Standard deviation, not below 0; NaN where the paper's figure has none.
        source: Key in the bibliography.
        of: What was counted, and in whom.

    Raises:
        ValueError: If `sd` is below 0.
    """

    mean: float
    sd: float
    source: str
    of: str

    def __post_init__(self):
        if self.sd < 0:
            raise ValueError(f"sd must not be below 0; got {self.sd}")


NEURONS = Count(86.1e9, 8.1e9, "azevedo2009equal", "neurons, four men of 50 to 71 years")
OTHER_CELLS = Count(84.6e9, 9.8e9, "azevedo2009equal", "cells of other kinds, same brains")
CEREBELLUM = Count(
    69.0e9, 6.7e9, "azevedo2009equal", "neurons of the cerebellum, same brains"
)
ALL_CELLS = Count(170.7e9, 13.9e9, "azevedo2009equal", "all cells, same brains")
SYNAPSES = Count(0.15e15, math.nan, "pakkenberg2003aging", "synapses of the neocortex")
FIBERS_MEN_KM = Count(
    176e3, math.nan, "marner2003marked", "myelinated white-matter fibers, men of 20, km"
)
FIBERS_WOMEN_KM = Count(
    149e3, math.nan, "marner2003marked", "myelinated white-matter fibers, women of 20, km"
)


def total(a, b):
    """Mean and standard deviation of the sum of two independent counts."""
    return a.mean + b.mean, math.hypot(a.sd, b.sd)


def ratio(a, b):
    """Mean and standard deviation of a / b for independent counts, to first order."""
    value = a.mean / b.mean
    return value, value * math.hypot(a.sd / a.mean, b.sd / b.mean)
