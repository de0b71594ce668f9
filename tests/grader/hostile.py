"""A class of submissions as students really hand them in, and as nobody should.

Each function takes the answered notebook of a student and changes it. `CLASS` says what
becomes of it: all automatic points, none, some, and which problem or error is reported.
"""

import ast
import json
import random

import nbformat
from nbformat.v4 import new_code_cell

FULL, NONE, SOME = "full", "none", "some"


def first(source):
    """Return a change that puts a cell before the answers."""

    def change(notebook):
        notebook.cells.insert(2, new_code_cell(source))
        return notebook

    return change


def unchanged(notebook):
    return notebook


def answers(notebook):
    """Return the cells of answers to automatic questions."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ]


def without_two_answers(notebook):
    for cell in answers(notebook)[:2]:
        cell.source = "pass"
    return notebook


def with_a_syntax_error(notebook):
    answers(notebook)[0].source += "\nthis is no Python"
    return notebook


def with_an_exception(notebook):
    answers(notebook)[0].source = (
        "raise ValueError('stuck')\n" + answers(notebook)[0].source
    )
    return notebook


def with_an_endless_loop(notebook):
    answers(notebook)[0].source = "while True:\n    pass\n" + answers(notebook)[0].source
    return notebook


def reordered(notebook):
    head, rest = notebook.cells[:2], notebook.cells[2:]
    random.Random(0).shuffle(rest)
    notebook.cells = head + rest
    return notebook


def split(notebook):
    """Put every statement of an answer, at its top level, into a cell of its own."""
    cells = []
    for cell in notebook.cells:
        if cell not in answers(notebook):
            cells.append(cell)
            continue
        lines = cell.source.splitlines()
        for node in ast.parse(cell.source).body:
            piece = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            cells.append(new_code_cell(piece))
    notebook.cells = cells
    return notebook


def copied(notebook):
    notebook.cells = [cell for cell in notebook.cells for _ in range(2)]
    return notebook


def with_duplicate_ids(notebook):
    raw = json.loads(json.dumps(notebook))
    for cell in raw["cells"]:
        cell["id"] = "same"
    return json.dumps(raw)


def without_metadata(notebook):
    notebook.metadata = {}
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
    return notebook


def with_edited_checks(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 1000
            if cell.cell_type == "code":
                cell.source = "1000.0"
    for cell in answers(notebook):
        cell.source = "pass"
    return notebook


def with_another_kernel(notebook):
    notebook.metadata.kernelspec = {
        "name": "julia-1.9",
        "display_name": "Julia",
        "language": "julia",
    }
    return notebook


def of_format_3(notebook):
    return nbformat.writes(nbformat.convert(notebook, 3), version=3)


def with_scripts(notebook):
    cell = notebook.cells[0]
    cell.source += "\n\n<script>planted()</script><img src=x onerror=planted()>"
    notebook.cells.append(new_code_cell("print('<script>planted()</script>')"))
    return notebook


def no_notebook(notebook):
    return "%PDF-1.7 this is an essay"


def nothing(notebook):
    return None


def cut_off(notebook):
    return nbformat.writes(notebook)[:2000]


FORGE = """
import companion.answers, os
companion.answers.agree = lambda *args, **kwargs: None
for fd in range(3, 20):
    try:
        os.write(fd, b'{"printed": "", "error": null, "value": "1e9"}' + bytes([10]))
    except OSError:
        pass
"""
READ = """
import glob, os
found = []
for name in glob.glob("/**/assignments/**/*.ipynb", recursive=True)[:1] or ["GRADER"]:
    found.append(open(name).read())
"""
DELETE = """
import os, shutil
for folder in ("HERE", os.path.expanduser("~"), os.getcwd()):
    shutil.rmtree(folder, ignore_errors=True)
"""
DEAF = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
CONNECT = """
import socket
socket.create_connection(("127.0.0.1", PORT), 1)
"""
CLASS = {
    "correct": (unchanged, FULL, None),
    "partly": (without_two_answers, SOME, None),
    "syntax_error": (with_a_syntax_error, SOME, "SyntaxError"),
    "exception": (with_an_exception, SOME, "ValueError: stuck"),
    "endless_loop": (with_an_endless_loop, SOME, "stopped after"),
    "deaf_loop": (first(DEAF), FULL, "did not stop after"),
    "allocation": (first("import numpy\nnumpy.ones(10 * 2**30 // 8)"), FULL, "MemoryError"),
    "prints": (first("for _ in range(100):\n    print('x' * 2**20)"), FULL, "more char"),
    "deletes": (first(DELETE), FULL, None),
    "socket": (first(CONNECT), FULL, "OSError"),
    "reads_the_grader": (first(READ), FULL, "Error"),
    "sys_exit": (first("import sys\nsys.exit()"), FULL, "SystemExit"),
    "scripts": (with_scripts, FULL, None),
    "forks": (first("import os, time\nos.fork() or time.sleep(999)"), FULL, None),
    "fills_the_disk": (first("open('x', 'wb').write(bytes(2**27))"), FULL, "too large"),
    "forges": (first(FORGE), FULL, "no answer"),
    "renamed": (unchanged, FULL, None),
    "duplicate_ids": (with_duplicate_ids, FULL, None),
    "no_metadata": (without_metadata, FULL, None),
    "edited_checks": (with_edited_checks, NONE, None),
    "wrong_kernel": (with_another_kernel, FULL, None),
    "format_3": (of_format_3, FULL, None),
    "reordered": (reordered, FULL, None),
    "split": (split, FULL, None),
    "copied": (copied, FULL, None),
    "magics": (first("%matplotlib inline\n!ls\n%%time"), FULL, None),
    "no_notebook": (no_notebook, NONE, "not a notebook that can be read"),
    "empty_folder": (nothing, NONE, "the folder is empty"),
    "cut_off": (cut_off, NONE, "not a notebook that can be read"),
}  # fmt: skip
