"""Published counts of the human brain, and what follows from them, with uncertainty.

A count is a mean and a standard deviation over brains. For a sum or a ratio of two counts
the deviations are combined as if the two varied independently::

    sd(a + b)^2 = sd(a)^2 + sd(b)^2        (sd(a/b) / (a/b))^2 = (sd(a)/a)^2 + (sd(b)/b)^2
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """A published mean with its standard deviation over brains.

    Args:
        mean: The mean, in `unit`.
        sd: Standard deviation in `unit`, not below 0; NaN where we have none.
        unit: Such as "billion".
        source: The paper, authors and year.
        of: What was counted, and in whom.

    Raises:
        ValueError: If `sd` is below 0.
    """

    mean: float
    sd: float
    unit: str
    source: str
    of: str

    def __post_init__(self):
        if self.sd < 0:
            raise ValueError(f"sd must not be below 0; got {self.sd}")

    def __str__(self):
        if math.isnan(self.sd):
            return f"{self.mean:g} {self.unit}"
        return f"{self.mean:.1f} ± {self.sd:.1f} {self.unit}"


_AZEVEDO = ("billion", "Azevedo et al. (2009)")
_MARNER = ("thousand km", "Marner et al. (2003)")
NEURONS = Count(86.1, 8.1, *_AZEVEDO, "neurons of the brain, four men")
OTHER_CELLS = Count(84.6, 9.8, *_AZEVEDO, "other cells, same brains")
ALL_CELLS = Count(170.7, 13.9, *_AZEVEDO, "all cells, same brains")
CEREBELLUM = Count(69.0, 6.7, *_AZEVEDO, "neurons of the cerebellum, same brains")
SYNAPSES = Count(
    150.0, math.nan, "trillion", "Pakkenberg et al. (2003)", "synapses of the neocortex"
)
FIBERS_MEN = Count(
    176.0, math.nan, *_MARNER, "myelinated fibers of the white matter, men of 20"
)
FIBERS_WOMEN = Count(
    149.0, math.nan, *_MARNER, "myelinated fibers of the white matter, women of 20"
)


def total(a, b):
    """Mean and standard deviation of the sum of two independent counts.

    Raises:
        ValueError: If the units differ.
    """
    _same_unit(a, b)
    return a.mean + b.mean, math.hypot(a.sd, b.sd)


def ratio(a, b):
    """Mean and standard deviation of a / b for independent counts, to first order.

    Raises:
        ValueError: If the units differ.
    """
    _same_unit(a, b)
    value = a.mean / b.mean
    return value, value * math.hypot(a.sd / a.mean, b.sd / b.mean)


def _same_unit(a, b):
    if a.unit != b.unit:
        raise ValueError(f"a and b must have one unit; got {a.unit!r} and {b.unit!r}")
