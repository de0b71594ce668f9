"""What bounds the speed of a layer: arithmetic, or the memory that its weights come from.

A layer of n_in x n_out weights and a batch of B examples takes F operations, two for each
multiply-add, and moves Q bytes, with p bytes for each number::

    F = 2 B n_in n_out,     Q = p (n_in n_out + B (n_in + n_out)),     I = F / Q

The intensity I, operations for a byte, grows with the batch. A machine that does at most
P operations and moves at most b bytes in a second cannot do more than min(P, b I).
"""

import time

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits


def intensity(n_in, n_out, batch, bytes_per_number=4):
    """Operations of a layer for each byte moved, I.

    Args:
        n_in: Inputs.
        n_out: Outputs.
        batch: B, a number or an array.
        bytes_per_number: p.

    Returns:
        I, as `batch`; it begins near 2 / p and ends at 2 n_in n_out / (p (n_in + n_out)).
    """
    batch = np.asarray(batch, float)
    moved = bytes_per_number * (n_in * n_out + batch * (n_in + n_out))
    return 2 * batch * n_in * n_out / moved


def bound(intensities, peak, bandwidth):
    """The roofline: the most operations in a second, min(P, b I).

    Args:
        intensities: I, in operations for a byte.
        peak: P, in operations a second.
        bandwidth: b, in bytes a second.

    Returns:
        Operations a second, as `intensities`.

    Raises:
        ValueError: If a limit of the machine is not above 0.

    Source:
        Williams, Waterman and Patterson (2009), doi:10.1145/1498765.1498785.
    """
    if not (peak > 0 and bandwidth > 0):
        raise ValueError(f"peak and bandwidth must be above 0; got {peak} and {bandwidth}")
    return np.minimum(peak, bandwidth * np.asarray(intensities, float))


def ridge_batch(n_in, n_out, peak, bandwidth, bytes_per_number=4):
    """Batch from which on a layer is bound by arithmetic; infinite if none is.

    It solves b I(B) = P.

    Args:
        n_in: Inputs.
        n_out: Outputs.
        peak: P.
        bandwidth: b.
        bytes_per_number: p.
    """
    wanted, weights = bytes_per_number * peak / bandwidth, n_in * n_out
    left = 2 * weights - wanted * (n_in + n_out)
    return wanted * weights / left if left > 0 else np.inf


def fastest(call, n_times):
    """Shortest of several runs of a call, in seconds of the clock: the least disturbed."""
    found = []
    for _ in range(n_times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def measure(n_in, n_out, batches, n_times=4):
    """Time a dense layer in NumPy, float32, one thread, for several batches.

    Args:
        n_in: Inputs.
        n_out: Outputs.
        batches: Numbers of examples.
        n_times: Runs, of which the shortest counts.

    Returns:
        Operations a second, one for each batch.
    """
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(n_in, n_out)).astype(np.float32)
    found = []
    with threadpool_limits(1, "blas"):
        for batch in batches:
            x = rng.normal(size=(batch, n_in)).astype(np.float32)
            found.append(2 * x.size * n_out / fastest(lambda x=x: x @ kernel, n_times))
    return np.array(found)


def measure_sparse(n_in, n_out, batch, shares, n_times=5):
    """Time a pruned layer: with its zeros in a dense matrix, and without them.

    Args:
        n_in: Inputs.
        n_out: Outputs.
        batch: Examples.
        shares: Shares of the weights that are kept, drawn at random.
        n_times: Runs, of which the shortest counts.

    Returns:
        dense: Seconds with zeros multiplied like all others, over those of the full one.
        compressed: The same in rows without zeros (CSR of SciPy).
    """
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(n_in, n_out)).astype(np.float32)
    x, found = rng.normal(size=(batch, n_in)).astype(np.float32), []
    with threadpool_limits(1, "blas"):
        for share in shares:
            pruned = np.where(rng.random(kernel.shape) < share, kernel, 0)
            rows, columns = sparse.csr_array(pruned.T), np.ascontiguousarray(x.T)
            calls = (
                lambda: x @ kernel,
                lambda pruned=pruned: x @ pruned,
                lambda rows=rows, columns=columns: rows @ columns,
            )
            found.append([fastest(call, n_times) for call in calls])
    full, dense, compressed = np.transpose(found)
    return dense / full, compressed / full
