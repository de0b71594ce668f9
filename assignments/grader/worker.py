"""Run a student's cells and call the functions they define: the inside of the fence.

Started by `assignments.grader.student`, it reads one request a line and answers with one
line. Cells run in one namespace, in the order of the notebook. An error ends its cell, not
the notebook; what a cell prints is kept up to a limit.
"""

import ast
import contextlib
import io
import json
import os
import sys
import traceback

import numpy  # noqa: F401, before the fence is closed
from IPython.core.inputtransformer2 import TransformerManager

import companion.answers  # noqa: F401, found before its parent folder is closed
from assignments.grader import isolation, wire

MAX_TEXT = 20_000  # characters kept of what one cell prints


class Printed(io.TextIOBase):
    """Keeps the first characters that are written, and counts the rest."""

    def __init__(self):
        self.parts, self.length = [], 0

    def writable(self):
        return True

    def write(self, text):
        room = MAX_TEXT - self.length
        if room > 0:
            self.parts.append(text[:room])
        self.length += len(text)
        return len(text)

    def text(self):
        """Return what was kept, and a line about the rest."""
        more = self.length - MAX_TEXT
        return "".join(self.parts) + (f"\n... {more} more characters" if more > 0 else "")


class NoShell:
    """Stands for IPython where a cell has magics: they do nothing here."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def run_cell(source, namespace):
    """Run one cell.

    Args:
        source: Python with IPython's additions.
        namespace: Dict of names, changed by the cell.

    Returns:
        Dict of "printed" and "error": what it printed, and what ended it, or None.
    """
    printed = Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        error = _caught(_execute, source, namespace)
    return {"printed": printed.text(), "error": error}


def call(name, args, namespace):
    """Call a function of the student, or read a value.

    Args:
        name: Of the function or the value.
        args: Its arguments, a line of `wire.dump`.
        namespace: Where the name is looked up.

    Returns:
        Dict with "value", a line of `wire.dump`, or "error", or "missing".
    """
    if name not in namespace:
        return {"missing": True}
    target, values = namespace[name], []

    def work():
        value = target(*wire.load(args)) if callable(target) else target
        values.append(wire.dump(value))

    printed = Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        error = _caught(work)
    return {"error": error} if error else {"value": values[0]}


def _execute(source, namespace):
    tree = ast.parse(TransformerManager().transform_cell(source))
    shown = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        shown = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "<cell>", "exec"), namespace)
    if shown is not None:
        value = eval(compile(shown, "<cell>", "eval"), namespace)
        if value is not None:
            print(repr(value)[:MAX_TEXT])
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")  # as Jupyter does after every cell


def _caught(function, *args):
    try:
        function(*args)
    except BaseException as error:  # also SystemExit and an interrupt
        lines = traceback.format_exception_only(error)
        frames = traceback.extract_tb(error.__traceback__)
        places = [frame.lineno for frame in frames if frame.filename == "<cell>"]
        where = f" (line {places[-1]} of the cell)" if places else ""
        return ("".join(lines).strip() + where)[:2000]
    return None


def main(folder, cpu_seconds):
    """Close the fence, say what it holds, then serve requests until the input ends."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.chdir(folder)
    isolation.limit(cpu_seconds)
    holds = {"network": isolation.leave(), "files": isolation.close_files(folder)}
    namespace = {"__name__": "__main__", "get_ipython": NoShell}
    print(json.dumps(holds), file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        if "cell" in request:
            answer = run_cell(request["cell"], namespace)
        else:
            answer = call(request["call"], request["args"], namespace)
        answer["token"] = request["token"]
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
