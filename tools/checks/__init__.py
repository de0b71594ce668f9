"""Checks that hold the text, the stored outputs and the package together.

Each check is a function that returns its problems as texts, "chapters/x.ipynb, cell 7:
...", where cells are counted from 1 over text and code alike. The tests in tests/ call
them for every page; tests/test_checks.py plants faults to see that they are caught.
"""

import pytest


def fail_on(problems):
    """Fail the running test with one line for each problem."""
    if problems:
        pytest.fail("\n" + "\n".join(problems), pytrace=False)
