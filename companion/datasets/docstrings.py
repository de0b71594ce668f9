"""The prose of docstrings, read from source files that are parsed and never imported.

A docstring is part prose, part lists of arguments, examples and references. Kept are the
summary line, the paragraphs after it and the notes. Names of libraries go, with all that
is joined to them by a dot, and so does markup.
"""

import ast
import inspect
import re

PROSE_SECTIONS = {"notes", "note", "description"}
NAMES = re.compile(
    r"(?:\b(?:networkx|nx|scipy|numpy|np|skimage|sklearn|matplotlib|mpl|pyplot|plt|nltk)\b"
    r"|scikit[- ]?(?:learn|image))(?:\.\w+)*",
    re.IGNORECASE,
)
HEADING = re.compile(r"^ *([A-Za-z][\w ]{0,40}):? *\n *[-=~^]{3,} *$", re.MULTILINE)
FIELD = re.compile(r"\s*[:@](?:param|type|return|rtype|raise|cvar|ivar|see|keyword|note)")
LIST = re.compile(r"(?:Args|Arguments|Returns|Raises|Parameters|Examples?)\b.{0,40}:")
MARKUP = re.compile(
    r":[\w+:-]{1,30}:|[`*|]+|\\\w+|\$[^$]{0,300}\$|https?://\S+|\[\d+\]_?"
    r"|<[^<>]{0,80}>|%\(\w+\)s|\.py\b"
)
# Sentences that one library puts into hundreds of its docstrings.
POINTER = re.compile(r"[^.]*(?:User Guide|sphx_glr_\w+)[^.]*(?:\.|$)")


def docstrings_of(source):
    """Find the docstrings of the public functions, classes and methods of a source.

    Args:
        source: Python source.

    Returns:
        The docstrings as they stand, in the order of their lines.

    Raises:
        SyntaxError: If `source` is no Python.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found, waiting = [], [ast.parse(source)]
    while waiting:
        inside = [node for node in waiting.pop().body if isinstance(node, kinds)]
        public = [node for node in inside if not node.name.startswith("_")]
        found += [(n.lineno, ast.get_docstring(n, clean=False)) for n in public]
        waiting += [node for node in public if isinstance(node, ast.ClassDef)]
    return [docstring for _, docstring in sorted(found, key=lambda f: f[0]) if docstring]


def prose(docstring):
    """Keep of a docstring what is written in sentences.

    Args:
        docstring: The docstring, indented or not.

    Returns:
        summary: The first paragraph, on one line.
        body: The other paragraphs and the notes, on one line.
    """
    parts = HEADING.split(inspect.cleandoc(docstring))
    notes = [
        text
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
        if heading.lower() in PROSE_SECTIONS
    ]
    paragraphs = [p for text in [parts[0], *notes] for p in _paragraphs(text)]
    texts = [text for p in paragraphs if _is_prose(p) and (text := _clean(p))]
    return (texts[0] if texts else ""), " ".join(texts[1:])


def _paragraphs(text):
    found, lines = [], []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            lines.append(line)
        elif lines:
            found.append("\n".join(lines))
            lines = []
    return found


def _is_prose(paragraph):
    listed = (" ", "\t", ">>>", "..", "|", "+-", "* ", "- ")
    return not (
        paragraph.startswith(listed) or FIELD.match(paragraph) or LIST.match(paragraph)
    )


def _clean(paragraph):
    lines = [
        line
        for line in paragraph.splitlines()
        if not (FIELD.match(line) or line.lstrip().startswith((">>>", "..")))
    ]
    text = re.sub(r"\s+", " ", MARKUP.sub(" ", NAMES.sub(" ", " ".join(lines))))
    if "User Guide" in text or "sphx_glr_" in text:  # the pattern alone is slow
        text = POINTER.sub("", text)
    return re.sub(r" +([.,;:])", r"\1", text).strip()
