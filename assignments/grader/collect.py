"""Submissions as they come, made into cells of one assignment.

A folder holds one folder or one file for each student, under whatever name. Nothing of a
submission is trusted but the text of its cells: outputs, kernels and metadata are dropped,
and so are the cells of checks, which the grader has of its own.
"""

import hashlib
import json
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

MAX_BYTES = 20 * 2**20
ANSWER = re.compile(r"<!--\s*answer:\s*(\w+)\s*-->")
STUDENT = re.compile(r"^STUDENT\s*=\s*[\"'](.*?)[\"']", re.MULTILINE)


@dataclass
class Submission:
    """One notebook of one student.

    Args:
        entry: Name of the folder or the file in the folder of submissions.
        path: Where the notebook lies; None if there is none.
        cells: Pairs of a cell's type, "code" or "markdown", and its source.
        texts: Names of questions, and the places of the cells that answer them in words.
        problems: What an instructor should know.
        readable: Whether there is anything to grade.
    """

    entry: str
    path: Path | None = None
    cells: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    readable: bool = True

    @property
    def declared(self):
        """The id that stands in the notebook, or an empty text."""
        found = [STUDENT.search(source) for kind, source in self.cells if kind == "code"]
        return next((match[1].strip() for match in found if match), "")

    @property
    def checksum(self):
        """Of all that its grade depends on."""
        parts = [self.cells, self.texts, self.problems, self.readable]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def find(folder):
    """List the submissions of a folder.

    Args:
        folder: With one folder or one notebook for each student.

    Returns:
        Pairs of an entry's name and the notebook in it, or None; sorted.

    Raises:
        ValueError: If `folder` is no folder or is empty.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"SUBMISSIONS must be a folder; got {str(folder)!r}")
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_file():
            found.append((entry.stem, entry))
            continue
        inside = [path for path in entry.rglob("*") if _handed_in(path, entry)]
        notebooks = [path for path in inside if path.suffix == ".ipynb"]
        newest = sorted(notebooks or inside, key=lambda path: path.stat().st_mtime)
        found.append((entry.name, newest[-1] if newest else None))
    if not found:
        raise ValueError(f"SUBMISSIONS must hold submissions; {str(folder)!r} is empty")
    return found


def _handed_in(path, entry):
    hidden = any(part.startswith(".") for part in path.relative_to(entry).parts)
    return path.is_file() and not path.is_symlink() and not hidden


def read(entry, path):
    """Read one submission; what cannot be read becomes a problem and not an error.

    Args:
        entry: Its name in the folder.
        path: Of the notebook, or None.

    Returns:
        A `Submission`.
    """
    submission = Submission(entry, path)
    try:
        if path is None:
            raise ValueError("the folder is empty")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MB")
        notebook = _notebook(path.read_text(encoding="utf-8"))
        submission.cells = [_plain(cell) for cell in notebook.cells]
        submission.texts = _texts(notebook.cells)
        json.dumps(submission.cells).encode()  # half of a surrogate pair is no text
    except Exception as error:  # anything may stand in a file of a stranger
        submission.readable = False
        submission.cells, submission.texts = [], {}
        submission.problems.append(f"not a notebook that can be read: {str(error)[:200]}")
    return submission


def to_notebook(submission):
    """Return a submission as a plain notebook, from which `from_notebook` restores it."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    cells = [
        make[kind](source, id=f"cell-{i}")
        for i, (kind, source) in enumerate(submission.cells)
    ]
    about = {name: getattr(submission, name) for name in ("texts", "problems", "readable")}
    return nbformat.v4.new_notebook(cells=cells, metadata={"submission": about})


def from_notebook(notebook, entry):
    """Return the submission of a notebook, whether `to_notebook` made it or a student."""
    cells = [_plain(cell) for cell in notebook.cells]
    about = dict(notebook.metadata.get("submission", {"texts": _texts(notebook.cells)}))
    return Submission(entry, cells=cells, **about)


def _notebook(text):
    raw = json.loads(text)
    if not isinstance(raw, dict) or not ("cells" in raw or "worksheets" in raw):
        raise ValueError("it holds no cells")
    if raw.get("nbformat", 4) < 4:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about ids and fields that are dropped anyway
            return nbformat.convert(nbformat.reads(text, as_version=3), 4)
    return nbformat.from_dict(raw)


def _plain(cell):
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    return ["code" if cell.get("cell_type") == "code" else "markdown", source]


def _texts(cells):
    """Find the answers in words: by their comment, or else by the cell's grade_id."""
    found = {}
    for place, cell in enumerate(cells):
        kind, source = _plain(cell)
        about = cell.get("metadata", {}).get("nbgrader", {})
        marked = ANSWER.search(source)
        if kind == "markdown" and (marked or about.get("solution")):
            found.setdefault(marked[1] if marked else about.get("grade_id"), place)
    return found


def belongs_to(submission, assignments):
    """Return the assignment that a submission answers, by what stands in it, or None.

    Args:
        submission: A `Submission`.
        assignments: Those it may be of.
    """
    words = set(re.findall(r"\w+", " ".join(source for _, source in submission.cells)))
    scores = {
        assignment.name: len(words & {question.name for question in assignment.questions})
        / len(assignment.questions)
        for assignment in assignments
    }
    best = max(assignments, key=lambda assignment: scores[assignment.name])
    return best if scores[best.name] > 0 else None
