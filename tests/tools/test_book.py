"""The repository's address, and the notebooks made for Colab."""

import nbformat
import pytest

from tools.colab import with_install_cell

book = pytest.importorskip("tools.book", reason="needs the book's dependencies")


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/owner/name.git", "https://github.com/owner/name"),
        ("https://user:secret@github.com/owner/name", "https://github.com/owner/name"),
        ("git@gitlab.com:group/name.git", "https://gitlab.com/group/name"),
        ("ssh://git@example.org:2222/owner/name.git", "https://example.org/owner/name"),
        ("/srv/git/name.git", ""),
        ("file:///srv/git/name.git", ""),
        ("../name", ""),
        ("", ""),
    ],
)
def test_web_address_is_public_or_empty(remote, address):
    assert book.web_address(remote) == address


def test_colab_copy_installs_the_package_below_the_title():
    cells = [
        nbformat.v4.new_markdown_cell("# T"),
        nbformat.v4.new_code_cell("import companion"),
    ]
    nb = with_install_cell(nbformat.v4.new_notebook(cells=cells), "https://example.org/o/n")
    assert [cell.source for cell in nb.cells] == [
        "# T",
        "%pip install --quiet git+https://example.org/o/n",
        "import companion",
    ]
    nbformat.validate(nb)
