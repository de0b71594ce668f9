"""Stored outputs are what `make notebooks` wrote, and fit for any reader's machine."""

import ast
import re
from copy import deepcopy

from tools.checks.pages import output_texts
from tools.execute import (
    KEPT_CELL_METADATA,
    KERNELSPEC,
    canonical,
    inputs_digest,
    outputs_digest,
)

MAX_FILE_BYTES = 600 * 1024
# What both JupyterLab and the book show; an interactive figure goes with its picture.
KINDS = {"text/plain", "text/markdown", "image/png", "application/vnd.vegalite.v5+json"}
SOUND = '<figure class="sound">'  # the one HTML that pages show
ABSOLUTE_PATH = re.compile(
    r"(?<![\w./:-])/(?:home|Users|root|tmp|work|private|var|usr|opt|mnt|srv|builds|__w)\b[\w./-]*"
    r"|\b[A-Za-z]:[\\/]\w+|\bsite-packages\b|\bfile://\S*"
)
ADDRESS = re.compile(r"<Figure size[^>]*>|\bat 0x[0-9a-fA-F]{6,}")
LOST_BACKSLASH = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f]|(?:^|(?<=[\s$]))(?:rac|ext|egin)\{|\b(?:abla|heta|imes)\b"
)
EXCUSE = re.compile(
    r"^\s*#+\s*((?:NBVAL|PYTEST_VALIDATE)_\w+)|^(?:nbval-.*|raises-exception)$"
)


def error_problems(page):
    """No error and nothing on stderr is stored."""
    problems = []
    for number, output in page.outputs():
        if output.output_type == "error":
            text = f"stored error output {output.ename}: {output.evalue}"
            problems.append(page.problem(text, number))
        elif output.output_type == "stream" and output.name == "stderr":
            first = output.text.strip().splitlines()[:1]
            problems.append(page.problem(f"stored output on stderr: {first}", number))
    return problems


def cell_order_problems(page):
    """The code cells ran once, in their order, in a fresh kernel; none is empty."""
    problems = []
    for expected, (number, cell) in enumerate(page.cells("code"), 1):
        if cell.execution_count != expected:
            text = f"execution count {cell.execution_count}, expected {expected}"
            problems.append(page.problem(f"{text} ({page.again()})", number))
        if not cell.source.strip():
            problems.append(page.problem("empty code cell", number))
    return problems


def machine_problems(page):
    """No path or address of one machine stands in sources or outputs."""
    problems = []
    texts = [(number, cell.source) for number, cell in page.cells()]
    for number, output in page.outputs():
        texts += [(number, text) for text in output_texts(output).values()]
        texts += [(number, match) for match in ADDRESS.findall(str(output.get("data", "")))]
    for number, text in texts:
        for match in ABSOLUTE_PATH.findall(text):
            problems.append(page.problem(f"absolute path {match!r}", number))
        for match in ADDRESS.findall(text):
            problems.append(
                page.problem(f"output that changes with each run: {match}", number)
            )
    return sorted(set(problems))


def lost_backslash_problems(page):
    r"""No backslash of a formula was lost to an escape, as "\f" is a form feed."""
    problems = []
    for number, cell in page.cells():
        for found in sorted(set(LOST_BACKSLASH.findall(cell.source))):
            text = f"{found!r}: was a backslash read as an escape?"
            problems.append(page.problem(text, number))
    return problems


def metadata_problems(page):
    """The metadata is canonical: no widget state, no traces of an editor or a machine."""
    nb, problems = page.nb, []
    if extra := set(nb.metadata) - {"companion", "kernelspec", "language_info"}:
        problems.append(page.problem(f"metadata {sorted(extra)} must not be stored"))
    if nb.metadata.get("kernelspec") != KERNELSPEC:
        text = f"kernelspec must be {KERNELSPEC}; got {nb.metadata.get('kernelspec')}"
        problems.append(page.problem(text))
    if nb.metadata.get("language_info") != {"name": "python"}:
        problems.append(page.problem("language_info must hold the name python only"))
    for number, cell in page.cells():
        if extra := set(cell.metadata) - KEPT_CELL_METADATA:
            text = f"cell metadata {sorted(extra)} must not be stored"
            problems.append(page.problem(text, number))
    return problems or uncanonical_problems(page)


def kind_problems(page):
    """Outputs are of kinds that the book can show; a widget is dead there."""
    return [
        page.problem(f"output of the kind {kind}, which the book cannot show", number)
        for number, output in page.outputs()
        for kind in sorted(set(output.get("data", {})) - KINDS)
        if kind != "text/html" or not output.data[kind].startswith(SOUND)
    ]


def uncanonical_problems(page):
    """The metadata of each cell is what `make notebooks` writes."""
    problems = []
    written = canonical(deepcopy(page.nb)).cells
    for (number, cell), expected in zip(page.cells(), written, strict=True):
        for key in sorted(set(cell.metadata) | set(expected.metadata)):
            found, right = cell.metadata.get(key), expected.metadata.get(key)
            if found != right:
                text = f"cell metadata {key} is {found}; make notebooks writes {right}"
                problems.append(page.problem(f"{text} ({page.again()})", number))
    return problems


def size_problems(page):
    """The file is small enough for a phone and for git."""
    size = page.path.stat().st_size
    if size >= MAX_FILE_BYTES:
        text = f"{size / 1024:.0f} KB; must stay below {MAX_FILE_BYTES // 1024} KB"
        return [page.problem(text)]
    return []


def excuse_problems(page):
    """No tag and no comment excuses a cell from nbval's comparison."""
    problems = []
    for number, cell in page.cells():
        marks = [*cell.metadata.get("tags", []), *cell.source.splitlines()]
        for mark in filter(EXCUSE.search, marks):
            text = f"{mark.strip()!r} would excuse the cell from the comparison"
            problems.append(page.problem(text, number))
        tags = cell.metadata.get("tags", [])
        if "solution" in tags and (cell.cell_type != "code" or "hide-cell" not in tags):
            text = "only code cells are tagged solution, together with hide-cell"
            problems.append(page.problem(text, number))
    return problems


def digest_problems(page):
    """The outputs are those that `make notebooks` stored, pictures included."""
    stored = page.about.get("outputs_sha256")
    if stored == outputs_digest(page.nb):
        return []
    if stored is None:
        text = "outputs were never stored by make notebooks"
        return [page.problem(f"{text}; {page.again()}")]
    text = "stored outputs were edited since make notebooks wrote them (digest differs)"
    return [page.problem(f"{text}; {page.again()}")]


def stale_problems(page):
    """The outputs belong to these cells and modules; a picture shows it in no other way."""
    root = page.path.parents[page.name.count("/")]
    try:
        if page.about.get("inputs_sha256") in (None, inputs_digest(page.nb, root)):
            return []
    except SyntaxError:  # named by another check
        return []
    text = "a cell, or a module or result it reaches, changed after it was executed"
    return [page.problem(f"{text}; run make notebooks and read the page again")]


def import_order_problems(page):
    """`companion` is imported before Keras, since it silences TensorFlow."""
    seen_companion, problems = False, []
    for number, cell in page.cells("code"):
        try:
            nodes = ast.walk(ast.parse(cell.source))
        except SyntaxError as error:
            problems.append(page.problem(f"not plain Python: {error.msg}", number))
            continue
        for name in imported(nodes):
            seen_companion |= name == "companion"
            if name in ("keras", "tensorflow") and not seen_companion:
                text = f"imports {name} before companion"
                problems.append(page.problem(text, number))
    return problems


def imported(nodes):
    """Return the top-level names that syntax nodes import, in the order of the lines."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module))
    return [name.split(".")[0] for _, name in sorted(found, key=lambda item: item[0])]


CHECKS = [
    error_problems,
    cell_order_problems,
    machine_problems,
    lost_backslash_problems,
    metadata_problems,
    kind_problems,
    size_problems,
    excuse_problems,
    digest_problems,
    stale_problems,
    import_order_problems,
]
