"""Pytest plugin: nbval, strict, with a relative tolerance where a cell states one.

    python -m pytest -p tools.nbval_tolerance --nbval chapters -n 4 --dist loadscope

It changes nbval in four ways. Numbers may differ within the tolerance that the cell's
metadata states (see tools/checks/tolerance.py). Nothing excuses a cell from the
comparison: no tag, no comment, no missing run, and stderr is an error. Kernels run in an
empty folder, with a random hash seed and without the network, because a page must not
depend on where it runs. Messages name the file, the cell (counted from 1 over text and
code alike, as in the other checks) and the lines that differ.
"""

import os
import tempfile
import textwrap

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError, RunningKernel

from tools.checks.pages import output_texts
from tools.checks.tolerance import difference, tolerance
from tools.execute import KERNEL_ENVIRONMENT

CLOSED_PROXY = "http://127.0.0.1:9"


def pytest_configure(config):
    """Set what every kernel inherits; the variables that tests vary are left alone."""
    for name, value in KERNEL_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ.pop("PYTHONHASHSEED", None)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = CLOSED_PROXY
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put the notebooks of this plugin in the place of nbval's."""
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if type(node) is IPyNbFile else node
        for node in found
    ]


class Notebook(IPyNbFile):
    """A notebook whose kernel starts in an empty folder, from this environment."""

    folder = None

    def collect(self):
        """Yield the code cells, named by their place in the whole notebook."""
        cells = list(super().collect())
        places = [i for i, c in enumerate(self.nb.cells, 1) if c.cell_type == "code"]
        for place, cell in zip(places, cells, strict=True):
            options = cell.options | {"check": True, "skip": False}
            yield Cell.from_parent(
                self, name=f"cell {place}", cell_num=place, cell=cell.cell, options=options
            )

    def setup(self):
        """Start the kernel."""
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.kernel = RunningKernel(
            CURRENT_ENV_KERNEL_NAME,
            cwd=self.folder.name,
            startup_timeout=self.config.option.nbval_kernel_startup_timeout,
        )

    def teardown(self):
        """Stop the kernel and remove its folder."""
        super().teardown()
        if self.folder is not None:
            self.folder.cleanup()


class Cell(IPyNbCell):
    """A code cell, compared within the tolerance that it states."""

    def runtest(self):
        """Execute the cell and compare; a cell without a stored run is an error."""
        super().runtest()
        if self.cell.execution_count is None:
            self.raise_cell_error("it has never been executed; run make notebooks")

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare with the tolerance first, then let nbval compare what is left."""
        try:
            found = difference(ref, test, tolerance(self.cell))
        except ValueError as error:
            found = str(error)
        if found:
            self.comparison_traceback = [found]
            return False
        test = as_stored(test, ref, with_sounds=tolerance(self.cell) is not None)
        return super().compare_outputs(test, ref, skip_compare)

    def reportinfo(self):
        """Name the cell in reports."""
        return self.path, None, f"{self.file_name}, {self.name}"

    def repr_failure(self, excinfo, style=None):
        """Show the file, the cell, what is wrong, and the source of the cell."""
        error = excinfo.value
        if not isinstance(error, NbCellError):
            return super(IPyNbCell, self).repr_failure(excinfo, style)
        source = textwrap.indent(self.cell.source, "    ")
        return (
            f"{self.file_name}, {self.name}: {error}\n{error.inner_traceback or ''}\n\n"
            f"The cell:\n{source}"
        )

    @property
    def file_name(self):
        """The path of the notebook from the repository's root."""
        if self.path.is_relative_to(self.config.rootpath):
            return self.path.relative_to(self.config.rootpath).as_posix()
        return self.path.as_posix()


def as_stored(fresh, stored, with_sounds):
    """Return the fresh outputs with the texts of the stored ones, which agree with them.

    Sounds, like images, are not compared in a cell with a tolerance: a sample moves by
    more than the least step of a 16-bit file. Their descriptions are.
    """
    for new, old in zip(fresh, stored, strict=True):
        if new.output_type == "stream":
            new.text = old.text
        else:
            new.data.update(output_texts(old))
            if with_sounds and "text/html" in new.data and "text/html" in old.data:
                new.data["text/html"] = old.data["text/html"]
    return fresh
