"""Copy the chapters for Colab, where the package has to be installed by a first cell.

    python -m tools.colab ADDRESS FOLDER

The publishing workflow pushes FOLDER as the branch that the book's Colab buttons open.
"""

import sys
from pathlib import Path

import nbformat

from tools.execute import ROOT, chapters


def with_install_cell(nb, address):
    """Put a cell that installs the package from a git address below the title cell."""
    cell = nbformat.v4.new_code_cell(f"%pip install --quiet git+{address}", id="install")
    nb.cells.insert(1, cell)
    return nb


def main():
    """Write every chapter to the same place below the folder."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    for path in chapters():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(
            with_install_cell(nbformat.read(path, as_version=4), address), target
        )


if __name__ == "__main__":
    main()
