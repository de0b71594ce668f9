"""Sphinx extension: back-matter pages that write themselves from the book's own files.

Each directive returns MyST text made from data files and notebook metadata:

    part-topics ROOM      the topics of one part, each with its page
    topics-table          all topics
    running-times         minutes of work and seconds of computing of each chapter
    common-errors         what is often said, what is the case, where the book shows it
    companion-reference   every module of `companion`, from its docstrings
"""

import json
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
TOPICS = CHAPTERS / "appendix" / "topics.yml"
ERRORS = CHAPTERS / "appendix" / "common_errors.yml"


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


def link(page):
    """Return a MyST link to a page of chapters/, or its plain name before it exists."""
    exists = any((CHAPTERS / page).with_suffix(end).exists() for end in (".ipynb", ".md"))
    return f"{{doc}}`/chapters/{page}`" if exists else "not written yet"


def table(header, rows):
    """Return a MyST table; cells are MyST text."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def topic_rows(topics):
    """Return a row of title, kind and covering pages for each topic."""
    covering = {}
    for page, (_, about) in pages().items():
        for topic in about["covers"]:
            covering.setdefault(topic, []).append(link(page))
    return [
        [topic["title"], topic["kind"], ", ".join(covering.get(topic["id"], ["not yet"]))]
        for topic in topics
    ]


class Generated(SphinxDirective):
    """A directive whose content is MyST text made by `lines`."""

    def run(self):
        """Parse the generated text where the directive stands."""
        for path in (TOPICS, ERRORS, *CHAPTERS.rglob("*.ipynb")):
            self.env.note_dependency(str(path))
        node = nodes.container()
        self.state.nested_parse(StringList(self.lines(), "generated"), self.lineno, node)
        return node.children


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
        covered = {t for _, about in pages().values() for t in about["covers"]}
        summary = f"{len(covered)} of {len(topics)} topics have a page."
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


class CommonErrors(Generated):
    """What is often said, and what is the case."""

    def lines(self):
        """Make a heading and a list for each theme."""
        lines = []
        for theme in yaml.safe_load(ERRORS.read_text(encoding="utf-8")):
            lines += [f"```{{rubric}} {theme['theme']}", "```", ""]
            for error in theme["errors"]:
                cite = ",".join(error.get("cite", []))
                source = f" {{footcite:p}}`{cite}`" if cite else ""
                lines += [
                    f"*Often said.* {error['said']}<br>" + "\\",
                    f"*In fact.* {error['fact']}{source}<br>" + "\\",
                    f"*See.* {link(error['see'])}",
                    "",
                ]
        return lines


class CompanionReference(Generated):
    """Every module of the package, read from the source without importing it."""

    def lines(self):
        """Ask autoapi for one module after the other."""
        lines = []
        for path in sorted((ROOT / "companion").rglob("*.py")):
            self.env.note_dependency(str(path))
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            lines += [
                "````{rubric} " + name,
                "````",
                "",
                "```{eval-rst}",
                f".. autoapimodule:: {name}",
                "   :members:",
                "```",
                "",
            ]
        return lines


def setup(app):
    """Register the directives."""
    app.add_directive("part-topics", PartTopics)
    app.add_directive("topics-table", TopicsTable)
    app.add_directive("running-times", RunningTimes)
    app.add_directive("common-errors", CommonErrors)
    app.add_directive("companion-reference", CompanionReference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
