"""Pytest plugin: how long each notebook took, in a table at the end of the run.

    python -m pytest -p tools.nbval_tolerance -p tools.notebook_times --nbval chapters

A page may take at most `LIMIT_S` seconds on two cores. A run on a busy machine, or on more
notebooks than cores, takes longer than the page does, so the table warns and does not fail.
"""

from collections import defaultdict

LIMIT_S = 60


def seconds_by_notebook(reports):
    """Add up the durations of all phases of all cells of each notebook."""
    seconds = defaultdict(float)
    for report in reports:
        notebook = report.nodeid.split("::")[0]
        if notebook.endswith(".ipynb"):
            seconds[notebook] += report.duration
    return dict(seconds)


def pytest_terminal_summary(terminalreporter):
    """Print the table, the slowest notebook first."""
    groups = ("passed", "failed", "error", "")  # "" holds set-up and tear-down
    stats = terminalreporter.stats
    reports = [r for group in groups for r in stats.get(group, []) if hasattr(r, "nodeid")]
    seconds = seconds_by_notebook(reports)
    if not seconds:
        return
    terminalreporter.section(f"seconds for each notebook (limit {LIMIT_S})")
    for notebook, total in sorted(seconds.items(), key=lambda item: -item[1]):
        late = "  too slow, or a busy machine" if total > LIMIT_S else ""
        terminalreporter.line(f"{total:7.1f}  {notebook}{late}")
    terminalreporter.line(f"{sum(seconds.values()):7.1f}  together")
