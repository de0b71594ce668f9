"""What a page shows besides figures: real source code, tables and sounds."""

import inspect
import textwrap
from html import escape

import numpy as np
from IPython.display import Audio, display


def show_source(*objects):
    """Display the source of functions, classes or modules, as it stands in the package.

    So the code on the page is the code under test. Each object becomes one Markdown code
    block; a method is dedented, and decorators are kept.

    Args:
        objects: Functions, methods, classes, properties or modules.

    Raises:
        ValueError: If no object is given, or one has no source in Python.
    """
    if not objects:
        raise ValueError("objects must name at least one object; got none")
    for source in [_source_of(thing) for thing in objects]:
        _show(f"```python\n{source}\n```")


def _source_of(thing):
    try:
        source = inspect.getsource(thing.fget if isinstance(thing, property) else thing)
    except (OSError, TypeError) as error:
        raise ValueError(f"objects must have source in Python; got {thing!r}") from error
    return textwrap.dedent(source).strip("\n")


def table(rows, header):
    """Display a table; columns after the first that hold numbers are right-aligned.

    Args:
        rows: Sequence of rows; each is a sequence of texts, formatted by the caller, for
            example with `companion.metrics.format_spread`.
        header: Names of the columns, with units.

    Raises:
        ValueError: If a row is not as long as the header, a cell is no text, or there is
            no row.
    """
    rows, header = [list(row) for row in rows], list(header)
    if not rows:
        raise ValueError("rows must hold at least one row; got none")
    for row in [header, *rows]:
        if len(row) != len(header):
            raise ValueError(f"rows must have {len(header)} cells each; got {row}")
        if not all(isinstance(cell, str) for cell in row):
            raise ValueError(f"rows must hold texts, formatted by the caller; got {row}")
    numeric = [all(map(_is_number, column)) for column in zip(*rows, strict=True)]
    rule = ["---:" if right else ":---" for right in numeric]
    lines = ["| " + " | ".join(map(_escape, row)) + " |" for row in (header, rule, *rows)]
    _show("\n".join(lines))


def sound(samples, rate, label):
    """Display a player for a sound, which travels with the page.

    Args:
        samples: Sound pressure in [-1, 1], shape (n,).
        rate: Samples in a second.
        label: What is heard, for the eye and for screen readers.

    Raises:
        ValueError: If there is no sample, or one is not finite or outside [-1, 1].
    """
    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1 or not samples.size or not (np.abs(samples) <= 1.0).all():
        raise ValueError(
            "samples must be numbers in [-1, 1], shape (n,), none missing; got shape "
            f"{samples.shape}"
        )
    player = Audio(samples, rate=rate, normalize=False, element_id=None)._repr_html_()
    player = player.replace("<audio", f'<audio aria-label="{escape(label)}"', 1)
    html = (
        f'<figure class="sound"><figcaption>{escape(label)}</figcaption>{player}</figure>'
    )
    text = f"Sound: {label} ({len(samples) / rate:.1f} s)"
    display({"text/html": html, "text/plain": text}, raw=True)


def _show(markdown):
    # The same text as plain text, so that a check of the outputs compares it too.
    display({"text/markdown": markdown, "text/plain": markdown}, raw=True)


def _escape(cell):
    return cell.replace("|", "\\|")


def _is_number(cell):
    """Whether the text begins as a number does: 12, -0.5, 0.0123 ± 0.0004, or a dash."""
    return cell in ("", "-", "–") or cell.lstrip("*+-−")[:1].isdigit()
