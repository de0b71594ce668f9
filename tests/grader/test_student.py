"""The fence around a student's code: every attack ends, and nothing outside has changed."""

import contextlib
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from assignments.grader import questions
from assignments.grader.student import Gone, Limits, Student
from companion.answers import Wrong

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs processes of POSIX")
QUICK = Limits(cell=1.0, call=1.0, total=60.0)
AFTER = "def double(x):\n    return 2 * x"


def run(*cells, limits=QUICK):
    """Run cells and then one that defines `double`; return its answer and the outcomes."""
    with Student([*cells, AFTER], limits) as student:
        return student.call("double", 21), student.outcomes, student.holds


@pytest.fixture
def holds():
    """Which parts of the fence this machine has."""
    return run()[2]


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("def broken(:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError: division by zero (line 1 of the cell)"),
        ("import sys\nsys.exit(3)", "SystemExit"),
        ("while True:\n    pass", "stopped after 1 seconds"),
        ("import time\ntime.sleep(60)", "stopped after 1 seconds"),
        (
            "import time\nwhile True:\n    try:\n        time.sleep(1)\n"
            "    except BaseException:\n        pass",
            "did not stop after 1 seconds",
        ),
        ("import os\nos._exit(0)", "the process ended"),
        ("import numpy as np\nx = np.ones(10 * 2**30 // 8)", "MemoryError"),
        ("def f():\n    return f()\nf()", "RecursionError"),
        ("import os\nfor fd in range(3, 64):\n    try:\n        os.close(fd)\n"
         "    except OSError:\n        pass", "ended"),
        ("import os\nfor fd in range(3, 64):\n    try:\n"
         "        os.write(fd, b'[]\\n')\n    except OSError:\n        pass", "no answer"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("%load_ext rubbish\n!rm -rf /", None),
    ],
)  # fmt: skip
def test_whatever_a_cell_does_the_next_one_runs(cell, error):
    value, outcomes, _ = run(cell)
    assert value == 42
    assert (error or "None") in str(outcomes[0]["error"])


def test_figures_are_closed_after_their_cell():
    cells = "import matplotlib.pyplot as plt\nplt.figure()", "print(len(plt.get_fignums()))"
    _, outcomes, _ = run(*cells, limits=Limits(cell=30.0))
    assert outcomes[1]["printed"].strip() == "0"


def test_what_a_cell_prints_is_kept_up_to_a_limit():
    _, outcomes, _ = run("for _ in range(100):\n    print('x' * 2**20)")
    assert len(outcomes[0]["printed"]) < 21_000
    assert outcomes[0]["printed"].endswith("more characters")


def test_cells_in_the_wrong_order_run_again():
    _, outcomes, _ = run("y = x + 1", "x = 1")
    assert outcomes[0]["error"] is None


def test_there_is_no_network(holds):
    if not holds["network"]:
        pytest.skip("this system gives no network namespace")
    cell = "import socket\nsocket.create_connection(('127.0.0.1', {}), 1)"
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, outcomes, _ = run(cell.format(server.getsockname()[1]))
    assert "OSError" in outcomes[0]["error"]


def test_only_python_and_the_package_can_be_read(tmp_path, holds):
    if not holds["files"]:
        pytest.skip("this system has no Landlock")
    secret = tmp_path / "secret.txt"
    secret.write_text("the key")
    grader = questions.__file__
    cells = [f"open({str(path)!r}).read()" for path in (secret, grader)]
    cells += [f"import os\nos.listdir({str(tmp_path)!r})", "import companion.metrics"]
    _, outcomes, _ = run(*cells)
    assert ["Permission" in str(o["error"]) for o in outcomes] == [True] * 3 + [False] * 2


def test_only_its_own_folder_can_be_written(tmp_path, holds):
    if not holds["files"]:
        pytest.skip("this system has no Landlock")
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    _, outcomes, _ = run(
        f"import os, shutil\nshutil.rmtree({str(tmp_path)!r})",
        f"os.remove({str(kept)!r})",
        f"open({str(kept)!r}, 'w').write('gone')",
        "open('mine.txt', 'w').write('mine')",
        "open('large.txt', 'wb').write(bytes(100 * 2**20))",
    )
    assert kept.read_text() == "kept"
    assert [o["error"] is None for o in outcomes] == [
        False,
        False,
        False,
        True,
        False,
        True,
    ]


def test_no_process_and_no_folder_is_left():
    start = "import os, time\nif os.fork() == 0:\n    time.sleep(1000)"
    with Student([start, "import os\nhere = os.getcwd()", AFTER], QUICK) as student:
        folder, pid = student.call("here"), student._process.pid
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
    if sys.platform == "linux":
        stop = time.monotonic() + 10
        while alive(pid) and time.monotonic() < stop:
            time.sleep(0.1)
        assert alive(pid) == []


def alive(group):
    """Return the processes of a group that still run, as Linux lists them."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, process_group = place.read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == group and state != "Z":
                found.append(place)
    return found


def test_a_call_that_does_not_end_is_an_error_and_the_next_call_works():
    loop = "def loop(x):\n    while True:\n        pass"
    with Student([loop, AFTER], QUICK) as student:
        with pytest.raises(RuntimeError, match="stopped after 1 seconds"):
            student.call("loop", 1)
        assert student.call("double", 4) == 8


def test_a_call_that_ends_the_process_is_not_tried_twice():
    leave = "import os\ndef leave():\n    os._exit(1)"
    with Student([leave, AFTER], QUICK) as student:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="the process ended"):
                student.call("leave")
        assert student.call("double", 4) == 8


def test_all_together_has_a_limit_as_well():
    start = time.monotonic()
    with pytest.raises(Gone, match="in all"):
        run(*["while True:\n    pass"] * 10, limits=Limits(cell=1.0, call=1.0, total=3.0))
    assert time.monotonic() - start < 15


def test_values_cross_unchanged():
    cell = "def back(*values):\n    return values"
    values = (1, 2.5, "text", None, True, [1, [2]], {"a": np.arange(6).reshape(2, 3)})
    with Student([cell], QUICK) as student:
        found = student.call("back", *values)
    assert found[:6] == values[:6]
    np.testing.assert_array_equal(found[6]["a"], values[6]["a"])
    assert found[6]["a"].dtype == values[6]["a"].dtype


def test_a_generator_crosses_as_its_seed():
    cell = "def drawn(rng):\n    return rng.normal(size=3)"
    with Student([cell], QUICK) as student:
        first = student.call("drawn", np.random.default_rng(7))
        again = student.call("drawn", np.random.default_rng(7))
        other = student.call("drawn", np.random.default_rng(8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("", "`f` is not defined"),
        ("f = object()", "`f` stopped with an error: TypeError"),
        ("def f():\n    return lambda: 1", "`f` stopped with an error: TypeError"),
        ("def f():\n    raise ValueError('no')", "ValueError: no"),
    ],
)
def test_what_cannot_be_asked_becomes_a_hint(cell, hint):
    with Student([cell], QUICK) as student, pytest.raises(Wrong, match=hint):
        questions.Answers(student.call).f()
