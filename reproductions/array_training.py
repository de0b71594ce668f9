"""Resumable training of networks in NumPy: after every epoch the arrays go to a file.

The files are those of `reproductions.resumable`, which counts their time too. An epoch
draws from the seed, the part and the number of the epoch alone, so that an interrupted
run ends with the same bits as one that was never interrupted.
"""

import os

import numpy as np

from companion.networks.parameters import leaves


def advance(progress, part, params, epoch_of, epochs, enough=float("inf")):
    """Repeat an epoch, going on where an earlier run of this part stopped.

    Args:
        progress: A `reproductions.resumable.Progress`.
        part: Name of the part.
        params: (weights, biases) to start from.
        epoch_of: Function of the parameters, the number of the epoch and a generator that
            returns the next parameters and one number that is measured after the epoch.
        epochs: Epochs at most.
        enough: The training ends when a measured number has reached this one.

    Returns:
        params: The last parameters.
        measured: The numbers of all epochs, those of earlier runs included.
    """
    path = progress.folder / f"{part}.npz"
    done, measured = 0, []
    if path.exists():
        params, measured = _read(path, params)
        done = len(measured)
        _tick(progress, done)
    key = sum(map(ord, part))
    for epoch in range(done, epochs):
        if max(measured, default=-float("inf")) >= enough:
            _tick(progress, epochs - epoch)
            break
        params, value = epoch_of(params, epoch, progress.rng(key, epoch))
        measured.append(float(value))
        _write(path, progress.seconds(), params, measured)
        _tick(progress, 1)
    return params, measured


def _tick(progress, n_epochs):
    if progress.bar is not None:
        progress.bar.update(n_epochs)


def _read(path, like):
    with np.load(path) as stored:
        arrays = [stored[f"arr_{i}"] for i in range(2, len(stored.files))]
    measured, arrays = arrays[0].tolist(), arrays[1:]
    n_layers = len(like[0])
    return (arrays[:n_layers], arrays[n_layers:]), measured


def _write(path, seconds, params, measured):
    """Put the file in place at once or not at all; number and clocks come first."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            clocks = np.array(len(measured)), np.array(seconds)
            np.savez(file, *clocks, np.array(measured), *leaves(params))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
