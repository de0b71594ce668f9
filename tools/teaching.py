"""Sphinx extension: the tables of the instructor's guide, made from the pages themselves.

    route NAME         the sessions of a route, their minutes, and what each leans on
    section-minutes    how the minutes of each chapter spread over its sections

Minutes are the ones a page states in its metadata. They are spread in proportion to what a
section holds: its words, its lines of code, its figures.
"""

import json
import posixpath
import re

import yaml

from tools.appendix import CHAPTERS, Generated, link, pages, table

ROUTES = CHAPTERS / "appendix" / "routes.yml"
# What one of each costs a learner beside one word, roughly: a line of code is read, run and
# changed; a figure is looked at; a section of exercises is worked and not read.
WORDS_PER_CODE_LINE = 8
WORDS_PER_FIGURE = 60
EXERCISE_FACTOR = 3
UNTAUGHT = ("You will be able to", "What it needs", "References")


def load_routes(path=ROUTES):
    """Return {route: {"at_most": minutes, "sessions": list}}."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def cells(page):
    """Return the cells of a notebook."""
    path = CHAPTERS / f"{page}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def needs(page):
    """Return the pages that a page links to where it says what it needs."""
    texts = ["".join(c["source"]) for c in cells(page) if c["cell_type"] == "markdown"]
    found = re.search(r"^## What it needs\n(.*?)(?=^## |\Z)", "\n".join(texts), re.M | re.S)
    targets = re.findall(r"\]\(([^)#:]+)\.ipynb", found[1]) if found else []
    folder = posixpath.dirname(page)
    return [posixpath.normpath(posixpath.join(folder, target)) for target in targets]


def leans_on(route):
    """Return for each page of a route what it needs and the route has not brought yet."""
    brought, missing = set(), {}
    for session in route["sessions"]:
        for page in session["pages"]:
            missing[page] = [needed for needed in needs(page) if needed not in brought]
            brought.add(page)
    return missing


def route_rows(route, minutes):
    """Return a row of title, pages, minutes and debts for each session, and their sum."""
    missing, rows, total = leans_on(route), [], 0
    for session in route["sessions"]:
        spent = sum(minutes[page] for page in session["pages"])
        debts = dict.fromkeys(m for page in session["pages"] for m in missing[page])
        linked = [", ".join(map(link, names)) for names in (session["pages"], debts)]
        rows.append([session["title"], linked[0], spent, linked[1]])
        total += spent
    return [*rows, ["Together", "", total, ""]]


def section_weights(page):
    """Return {heading: weight in words} of the sections of a page that take time."""
    weights, heading = {}, None
    for cell in cells(page):
        source = "".join(cell["source"])
        parts = [source]
        if cell["cell_type"] == "markdown":
            parts = re.split(r"^## (.*)$", source, flags=re.MULTILINE)
            for new, text in zip(["", *parts[1::2]], parts[0::2], strict=True):
                heading = new or heading
                weights[heading] = weights.get(heading, 0) + len(text.split())
        else:
            figures = sum("image/png" in o.get("data", {}) for o in cell["outputs"])
            cost = WORDS_PER_CODE_LINE * len(source.splitlines())
            cost += WORDS_PER_FIGURE * figures
            weights[heading] = weights.get(heading, 0) + cost
    for heading in weights:
        if heading and heading.startswith("Exercise"):
            weights[heading] *= EXERCISE_FACTOR
    return {h: w for h, w in weights.items() if h and h not in UNTAUGHT}


def section_minutes(page, minutes):
    """Return {heading: minutes}; they add up to the minutes of the page."""
    weights = section_weights(page)
    scale = minutes / sum(weights.values())
    ends, total = [], 0.0
    for weight in weights.values():
        total += weight * scale
        ends.append(round(total))
    spent = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return dict(zip(weights, spent, strict=True))


class FromRoutes(Generated):
    """A directive that is made again when the routes change."""

    def note_sources(self):
        """Have the page built again."""
        super().note_sources()
        self.env.note_dependency(str(ROUTES))

    def minutes(self):
        """Return {page: minutes}."""
        return {page: about["minutes"] for page, (_, about) in pages().items()}


class Route(FromRoutes):
    """One way through the course."""

    required_arguments = 1

    def lines(self):
        """Make the table."""
        rows = route_rows(load_routes()[self.arguments[0]], self.minutes())
        return table(["Session", "Chapters", "Minutes", "Leans on"], rows)


class SectionMinutes(FromRoutes):
    """The sections of every chapter of the long route."""

    def lines(self):
        """Make one table for all chapters."""
        minutes, rows = self.minutes(), []
        for session in load_routes()["term"]["sessions"]:
            for page in session["pages"]:
                parts = section_minutes(page, minutes[page])
                listed = "; ".join(f"{heading} {spent}" for heading, spent in parts.items())
                rows.append([link(page), minutes[page], listed])
        return table(["Chapter", "Minutes", "Sections, with minutes of each"], rows)


def setup(app):
    """Register the directives."""
    app.add_directive("route", Route)
    app.add_directive("section-minutes", SectionMinutes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
