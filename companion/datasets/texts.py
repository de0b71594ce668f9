"""Real English texts on ten subjects: what the course's own libraries say about themselves.

A document is the prose of one docstring (`companion.datasets.docstrings`). Its label is
the subject that the code is about, such as graphs or statistics: the folder in which the
code lies. Three things could give a label away or make a test too easy, and are taken
out: the names of the libraries; documents that nearly repeat another one; and files,
which lie with all their documents in one part of a split, because the texts of one file
are alike.

The documents are those of the installed versions, which `source` states and the course's
lock pins. With other versions some texts differ, and measured numbers move a little.
"""

import gc
import importlib.metadata
import importlib.util
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from companion.datasets import Dataset
from companion.datasets.docstrings import docstrings_of, prose

SUBJECTS = {
    "graphs": ("networkx/algorithms",),
    "statistics": ("scipy/stats",),
    "optimization": ("scipy/optimize",),
    "signals": ("scipy/signal", "scipy/fft", "numpy/fft"),
    "linear algebra": ("scipy/linalg", "scipy/sparse/linalg", "numpy/linalg"),
    "images": ("skimage", "scipy/ndimage"),
    "learning": ("sklearn",),
    "figures": ("matplotlib",),
    "language": ("nltk",),
    "curves": ("scipy/interpolate", "scipy/integrate", "numpy/polynomial"),
}
LIBRARIES = ("networkx", "scipy", "numpy", "scikit-image", "scikit-learn", "matplotlib")
LIBRARIES += ("nltk",)
LEFT_OUT = {"tests", "testing", "_lib", "externals", "utils", "_shared", "data", "datasets"}
LICENSE = (
    "BSD-3-Clause (NetworkX, SciPy, NumPy, scikit-image, scikit-learn), "
    "Matplotlib license, Apache-2.0 (NLTK)"
)
MIN_WORDS, MAX_CHARS = 20, 1500
SHINGLE, NEAR = 4, 0.3


@dataclass(frozen=True)
class Document:
    """One docstring as prose.

    Args:
        summary: Its first paragraph.
        body: What comes after it, as one text; may be empty.
        subject: Number of its subject in the order of `SUBJECTS`.
        file: Where it stands, such as ``scipy/stats/_stats_py.py``.
    """

    summary: str
    body: str
    subject: int
    file: str

    @property
    def text(self):
        """Summary and body as one text, cut off behind the last word that fits."""
        text = f"{self.summary} {self.body}".strip()
        return text if len(text) <= MAX_CHARS else text[:MAX_CHARS].rsplit(" ", 1)[0]


def shingles(text, size=SHINGLE):
    """Return the set of runs of `size` neighboring words of a text, in lower case."""
    words = re.findall(r"[a-z]+", text.lower())
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def without_repetition(documents, near=NEAR):
    """Drop every document that nearly repeats an earlier one.

    Two texts are near if they share more than the share `near` of the shingles of the
    one that has fewer.

    Args:
        documents: `Document` objects, in order.
        near: A share in [0, 1].

    Returns:
        Those that stay, in order.
    """
    index, sizes, kept = defaultdict(list), [], []
    for document in documents:
        found = shingles(document.text)
        shared = Counter(i for shingle in found for i in index.get(shingle, ()))
        if any(n > near * min(len(found), sizes[i]) for i, n in shared.items()):
            continue
        for shingle in found:
            index[shingle].append(len(kept))
        sizes.append(len(found))
        kept.append(document)
    return kept


def read_documents(folder, subject, base):
    """Read the docstrings of the Python files below a folder.

    Args:
        folder: Where the files lie, a `pathlib.Path`.
        subject: Number of the subject that they are about.
        base: The folder in which the libraries lie.

    Returns:
        `Document` objects of at least `MIN_WORDS` words, by file and line.
    """
    documents = []
    for path in sorted(folder.rglob("*.py")):
        file = path.relative_to(base)
        if set(file.parts) & LEFT_OUT:
            continue
        source = path.read_text("utf-8", errors="replace")
        for docstring in docstrings_of(source) if '"""' in source else ():
            summary, body = prose(docstring)
            if len(f"{summary} {body}".split()) >= MIN_WORDS:
                documents.append(Document(summary, body, subject, file.as_posix()))
    return documents


@lru_cache(maxsize=1)
def documents():
    """Read the whole corpus, once.

    Returns:
        `Document` objects by subject, file and line, none of them near to another.
    """
    found, collects = [], gc.isenabled()
    # Parsing makes and drops millions of objects; looking through them takes as long.
    gc.disable()
    try:
        for subject, folders in enumerate(SUBJECTS.values()):
            for folder in map(Path, folders):
                base = Path(importlib.util.find_spec(folder.parts[0]).origin).parents[1]
                found += read_documents(base / folder, subject, base)
        return tuple(without_repetition(found))
    finally:
        if collects:
            gc.enable()


def split_files(documents, seed, share=0.2):
    """Give every file, with all its documents, to one part.

    In each subject, files in random order fill the test part up to its share of the
    documents, then the validation part; the others are for training.

    Args:
        documents: `Document` objects.
        seed: Seed of the order.
        share: Share of the documents of a subject in the test part, and in validation.

    Returns:
        Three lists of documents: training, validation, test.
    """
    rng, parts = np.random.default_rng(seed), ([], [], [])
    for subject in sorted({d.subject for d in documents}):
        files = defaultdict(list)
        for document in documents:
            if document.subject == subject:
                files[document.file].append(document)
        limit = share * sum(map(len, files.values()))
        room = {2: limit, 1: limit}
        names = sorted(files)
        for name in [names[i] for i in rng.permutation(len(names))]:
            part = next((p for p, left in room.items() if len(files[name]) <= left), 0)
            if part:
                room[part] -= len(files[name])
            parts[part].extend(files[name])
    return parts


def docstrings(seed=0):
    """Texts to classify: the prose of docstrings, and the number of the subject of each.

    Args:
        seed: Seed of the split; ``load("docstrings")`` has 0.

    Returns:
        A `Dataset`; x is (n,), str, at most `MAX_CHARS` long; y is (n,), int64, in the
        order of `SUBJECTS`.
    """
    parts = [
        (np.array([d.text for d in part]), np.array([d.subject for d in part], np.int64))
        for part in split_files(documents(), seed)
    ]
    return _dataset("docstrings", parts)


def docstring_summaries(seed=0):
    """Texts to summarize: docstrings without their first line, and that line.

    Only those with a summary of 4 to 30 words and a body of at least 3 sentences.

    Args:
        seed: Seed of the split; ``load("docstring_summaries")`` has 0.

    Returns:
        A `Dataset`; x is (n,), str, the bodies; y is (n,), str, the summaries.
    """
    chosen = [
        d
        for d in documents()
        if len(re.findall(r"[.!?](?:\s|$)", d.body)) >= 3
        and 4 <= len(d.summary.split()) <= 30
        and len(d.body) <= MAX_CHARS
    ]
    parts = [
        (np.array([d.body for d in part]), np.array([d.summary for d in part]))
        for part in split_files(chosen, seed)
    ]
    return _dataset("docstring_summaries", parts)


def _dataset(name, parts):
    versions = (f"{library} {importlib.metadata.version(library)}" for library in LIBRARIES)
    return Dataset(
        *(array for pair in parts for array in pair),
        name=name,
        source=f"docstrings of {', '.join(versions)}",
        license=LICENSE,
    )
