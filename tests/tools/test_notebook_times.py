"""The table of running times adds up what belongs to one notebook."""

from types import SimpleNamespace

from tools.notebook_times import seconds_by_notebook


def test_durations_add_up_for_each_notebook():
    reports = [
        SimpleNamespace(nodeid="chapters/a.ipynb::cell 2", duration=1.5),
        SimpleNamespace(nodeid="chapters/a.ipynb::cell 4", duration=2.0),
        SimpleNamespace(nodeid="chapters/b.ipynb::cell 2", duration=0.25),
        SimpleNamespace(nodeid="tests/test_a.py::test_b", duration=9.0),
    ]
    assert seconds_by_notebook(reports) == {
        "chapters/a.ipynb": 3.5,
        "chapters/b.ipynb": 0.25,
    }
