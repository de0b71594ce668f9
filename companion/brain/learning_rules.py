"""Two more rules for the network of `companion.brain.feedback_alignment`, one hidden layer.

*Predictive coding.* Input and target are clamped, the hidden activity z settles between
what the input predicts and what the target asks for; at rest, with g = variance_hidden /
variance_output::

    z = (tanh(x W_1) + g target W_2^T) (I + g W_2 W_2^T)^-1

and weights follow the products of activity and error, as everywhere in
`companion.brain.predictive_coding`. The hidden change is divided by g, so that both layers
keep their step size as g goes to 0. The hidden errors at rest are
g (target - z W_2) W_2^T: backpropagation's signal, with the error of the settled network in
place of that of the forward pass.

*Hebb, kept in bounds by Oja and Sanger.* The hidden weights learn from inputs alone; only
the readout learns from targets.
"""

import numpy as np

from companion.brain import hebbian


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
