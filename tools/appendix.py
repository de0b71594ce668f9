"""Sphinx extension: back-matter pages that write themselves from the book's own files.

Each directive returns MyST text made from data files and notebook metadata:

    part-topics ROOM      the topics of one part, each with its page
    topics-table          all topics
    scoreboard            every table of methods that a page tagged for it
    running-times         minutes of work and seconds of computing of each chapter
    common-errors         what is often said, what is the case, where the book shows it
    companion-reference   every module of `companion`, from its docstrings
"""

import json
import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
TOPICS = CHAPTERS / "appendix" / "topics.yml"
ERRORS = CHAPTERS / "appendix" / "common_errors.yml"
NO_PAGE = "no page yet"


def pages():
    """Return {page: (title, metadata)} of all notebooks, page being room/name."""
    found = {}
    for path in sorted(CHAPTERS.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        nb = json.loads(path.read_text(encoding="utf-8"))
        title = "".join(nb["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
        page = path.relative_to(CHAPTERS).with_suffix("").as_posix()
        found[page] = (title, nb["metadata"]["companion"])
    return found


def covering_links():
    """Return {topic: links to the pages that cover it}, notebooks and Markdown."""
    covers = {page: about["covers"] for page, (_, about) in pages().items()}
    for path in sorted(CHAPTERS.rglob("*.md")):
        front = re.match(r"---\n(.*?)\n---\n", path.read_text("utf-8"), re.DOTALL)
        about = yaml.safe_load(front[1]).get("companion", {}) if front else {}
        page = path.relative_to(CHAPTERS).with_suffix("").as_posix()
        covers[page] = about.get("covers", [])
    found = {}
    for page, topics in covers.items():
        for topic in topics:
            found.setdefault(topic, []).append(link(page))
    return found


def link(page):
    """Return a MyST link to a page of chapters/, or its plain name before it exists."""
    exists = any((CHAPTERS / page).with_suffix(end).exists() for end in (".ipynb", ".md"))
    return f"{{doc}}`/chapters/{page}`" if exists else NO_PAGE


def table(header, rows):
    """Return a MyST table; cells are MyST text."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def topic_rows(topics):
    """Return a row of title, kind and covering pages for each topic."""
    found = covering_links()
    return [
        [topic["title"], topic["kind"], ", ".join(found.get(topic["id"], [NO_PAGE]))]
        for topic in topics
    ]


class Generated(SphinxDirective):
    """A directive whose content is MyST text made by `lines`."""

    def run(self):
        """Parse the generated text where the directive stands."""
        self.note_sources()
        node = nodes.container()
        self.parse(self.lines(), node)
        return node.children

    def note_sources(self):
        """Have the page built again when a file it is made from changed."""
        modules = (ROOT / "companion").rglob("*.py")
        chapters = (*CHAPTERS.rglob("*.ipynb"), *CHAPTERS.rglob("*.md"))
        for path in (TOPICS, ERRORS, *chapters, *modules):
            self.env.note_dependency(str(path))

    def parse(self, lines, node):
        """Parse MyST lines into a node."""
        text = StringList("\n".join(lines).split("\n"), "generated")
        self.state.nested_parse(text, self.lineno, node)


class PartTopics(Generated):
    """The topics planned for the chapters of one room."""

    required_arguments = 1

    def lines(self):
        """Make the table."""
        room = self.arguments[0] + "/"
        topics = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
        return table(
            ["Topic", "Kind", "Page"],
            topic_rows([topic for topic in topics if topic["chapter"].startswith(room)]),
        )


class TopicsTable(Generated):
    """All topics of the course."""

    def lines(self):
        """Make the table, with the number of topics covered above it."""
        topics = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
        summary = f"{len(covering_links())} of {len(topics)} topics have a page."
        return [summary, "", *table(["Topic", "Kind", "Page"], topic_rows(topics))]


class RunningTimes(Generated):
    """What each chapter costs a learner and a computer."""

    def lines(self):
        """Make the table."""
        rows = [
            [link(page), about["minutes"], about["seconds"]]
            for page, (_, about) in pages().items()
        ]
        rows.append(["Together", *(sum(row[i] for row in rows) for i in (1, 2))])
        return table(["Chapter", "Minutes to work through", "Seconds to run"], rows)


class Sections(Generated):
    """A directive that makes one section for each title that `sections` returns."""

    def run(self):
        """Parse the text of each section below its own heading."""
        self.note_sources()
        made = []
        for title, lines in self.sections().items():
            section = nodes.section(ids=[nodes.make_id(title)], names=[title.lower()])
            section += nodes.title(title, title)
            self.parse(lines, section)
            made.append(section)
        return made


class Scoreboard(Sections):
    """The tables of methods beside one another, as the pages' own runs stored them."""

    def sections(self):
        """Return for each page with such a table its link and its tables."""
        return {
            title: [f"From {link(page)}.", "", *found]
            for page, (title, _) in pages().items()
            if (found := tagged_tables(CHAPTERS / f"{page}.ipynb"))
        }


def tagged_tables(path):
    """Return the lines of all tables in cells tagged `scoreboard`, below their headings."""
    lines, heading = [], ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            found = re.findall(r"^#+ (.*)$", "".join(cell["source"]), re.MULTILINE)
            heading = found[-1] if found else heading
        elif "scoreboard" in cell["metadata"].get("tags", []):
            tables = [o["data"]["text/markdown"] for o in cell["outputs"] if "data" in o]
            lines += [f"**{heading}**", "", *("".join(t) + "\n" for t in tables)]
    return lines


class CommonErrors(Sections):
    """What is often said, and what is the case."""

    def sections(self):
        """Return the text for each theme."""
        themes = yaml.safe_load(ERRORS.read_text(encoding="utf-8"))
        return {
            theme["theme"]: [line for error in theme["errors"] for line in entry(error)]
            for theme in themes
        }


def entry(error):
    """Return the lines of one common error; a page not written yet is left out."""
    cite = ",".join(error.get("cite", []))
    source = f" {{footcite:p}}`{cite}`" if cite else ""
    see = link(error["see"])
    lines = [f"*Often said:* {error['said']}", f"*In fact:* {error['fact']}{source}"]
    if see != NO_PAGE:
        lines.append(f"*See:* {see}")
    return ["\\\n".join(lines), ""]


class CompanionReference(Sections):
    """Every module of the package, read from the source without importing it."""

    def sections(self):
        """Return a directive of autoapi for each module."""
        found = {}
        for path in sorted((ROOT / "companion").rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            directive = [f".. autoapimodule:: {name}", "   :members:"]
            found[name] = ["```{eval-rst}", *directive, "```"]
        return found


def setup(app):
    """Register the directives."""
    app.add_directive("part-topics", PartTopics)
    app.add_directive("topics-table", TopicsTable)
    app.add_directive("running-times", RunningTimes)
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("common-errors", CommonErrors)
    app.add_directive("companion-reference", CompanionReference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
