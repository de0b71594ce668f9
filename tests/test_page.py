"""Sources are those of the file; tables and sounds hold what they were given."""

import base64
import functools
import inspect
import io
import math
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from scipy.io import wavfile

from companion import page


def twice(function):
    @functools.wraps(function)
    def wrapper(x):
        return function(function(x))

    return wrapper


@twice
def add_one(x):
    return x + 1


class Box:
    """A class with an indented method."""

    def area(self, side):
        if side > 0:
            return side * side
        return 0

    @property
    def name(self):
        return "box"


@pytest.fixture
def shown(monkeypatch):
    """The Markdown texts that a call displays, in order."""
    texts = []
    monkeypatch.setattr(
        page, "display", lambda data, raw: texts.append(data["text/markdown"])
    )
    return texts


def code_of(text):
    first, *lines, last = text.split("\n")
    assert (first, last) == ("```python", "```")
    return "\n".join(lines)


def test_the_source_is_the_text_of_the_file(shown):
    file_text = Path(__file__).read_text(encoding="utf-8")
    page.show_source(twice, Box)
    assert len(shown) == 2
    for text in shown:
        assert code_of(text) + "\n" in file_text
    assert code_of(shown[0]).startswith("def twice(function):")
    assert code_of(shown[1]).endswith('return "box"')


def test_decorators_are_kept(shown):
    page.show_source(add_one)
    assert code_of(shown[0]) == "@twice\ndef add_one(x):\n    return x + 1"


def test_a_method_is_dedented_and_still_runs(shown):
    page.show_source(Box.area, Box.name)
    scope = {}
    exec(code_of(shown[0]), scope)
    assert scope["area"](None, 3) == 9
    assert code_of(shown[1]).startswith("@property\ndef name")


def test_a_whole_module_is_shown(shown):
    page.show_source(page)
    assert code_of(shown[0]) == inspect.getsource(page).strip("\n")


@pytest.mark.parametrize("thing", [math.sin, 3.0, len])
def test_something_without_source_is_refused_before_anything_is_shown(shown, thing):
    with pytest.raises(ValueError, match="objects must have source in Python; got"):
        page.show_source(twice, thing)
    assert not shown


def test_no_object_is_refused():
    with pytest.raises(ValueError, match="at least one object"):
        page.show_source()


def test_a_table_holds_its_cells_with_numbers_to_the_right(shown):
    rows = [["PCA | 8", "0.0247 ± 0.0001", "linear"], ["mean", "-0.5", "none"]]
    page.table(rows, header=["method", "MSE", "kind"])
    assert shown == [
        "| method | MSE | kind |\n"
        "| :--- | ---: | :--- |\n"
        "| PCA \\| 8 | 0.0247 ± 0.0001 | linear |\n"
        "| mean | -0.5 | none |"
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "rows must hold at least one row"),
        ([["a", "1"], ["b"]], r"must have 2 cells each; got \['b'\]"),
        ([["a", 0.1234]], r"formatted by the caller; got \['a', 0.1234\]"),
    ],
)
def test_a_wrong_table_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        page.table(rows, header=["method", "MSE"])


def test_a_sound_holds_its_samples_and_says_what_is_heard(monkeypatch):
    bundles = []
    monkeypatch.setattr(page, "display", lambda data, raw: bundles.append(data))
    samples = np.sin(np.arange(4000)) * 0.5
    page.sound(samples, 8000, "a tone & nothing else")
    (data,) = bundles
    assert data["text/plain"] == "Sound: a tone & nothing else (0.5 s)"
    figure = BeautifulSoup(data["text/html"], "html.parser").figure
    assert figure.figcaption.text == figure.audio["aria-label"] == "a tone & nothing else"
    code = figure.source["src"].removeprefix("data:audio/wav;base64,")
    rate, heard = wavfile.read(io.BytesIO(base64.b64decode(code)))
    assert rate == 8000
    np.testing.assert_allclose(heard / 32767, samples, atol=1 / 32767)


@pytest.mark.parametrize("samples", [[], [0.0, 1.1], [np.nan], np.zeros((2, 2))])
def test_samples_that_are_no_sound_are_refused(samples):
    with pytest.raises(ValueError, match=r"samples must be numbers in \[-1, 1\]"):
        page.sound(samples, 8000, "noise")
