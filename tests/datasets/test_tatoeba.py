"""Tatoeba's sentences: read where the file is, refused clearly where it is not."""

import hashlib

import numpy as np
import pytest

from companion.datasets import DatasetError, load, tatoeba
from companion.datasets.cache import Collection, RemoteFile, cache_folder

HERE = (cache_folder() / "tatoeba" / "cmn-eng.txt").is_file()
TOY = """Hi.\t你好。\tby A
Hi.\t嗨。\tby B
broken line\tby C
Read.\t讀\u2028书。\tby D
Go on.\t继续。\tby E
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    content = TOY.encode()
    file = RemoteFile("cmn-eng.txt", hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setattr(tatoeba, "COLLECTION", Collection((), (file,), "dates"))
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    (tmp_path / "tatoeba").mkdir()
    (tmp_path / "tatoeba" / "cmn-eng.txt").write_bytes(content)


@pytest.mark.usefixtures("toy")
def test_lines_and_pairs_of_a_small_file():
    lines = tatoeba.lines()
    assert lines[:, 2].tolist() == ["by A", "by B", "by D", "by E"]
    data = load("tatoeba")
    x = np.concatenate([data.x_train, data.x_val, data.x_test])
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    # The first translation counts, and a character of the traditional script is refused.
    assert dict(zip(x, y, strict=True)) == {"Hi.": "你好。", "Go on.": "继续。"}


def test_script():
    assert tatoeba.is_simplified("汤姆，你好吗？")
    assert not tatoeba.is_simplified("湯姆")
    assert not tatoeba.is_simplified("🙂")


def test_a_missing_file_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    with pytest.raises(
        DatasetError, match="cmn-eng.zip at https://www.manythings.org"
    ) as e:
        load("tatoeba")
    assert "load('dates')" in str(e.value)


@pytest.mark.usefixtures("toy")
def test_another_edition_is_refused(tmp_path):
    with (tmp_path / "tatoeba" / "cmn-eng.txt").open("a") as file:
        file.write("More.\t更多。\tby F\n")
    with pytest.raises(DatasetError, match="expected SHA-256"):
        load("tatoeba")


@pytest.mark.skipif(not HERE, reason="tatoeba/cmn-eng.txt is not in the cache")
def test_the_whole_file():
    assert tatoeba.lines().shape == (29_153, 3)
    data = load("tatoeba")
    parts = [set(x) for x in (data.x_train, data.x_val, data.x_test)]
    assert sum(map(len, parts)) == len(set().union(*parts)) > 15_000
    assert 0.04 < len(parts[2]) / len(parts[0]) < 0.07
