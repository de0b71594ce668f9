"""Do fresh outputs agree with the stored ones, within a cell's stated tolerance?

Without a statement, texts must be equal. With `companion: {"rtol": r}` in the metadata of
a cell, the numbers a of a fresh output may differ from the stored b by |a - b| <= r |b|,
while the text between them must be equal. A spread, as in 0.95 ± 0.01, may differ by r
times the mean it stands with, as it can when the values behind it differ by r. Numbers
printed with equally many decimals may differ by one more unit of the last one, since both
were rounded. Spaces beside a number do not count: 9.98 and 10.01 are not padded alike.

`atol` in place of `rtol` serves a table of rounding errors, which no machine shares with
another: |a - b| <= atol, at most 1e-6. `nan` and `inf` are text, so they equal themselves
only, and so is a comma: 12,345 is two numbers, each with its own tolerance.
"""

import re
from typing import NamedTuple

from tools.checks.pages import output_texts

LIMITS = {"rtol": 0.05, "atol": 1e-6}
NUMBER = re.compile(
    r"[ \t]*((?:(?<![\w)\]])[-+\u2212])?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[ \t]*"
)


class Tolerance(NamedTuple):
    """How far a fresh number may lie from the stored one."""

    rtol: float = 0.0
    atol: float = 0.0

    def __str__(self):
        return f"{self.rtol:g} of the stored" if self.rtol else f"{self.atol:g}"

    def allows(self, fresh, stored, scale, unit=0.0):
        """Return whether two numbers agree, of which a share of `scale` is allowed.

        `unit` is that of the last decimal of both. It counts beside a share only: an
        absolute limit is the whole limit.
        """
        rounding = 1.000001 * unit if self.rtol else 0.0
        return abs(fresh - stored) <= self.rtol * abs(scale) + self.atol + rounding


def tolerance(cell):
    """Return the tolerance that a cell states, or None.

    Raises:
        ValueError: If the cell states anything but one number above 0, within its limit.
    """
    stated = cell.metadata.get("companion", {})
    if unknown := set(stated) - set(LIMITS):
        raise ValueError(
            f"cell metadata companion knows only rtol and atol; got {sorted(unknown)}"
        )
    if len(stated) > 1:
        raise ValueError("a cell states rtol or atol; got both")
    for name, value in stated.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number; got {value!r}")
        if not 0 < value <= LIMITS[name]:
            raise ValueError(
                f"{name} must be above 0 and at most {LIMITS[name]}; got {value}"
            )
    return Tolerance(**stated) if stated else None


def number(token):
    """Return the value of a number as printed."""
    return float(token.replace("\u2212", "-"))


def decimals(token):
    """Return how many decimals a number shows; None for whole numbers and exponents."""
    _, point, digits = token.partition(".")
    return len(digits) if point and digits.isdigit() else None


def common_unit(stored, fresh):
    """Return the unit of the last decimal that two printed numbers share, or 0."""
    shown = decimals(stored)
    return 10.0**-shown if shown is not None and shown == decimals(fresh) else 0.0


def lines_agree(stored, fresh, allowed):
    """Return whether two lines are equal, their numbers up to the tolerance."""
    if stored == fresh or allowed is None:
        return stored == fresh
    stored_parts, fresh_parts = NUMBER.split(stored), NUMBER.split(fresh)
    if stored_parts[::2] != fresh_parts[::2]:
        return False
    old, new = (
        [number(part) for part in parts[1::2]] for parts in (stored_parts, fresh_parts)
    )
    # A number after ± is measured by the one before it.
    scales = [
        old[i - 1] if i and text.strip() == "±" else value
        for i, (text, value) in enumerate(zip(stored_parts[:-1:2], old, strict=True))
    ]
    units = map(common_unit, stored_parts[1::2], fresh_parts[1::2])
    return all(map(allowed.allows, new, old, scales, units))


def text_difference(stored, fresh, allowed):
    """Describe the first line in which two texts differ, or return None."""
    stored_lines, fresh_lines = stored.split("\n"), fresh.split("\n")
    for i in range(max(len(stored_lines), len(fresh_lines))):
        old = stored_lines[i] if i < len(stored_lines) else "(no such line)"
        new = fresh_lines[i] if i < len(fresh_lines) else "(no such line)"
        if not lines_agree(old, new, allowed):
            limit = "" if allowed is None else f" (numbers may differ by {allowed})"
            return f"line {i + 1} differs{limit}\n  stored: {old}\n  fresh:  {new}"
    return None


def kinds(output):
    """Return what an output is: its type, the name of its stream, its MIME types."""
    return (output.output_type, output.get("name"), tuple(sorted(output.get("data", {}))))


def describe(outputs):
    """Describe the kinds of outputs in a few words."""
    names = [name or " + ".join(types) or kind for kind, name, types in map(kinds, outputs)]
    return ", ".join(names) or "nothing"


def difference(stored, fresh, allowed=None):
    """Describe the first difference between two lists of outputs, or return None."""
    for output in fresh:
        if output.output_type == "stream" and output.name == "stderr":
            return f"the cell wrote to stderr:\n{output.text}"
    if [kinds(output) for output in stored] != [kinds(output) for output in fresh]:
        return (
            "other outputs than stored\n"
            f"  stored: {describe(stored)}\n  fresh:  {describe(fresh)}"
        )
    for old, new in zip(stored, fresh, strict=True):
        new_texts = output_texts(new)
        for kind, text in output_texts(old).items():
            if found := text_difference(text, new_texts[kind], allowed):
                return f"{kind}, {found}"
    return None
