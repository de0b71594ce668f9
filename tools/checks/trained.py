"""A tolerance belongs to numbers that come from training, and to no others.

A cell trains if it calls something named fit or train, closed forms such as PCA's fit
left out. The names that it assigns or fills are trained from there on; so are the names
that a later cell computes from them. Only a cell that trains or reads a trained name may
state a tolerance.
"""

import ast
import re

from tools.checks.tolerance import tolerance

TRAINS = re.compile(r"(?:^|_)(?:re|pre)?(?:fit|train)")
NO_TRAINING = re.compile(r"train_test_split|baselines$")
CLOSED_FORMS = {"KNeighborsClassifier", "MeanPredictor", "PCA", "StandardScaler"}


def called_name(call):
    """Return the last part of the name that is called."""
    return getattr(call.func, "attr", None) or getattr(call.func, "id", "")


def is_training(call):
    """Return whether a call is named for training and is no closed form."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", called_name(call)).lower()
    receiver = getattr(call.func, "value", None)
    if isinstance(receiver, ast.Call) and called_name(receiver) in CLOSED_FORMS:
        return False
    return bool(TRAINS.search(name)) and not NO_TRAINING.search(name)


def calls_training(source):
    """Return whether a source calls something that trains."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(map(is_training, calls))


def base(node):
    """Return the name at the bottom of x.y[0].z, or None."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = getattr(node, "value", None) or getattr(node, "func", None)
    return node.id if isinstance(node, ast.Name) else None


def names(source):
    """Return the names that a source reads, and those that it assigns or fills."""
    read, changed = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (changed if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            changed.add(node.name)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            changed.add(base(node))
        elif isinstance(node, ast.Call) and called_name(node) in ("append", "setdefault"):
            changed.add(base(node.func))
    return read, changed - {None}


def tolerance_problems(page):
    """Only cells whose numbers come from training state a tolerance, within the limit."""
    trained, problems = set(), []
    for number, cell in page.cells("code"):
        try:
            stated = tolerance(cell)
            read, changed = names(cell.source)
            from_training = calls_training(cell.source) or bool(read & trained)
        except SyntaxError:  # named by another check
            continue
        except ValueError as error:
            problems.append(page.problem(str(error), number))
            continue
        trained = trained | changed if from_training else trained - changed
        if stated and stated.rtol and not from_training:
            text = f"states rtol {stated.rtol}, but no number in it comes from training"
            problems.append(page.problem(text, number))
    return problems


CHECKS = [tolerance_problems]
