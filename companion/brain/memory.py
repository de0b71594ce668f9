"""Hopfield's associative memory: N neurons of +1 or -1, weights and fields without unit.

A state s, one of +1 and -1 for each neuron, is given; a neuron feels the field::

    h_i = sum_j W_ij s_j

and takes its sign. Weights are symmetric, and no neuron acts on itself. If neurons change
one after the other, the energy::

    E(s) = -1/2 sum_ij s_i W_ij s_j

falls with every change, by ``2 |h_i|``, so the network comes to rest. A field of zero
changes nothing. `companion.brain.storage` makes weights with chosen states of rest.
"""

import numpy as np

TIE = 1e-9  # Rounding: a field nearer to zero counts as zero.
MAX_ROUNDS = 1000  # 10,000 neurons near their capacity need about 130.


def random_patterns(n_patterns, n_neurons, rng):
    """Draw patterns whose entries are +1 or -1, each with probability 1/2.

    Args:
        n_patterns: P, at least 1.
        n_neurons: N, at least 1.
        rng: A `numpy.random.Generator`.

    Returns:
        Patterns, one in each row, shape (P, N).

    Raises:
        ValueError: If a count is below 1.
    """
    for name, count in (("n_patterns", n_patterns), ("n_neurons", n_neurons)):
        if count < 1:
            raise ValueError(f"{name} must be at least 1; got {count}")
    return 2.0 * rng.integers(0, 2, size=(n_patterns, n_neurons), dtype=np.int8) - 1.0


def flip(states, share, rng):
    """Turn the sign of the same number of randomly chosen neurons in every state.

    Args:
        states: Of +1 and -1, shape (..., N).
        share: Part of the N neurons that is turned, in [0, 1], rounded to whole neurons.
        rng: A `numpy.random.Generator`.

    Returns:
        The damaged states, shaped as `states`.

    Raises:
        ValueError: If `share` is outside [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share must lie in [0, 1]; got {share}")
    states = np.asarray(states, dtype=float)
    order = np.argsort(rng.random(states.shape), axis=-1)
    return np.where(order < round(share * states.shape[-1]), -states, states)


def flip_each(states, probability, rng):
    """Turn the sign of every neuron by itself, so that the number turned varies.

    Args:
        states: Of +1 and -1, shape (..., N).
        probability: Of a turn, in [0, 1]; a number, or one for each state, (..., 1).
        rng: A `numpy.random.Generator`.

    Returns:
        The damaged states, shaped as `states`.

    Raises:
        ValueError: If a `probability` is outside [0, 1].
    """
    if not np.all((np.asarray(probability) >= 0) & (np.asarray(probability) <= 1)):
        raise ValueError(f"probability must lie in [0, 1]; got {probability}")
    states = np.asarray(states, dtype=float)
    return np.where(rng.random(states.shape) < probability, -states, states)


def energy(weights, states):
    """Energy E(s) = -1/2 s W s, shape (...,) for states of shape (..., N)."""
    states = np.asarray(states, dtype=float)
    return -0.5 * np.sum((states @ weights) * states, axis=-1)


def overlap(states, pattern):
    """Mean product of state and pattern: 1 if equal, -1 if opposite, near 0 by chance."""
    return np.mean(np.asarray(states) * pattern, axis=-1)


def update_synchronously(weights, states):
    """Give all neurons the sign of their field at once.

    Args:
        weights: W, shape (N, N).
        states: Of +1 and -1, shape (..., N).

    Returns:
        The next states, shaped as `states`.
    """
    states = np.asarray(states, dtype=float)
    fields = states @ weights.T
    return np.where(np.abs(fields) <= TIE, states, np.sign(fields))


def update_in_order(weights, state, order):
    """Give neurons the sign of their field one after the other.

    Args:
        weights: W, shape (N, N).
        state: Of +1 and -1, shape (N,); left unchanged.
        order: Numbers of the neurons in the order in which they update.

    Returns:
        The state after the last of them, shape (N,).
    """
    state = np.array(state, dtype=float)
    for i in order:
        field = weights[i] @ state
        if abs(field) > TIE:
            state[i] = np.sign(field)
    return state


def settle(weights, state, rng):
    """Update neurons one after the other, in one random order, until none changes.

    The order is drawn once and repeated. The fields follow every change, so that a
    neuron that agrees with its field costs next to nothing. Another order may end in
    another state.

    Args:
        weights: W, symmetric with a zero diagonal, shape (N, N).
        state: Where to start, +1 and -1, shape (N,); left unchanged.
        rng: A `numpy.random.Generator` that draws the order.

    Returns:
        The state of rest, shape (N,).

    Raises:
        ValueError: If `weights` might not come to rest, the shapes do not fit, or
            `state` holds anything but +1 and -1.
        RuntimeError: If a neuron still changes after `MAX_ROUNDS` rounds.
    """
    state = np.array(checked_signs("state", state), dtype=float)
    if np.shape(weights) != (state.size, state.size):
        raise ValueError(f"weights must be (N, N), N = {state.size}; got {weights.shape}")
    symmetric = np.allclose(weights, weights.T, rtol=1e-9, atol=0.1 * TIE)
    if np.any(np.diagonal(weights)) or not symmetric:
        raise ValueError("weights must be symmetric with a zero diagonal; these are not")
    order, fields = rng.permutation(state.size), weights @ state
    for _ in range(MAX_ROUNDS):
        if not np.any(fields * state < -TIE):
            return state
        for i in order:
            if fields[i] * state[i] < -TIE:
                state[i] = -state[i]
                fields += 2.0 * state[i] * weights[i]
    raise no_rest(state.size)


def no_rest(n_neurons):
    """Error that says that a network still changes after `MAX_ROUNDS` rounds."""
    return RuntimeError(f"{n_neurons} neurons, and no rest after {MAX_ROUNDS} rounds")


def checked_signs(name, values):
    """Return the values if each of them is +1 or -1, else raise a ValueError."""
    if not np.all(np.abs(values) == 1):
        raise ValueError(f"{name} must hold +1 and -1 alone; got {np.unique(values)[:5]}")
    return values


def recall(weights, cues, rng):
    """Let the network come to rest from each cue; see `settle`.

    Args:
        weights: W, symmetric with a zero diagonal, shape (N, N).
        cues: Of +1 and -1, one in each row, shape (n, N).
        rng: A `numpy.random.Generator`.

    Returns:
        The states of rest, shape (n, N).
    """
    return np.array([settle(weights, cue, rng) for cue in cues])


def nearest_pattern(patterns, cues):
    """Look up the stored pattern with the largest overlap, the first of equals.

    If every neuron was turned by itself with the same probability below 1/2, as by
    `flip_each`, and all patterns are asked for equally often, it is the most probable
    one: no memory can recall more of them on average. If it is known that k neurons
    were turned, as by `flip`, a pattern at distance k is the better answer.

    Args:
        patterns: One in each row, shape (P, N).
        cues: One in each row, shape (n, N).

    Returns:
        The patterns found, shape (n, N).
    """
    return patterns[np.argmax(cues @ patterns.T, axis=1)]


def recall_rate(answers, targets):
    """Share of rows in which every neuron is right, a float in [0, 1]."""
    return float(np.mean(np.all(np.sign(answers) == targets, axis=-1)))
