"""A student's notebook, run behind the fence: the outside of it.

The process is a stranger: whatever it does, each request ends in bounded time with an
answer or an error. A cell that does not stop is interrupted; a process that does not stop
for that is killed, and a new one runs the notebook again without the cell.
"""

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from assignments.grader import wire

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, GRACE_SECONDS = 60.0, 2.0
MAX_ERROR = 2000  # characters of an error


@dataclass(frozen=True)
class Limits:
    """How long a submission may take, in seconds.

    Args:
        cell: One cell.
        call: One call of a function by the grader.
        total: All together.
    """

    cell: float = 30.0
    call: float = 10.0
    total: float = 240.0


class Gone(Exception):
    """The process ended, or did not stop when it was told to."""


class Student:
    """Cells of one notebook, run once, and their functions by name.

    A context manager: at its end the process and its folder are gone.

    Args:
        cells: Sources of the code cells, in order.
        limits: A `Limits`.
    """

    def __init__(self, cells, limits=None):
        self.cells, self.limits = list(cells), limits or Limits()
        self.outcomes = [{"printed": "", "error": "not run"} for _ in self.cells]
        self.holds = {}
        self._skipped, self._hopeless = set(), {}
        self._process, self._at, self._rest, self._token = None, None, b"", None

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(
            prefix="submission-", ignore_cleanup_errors=True
        )
        self._end = time.monotonic() + self.limits.total
        try:
            self._run()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *reason):
        self._kill()
        self._folder.cleanup()

    def call(self, name, *args):
        """Call a function of the student, or read a value, by name.

        Args:
            name: Of the function or the value.
            args: What it is called with.

        Returns:
            What it returned, or the value.

        Raises:
            LookupError: If the notebook does not define the name.
            RuntimeError: If the call failed; the message is what Python said.
        """
        if name in self._hopeless:
            raise RuntimeError(self._hopeless[name])
        try:
            if self._process is None:
                self._run()
            answer = self._ask({"call": name, "args": wire.dump(args)}, self.limits.call)
        except Gone as reason:
            self._kill()
            self._hopeless[name] = str(reason)
            raise RuntimeError(str(reason)) from None
        if answer.get("missing"):
            raise LookupError(f"{name} is not defined")
        if answer["error"]:
            raise RuntimeError(answer["error"])
        try:
            return wire.load(str(answer["value"]))
        except (KeyError, ValueError):
            raise RuntimeError(f"{name} returned something that cannot be read") from None

    def _run(self):
        """Run all cells; whenever one ends the process, run all but that one again."""
        while True:
            try:
                self._start()
                self._run_cells()
                return
            except Gone as reason:
                self._kill()
                if self._at is None or time.monotonic() > self._end:
                    raise
                self.outcomes[self._at] = {"printed": "", "error": str(reason)}
                self._skipped.add(self._at)

    def _run_cells(self):
        """Run the cells in order, then those again that lacked a name defined later."""
        waiting = [i for i in range(len(self.cells)) if i not in self._skipped]
        while waiting:
            again = []
            for self._at in waiting:
                outcome = self._ask({"cell": self.cells[self._at]}, self.limits.cell)
                self.outcomes[self._at] = outcome
                if (outcome["error"] or "").startswith("NameError"):
                    again.append(self._at)
            waiting = again if len(again) < len(waiting) else []
        self._at = None

    def _start(self):
        self._kill()
        self._at, self._rest, self._token = None, b"", None
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": self._folder.name,
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": self._folder.name,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        arguments = [self._folder.name, str(self.limits.total)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "assignments.grader.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        os.set_blocking(self._process.stdin.fileno(), False)
        answer = self._read(START_SECONDS)
        self.holds = {name: bool(answer.get(name)) for name in ("network", "files")}

    def _ask(self, request, seconds):
        seconds = min(seconds, self._end - time.monotonic())
        if seconds <= 0:
            raise Gone(f"the notebook took more than {self.limits.total:g} seconds in all")
        self._token = secrets.token_hex(8)  # an answer without it was written in advance
        line = json.dumps(request | {"token": self._token})
        self._send(line.encode() + b"\n", seconds)
        return self._read(seconds)

    def _send(self, line, seconds):
        """Write a line to the process, which may have stopped reading."""
        stop, pipe = time.monotonic() + seconds, self._process.stdin.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_WRITE)
            while line:
                if not selector.select(max(stop - time.monotonic(), 0)):
                    raise Gone("the process stopped listening")
                try:
                    line = line[os.write(pipe, line) :]
                except OSError:
                    raise Gone("the process ended") from None

    def _read(self, seconds):
        """Read one answer; interrupt after the time, give up after the grace."""
        line = self._line(seconds)
        stopped = line is None
        if stopped:
            os.killpg(self._process.pid, signal.SIGINT)
            line = self._line(GRACE_SECONDS)
        if line is None:
            raise Gone(f"did not stop after {seconds:.0f} seconds")
        try:
            answer = json.loads(line)
            error = answer.get("error")
        except (ValueError, AttributeError, RecursionError):
            answer = {}
        if answer.get("token") != self._token:
            raise Gone("the process wrote what is no answer")
        if stopped:
            error = f"stopped after {seconds:.0f} seconds"
        answer["error"] = None if error is None else str(error)[:MAX_ERROR]
        answer["printed"] = str(answer.get("printed", ""))
        return answer

    def _line(self, seconds):
        """Return the next line, or None if it does not come in time."""
        stop = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(stop - time.monotonic(), 0)):
                    return None
                more = os.read(self._process.stdout.fileno(), 2**20)
                if not more or len(self._rest) > wire.MAX_LINE:
                    raise Gone("the process ended, perhaps for lack of memory")
                self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _kill(self):
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process = None
