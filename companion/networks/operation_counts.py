"""Count what a computation costs: the multiply-adds of its matrix products.

A product of a matrix (n, k) with a matrix (k, m) takes n k m multiplications, each followed
by an addition. In a network of wide layers this is nearly all the work; additions of biases
and the activations themselves, one for each unit and example, are left out.
"""

import numpy as np

from companion.networks.parameters import map_arrays


class _Counted(np.ndarray):
    """An array whose matrix products, and those of all that comes of it, are counted."""

    total = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(a) if isinstance(a, _Counted) else a for a in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        if ufunc is np.matmul:
            _Counted.total += result.size * plain[0].shape[-1]
        return np.asarray(result).view(_Counted)


def multiply_adds(function, *structures):
    """Run a function, and count the multiply-adds in its products of matrices.

    Args:
        function: Takes the structures, and computes with ``@`` and entry by entry.
        structures: Nestings of lists and tuples of arrays.

    Returns:
        count: How many multiply-adds the products took.
        result: What the function returned; its arrays go on counting nothing.
    """
    counted = [map_arrays(lambda a: np.asarray(a).view(_Counted), s) for s in structures]
    before = _Counted.total
    result = function(*counted)
    count = _Counted.total - before
    return count, map_arrays(np.asarray, result)
