"""Citations and links of the pages point to something that exists."""

import re
from urllib.parse import unquote, urlsplit

from tools.checks.pages import MARKDOWN

CITATION = re.compile(r"\{(?:foot)?cite(?::\w+)?\}`([^`]+)`")
ENTRY = re.compile(r"^@(?!comment|string|preamble)\w+\{\s*([^,\s]+)\s*,", re.M | re.I)


def bibliography_keys(path):
    """Return the keys of a BibTeX file."""
    return set(ENTRY.findall(path.read_text(encoding="utf-8")))


def citation_problems(page, keys):
    """Every key that a page cites stands in the bibliography."""
    problems = []
    for number, cell in page.cells("markdown"):
        for cited in CITATION.findall(cell.source):
            for key in re.split(r"\s*,\s*", cited.strip()):
                if key not in keys:
                    text = f"cites {key!r}, which is not in references.bib"
                    problems.append(page.problem(text, number))
    return problems


def uncited_problems(keys, pages, elsewhere=(), name="references.bib"):
    """Every entry of the bibliography is cited, on a page or among `elsewhere`."""
    texts = [cell.source for page in pages for _, cell in page.cells("markdown")]
    lists = [cited for text in texts for cited in CITATION.findall(text)]
    found = {key.strip() for cited in lists for key in cited.split(",")}
    idle = sorted(set(keys) - found - set(elsewhere))
    return [f"{name}: {key} is cited on no page" for key in idle]


def link_targets(source):
    """Return the addresses of the links and pictures of a Markdown text."""
    found = []
    for token in MARKDOWN.parse(source):
        for child in token.children or []:
            name = {"link_open": "href", "image": "src"}.get(child.type)
            if name:
                found.append(child.attrGet(name))
    return found


def relative_link_problems(page):
    """Every link to a file of the book points to one that exists."""
    problems = []
    for number, cell in page.cells("markdown"):
        for address in link_targets(cell.source):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            if not (page.path.parent / unquote(parts.path)).is_file():
                text = f"links to {address!r}, and there is no such file"
                problems.append(page.problem(text, number))
    return problems
