"""MovieLens 100K and 1M: ratings of films, downloaded once from the group that made them.

The terms of use allow research and forbid passing the files on, so they are neither
shipped nor mirrored here. The checksums are those that TensorFlow Datasets publishes.
"""

import zipfile
from dataclasses import dataclass

import numpy as np

from companion.datasets import Dataset, DatasetError
from companion.datasets.cache import Collection, RemoteFile, fetch

MIRRORS = ("https://files.grouplens.org/datasets/movielens/",)
LOW, HIGH = 1, 5
SPLIT_SEED = 0


@dataclass(frozen=True)
class Layout:
    """Where the ratings stand in an archive, and how a line is written."""

    member: str
    separator: str
    n_ratings: int


COLLECTIONS = {
    "movielens_100k": Collection(
        mirrors=MIRRORS,
        files=(
            RemoteFile(
                "ml-100k.zip",
                "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
                4_924_029,
            ),
        ),
        embedded_instead="ratings",
    ),
    "movielens_1m": Collection(
        mirrors=MIRRORS,
        files=(
            RemoteFile(
                "ml-1m.zip",
                "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
                5_917_549,
            ),
        ),
        embedded_instead="ratings",
    ),
}
LAYOUTS = {
    "movielens_100k": Layout("ml-100k/u.data", "\t", 100_000),
    "movielens_1m": Layout("ml-1m/ratings.dat", "::", 1_000_209),
}


def movielens_100k():
    """MovieLens 100K: 100,000 ratings of 1,682 films by 943 users.

    Returns:
        A `Dataset`, split as `movielens_1m` is.

    Raises:
        companion.datasets.DatasetError: If the archive is neither in the cache nor to be
            had, or does not hold what it should.

    Source:
        Harper and Konstan (2015), The MovieLens datasets.
    """
    return _dataset("movielens_100k")


def movielens_1m():
    """MovieLens 1M: 1,000,209 ratings of 3,706 films by 6,040 users, from 1 to 5 stars.

    80 % of the ratings are for training, 10 % for validation and 10 % for testing, drawn
    at random with a fixed seed. Users and films are numbered from 0 in the order of their
    numbers in the file; films that nobody has rated have no number.

    Returns:
        A `Dataset`; x is pairs of user and film, (n, 2), y the rating.

    Raises:
        companion.datasets.DatasetError: If the archive is neither in the cache nor to be
            had, or does not hold what it should.

    Source:
        Harper and Konstan (2015), The MovieLens datasets.
    """
    return _dataset("movielens_1m")


def read(name):
    """Read all ratings of one set with their times, in the order of the file.

    Args:
        name: "movielens_100k" or "movielens_1m".

    Returns:
        pairs: Users and films, numbered from 0, (n, 2), int64.
        ratings: Stars, (n,), float32.
        times: Seconds since 1970, (n,), int64.

    Raises:
        companion.datasets.DatasetError: As `movielens_1m`.
    """
    (path,) = fetch(name, COLLECTIONS[name])
    layout = LAYOUTS[name]
    table = parse(_member(path, layout.member), layout.separator, layout.member)
    if len(table) != layout.n_ratings:
        raise DatasetError(
            f"{layout.member}: expected {layout.n_ratings} ratings, found {len(table)}"
        )
    numbers = [np.unique(column, return_inverse=True)[1] for column in table.T[:2]]
    return np.stack(numbers, axis=1), table[:, 2].astype(np.float32), table[:, 3]


def parse(text, separator, where):
    """Read lines of user, film, rating and time.

    Args:
        text: The content of the file.
        separator: What stands between the four numbers of a line.
        where: Name of the file, for messages.

    Returns:
        The numbers, (n, 4), int64.

    Raises:
        companion.datasets.DatasetError: If a line is not four integers, a rating is not
            from 1 to 5, or a user rates a film twice; the message names the line.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split(separator)
        try:
            user, film, rating, time = np.array([int(f) for f in fields], np.int64)
        except (ValueError, OverflowError) as error:
            raise DatasetError(
                f"{where}, line {number}: expected user, film, rating and time, four "
                f"integers with {separator!r} between them; found {line[:60]!r}"
            ) from error
        if not LOW <= rating <= HIGH:
            raise DatasetError(
                f"{where}, line {number}: expected a rating from {LOW} to {HIGH}, "
                f"found {rating}"
            )
        rows.append((user, film, rating, time))
    if not rows:
        raise DatasetError(f"{where}: expected ratings, found an empty file")
    table = np.array(rows, dtype=np.int64)
    _, first, counts = np.unique(
        table[:, :2], axis=0, return_index=True, return_counts=True
    )
    if (counts > 1).any():
        user, film = table[first[counts > 1][0], :2]
        raise DatasetError(f"{where}: user {user} has rated film {film} more than once")
    return table


def _member(path, member):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member).decode("latin-1")
    except (zipfile.BadZipFile, KeyError) as error:
        raise DatasetError(f"{path.name}: cannot read {member}: {error}") from error


def _dataset(name):
    pairs, ratings, _ = read(name)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(pairs))
    n_part = len(pairs) // 10
    parts = np.split(order, [len(pairs) - 2 * n_part, len(pairs) - n_part])
    return Dataset(
        *(array[part] for part in parts for array in (pairs, ratings)),
        name=name,
        source="F. M. Harper and J. A. Konstan (2015), GroupLens, files.grouplens.org",
        license="GroupLens: research use with acknowledgment, no redistribution",
    )
