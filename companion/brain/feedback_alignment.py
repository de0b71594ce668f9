"""Learning rules for one network: who tells a hidden unit that the output was wrong?

A network without biases (a constant input serves as one), examples in rows::

    a_0 = x,    a_l = tanh(a_{l-1} W_l),    output a_L = a_{L-1} W_L

For the loss ``|target - a_L|^2 / 2``, averaged over examples, a rule sends a signal d_l to
each layer and changes weights by the product of the activity below and the signal::

    d_L = target - a_L,    d_l = (d_{l+1} B_{l+1}) (1 - a_l^2),    dW_l = mean a_{l-1}^T d_l

*Backpropagation* takes ``B_l = W_l^T``: the backward path knows every forward weight.
*Feedback alignment* takes fixed random B_l. *Last layer only* leaves the hidden layers.
Every rule here is a function ``rule(weights, x, target)`` that returns one change for each
weight matrix, so that `train` can follow any of them.
"""

import numpy as np


def start(widths, rng):
    """Draw forward weights with the standard deviation ``1 / sqrt(number of inputs)``.

    Args:
        widths: Of all layers, the input first; at least two.
        rng: A `numpy.random.Generator`.

    Returns:
        W_1, ..., W_L, with W_l of shape (widths[l - 1], widths[l]).

    Raises:
        ValueError: If there are fewer than two widths or one is below 1.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths must be at least two numbers above 0; got {widths}")
    pairs = zip(widths[:-1], widths[1:], strict=True)
    return [rng.normal(size=(m, n)) / np.sqrt(m) for m, n in pairs]


def random_feedback(widths, rng):
    """Draw fixed backward weights B_2, ..., B_L, each of the shape of ``W_l^T``.

    Their standard deviation is ``1 / sqrt(width of layer l - 1)``, that of `start`.
    """
    return [w.T for w in start(widths, rng)[1:]]


def forward(weights, x):
    """Run the network: a_0, ..., a_L."""
    outputs = [np.asarray(x, dtype=float)]
    for w in weights[:-1]:
        outputs.append(np.tanh(outputs[-1] @ w))
    return [*outputs, outputs[-1] @ weights[-1]]


def changes(weights, x, target, feedback):
    """Weight changes for a given backward path.

    Args:
        weights: W_1, ..., W_L.
        x: Input, shape (n, width of the input).
        target: Wanted output, shape (n, width of the output).
        feedback: B_2, ..., B_L, each of the shape of ``W_l^T``.

    Returns:
        dW_1, ..., dW_L, averaged over the examples.

    Raises:
        ValueError: If the shapes of `feedback` do not fit.

    Source:
        Lillicrap et al. (2016), doi:10.1038/ncomms13276.
    """
    if [b.shape for b in feedback] != [w.T.shape for w in weights[1:]]:
        raise ValueError(
            f"feedback must have the shapes of W^T; got {[b.shape for b in feedback]}"
        )
    outputs = forward(weights, x)
    signals = [target - outputs[-1]]
    for b, a in zip(reversed(feedback), reversed(outputs[1:-1]), strict=True):
        signals.insert(0, signals[0] @ b * (1.0 - a**2))
    pairs = zip(outputs[:-1], signals, strict=True)
    return [a.T @ d / len(a) for a, d in pairs]


def backpropagation(weights, x, target):
    """The rule whose backward path copies the forward weights: steepest descent."""
    return changes(weights, x, target, [w.T for w in weights[1:]])


def feedback_alignment(feedback):
    """The rule with a fixed backward path; it returns a function."""
    return lambda weights, x, target: changes(weights, x, target, feedback)


def last_layer_only(weights, x, target):
    """The delta rule for the readout of random features: hidden weights stay."""
    features = forward(weights, x)[-2]
    error = target - features @ weights[-1]
    return [*(np.zeros_like(w) for w in weights[:-1]), features.T @ error / len(error)]


def train(weights, x, target, rule, *, learning_rate, n_steps, rng, batch_size=50):
    """Follow a rule, batch by batch.

    Args:
        weights: W_1, ..., W_L to start from; left unchanged.
        x: Inputs, shape (n, width of the input).
        target: Wanted outputs, shape (n, width of the output).
        rule: A function of (weights, x, target) that returns one change for each matrix.
        learning_rate: Step size, above 0.
        n_steps: Number of batches, not negative.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Examples in a batch.

    Returns:
        The weights after the last step.

    Raises:
        ValueError: If `learning_rate` is not above 0 or `n_steps` is negative.
    """
    if not learning_rate > 0 or n_steps < 0:
        raise ValueError(
            "learning_rate must be above 0 and n_steps not negative; "
            f"got {learning_rate}, {n_steps}"
        )
    for _ in range(n_steps):
        rows = rng.integers(len(x), size=batch_size)
        moves = rule(weights, x[rows], target[rows])
        weights = [w + learning_rate * m for w, m in zip(weights, moves, strict=True)]
    return weights


def loss(weights, x, target):
    """Squared error of an example, summed over outputs, halved; mean over examples."""
    return 0.5 * np.mean(np.sum((target - forward(weights, x)[-1]) ** 2, axis=1))


def accuracy(weights, x, labels):
    """Share of the examples whose largest output stands at their label."""
    return float(np.mean(forward(weights, x)[-1].argmax(axis=1) == labels))


def angle_deg(found, expected):
    """Angle between two arrays of one shape, in degrees: 90 when nothing is shared."""
    cosine = np.sum(found * expected) / np.linalg.norm(found) / np.linalg.norm(expected)
    return float(np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))))
