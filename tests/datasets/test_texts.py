"""The corpus of docstrings: what is kept, what would give labels away, and the split."""

import ast
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from companion.datasets import docstrings as reading
from companion.datasets import texts

DOCSTRING = """Compute the mean of a sample. See `scipy.stats.tmean`.

    The mean is the sum, divided by :math:`n`. It uses `numpy.sum` and np.add.

    .. versionadded:: 1.2

    Parameters
    ----------
    a : array
        The sample.

    Notes
    -----
    Sorting comes first [1]_.

    References
    ----------
    .. [1] Somebody.

    Examples
    --------
    >>> mean([1])
    """


def test_prose_of_a_docstring_by_hand():
    summary, body = reading.prose(DOCSTRING)
    assert summary == "Compute the mean of a sample. See."
    assert body == "The mean is the sum, divided by n. It uses and. Sorting comes first."


@pytest.mark.parametrize(
    "kept_out",
    [
        ":param x: The words.",
        "Args:\n    x: The words.",
        ">>> words(x)",
        "- one\n- two",
        "Read more in the User Guide.",
    ],
)
def test_what_is_no_prose_is_left_out(kept_out):
    assert reading.prose(f"Count.\n\n{kept_out}\n\nThe end.") == ("Count.", "The end.")


def test_docstrings_equal_those_of_the_imported_module():
    import scipy.stats._odds_ratio as module

    found = reading.docstrings_of(Path(module.__file__).read_text("utf-8"))
    assert module.odds_ratio.__doc__ in found
    assert len(found) == len(set(found)) >= 3


def test_private_and_nested_functions_are_not_read():
    source = 'def _a():\n    """A"""\nclass B:\n    """B"""\n    def c(self):\n'
    source += '        """C"""\n        def d():\n            """D"""\n'
    assert reading.docstrings_of(source) == ["B", "C"]
    with pytest.raises(SyntaxError):
        reading.docstrings_of("def (")


def test_near_repetitions_are_dropped_and_other_texts_kept():
    one = "the quick brown fox jumps over the lazy dog near the old river bank today"
    make = lambda text: texts.Document(text, "", 0, "f")  # noqa: E731
    kept = [
        make(one),
        make("a text that shares no run of four words with it whatever happens here"),
    ]
    near = make(one.replace("today", "now").replace("quick", "fast"))
    assert texts.without_repetition([kept[0], near, kept[1]]) == kept
    assert texts.without_repetition([kept[0], near], near=1.0) == [kept[0], near]


def test_shingles_by_hand():
    assert texts.shingles("A b, C d", 3) == {("a", "b", "c"), ("b", "c", "d")}


@pytest.fixture(scope="module")
def corpus():
    return texts.documents()


def test_no_library_names_itself(corpus):
    names = {"scipy", "numpy", "skimage", "sklearn", "matplotlib", "networkx", "nltk"}
    for document in corpus:
        told = names & {w.lower().strip(".,;:()'\"") for w in document.text.split()}
        assert not told, (document.file, told)
        assert "User Guide" not in document.text


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_file_and_no_near_text_in_two_parts(corpus, seed):
    parts = texts.split_files(corpus, seed)
    assert sum(map(len, parts)) == len(corpus)
    files = [{d.file for d in part} for part in parts]
    assert not files[0] & files[1]
    assert not files[2] & (files[0] | files[1])
    held_out = [(texts.shingles(d.text), d.file) for d in parts[2][::10]]
    for d in parts[0]:
        own = texts.shingles(d.text)
        for other, file in held_out:
            shared = len(own & other)
            assert shared <= texts.NEAR * min(len(own), len(other)), (d.file, file)


def test_parts_have_their_share_of_every_subject(corpus):
    parts = texts.split_files(corpus, 0)
    total = np.bincount([d.subject for d in corpus])
    assert len(total) == len(texts.SUBJECTS)
    assert total.min() > 80
    for part in parts[1:]:
        share = np.bincount([d.subject for d in part], minlength=len(total)) / total
        assert ((share > 0.12) & (share <= 0.2)).all(), share


def test_seeds_give_other_splits_and_the_same_documents():
    a, b = texts.docstrings(0), texts.docstrings(1)
    assert set(a.x_test) != set(b.x_test)
    everything = [np.sort(np.concatenate([d.x_train, d.x_val, d.x_test])) for d in (a, b)]
    np.testing.assert_array_equal(*everything)
    assert max(map(len, everything[0])) <= texts.MAX_CHARS


def test_labels_are_the_folders(corpus):
    for document in corpus[::50]:
        folders = list(texts.SUBJECTS.values())[document.subject]
        assert document.file.startswith(folders)


def test_summaries_are_first_paragraphs_of_their_bodies():
    data = texts.docstring_summaries()
    spec = importlib.util.find_spec("networkx.algorithms.walks")
    source = Path(spec.origin).read_text("utf-8")
    (function,) = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    first = ast.get_docstring(function).splitlines()[0].replace("`", "")
    everything = [*data.x_train, *data.x_val, *data.x_test]
    summaries = [*data.y_train, *data.y_val, *data.y_test]
    body = everything[summaries.index(first)]
    assert body.startswith("A walk is a sequence of nodes")
    assert first not in body
    assert "scipy 1" in data.source
