"""MovieLens: the parser on toy archives, its errors, and the registry."""

import hashlib
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion import datasets
from companion.datasets import DatasetError, load, movielens
from companion.datasets.cache import Collection, RemoteFile

ROWS = [(7, 20, 5, 300), (7, 10, 3, 100), (2, 20, 1, 200), (9, 30, 4, 50)] + [
    (2, film, 2, film) for film in range(40, 56)
]


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Put an archive with given lines in the cache, under the name of the real one."""

    def put(name="movielens_1m", rows=ROWS, text=None, member=None):
        layout, file = movielens.LAYOUTS[name], movielens.COLLECTIONS[name].files[0]
        if text is None:
            text = "".join(layout.separator.join(map(str, row)) + "\n" for row in rows)
        path = tmp_path / name / file.name
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member or layout.member, text)
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        files = (RemoteFile(file.name, sha256, len(content)),)
        monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
        monkeypatch.setitem(movielens.COLLECTIONS, name, Collection((), files, "ratings"))
        size = movielens.Layout(layout.member, layout.separator, len(rows))
        monkeypatch.setitem(movielens.LAYOUTS, name, size)

    return put


@pytest.mark.parametrize("name", ["movielens_100k", "movielens_1m"])
def test_users_and_films_are_numbered_in_the_order_of_their_numbers(toy, name):
    toy(name)
    pairs, ratings, times = movielens.read(name)
    np.testing.assert_array_equal(pairs[:4], [[1, 1], [1, 0], [0, 1], [2, 2]])
    np.testing.assert_array_equal(ratings[:4], [5, 3, 1, 4])
    np.testing.assert_array_equal(times[:4], [300, 100, 200, 50])


def test_the_split_keeps_every_rating_once(toy):
    toy()
    data = load("movielens_1m")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [16, 2, 2]
    pairs, ratings, _ = movielens.read("movielens_1m")
    found = {
        (*pair, rating)
        for part in ("train", "val", "test")
        for pair, rating in zip(
            getattr(data, f"x_{part}").tolist(), getattr(data, f"y_{part}"), strict=True
        )
    }
    assert found == {(*pair, r) for pair, r in zip(pairs.tolist(), ratings, strict=True)}
    assert data.x_train.dtype == np.int64
    assert data.y_train.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1::2::3::4\n1::3::5\n",
            r"ratings.dat, line 2: expected user, film, .* '1::3::5'",
        ),
        ("1::2::nan::4\n", "line 1: expected user, film, rating and time, four integers"),
        ("1::2::6::4\n", "line 1: expected a rating from 1 to 5, found 6"),
        ("1::2::0::4\n", "line 1: expected a rating from 1 to 5, found 0"),
        ("1::2::3::4\n5::2::3::4\n1::2::5::9\n", "user 1 has rated film 2 more than once"),
        ("", "expected ratings, found an empty file"),
        ("1::2::3::4\n\n", "line 2: expected user"),
    ],
)
def test_each_broken_line_is_one_error_that_names_it(toy, text, message):
    toy(text=text)
    with pytest.raises(DatasetError, match=message):
        load("movielens_1m")


def test_a_file_that_ends_too_early(toy):
    toy(text="1::2::3::4\n")
    with pytest.raises(DatasetError, match="expected 20 ratings, found 1"):
        load("movielens_1m")


def test_an_archive_without_the_ratings(toy):
    toy(member="ml-1m/README")
    with pytest.raises(DatasetError, match=r"ml-1m.zip: cannot read ml-1m/ratings.dat"):
        load("movielens_1m")


@given(st.lists(st.text("0123456789:-. x", max_size=20), min_size=1, max_size=3))
def test_any_lines_are_parsed_or_refused_clearly(lines):
    good = [
        re.fullmatch(r" *(-?\d+ *:: *-?\d+ *:: *0*[1-5] *:: *-?\d+) *", x) for x in lines
    ]
    if not all(good):
        with pytest.raises(DatasetError, match="^file"):
            movielens.parse("\n".join(lines), "::", "file")


def test_a_number_too_large_for_a_table():
    with pytest.raises(DatasetError, match="^file, line 1: expected user, film"):
        movielens.parse(f"1::{10**30}::3::4", "::", "file")


@pytest.mark.parametrize("name", ["movielens_100k", "movielens_1m"])
def test_without_network_the_error_offers_the_world(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    files = movielens.COLLECTIONS[name].files
    monkeypatch.setitem(movielens.COLLECTIONS, name, Collection((), files, "ratings"))
    with pytest.raises(DatasetError, match=r"load\('ratings'\) needs no download"):
        load(name)


def test_the_registry_is_well_formed():
    for name, collection in movielens.COLLECTIONS.items():
        assert name in datasets.FULL_SIZE
        assert collection.mirrors == ("https://files.grouplens.org/datasets/movielens/",)
        (file,) = collection.files
        assert len(file.sha256) == 64
        assert file.name == movielens.LAYOUTS[name].member.split("/")[0] + ".zip"
