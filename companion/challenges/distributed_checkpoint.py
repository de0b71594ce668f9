"""A checkpoint that is whole or not there: written aside, sealed, then renamed.

A file is 32 bytes of SHA-256, then the arrays as NumPy writes them. A process that dies
while it writes leaves a part behind under another name, and the last checkpoint as it was.
"""

import hashlib
import io
import os

import numpy as np

SEAL_BYTES = 32


class BrokenCheckpointError(ValueError):
    """A file that is no whole checkpoint."""


def save(path, epoch, arrays):
    """Write a checkpoint so that a reader finds the old one or the new one, never a part.

    Args:
        path: A `pathlib.Path`, replaced if it is there.
        epoch: Epochs that are done.
        arrays: The state: weights *and* the memory of the optimizer, a list of arrays.
    """
    buffer = io.BytesIO()
    named = {f"array{i}": np.asarray(array) for i, array in enumerate(arrays)}
    np.savez(buffer, epoch=epoch, **named)
    content = buffer.getvalue()
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(hashlib.sha256(content).digest() + content)
        file.flush()
        os.fsync(file.fileno())  # on the disk before it gets its name
    os.replace(part, path)


def load(path):
    """Read a checkpoint and check its seal.

    Args:
        path: A `pathlib.Path`.

    Returns:
        epoch: Epochs that are done; 0 if there is no file.
        arrays: The state, or None if there is no file.

    Raises:
        BrokenCheckpointError: If the file is truncated or was changed.
    """
    if not path.exists():
        return 0, None
    content = path.read_bytes()
    seal, content = content[:SEAL_BYTES], content[SEAL_BYTES:]
    if hashlib.sha256(content).digest() != seal:
        raise BrokenCheckpointError(
            f"path must name a whole checkpoint; {path.name} fails its seal"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        n_arrays = len(stored.files) - 1
        return int(stored["epoch"]), [stored[f"array{i}"] for i in range(n_arrays)]
