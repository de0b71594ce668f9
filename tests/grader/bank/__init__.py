"""Answers to every question, right and wrong: what the graders are tested with.

One module for each assignment holds ``ANSWERS``: for each question the sources of other
right answers than that of the source notebook, and pairs of a piece of the hint that is
meant for a mistake and an answer that makes it.
"""

import ast
from importlib import import_module

from assignments.grader import questions, wire
from companion.answers import Wrong


def answers_to(assignment):
    """Return the answers to an assignment's questions."""
    return import_module(f"tests.grader.bank.{assignment.name}").ANSWERS


def names_in(source):
    """Return the names that a cell defines."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.With):
            stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
    return names


def namespace_of(answer, question, reference):
    """Run an answer where all other questions of the assignment are answered rightly."""
    missing = names_in(question.solution)
    namespace = {name: value for name, value in reference.items() if name not in missing}
    exec(compile(answer, f"<answer to {question.name}>", "exec"), namespace)
    return namespace


def grade(question, namespace, reference, student_id=questions.REFERENCE):
    """Grade a namespace; values cross as between two processes."""

    def call(name, *args):
        target = namespace[name]
        try:
            value = target(*wire.load(wire.dump(args))) if callable(target) else target
            return wire.load(wire.dump(value))
        except Exception as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    found, right = questions.Answers(call), questions.of_namespace(reference)
    return questions.grade(question, found, right, student_id)


def public_hint(question, namespace):
    """Run the public check; return the hint, what else stopped it, or None."""
    try:
        exec(
            compile(question.public, f"<check of {question.name}>", "exec"), dict(namespace)
        )
    except Wrong as wrong:
        return str(wrong)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
