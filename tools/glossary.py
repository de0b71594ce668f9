"""Sphinx extension: the terms of the course, and where each is explained and used.

    glossary-of-terms    term, Chinese term, a sentence, where explained, where used before
    book-index           the pages that use each term most

Both are made from `chapters/appendix/glossary.yml` and from the prose of the pages, in the
order of `_toc.yml`.
"""

import json
import re
from functools import cache

import yaml

from tools.appendix import CHAPTERS, ROOT, Sections, link

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


def by_letter(texts):
    """Return {first letter of the term: its texts} from {term: text}."""
    letters = {}
    for term, text in texts.items():
        letters.setdefault(term[0].upper(), []).append(text)
    return letters


class TermPages(Sections):
    """A directive that makes a section for each letter, with a text for each term."""

    def note_sources(self):
        """Have the page built again when the glossary or the order changed."""
        super().note_sources()
        for path in (GLOSSARY, TOC):
            self.env.note_dependency(str(path))

    def sections(self):
        """Return the texts below their letters."""
        order = chapters_in_order()
        texts = {entry["term"]: self.text(entry, order) for entry in load_glossary()}
        return {x: "\n\n".join(t).split("\n") for x, t in by_letter(texts).items()}


class Glossary(TermPages):
    """The terms with their meaning and one link or two."""

    def text(self, entry, order):
        """Return the text of one term."""
        chinese = f'<span lang="zh-Hans">{entry["zh"]}</span>'
        places = f"*Explained in* {link(entry['see'])}"
        first = next(iter(uses(entry, order)), entry["see"])
        if first != entry["see"]:
            places += f"; *used before in* {link(first)}"
        return f"**{entry['term']}**, {chinese}\\\n{entry['meaning']}\\\n{places}."


class BookIndex(TermPages):
    """The pages that use each term most, the one that explains it first."""

    def text(self, entry, order):
        """Return the line of one term."""
        counts = uses(entry, order)
        counts.pop(entry["see"], None)
        most = sorted(counts, key=counts.get, reverse=True)[: N_INDEXED - 1]
        others = [link(page) for page in order if page in most]
        return f"- {entry['term']}: " + ", ".join([link(entry["see"]), *others])


def setup(app):
    """Register the directives."""
    app.add_directive("glossary-of-terms", Glossary)
    app.add_directive("book-index", BookIndex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
