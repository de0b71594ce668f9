"""Texts of chapters: what is taken out, what is stored, and when it is to be renewed."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import companion
from companion.practice import chapter_texts

LEFT = 0.7  # of the stored sentences have to stand in the chapters as they are

NOTEBOOK = """# Title

A question?

## You will be able to

- nothing

## What it needs

Nothing.

## First part

Some *words* about [links](a.md) {footcite:p}`key`. A formula $x
= 1$ and `code
of two lines` here.

$$ y = 2 $$ (eq-a)

**Check your understanding**

Why?

<details><summary>Answer</summary>

Because.

</details>

## Exercises

Do it.

## Summary

- The first point
  goes on.
- The second. It has two.

## References
"""


@pytest.fixture
def folder(tmp_path):
    room = tmp_path / "brain"
    room.mkdir()
    cells = [{"cell_type": "markdown", "source": [NOTEBOOK]}]
    cells.append({"cell_type": "code", "source": ["print(1)"]})
    (room / "a.ipynb").write_text(json.dumps({"cells": cells}))
    without_summary = [{"cell_type": "markdown", "source": ["# Title\n\nWords."]}]
    (room / "b.ipynb").write_text(json.dumps({"cells": without_summary}))
    (tmp_path / "practice").mkdir()
    (tmp_path / "practice" / "c.ipynb").write_text(json.dumps({"cells": cells}))
    return tmp_path


def test_a_chapter_by_hand(folder):
    (found,) = chapter_texts.read(folder).items()
    name, (text, summary) = found
    assert name == "brain/a"
    assert [" ".join(s.split()) for s in text] == [
        "Some words about links.",
        "A formula and here.",
        "Why?",
    ]
    assert summary == ["The first point goes on.", "The second.", "It has two."]


def test_no_chapters_is_one_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="must hold the book's chapters; got "):
        chapter_texts.read(tmp_path)


def test_stored_texts_are_those_that_were_read(folder, monkeypatch, capsys):
    monkeypatch.setattr(chapter_texts, "STORED", folder / "stored.json")
    monkeypatch.setattr(chapter_texts.read, "__defaults__", (folder, ("brain",)))
    chapter_texts.main()
    expected = hashlib.sha256((folder / "stored.json").read_bytes()).hexdigest()
    assert capsys.readouterr().out == f'SHA256 = "{expected}"\n'
    monkeypatch.setattr(chapter_texts, "SHA256", expected)
    stored = chapter_texts.load()
    assert stored == {k: tuple(v) for k, v in chapter_texts.read(folder).items()}

    # Line ends of another system are the same text, one letter less is not.
    content = (folder / "stored.json").read_bytes()
    (folder / "stored.json").write_bytes(content.replace(b"\n", b"\r\n"))
    assert chapter_texts.load() == stored
    (folder / "stored.json").write_bytes(content.replace(b"first", b"fist"))
    with pytest.raises(ValueError, match=r"stored\.json must have the SHA-256"):
        chapter_texts.load()


def test_the_stored_texts_are_chapters_with_summaries():
    found = chapter_texts.load()
    assert len(found) >= 20
    for text, summary in found.values():
        assert len(text) > 50
        assert 60 < sum(len(s.split()) for s in summary) < 300
        assert not set(summary) & set(text)


def test_share_of_sentences_by_hand():
    stored = {"a": (["one", "two"], ["three"]), "b": (["four"], ["five"])}
    now = {
        "a": (["two", "three", "one", "six"], ["three", "new"]),
        "c": (["four"], ["five"]),
    }
    assert chapter_texts.still_there(stored, now) == pytest.approx(3 / 5)


def test_the_stored_texts_are_renewed_when_the_chapters_have_moved_on():
    share = chapter_texts.still_there(chapter_texts.load(), chapter_texts.read())
    assert share >= LEFT, (
        f"only {share:.0%} of the stored sentences still stand in the chapters: run "
        "python -m companion.practice.chapter_texts, set SHA256, and execute the page"
    )


def test_an_installed_package_needs_no_chapters(tmp_path):
    # As in a wheel: the package, and no folder of chapters beside it.
    here = Path(companion.__file__).parent
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(here, tmp_path / "companion", ignore=left_out)
    code = "from companion.practice import chapter_texts as c; print(len(c.load()))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; c.read()"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        text=True,
        capture_output=True,
    )
    assert done.stdout.strip() == str(len(chapter_texts.load()))
    assert "FileNotFoundError: folder must hold the book's chapters" in done.stderr
