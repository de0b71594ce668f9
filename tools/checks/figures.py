"""Every picture has a text for readers who cannot see it, and a caption."""

import base64
import re
from pathlib import PurePath

MAX_PNG_BYTES = 60 * 1024
MIN_ALT = 20


def is_image(output):
    """Return whether an output holds a picture."""
    return any(kind.startswith("image/") for kind in output.get("data", {}))


def alt_of(output):
    """Return the alt text that the figure call stored beside the picture, or None."""
    return output.get("metadata", {}).get("image/png", {}).get("alt")


def figure_problems(page):
    """Check every picture of the outputs; a cell shows at most one."""
    problems = []
    for number, cell in page.cells("code"):
        images = [i for i, output in enumerate(cell.outputs) if is_image(output)]
        if len(images) > 1:
            text = f"shows {len(images)} figures; one is the most for a cell"
            problems.append(page.problem(text, number))
        found = [text for i in images for text in one_figure_problems(cell, i)]
        problems += [page.problem(text, number) for text in found]
    return problems


def one_figure_problems(cell, index):
    """Check the picture at `cell.outputs[index]` and what stands after it."""
    output, problems = cell.outputs[index], []
    if "image/png" not in output.data:
        return [f"a figure must be a PNG; got {sorted(output.data)}"]
    size = len(base64.b64decode(output.data["image/png"]))
    if size > MAX_PNG_BYTES:
        problems.append(
            f"figure of {size / 1024:.0f} KB; at most {MAX_PNG_BYTES // 1024} KB"
        )
    alt = alt_of(output)
    if not alt or len(alt) < MIN_ALT or PurePath(alt).suffix in (".png", ".svg"):
        text = f"figure without alt text of at least {MIN_ALT} characters; got {alt!r}"
        problems.append(f"{text} (end the cell in a function of companion.plots)")
    else:
        plain = output.data.get("text/plain")
        if plain != f"Figure: {alt}":
            problems.append(f"figure with the text {plain!r} but the alt text {alt!r}")
        shown = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        if shown != alt:
            text = f"the book would show the alt text {shown!r}; the figure says {alt!r}"
            problems.append(f"{text} (run make notebooks on this page)")
    after = cell.outputs[index + 1 : index + 2]
    caption = after[0].get("data", {}).get("text/markdown", "") if after else ""
    if not re.fullmatch(r"[A-Z].*\.", caption):
        text = "figure without a caption below it (capital letter first, period last)"
        problems.append(f"{text}; got {caption!r}")
    return problems


CHECKS = [figure_problems]
