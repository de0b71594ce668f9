"""The cache of full-size data sets: find a file, or download it, verified and whole.

The cache is the folder that the environment variable ``COMPANION_DATA`` names, or else the
user's cache folder of the platform. Files stand in it under their original names, for
example ``mnist/train-images-idx3-ubyte.gz``. Files put there by hand serve as well, and a
folder that can only be read is enough for them. A download is written under a temporary
name and gets its own name, in one step, only after its SHA-256 has been verified. So a
broken file is never used, and several processes may load at the same time.
"""

import contextlib
import errno
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from companion.datasets import DatasetError

TIMEOUT_S = 30
STALE_AFTER_S = 24 * 3600


@dataclass(frozen=True)
class RemoteFile:
    """An original file: its name, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class Collection:
    """The files of one data set, the addresses to try, and what serves in their stead."""

    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, ...]
    embedded_instead: str


class _WrongContent(Exception):
    """What a mirror sent is not the file."""


def cache_folder():
    """The folder of ``COMPANION_DATA``, or the user's cache folder of the platform.

    Returns:
        A `pathlib.Path`; the folder need not exist.
    """
    return Path(
        os.environ.get("COMPANION_DATA") or pooch.os_cache("companion")
    ).expanduser()


def fetch(name, collection):
    """Paths of all files of a data set, each verified; what is missing is downloaded.

    Args:
        name: Name of the data set, and of its folder in the cache.
        collection: A `Collection`.

    Returns:
        Paths in the order of the collection's files.

    Raises:
        companion.datasets.DatasetError: If a file is not in the cache and cannot be had:
            no mirror gives it, the cache cannot be written, or the disk is full.
    """
    return [_obtain(name, file, collection) for file in collection.files]


def _obtain(name, file, collection):
    path = cache_folder() / name / file.name
    found = None
    try:
        found = _sha256(path)
        if found == file.sha256:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale_parts(path.parent)
        failures = _try_mirrors(file, path, collection.mirrors)
    except OSError as error:
        problem = _local_problem(error, file, path)
        raise _error(name, file, collection, path, found, problem) from error
    if failures is not None:
        tried = "\n".join(f"  {failure}" for failure in failures)
        problem = (
            f"No address gave the file:\n{tried}\nCheck the network and call again, or put "
            f"the original file in {path.parent} by hand."
        )
        raise _error(name, file, collection, path, found, problem)
    return path


def _sha256(path):
    """Checksum of a file in the cache, None if there is none."""
    return pooch.file_hash(str(path)) if path.is_file() else None


def _try_mirrors(file, path, mirrors):
    """Download from the first mirror that works, or return why each one failed."""
    failures = []
    for mirror in mirrors:
        try:
            _download(mirror + file.name, file, path)
        except (requests.RequestException, _WrongContent) as error:
            failures.append(f"{mirror + file.name}: {_reason(error)}")
        else:
            return None
    return failures


def _download(url, file, path):
    part = path.with_name(f".{file.name}.{uuid.uuid4().hex}.part")
    try:
        _stream(url, file, part)
        _verify(part, file)
        _put_in_place(part, path, file)
    except requests.RequestException as error:
        received = part.stat().st_size if part.exists() else 0
        if received > 0:
            message = f"interrupted after {received} of {file.n_bytes} bytes"
            raise _WrongContent(message) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _stream(url, file, part):
    """Write what the address sends, with a progress bar; close the connection always."""
    with contextlib.ExitStack() as stack:
        bar = tqdm(total=file.n_bytes, unit="B", unit_scale=True, desc=file.name)
        stack.enter_context(bar)

        def close_at_the_end(response, **_):
            return stack.enter_context(contextlib.closing(response))

        get = pooch.HTTPDownloader(
            progressbar=bar,
            chunk_size=2**16,
            timeout=TIMEOUT_S,
            # A server must not compress anew: the checksum is that of the file as it is.
            headers={"Accept-Encoding": "identity"},
            hooks={"response": close_at_the_end},
        )
        get(url, str(part), None)


def _put_in_place(part, path, file):
    try:
        os.replace(part, path)
    except PermissionError:
        # Windows refuses while another process reads the file, which is then the right one.
        if _sha256(path) != file.sha256:
            raise


def _verify(part, file):
    found = pooch.file_hash(str(part))
    if found != file.sha256:
        raise _WrongContent(
            f"wrong checksum: expected SHA-256 {file.sha256}, found {found} "
            f"({part.stat().st_size} bytes; the file has {file.n_bytes})"
        )


def _reason(error):
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_S} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error)


def _local_problem(error, file, path):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk is full: {file.n_bytes} bytes are needed in {path.parent}. Free "
            "some space, or set COMPANION_DATA to a folder on another disk."
        )
    return (
        f"The cache cannot be used: {error}. Set COMPANION_DATA to a folder that you can "
        "write to."
    )


def _error(name, file, collection, path, found, problem):
    lines = [f"{name}: cannot load {file.name}. {problem}"]
    if found is not None:
        removed = _remove_broken(file, path)
        lines.append(
            f"The file in the cache, {path}, was broken and {removed}: expected SHA-256 "
            f"{file.sha256}, found {found}."
        )
    lines.append(f"Meanwhile load({collection.embedded_instead!r}) needs no download.")
    return DatasetError("\n".join(lines))


def _remove_broken(file, path):
    """Remove a broken file, unless another process has just put the right one there."""
    with contextlib.suppress(OSError):
        if _sha256(path) != file.sha256:
            path.unlink(missing_ok=True)
        return "has been removed"
    return "is not used"


def _remove_stale_parts(folder):
    """Remove what processes that were killed in the middle of a download left behind."""
    for part in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_AFTER_S:
                part.unlink()
