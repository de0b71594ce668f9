"""The runner: resuming, writing, refusing; on a paper that runs in seconds."""

import dataclasses
import io
import json
import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from companion.datasets import download
from reproductions import NAMES, results, run
from reproductions import __main__ as command_line
from tests.reproductions.toy_paper import EPOCHS, PAPER, Interruption, module
from tools.execute import ROOT

TIMES = ("cpu_seconds", "wall_seconds")


@pytest.fixture
def folders(tmp_path):
    """Where unfinished work waits, and where results are written."""
    return tmp_path / "checkpoints", tmp_path / "results"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The result of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("sound")
    return run.reproduce(module()[0], folder / "checkpoints", folder / "results")


def without_times(result):
    return {key: value for key, value in result.items() if key not in TIMES}


def interrupt(at_seed, at_epoch):
    def before_epoch(seed, epoch):
        if (seed, epoch) == (at_seed, at_epoch):
            raise Interruption

    return before_epoch


@pytest.mark.slow
def test_result_has_the_promised_keys(sound):
    promised = {"published", "mean", "std", "values", "unit", "hardware", "versions"}
    promised |= {"cpu_seconds", "wall_seconds", "data_sha256", "verdict"}
    assert promised <= set(sound) == results.KEYS
    assert results.problems(sound, PAPER) == []
    assert len(set(sound["values"])) == len(PAPER.seeds)
    assert sound["also"]["code"]["verdict"] == "reproduced"
    assert set(sound["extras"]) == {"largest pixel"}
    assert sound["baselines"] == {"nothing": 1.0}


@pytest.mark.slow
def test_result_names_no_machine(sound):
    text = json.dumps(sound)
    assert platform.node() not in text
    assert os.getcwd() not in text
    assert set(sound["hardware"]) == {"processor", "cores"}


@pytest.mark.slow
@pytest.mark.parametrize("at", [(0, 0), (1, 2)])
def test_interrupted_run_ends_with_the_same_result(folders, sound, at):
    first, seeds = module(interrupt(*at))
    with pytest.raises(Interruption):
        run.reproduce(first, *folders)
    assert not folders[1].exists()
    assert seeds == list(range(at[0] + 1))

    again, seeds = module()
    result = run.reproduce(again, *folders)
    assert seeds == [seed for seed in PAPER.seeds if seed >= at[0]]
    assert without_times(result) == without_times(sound)
    stored = json.loads((folders[1] / "toy.json").read_text(encoding="utf-8"))
    assert stored == result
    assert list(folders[0].iterdir()) == []


@pytest.mark.slow
def test_work_of_a_changed_module_is_not_taken_up(folders, tmp_path):
    with pytest.raises(Interruption):
        run.reproduce(module(interrupt(1, 0))[0], *folders)
    changed = tmp_path / "changed.py"
    changed.write_text("another recipe")
    other, seeds = module(interrupt(1, 0), source=changed)
    with pytest.raises(Interruption):
        run.reproduce(other, *folders)
    assert seeds == [0, 1]


@pytest.mark.slow
def test_failed_write_keeps_the_old_result(folders, monkeypatch):
    folders[1].mkdir()
    old = folders[1] / "toy.json"
    old.write_text("old")
    replace = os.replace

    def fail_at_the_end(part, path):
        if path == old:
            raise OSError("disk full")
        replace(part, path)

    monkeypatch.setattr(results.os, "replace", fail_at_the_end)
    with pytest.raises(OSError, match="disk full"):
        run.reproduce(module()[0], *folders)
    assert old.read_text() == "old"
    assert [path.name for path in folders[1].iterdir()] == ["toy.json"]


@pytest.mark.slow
def test_unsound_result_is_not_written(folders):
    with_more = dataclasses.replace(PAPER, also={})
    made, _ = module(paper=with_more)
    made.run = lambda seed, progress: (float("nan"), {})
    with pytest.raises(ValueError, match="mean must be finite|Out of range"):
        run.reproduce(made, *folders)
    assert not folders[1].exists()


@pytest.mark.slow
def test_bar_counts_every_epoch(folders, monkeypatch):
    bars = []

    class Bar(run.tqdm):
        def __init__(self, **settings):
            super().__init__(**settings, disable=False, file=io.StringIO())
            bars.append(self)

    monkeypatch.setattr(run, "tqdm", Bar)
    with pytest.raises(Interruption):
        run.reproduce(module(interrupt(1, 2))[0], *folders)
    run.reproduce(module()[0], *folders)
    total = EPOCHS * len(PAPER.seeds)
    assert [(bar.n, bar.total) for bar in bars] == [(EPOCHS + 2, total), (total, total)]


def test_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.main(["hinton"])
    assert stop.value.code == 2
    assert f"one of {', '.join(NAMES)}; got 'hinton'" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "ran"), [([], NAMES), (["burda2016"],) * 2])
def test_each_paper_has_a_process_with_its_backend_and_one_thread(
    monkeypatch, arguments, ran
):
    calls = []
    process = SimpleNamespace(
        run=lambda command, env, check: calls.append((command[-1], env)),
        CalledProcessError=subprocess.CalledProcessError,
    )
    monkeypatch.setattr(command_line, "subprocess", process)
    command_line.main(arguments)
    assert tuple(name for name, _ in calls) == tuple(ran)
    for name, env in calls:
        assert env["KERAS_BACKEND"] == ("jax" if name == "hinton2006" else "tensorflow")
        assert env["TF_NUM_INTRAOP_THREADS"] == env["OMP_NUM_THREADS"] == "1"


@pytest.mark.slow
def test_missing_data_give_the_one_error(tmp_path):
    code = (
        "import sys; from companion.datasets import download as d; "
        "from reproductions import run; from pathlib import Path; "
        "m = d.COLLECTIONS['mnist']; "
        "c = type(m)(('http://127.0.0.1:9/',), m.files, m.embedded_instead); "
        "d.COLLECTIONS['mnist'] = c; "
        "run.reproduce.__defaults__ = (Path('work'), Path('results')); "
        "run.main('hinton2006')"
    )
    environment = os.environ | {"COMPANION_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "mnist: cannot load train-images-idx3-ubyte.gz." in done.stderr
    assert "put the original file in" in done.stderr
    assert not (tmp_path / "results").exists()


def test_interruption_by_key_tells_how_to_go_on(monkeypatch):
    def stop(module):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "reproduce", stop)
    with pytest.raises(SystemExit, match="goes on with hinton2006 where it was"):
        run.main("hinton2006")


def test_checksums_of_generated_data_are_those_of_its_arrays():
    first, second = run.data_checksums("digits"), run.data_checksums("digits")
    assert first == second
    assert set(first) == {"x_train", "x_val", "x_test"}
    assert first != run.data_checksums("bars")


def test_checksums_of_downloaded_data_are_those_of_its_files():
    files = download.COLLECTIONS["mnist"].files
    assert run.data_checksums("mnist") == {file.name: file.sha256 for file in files}
