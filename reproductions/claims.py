"""What a paper states, and the one rule that decides whether it was reproduced.

The shortfall is how much worse the measured mean is than the published number, in the
number's own unit; a mean that is better has a shortfall below 0.

    reproduced    shortfall <= tolerance
    partly        tolerance < shortfall <= partly_tolerance
    not           otherwise

Both tolerances stand in the paper's module and are set before the seeds are run.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

VERDICTS = ("reproduced", "partly", "not")


@dataclass(frozen=True)
class Claim:
    """One number of a paper, or a statement that was given a threshold here.

    Args:
        what: What is measured, in words.
        published: The paper's number; for a statement without one, the threshold.
        unit: The unit of both numbers.
        tolerance: The shortfall up to which the claim counts as reproduced.
        partly_tolerance: The shortfall up to which it counts as partly reproduced.
        lower_is_better: Whether a smaller number is a better one.
        threshold: Whether `published` is such a threshold and no number of the paper.

    Raises:
        ValueError: If a number is not finite, or the tolerances are not in order.
    """

    what: str
    published: float
    unit: str
    tolerance: float
    partly_tolerance: float
    lower_is_better: bool = True
    threshold: bool = False

    def __post_init__(self):
        numbers = (self.published, self.tolerance, self.partly_tolerance)
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"published and tolerances must be finite; got {numbers}")
        if not 0 <= self.tolerance <= self.partly_tolerance:
            raise ValueError(
                "tolerance must be from 0 to partly_tolerance, "
                f"{self.partly_tolerance}; got {self.tolerance}"
            )

    def shortfall(self, mean):
        """Return how much worse a measured mean is than the published number."""
        return mean - self.published if self.lower_is_better else self.published - mean

    def verdict(self, mean):
        """Decide whether a measured mean reproduces the claim.

        Args:
            mean: The mean over the seeds, in the claim's unit.

        Returns:
            "reproduced", "partly" or "not".

        Raises:
            ValueError: If `mean` is not finite.
        """
        if not math.isfinite(mean):
            raise ValueError(f"mean must be finite; got {mean}")
        # Rounding of the subtraction must not decide at the very edge.
        shortfall = round(self.shortfall(mean), 9)
        if shortfall <= self.tolerance:
            return "reproduced"
        return "partly" if shortfall <= self.partly_tolerance else "not"


@dataclass(frozen=True)
class Paper:
    """What is run again from one paper, and on which terms.

    Args:
        name: Name of the module, and of the file of the results.
        key: The paper's key in ``references.bib``.
        where: The table, figure or section of the paper.
        dataset: A name that `companion.datasets.load` knows, or several full-size ones.
        claim: The `Claim` that the verdict is about.
        recipe: The settings of a run: numbers, texts, and lists of them.
        epochs: Epochs of one seed, all its models together; the progress bar counts them.
        budget_cpu_minutes: What one seed may cost, in minutes of processor time.
        also: Further claims, by the names of the extra values that a run returns.
        published_baselines: What the paper gives for a baseline, by the baseline's name.
        seeds: The seeds that are run.
    """

    name: str
    key: str
    where: str
    dataset: str
    claim: Claim
    recipe: Mapping
    epochs: int
    budget_cpu_minutes: float
    also: Mapping = field(default_factory=dict)
    published_baselines: Mapping = field(default_factory=dict)
    seeds: tuple = (0, 1, 2)
