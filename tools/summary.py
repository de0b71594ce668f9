"""Sphinx extension: the course summed up from the summaries of its own chapters.

    chapter-summaries ROOM     for each chapter of a part, one point of its summary

Taken is the first point that states a measured number (in bold), else the first point. So
what stands here was checked where it comes from, and changes with it.
"""

import json
import posixpath
import re

from tools.appendix import CHAPTERS, Generated, link
from tools.glossary import TOC, chapters_in_order

MEASURED = re.compile(r"\*\*[^*]*\d[^*]*\*\*")
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:]+)\.(?:ipynb|md)(?:#[^)]*)?\)")


def points(page):
    """Return the points under the heading Summary of a notebook, each on one line."""
    path = CHAPTERS / f"{page}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    found = re.search(r"^## Summary\n(.*?)(?=^## |\Z)", "\n\n".join(texts), re.M | re.S)
    parts = re.split(r"^- ", found[1], flags=re.MULTILINE)[1:] if found else []
    return [" ".join(part.split("\n\n")[0].split()) for part in parts]


def chosen(listed):
    """Return the first point with a measured number, else the first."""
    return next(filter(MEASURED.search, listed), listed[0])


def moved(text, page):
    """Return a point of a page with its links written so that they hold anywhere."""
    folder = posixpath.dirname(page)

    def absolute(match):
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        return f"{{doc}}`{match[1]} </chapters/{target}>`"

    return LINK.sub(absolute, text)


class ChapterSummaries(Generated):
    """What the chapters of one part found."""

    required_arguments = 1

    def note_sources(self):
        """Have the page built again when the order of the chapters changed."""
        super().note_sources()
        self.env.note_dependency(str(TOC))

    def lines(self):
        """Make the list."""
        room = self.arguments[0] + "/"
        pages = [page for page in chapters_in_order() if page.startswith(room)]
        return [f"- {link(page)}: {moved(chosen(points(page)), page)}" for page in pages]


def setup(app):
    """Register the directive."""
    app.add_directive("chapter-summaries", ChapterSummaries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
