"""Parameters of a network: arrays in lists and tuples, nested as the network likes.

A multilayer perceptron has ``(weights, biases)``, two lists; another network may have one
tuple of arrays. Gradients and the memory of an optimizer come in the same nesting.
"""


def leaves(params):
    """Collect the arrays of a nesting of lists and tuples, in order, in one list."""
    if isinstance(params, list | tuple):
        return [array for part in params for array in leaves(part)]
    return [params]


def map_arrays(function, *structures):
    """Apply a function to the matching arrays of several structures.

    Args:
        function: Takes one array of each structure.
        structures: Nestings of lists and tuples of arrays, all alike.

    Returns:
        The results, in the nesting of the first structure.

    Raises:
        ValueError: If a list or tuple has another length than its match.
    """
    first = structures[0]
    if not isinstance(first, list | tuple):
        return function(*structures)
    parts = zip(*structures, strict=True)
    return type(first)([map_arrays(function, *arrays) for arrays in parts])
