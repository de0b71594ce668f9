"""Sphinx extension: the terms of the course, and where each is explained and used.

    glossary-table    term, Chinese term, one sentence, where explained, where used before
    book-index        the pages that use each term most

Both are made from `chapters/appendix/glossary.yml` and from the prose of the pages, in the
order of `_toc.yml`.
"""

import json
import re
from functools import cache

import yaml

from tools.appendix import CHAPTERS, ROOT, Generated, link, table

GLOSSARY = CHAPTERS / "appendix" / "glossary.yml"
TOC = ROOT / "_toc.yml"
N_INDEXED = 6


def load_glossary(path=GLOSSARY):
    """Return the list of terms."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def reading_order(path=TOC):
    """Return the pages of the chapters in the order of the table of contents."""
    toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [file.removeprefix("chapters/") for file in files]


@cache
def prose(page):
    """Return the Markdown of a page, without its code and its links' addresses."""
    path = CHAPTERS / f"{page}.ipynb"
    if path.exists():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        text = "\n".join(texts)
    else:
        text = path.with_suffix(".md").read_text(encoding="utf-8")
    return re.sub(r"\]\([^)]*\)|`[^`]*`|\$[^$]*\$", " ", text)


def pattern(entry):
    """Return the expression that finds a term or one of its forms, also in the plural.

    Where a form has two capitals, as in GAN, its case counts.
    """
    forms = [entry["term"], *entry.get("forms", [])]
    parts = []
    for form in forms:
        words = re.escape(form).replace(r"\ ", r"\s+")
        parts.append(words if sum(map(str.isupper, form)) > 1 else f"(?i:{words})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?:s|es)?(?!\w)")


def uses(entry, pages, text=prose):
    """Return {page: how often its prose uses the term}, in reading order, without zeros."""
    found = {page: len(pattern(entry).findall(text(page))) for page in pages}
    return {page: n for page, n in found.items() if n}


def chapters_in_order():
    """Return the pages whose prose teaches: no appendix, no introduction of a part."""
    pages = [page for page in reading_order() if not page.startswith("appendix/")]
    return [page for page in pages if not page.endswith("/index")]


class TermPages(Generated):
    """A directive that reads the glossary and every page."""

    def note_sources(self):
        """Have the page built again when the glossary or the order changed."""
        super().note_sources()
        for path in (GLOSSARY, TOC):
            self.env.note_dependency(str(path))


class GlossaryTable(TermPages):
    """The terms with their meaning and two links."""

    def lines(self):
        """Make the table."""
        order = chapters_in_order()
        rows = []
        for entry in load_glossary():
            first = next(iter(uses(entry, order)), entry["see"])
            links = [link(entry["see"]), "" if first == entry["see"] else link(first)]
            rows.append([f"**{entry['term']}**", entry["zh"], entry["meaning"], *links])
        header = ["Term", "中文", "In one sentence", "Explained in", "Used before in"]
        return table(header, rows)


class BookIndex(TermPages):
    """The pages that use each term most, the one that explains it first."""

    def lines(self):
        """Make the list."""
        order = chapters_in_order()
        lines = []
        for entry in load_glossary():
            counts = uses(entry, order)
            counts.pop(entry["see"], None)
            most = sorted(counts, key=counts.get, reverse=True)[: N_INDEXED - 1]
            others = [link(page) for page in order if page in most]
            lines.append(f"- {entry['term']}: " + ", ".join([link(entry["see"]), *others]))
        return lines


def setup(app):
    """Register the directives."""
    app.add_directive("glossary-table", GlossaryTable)
    app.add_directive("book-index", BookIndex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
