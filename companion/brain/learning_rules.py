"""Learning rules for one network: who tells a hidden unit that the output was wrong?

A network without biases (a constant input serves as one), examples in rows::

    a_0 = x,    a_l = tanh(a_{l-1} W_l),    output a_L = a_{L-1} W_L

For the loss ``|target - a_L|^2 / 2``, averaged over examples, a rule sends a signal d_l to
each layer and changes weights by the product of the activity below and the signal::

    d_L = target - a_L,    d_l = (d_{l+1} B_{l+1}) (1 - a_l^2),    dW_l = mean a_{l-1}^T d_l

*Backpropagation* takes ``B_l = W_l^T``: the backward path knows every forward weight.
*Feedback alignment* takes fixed random ``B_l``. *Last layer only* leaves the hidden layers.

*Predictive coding*, for one hidden layer: input and target are clamped, and the hidden
activity z settles where, with g = variance_hidden / variance_output::

    z = (tanh(x W_1) + g target W_2^T) (I + g W_2 W_2^T)^-1

Its hidden error g (target - z W_2) W_2^T is backpropagation's signal, with the error of the
settled network in place of that of the forward pass; the factor g is divided out.

A rule is a function ``rule(weights, x, target)`` that returns one change for each weight
matrix, so that `train` can follow any of them.
"""

import numpy as np

from companion.brain import hebbian


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


def settled_hidden(weights, x, target, ratio):
    """Hidden activity at which inference comes to rest.

    Args:
        weights: W_1 and W_2.
        x: Input, shape (n, width of the input).
        target: Wanted output, shape (n, width of the output).
        ratio: g, variance_hidden / variance_output, above 0.

    Returns:
        Shape (n, width of the hidden layer).

    Raises:
        ValueError: If there is not one hidden layer or `ratio` is not above 0.
    """
    if len(weights) != 2:
        raise ValueError(f"weights must be two matrices; got {len(weights)}")
    if not ratio > 0:
        raise ValueError(f"ratio must be above 0; got {ratio}")
    w_1, w_2 = weights
    pulled = np.tanh(x @ w_1) + ratio * target @ w_2.T
    return np.linalg.solve(np.eye(len(w_2)) + ratio * w_2 @ w_2.T, pulled.T).T


def predictive_coding(ratio):
    """The rule of predictive coding at rest; it returns a function.

    Args:
        ratio: g, above 0. Towards 0 the changes become those of backpropagation, apart
            from the factor g of the hidden layer, which is divided out.

    Returns:
        A function of (weights, x, target) that returns the two changes.

    Source:
        Whittington and Bogacz (2017), doi:10.1162/NECO_a_00949.
    """

    def rule(weights, x, target):
        z = settled_hidden(weights, x, target, ratio)
        predicted = np.tanh(x @ weights[0])
        hidden_error = (z - predicted) / ratio
        output_error = target - z @ weights[1]
        hidden_change = x.T @ (hidden_error * (1.0 - predicted**2)) / len(x)
        return [hidden_change, z.T @ output_error / len(x)]

    return rule


def hebbian_features(x, n_hidden, *, gain, learning_rate, n_passes, rng):
    """Hidden weights by Sanger's rule, from inputs without targets.

    Args:
        x: Inputs, centered, the last column the constant input, shape (n, D + 1).
        n_hidden: Number of hidden units.
        gain: Length of each unit's weights, above 0.
        learning_rate: Step size at the start, as in `hebbian.train`.
        n_passes: How often every input is seen.
        rng: A `numpy.random.Generator`.

    Returns:
        W_1, shape (D + 1, n_hidden); the constant input gets no weight.

    Raises:
        ValueError: As `hebbian.train`.
    """
    rows = 0.1 * rng.normal(size=(n_hidden, x.shape[1] - 1))
    settings = {"learning_rate": learning_rate, "n_passes": n_passes, "rng": rng}
    rows = hebbian.train(rows, x[:, :-1], **settings)
    rows = gain * rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.vstack([rows.T, np.zeros(n_hidden)])


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


def accuracy(weights, x, labels):
    """Share of the examples whose largest output stands at their label."""
    return float(np.mean(forward(weights, x)[-1].argmax(axis=1) == labels))


def angle_deg(found, expected):
    """Angle between two arrays of one shape, in degrees: 90 when nothing is shared."""
    cosine = np.sum(found * expected) / np.linalg.norm(found) / np.linalg.norm(expected)
    return float(np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))))
