"""Sphinx extension: the table of the assignments, made from their source notebooks.

assignment-list    every assignment with its questions, points and minutes
"""

import json
import re
from pathlib import Path

from tools.appendix import Generated, table

ROOT = Path(__file__).resolve().parent.parent / "assignments"
QUESTION = re.compile(
    r"^## Question \d+: (.+?)\n.*?\*\*(\d+) points?, (\d+) minutes?\.\*\*", re.M | re.S
)


def rows(root=ROOT):
    """Return a row of title and name, questions, points and minutes per assignment."""
    found = []
    for path in sorted(root.glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        text = "\n".join(texts)
        title = text.partition("\n")[0].removeprefix("# ")
        asked = QUESTION.findall(text)
        titles = "; ".join(f"{name} ({points})" for name, points, _ in asked)
        points, minutes = (sum(int(q[i]) for q in asked) for i in (1, 2))
        name = f"{title} (`{path.parent.name}/{path.stem}`)"
        found.append([name, titles, points, minutes])
    together = [sum(row[i] for row in found) for i in (2, 3)]
    return [*found, ["Together", "", *together]]


class AssignmentList(Generated):
    """The table of all assignments."""

    def note_sources(self):
        """Have the page built again when an assignment changes."""
        super().note_sources()
        for path in ROOT.glob("*/*.ipynb"):
            self.env.note_dependency(str(path))

    def lines(self):
        """Make the table."""
        names = ["Assignment", "Questions, with their points", "Points", "Minutes"]
        return table(names, rows())


def setup(app):
    """Register the directive."""
    app.add_directive("assignment-list", AssignmentList)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
