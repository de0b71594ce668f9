"""What the checks read: pages, their Markdown, their sections and their outputs."""

from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tools.execute import ROOT, chapters

MARKDOWN = (
    MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_labels=True)
)
TEXT_TYPES = ("text/plain", "text/markdown")


@dataclass(frozen=True, eq=False)
class Page:
    """A page of the book: its file, its name in messages, and its notebook.

    A Markdown file is read as a notebook of one Markdown cell, its front matter being
    the metadata.
    """

    path: Path
    name: str
    nb: nbformat.NotebookNode

    def problem(self, text, cell=None):
        """Return a message that names the file and, where given, the cell."""
        return f"{self.name}{'' if cell is None else f', cell {cell}'}: {text}"

    def again(self):
        """Return how to execute and store this page anew."""
        return f"run make notebooks ALL=1 ONLY={self.name}"

    def cells(self, kind=None):
        """Yield (number from 1, cell) of all cells, or of those of one type."""
        for number, cell in enumerate(self.nb.cells, 1):
            if kind in (None, cell.cell_type):
                yield number, cell

    def outputs(self):
        """Yield (number of the cell, output) of all stored outputs."""
        for number, cell in self.cells("code"):
            for output in cell.outputs:
                yield number, output

    @property
    def about(self):
        """The metadata `companion` of the page, empty where it has none."""
        return self.nb.metadata.get("companion") or {}


@dataclass
class Section:
    """A heading and what stands below it, up to the next heading of any level.

    `parts` holds (number of the cell, cell type, text, tags) in the order of the page.
    """

    level: int
    title: str
    cell: int
    parts: list = field(default_factory=list)

    def text(self):
        """Return the Markdown of the section."""
        return "\n\n".join(text for _, kind, text, _ in self.parts if kind == "markdown")


def notebook_paths(root=ROOT):
    """Return the notebooks of the book."""
    return chapters(root)


def markdown_paths(root=ROOT):
    """Return the pages of the book that are Markdown files."""
    return sorted((root / "chapters").rglob("*.md"))


def read(path, root=ROOT):
    """Read a notebook or a Markdown file."""
    name = path.relative_to(root).as_posix()
    if path.suffix == ".ipynb":
        return Page(path, name, nbformat.read(path, as_version=4))
    front, text = split_front_matter(path.read_text(encoding="utf-8"))
    cell = nbformat.v4.new_markdown_cell(text)
    return Page(path, name, nbformat.v4.new_notebook(cells=[cell], metadata=front))


def split_front_matter(text):
    """Return the YAML front matter of a Markdown file as a mapping, and the rest."""
    lines = text.splitlines()
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        return {}, text
    end = lines.index("---", 1)
    return yaml.safe_load("\n".join(lines[1:end])) or {}, "\n".join(lines[end + 1 :])


def sections(page):
    """Return the sections of a page; the first, of level 0, is what precedes the title."""
    found = [Section(0, "", 1)]
    for number, cell in page.cells():
        if cell.cell_type != "markdown":
            tags = cell.metadata.get("tags", [])
            found[-1].parts.append((number, cell.cell_type, cell.source, tags))
            continue
        lines, start = cell.source.splitlines(), 0
        for level, title, first, end in headings(cell.source):
            add_text(found[-1], number, lines[start:first])
            found.append(Section(level, title, number))
            start = end
        add_text(found[-1], number, lines[start:])
    return found


def add_text(section, number, lines):
    """Add lines of a Markdown cell to a section, if there is anything in them."""
    text = "\n".join(lines).strip()
    if text:
        section.parts.append((number, "markdown", text, []))


def headings(source):
    """Return (level, title, first line, line after) of each heading of a Markdown text."""
    tokens = MARKDOWN.parse(source)
    return [
        (int(token.tag[1]), tokens[i + 1].content, *token.map)
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def inline_tokens(source):
    """Return the inline tokens of a Markdown text, block by block."""
    return [token.children for token in MARKDOWN.parse(source) if token.type == "inline"]


def output_texts(output):
    """Return the texts of an output that a reader sees: {"stdout" or MIME type: text}."""
    if output.output_type == "stream":
        return {output.name: output.text}
    data = output.get("data", {})
    return {kind: data[kind] for kind in TEXT_TYPES if kind in data}
