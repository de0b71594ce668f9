"""Planted faults that execution finds: nbval with the layer of tools/nbval_tolerance.py."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.clean_page import TOY_MODEL
from tools.checks.tolerance import Tolerance, lines_agree
from tools.execute import ROOT

TRAIN = "import toy_model\nprint(f'trained to {toy_model.train(0):.3f} nats in 2 runs')"
LOSS = "import toy_model\nprint('loss', toy_model.loss([0.0, 0.0], [1.0, 3.0]))"
DISPLAY = "from IPython.display import Markdown, display\ndisplay(Markdown('Loss 5.'))"


HASH = "print(hash('companion'))"


def hash_with_seed_0():
    """Return what HASH prints under the seed with which `make notebooks` executes."""
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", HASH]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def stream(text):
    """Return a stored text output."""
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def sound(label, bytes_="AAAA"):
    """Return a stored sound output."""
    html = f'<figure class="sound"><audio src="data:audio/wav;base64,{bytes_}"></figure>'
    data = {"text/html": html, "text/plain": f"Sound: {label}"}
    return nbformat.v4.new_output("display_data", data=data)


def markdown(text):
    """Return a stored Markdown output."""
    plain = "<IPython.core.display.Markdown object>"
    data = {"text/markdown": text, "text/plain": plain}
    return nbformat.v4.new_output("display_data", data=data)


PLAY = (
    f"from IPython.display import display\ndisplay({dict(sound('voice').data)!r}, raw=True)"
)
ROUNDING = {"atol": 1e-6}
# name: (source, stored output, rtol or all of the cell's metadata, what the report must
# say or None if it passes)
CASES = {
    "clean": (LOSS, stream("loss 5.0\n"), None, None),
    "clean_markdown": (DISPLAY, markdown("Loss 5."), None, None),
    "within": (TRAIN, stream("trained to 0.247 nats in 2 runs\n"), 0.02, None),
    "beyond": (
        TRAIN,
        stream("trained to 0.240 nats in 2 runs\n"),
        0.02,
        r"line 1 differs \(numbers may differ by 0\.02 of the stored\)\n"
        r"  stored: trained to 0\.240 nats in 2 runs\n"
        r"  fresh:  trained to 0\.250 nats in 2 runs",
    ),
    "no_tolerance": (
        TRAIN,
        stream("trained to 0.251 nats in 2 runs\n"),
        None,
        r"stored: trained to 0\.251 nats.*\n  fresh:  trained to 0\.250 nats",
    ),
    "changed_word": (
        TRAIN,
        stream("trained to 0.250 bits in 2 runs\n"),
        0.02,
        r"stored: trained to 0\.250 bits.*\n  fresh:  trained to 0\.250 nats",
    ),
    "too_wide": (
        TRAIN,
        stream("trained to 0.250 nats in 2 runs\n"),
        0.5,
        r"rtol must be above 0 and at most 0\.05; got 0\.5",
    ),
    "rounding": ("print('differ by 3e-16')", stream("differ by 1e-14\n"), ROUNDING, None),
    "more_than_rounding": (
        "print('differ by 3e-06')",
        stream("differ by 1e-14\n"),
        ROUNDING,
        r"line 1 differs \(numbers may differ by 1e-06\)",
    ),
    "wide_rounding": (
        LOSS,
        stream("loss 5.0\n"),
        {"atol": 1e-3},
        r"atol must be above 0 and at most 1e-06; got 0\.001",
    ),
    "two_tolerances": (
        TRAIN,
        stream("trained to 0.250 nats in 2 runs\n"),
        {"atol": 1e-6, "rtol": 0.02},
        r"a cell states rtol or atol; got both",
    ),
    "edited_caption": (
        DISPLAY,
        markdown("Loss 4."),
        None,
        r"text/markdown, line 1 differs",
    ),
    "sound_within": (PLAY, sound("voice", "AAAB"), 0.02, None),
    "other_sound": (PLAY, sound("voice", "AAAB"), None, r"mismatch 'text/html'"),
    "other_label": (PLAY, sound("noise"), 0.02, r"stored: Sound: noise"),
    "missing_output": (
        "pass",
        markdown("Loss 5."),
        None,
        r"other outputs than stored\n  stored: text/markdown \+ text/plain\n"
        r"  fresh:  nothing",
    ),
    "stderr": (
        "import sys\nprint('odd', file=sys.stderr)",
        nbformat.v4.new_output("stream", name="stderr", text="odd\n"),
        None,
        r"the cell wrote to stderr:\nodd",
    ),
    "excused": (f"# NBVAL_IGNORE_OUTPUT\n{LOSS}", stream("loss 4.0\n"), None, r"line 1"),
    "skipped": (f"# NBVAL_SKIP\n{LOSS}", stream("loss 4.0\n"), None, r"line 1"),
    "hash_seed": (HASH, stream(hash_with_seed_0()), None, r"line 1 differs"),
    "working_folder": (
        "import os\nprint(os.listdir())",
        stream("[]\n"),
        None,
        None,
    ),
    "network": (
        "import urllib.request\n"
        "try:\n    urllib.request.urlopen('http://example.org')\n"
        "except OSError:\n    print('offline')",
        stream("offline\n"),
        None,
        None,
    ),
    "error": ("raise ValueError('odd')", stream(""), None, r"ValueError.*odd"),
}


PASSING = [name for name, case in CASES.items() if case[3] is None]
FAILING = [name for name, case in CASES.items() if case[3] is not None]
NEVER_RUN = len(FAILING) + 2


def notebook(names):
    """Return a notebook with a title and one cell for each case."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A page")])
    for count, (source, output, stated, _) in enumerate(map(CASES.get, names), 1):
        cell = nbformat.v4.new_code_cell(source, outputs=[output], execution_count=count)
        if stated is not None:
            stated = stated if isinstance(stated, dict) else {"rtol": stated}
            cell.metadata["companion"] = stated
        nb.cells.append(cell)
    return nb


def run_nbval(folder, *arguments):
    """Run nbval with the layer, as `make test` does; return its return code and report."""
    command = [sys.executable, "-m", "pytest", "-p", "tools.nbval_tolerance", "--nbval"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    command += ["-p", "no:cacheprovider", "--color=no", *arguments]
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A folder with the toy package, a notebook that passes and one that fails."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "chapters").mkdir()
    (folder / "toy_model.py").write_text(TOY_MODEL, encoding="utf-8")
    failing = notebook(FAILING)
    failing.cells.append(nbformat.v4.new_code_cell("x = 1"))
    nbformat.write(notebook(PASSING), folder / "chapters" / "passing.ipynb")
    nbformat.write(failing, folder / "chapters" / "failing.ipynb")
    return folder


@pytest.fixture(scope="module")
def report(book):
    """What nbval says of both notebooks, run side by side."""
    return run_nbval(book, "chapters", "-n", "2", "--dist", "loadscope")[1]


def test_what_agrees_passes(report):
    assert "chapters/passing.ipynb" not in report
    assert f"{len(FAILING) + 1} failed, {len(PASSING)} passed" in report


@pytest.mark.parametrize("name", FAILING)
def test_what_differs_fails_with_file_cell_and_cause(report, name):
    cell = f"cell {FAILING.index(name) + 2}"
    assert f"FAILED chapters/failing.ipynb::{cell}" in report
    start = report.index(f"chapters/failing.ipynb, {cell}: ")
    block = report[start:].split("The cell:")[0]
    assert re.search(CASES[name][3], block), block


def test_cell_without_a_stored_run_fails(report):
    text = f"chapters/failing.ipynb, cell {NEVER_RUN}: it has never been executed"
    assert text in report


def test_changed_reduction_in_the_package_fails_the_page(book):
    module, page = book / "toy_model.py", "chapters/passing.ipynb"
    changed = TOY_MODEL.replace("sum(errors) / len(errors)", "sum(errors)")
    assert changed != TOY_MODEL
    module.write_text(changed, encoding="utf-8")
    try:
        code, report = run_nbval(book, page)
    finally:
        module.write_text(TOY_MODEL, encoding="utf-8")
    assert code == 1
    assert f"1 failed, {len(PASSING) - 1} passed" in report
    assert f"{page}, cell {PASSING.index('clean') + 2}: Cell outputs differ" in report
    assert "  stored: loss 5.0\n  fresh:  loss 10.0" in report


@pytest.mark.parametrize(
    ("stored", "fresh", "agree"),
    [
        ("mse 0.100", "mse 0.105", True),
        ("mse 0.100", "mse 0.107", False),
        ("mse -0.100", "mse 0.100", False),
        ("mse \u22120.100", "mse -0.104", True),
        ("mse 1.0e-03", "mse 1.04e-03", True),
        ("mse 1.0e-03", "mse 1.0e-04", False),
        ("[ 9.98 10.  ]", "[10.01 10.01]", True),
        ("[0.1 0.2]", "[0.1 0.2 0.2]", False),
        ("mse nan", "mse nan", True),
        ("mse nan", "mse 0.1", False),
        ("mse inf", "mse -inf", False),
        ("mse 0.0", "mse 0.001", False),
        ("12,345", "12,399", False),
        ("0.840 ± 0.017", "0.839 ± 0.021", True),
        ("0.840 ± 0.017", "0.839 ± 0.061", False),
        ("0.840 ± 0.017", "0.790 ± 0.017", False),
        ("a ± 0.017", "a ± 0.021", False),
        ("layer_1: 0.5", "layer_2: 0.5", False),
        ("0.5 nats", "0.5 bits", False),
        ("1.9 dB", "2.0 dB", True),  # 1.949 and 1.951
        ("1.9 dB", "2.1 dB", False),
        ("0.00", "0.01", True),
        ("0.00", "0.02", False),
        ("0.00", "0.010", False),
        ("1.9e-3", "2.1e-3", False),
        ("6 runs", "7 runs", False),
    ],
)
def test_lines_agree_within_five_percent(stored, fresh, agree):
    assert lines_agree(stored, fresh, Tolerance(rtol=0.05)) is agree


def test_an_absolute_tolerance_is_the_whole_tolerance():
    assert lines_agree("0.0000001", "0.0000009", Tolerance(atol=1e-6))
    assert not lines_agree("0.00", "0.01", Tolerance(atol=1e-6))
