"""A checkpoint is whole or is refused, and a death while writing loses nothing."""

import os

import numpy as np
import pytest

from companion.challenges import distributed_checkpoint as checkpoint

STATE = [np.arange(6.0).reshape(2, 3), np.float32(0.25), np.int64(7)]


def test_what_is_saved_comes_back(tmp_path):
    path = tmp_path / "state.npz"
    checkpoint.save(path, 3, STATE)
    epoch, arrays = checkpoint.load(path)
    assert epoch == 3
    for array, wanted in zip(arrays, STATE, strict=True):
        np.testing.assert_array_equal(array, wanted)
        assert array.dtype == wanted.dtype
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


def test_no_file_is_a_start():
    from pathlib import Path

    assert checkpoint.load(Path("does_not_exist.npz")) == (0, None)


@pytest.mark.parametrize("kept", [0, 10, 96, -1])
def test_a_truncated_file_is_refused(tmp_path, kept):
    path = tmp_path / "state.npz"
    checkpoint.save(path, 3, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(
        checkpoint.BrokenCheckpointError, match=r"state\.npz fails its seal"
    ):
        checkpoint.load(path)


def test_a_changed_byte_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    checkpoint.save(path, 3, STATE)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(checkpoint.BrokenCheckpointError):
        checkpoint.load(path)


@pytest.mark.parametrize("dies_at", ["fsync", "replace"])
def test_a_death_while_writing_leaves_the_last_checkpoint(tmp_path, monkeypatch, dies_at):
    path = tmp_path / "state.npz"
    checkpoint.save(path, 3, STATE)

    def die(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, dies_at, die)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(path, 4, [array + 1 for array in STATE])
    epoch, arrays = checkpoint.load(path)
    assert epoch == 3
    np.testing.assert_array_equal(arrays[0], STATE[0])
    monkeypatch.undo()
    checkpoint.save(path, 4, [array + 1 for array in STATE])
    assert checkpoint.load(path)[0] == 4


def test_the_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, name=name, real=real: (calls.append(name), real(*a))
        )
    checkpoint.save(tmp_path / "state.npz", 1, STATE)
    assert calls == ["fsync", "replace"]
