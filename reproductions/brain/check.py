"""One quantity as this course computes it, beside its value by another route."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A measured quantity, its reference, and how far they may lie apart.

    A published range is stated as its middle with half its width as tolerance.

    Args:
        quantity: What is measured, in words a reader understands without the code.
        unit: Unit of the three numbers; "" for a pure number.
        ours: Value computed by `companion`.
        reference: Value by another route.
        tolerance: Largest allowed distance of the two, above 0.
        route: Where the reference comes from: "closed form", "Brian2", a paper.

    Raises:
        ValueError: If a number is not finite or `tolerance` is not above 0.
    """

    quantity: str
    unit: str
    ours: float
    reference: float
    tolerance: float
    route: str

    def __post_init__(self):
        for name in ("ours", "reference", "tolerance"):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite; got {value} ({self.quantity})")
        if self.tolerance <= 0:
            raise ValueError(f"tolerance must be above 0; got {self.tolerance}")

    @property
    def holds(self):
        """Whether the two values lie within the tolerance."""
        return abs(self.ours - self.reference) <= self.tolerance

    def row(self):
        """The check as texts, with one digit more than the tolerance sees, six at most."""
        digits = min(max(0, 1 - math.floor(math.log10(self.tolerance))), 6)
        numbers = [f"{value:z.{digits}f}" for value in (self.ours, self.reference)]
        unit = self.unit or "–"
        return [self.quantity, unit, *numbers, f"{self.tolerance:.2g}", self.route]


HEADER = ["quantity", "unit", "ours", "reference", "tolerance", "reference from"]
