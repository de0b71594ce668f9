"""One process for one backend: it holds trainings that stand still between their epochs.

It reads one command a line from its input, a JSON list of the name of a function of
`Worker` and its arguments, and answers each with one line of JSON.
"""

import json
import os
import queue
import sys
import threading
import time
from importlib.metadata import version


class _Stop(Exception):
    """Leaves a training between two epochs."""


class Paused:
    """A training in a thread of its own, which goes on for one epoch at a time.

    Args:
        train: Function of `after_epoch`, which it calls after every epoch.
    """

    def __init__(self, train):
        self._go, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(train,), daemon=True)
        self._thread.start()

    def epoch(self):
        """Let it train for one epoch; return the wall and the processor seconds.

        Raises:
            RuntimeError: If the training raised or ended instead.
        """
        self._go.put(True)
        answer = self._done.get()
        if isinstance(answer, BaseException):
            raise RuntimeError(f"the training stopped: {answer!r}") from answer
        return answer

    def stop(self):
        """Leave the training."""
        self._go.put(False)
        self._thread.join()

    def _wait(self):
        if not self._go.get():
            raise _Stop
        self._start = time.perf_counter(), time.process_time()

    def _after_epoch(self, loss):
        wall, cpu = self._start
        self._done.put((time.perf_counter() - wall, time.process_time() - cpu))
        self._wait()

    def _run(self, train):
        try:
            self._wait()
            train(self._after_epoch)
            self._done.put(EOFError("no epoch is left"))
        except _Stop:
            pass
        except BaseException as error:  # told to whoever waits for the epoch
            self._done.put(error)


class Worker:
    """The trainings of one process, by name."""

    def __init__(self):
        self.trainings = {}

    def start(self, name, variant, network):
        """Prepare the training of a reference network; its first epoch is still to come.

        Args:
            name: Under which `epochs` and `stop` find it.
            variant: One of `reproductions.bench.variants.VARIANTS`.
            network: Name of a reference, or [latent_dim, hidden, n_examples].
        """
        from reproductions.bench.networks import REFERENCES, dense
        from reproductions.bench.variants import VARIANTS

        named = isinstance(network, str)
        reference = REFERENCES[network] if named else dense(*network)
        model, x, train = reference.model(), reference.data(), VARIANTS[variant]
        self.trainings[name] = Paused(lambda after_epoch: train(model, x, after_epoch))

    def epochs(self, name, n):
        """Train for n epochs; return the wall and processor seconds of each."""
        return [self.trainings[name].epoch() for _ in range(n)]

    def stop(self):
        """Leave all trainings."""
        for training in self.trainings.values():
            training.stop()
        self.trainings.clear()

    def peak(self, library):
        """Return the speed of the matrix product in one library, in GFLOP/s."""
        from reproductions.bench import peak

        return peak.gflops(library)

    def version(self, package):
        """Return the version of an installed package."""
        return version(package)


def main():
    """Answer the commands, keeping what libraries print out of the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(worker, name)(*arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
