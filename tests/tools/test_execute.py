"""Which chapters are stale, what is stored, and what a failure leaves behind."""

import nbformat
import pytest

from tools import execute as execute_module
from tools.execute import (
    canonical,
    execute,
    inputs_digest,
    is_stale,
    lock_digest,
    outputs_digest,
    reached_files,
)

FIGURE_CELL = """
from IPython.display import Image, display
pixel = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
data = {"image/png": pixel, "text/plain": "Figure: one gray pixel"}
display(data, raw=True, metadata={"image/png": {"alt": "one gray pixel"}})
"""


def notebook(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nb = nbformat.v4.new_notebook(cells=cells)
    nb.metadata.companion = {"covers": ["S0.0.1"], "minutes": 5}
    return nb


@pytest.fixture(autouse=True)
def speed(monkeypatch):
    """A machine at half the speed of the reference machine."""
    monkeypatch.setattr(execute_module, "slowdown", lambda: 2.0)


@pytest.fixture
def root(tmp_path):
    """A small project: `models` imports `losses`; `plots` stands apart."""
    package = tmp_path / "companion"
    (package / "rooms").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "rooms" / "__init__.py").write_text("")
    (package / "rooms" / "models.py").write_text("from companion import losses\n")
    (package / "losses.py").write_text("REDUCTION = 'mean'\n")
    (package / "plots.py").write_text("")
    results = tmp_path / "reproductions" / "results"
    results.mkdir(parents=True)
    (results.parent / "__init__.py").write_text("")
    (results.parent / "results.py").write_text("from companion import losses\n")
    (results / "paper.json").write_text("{}")
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\n")
    return tmp_path


def test_reached_files_follow_imports_of_imports(root):
    reached = reached_files("import numpy\nfrom companion.rooms import models", root)
    names = [path.relative_to(root).as_posix() for path in reached]
    assert names == [
        "companion/__init__.py",
        "companion/losses.py",
        "companion/rooms/__init__.py",
        "companion/rooms/models.py",
    ]


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("companion/losses.py", True),
        ("companion/rooms/models.py", True),
        ("requirements.txt", True),
        ("companion/plots.py", False),
    ],
)
def test_a_chapter_is_stale_when_what_it_reaches_changed(root, changed, stale):
    nb = notebook("from companion.rooms.models import losses")
    before = inputs_digest(nb, root), lock_digest(root)
    (root / changed).write_text((root / changed).read_text() + "\n# changed\n")
    assert ((inputs_digest(nb, root), lock_digest(root)) != before) is stale


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("reproductions/results/paper.json", True),
        ("reproductions/results/another.json", True),
        ("reproductions/results.py", True),
        ("companion/losses.py", True),
        ("companion/plots.py", False),
    ],
)
def test_a_page_of_results_is_stale_when_a_result_changed(root, changed, stale):
    page, other = notebook("from reproductions import results"), notebook("x = 1")
    before, other_before = inputs_digest(page, root), inputs_digest(other, root)
    with (root / changed).open("a") as file:
        file.write("\n")
    assert (inputs_digest(page, root) != before) is stale
    assert inputs_digest(other, root) == other_before


def test_a_chapter_is_stale_when_a_cell_changed(root):
    before = inputs_digest(notebook("x = 1"), root)
    assert inputs_digest(notebook("x = 2"), root) != before


def test_outputs_are_stored_with_alt_text_and_digests(root):
    path = root / "page.ipynb"
    nbformat.write(notebook("print(1 / 4)", FIGURE_CELL), path)
    execute(path, root)

    nb = nbformat.read(path, as_version=4)
    assert nb.cells[0].outputs[0].text == "0.25\n"
    assert nb.cells[1].metadata.mystnb.image.alt == "one gray pixel"
    assert nb.metadata.companion.outputs_sha256 == outputs_digest(nb)
    assert nb.metadata.companion.inputs_sha256 == inputs_digest(nb, root)
    assert "version" not in nb.metadata.language_info


def test_a_chapter_is_stale_when_an_output_was_edited(root):
    path = root / "page.ipynb"
    nbformat.write(notebook("print(1 / 4)"), path)
    execute(path, root)
    nb = nbformat.read(path, as_version=4)
    assert not is_stale(nb, root)
    nb.cells[0].outputs[0].text = "0.26\n"
    assert is_stale(nb, root)


def test_stored_are_the_seconds_of_the_reference_machine(root, monkeypatch):
    speeds = iter([1.0, 3.0])
    monkeypatch.setattr(execute_module, "slowdown", lambda: next(speeds))
    monkeypatch.setattr(execute_module, "run", lambda nb: 50.0)
    path = root / "page.ipynb"
    nbformat.write(notebook("1"), path)
    assert execute(path, root) == 50.0
    assert nbformat.read(path, as_version=4).metadata.companion.seconds == 25


def test_a_second_execution_changes_nothing(root):
    path = root / "page.ipynb"
    nbformat.write(notebook("print('same')"), path)
    execute(path, root)
    first = nbformat.read(path, as_version=4)
    execute(path, root)
    second = nbformat.read(path, as_version=4)
    first.metadata.companion.pop("seconds")
    second.metadata.companion.pop("seconds")
    assert first == second


def test_a_failing_chapter_keeps_its_stored_outputs(root):
    path = root / "page.ipynb"
    nbformat.write(notebook("print('kept')"), path)
    execute(path, root)
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source = "1 / 0"
    nbformat.write(nb, path)

    with pytest.raises(Exception, match="ZeroDivisionError"):
        execute(path, root)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "kept\n"
    assert [file.name for file in root.glob("page*")] == ["page.ipynb"]


def test_an_interrupted_write_keeps_the_stored_file(root, monkeypatch):
    path = root / "page.ipynb"
    nbformat.write(notebook("print('kept')"), path)
    stored = path.read_bytes()

    def write_half(nb, target):
        target.write_text("{")
        raise OSError("disk full")

    monkeypatch.setattr("tools.execute.nbformat.write", write_half)
    with pytest.raises(OSError, match="disk full"):
        execute(path, root)
    assert path.read_bytes() == stored
    assert [file.name for file in root.glob("page*")] == ["page.ipynb"]


def test_a_cell_that_only_draws_is_folded():
    nb = notebook("plots.image_grid(x)", "x = load()\nplots.image_grid(x)")
    data, metadata = {"image/png": ""}, {"image/png": {"alt": "a grid"}}
    for cell in nb.cells:
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cell.outputs = [output]
    drawing, computing = canonical(nb).cells
    assert drawing.metadata.tags == ["hide-input"]
    assert "tags" not in computing.metadata


def test_metadata_that_means_nothing_is_dropped():
    nb = notebook("x = 1")
    nb.metadata.widgets = {"state": {}}
    nb.cells[0].metadata.update(collapsed=False, tags=["solution"])
    nb = canonical(nb)
    assert set(nb.metadata) == {"companion", "kernelspec", "language_info"}
    assert nb.cells[0].metadata == {
        "jupyter": {"source_hidden": True},
        "tags": ["solution"],
    }
