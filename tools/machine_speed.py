"""How fast a machine is now, by the time of a fixed calculation on one core.

    python -m tools.machine_speed

The same page takes 40 seconds on a machine today and 75 tomorrow, when others use the same
processor. So the running time of a page is stored as a ratio: its seconds, divided by
`slowdown` just before and after it. The command prints how much longer pages take here than
the book says.
"""

import statistics
import time

import numpy as np

REFERENCE_S = 0.31  # on the machine that timed the pages first, when nobody else used it
LAYERS = 6000  # of a network whose matrices are as small as those of the pages
STEPS = 600_000  # of plain Python


def calculation_s():
    """Return the seconds of the calculation: small matrices, and a loop in Python."""
    rng = np.random.default_rng(0)
    a, weights = rng.normal(size=(64, 64)), rng.normal(size=(64, 64)) / 8.0
    start = time.perf_counter()
    for _ in range(LAYERS):
        a = np.tanh(a @ weights)
    total = 0
    for step in range(STEPS):
        total += step % 3
    return time.perf_counter() - start


def slowdown():
    """Return how many times longer than the reference machine this one takes now."""
    return statistics.median(calculation_s() for _ in range(3)) / REFERENCE_S


if __name__ == "__main__":
    print(f"a page takes {slowdown():.1f} times as long here as the book says")
