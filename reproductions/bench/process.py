"""A worker in a process of its own, with its backend and number of threads."""

import json
import os
import subprocess
import sys

from reproductions.bench import THREADS

N_THREADS = {
    name: str(THREADS)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
}


class Process:
    """A worker in a process of its own: its functions can be called from here."""

    def __init__(self, group):
        environment = os.environ | N_THREADS | {"TF_NUM_INTEROP_THREADS": "1"}
        environment |= {"KERAS_BACKEND": group.backend} | group.environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reproductions.bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )

    def __call__(self, *command):
        """Let the worker run one command, and return its answer."""
        print(json.dumps(command), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended while it ran {command}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
