"""Training that can be interrupted at any moment and goes on at the last whole epoch.

After each epoch the weights, the random state, the optimizer's state and the time spent
are written to one file, which is put in place at once or not at all. Batches and noise of
an epoch are drawn from the seed and the number of the epoch alone. So an interrupted run
ends with the same bits as one that was never interrupted.
"""

import os
import time

import keras
import numpy as np

from companion.training.engine import STEPS_PER_EXECUTION

N_CLOCKS = 2  # processor and wall seconds, which lead the arrays of a file


class Progress:
    """How far one seed of a paper has come: its checkpoints, its clock, and the bar.

    Args:
        seed: The seed, an integer. The number of the epoch that is being trained, from
            0, stands in `epoch`.
        folder: Where its checkpoints stand; what lies there is taken up.
        bar: A tqdm bar that counts epochs, or None.
    """

    def __init__(self, seed, folder, bar=None):
        self.seed, self.folder, self.bar = seed, folder, bar
        folder.mkdir(parents=True, exist_ok=True)
        spent = [_read(path)[1] for path in sorted(folder.glob("*.npz"))]
        self.epoch = 0
        self._before = np.max([(0.0, 0.0), *spent], axis=0)
        self._start = np.array([time.process_time(), time.perf_counter()])

    def seconds(self):
        """Return processor and wall seconds spent on the seed, earlier parts included.

        What was done between the last checkpoint and an interruption is not counted.
        """
        now = np.array([time.process_time(), time.perf_counter()])
        return tuple(float(s) for s in self._before + now - self._start)

    def rng(self, *key):
        """Return a generator that depends on the seed and a few integers only."""
        return np.random.default_rng([self.seed, *key])

    def fit(
        self,
        part,
        model,
        epoch_data,
        *,
        epochs,
        batch_size,
        optimizer,
        loss=None,
        jit_compile="auto",
    ):
        """Train a model, going on where an earlier run of this part stopped.

        Args:
            part: Name of the part; one seed may train several models.
            model: A built Keras model, changed in place.
            epoch_data: Function of a NumPy generator that returns the inputs and targets
                of one epoch, in the order in which the batches are taken.
            epochs: Epochs in all.
            batch_size: Examples in a step.
            optimizer: A Keras optimizer. A schedule goes on where it stopped.
            loss: A Keras loss; None for a model with a `compute_loss` of its own.
            jit_compile: As in `keras.Model.compile`.

        Returns:
            The loss of the last epoch, or None if an earlier run had finished the part.

        Raises:
            ValueError: If the optimizer averages weights, which Keras would write into
                the model after every epoch.
        """
        if getattr(optimizer, "use_ema", False):
            raise ValueError("optimizer must not have use_ema=True; got one that has")
        on_torch = keras.backend.backend() == "torch"
        model.compile(
            optimizer=optimizer,
            loss=loss,
            steps_per_execution=1 if on_torch else STEPS_PER_EXECUTION,
            jit_compile=jit_compile,
        )
        optimizer.build(model.trainable_variables)
        state = [*model.variables, *optimizer.variables]
        path = self.folder / f"{part}.npz"
        done, last_loss = self._take_up(path, state), None
        self._advance(done, part)
        for epoch in range(done, epochs):
            self.epoch = epoch
            x, y = epoch_data(self.rng(epoch))
            history = model.fit(
                x, y, batch_size=batch_size, shuffle=False, epochs=1, verbose=0
            ).history
            last_loss = float(history["loss"][0])
            _write(path, epoch + 1, self.seconds(), state)
            self._advance(1, part, last_loss)
        return last_loss

    def _take_up(self, path, state):
        if not path.exists():
            return 0
        epoch, _, arrays = _read(path)
        for variable, array in zip(state, arrays, strict=True):
            variable.assign(array)
        return epoch

    def _advance(self, n_epochs, part, loss=None):
        if self.bar is not None:
            text = f"seed {self.seed}, {part}"
            self.bar.set_postfix_str(text if loss is None else f"{text}, loss {loss:.4g}")
            self.bar.update(n_epochs)


def shuffled(x):
    """Return the `epoch_data` of an autoencoder: x in random order, as its own target."""

    def epoch_data(rng):
        examples = x[rng.permutation(len(x))]
        return examples, examples

    return epoch_data


def _write(path, epoch, seconds, state):
    arrays = [keras.ops.convert_to_numpy(variable) for variable in state]
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, np.array(epoch), np.array(seconds), *arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read(path):
    with np.load(path) as stored:
        arrays = [stored[f"arr_{i}"] for i in range(len(stored.files))]
    return int(arrays[0]), arrays[1], arrays[2:]
