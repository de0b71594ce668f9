"""Other weights on the way back: feedback alignment and its relatives.

Backpropagation uses the forward weights a second time, transposed, to send the error back;
`companion.networks.mlp.backward` needs them for nothing else. Handed other matrices F_l of
the same shapes, the same function sends the error along another way::

    delta_L = grad_output * act_L'
    delta_l = (delta_(l+1) @ F_(l+1).T) * act_l'

    F_l = W_l                       backpropagation
    F_l random, fixed               feedback alignment
    F_l = the signs of W_l          sign-concordant feedback

*Direct feedback alignment* skips the chain: ``delta_l = (delta_L @ B_l) * act_l'``, with a
fixed random B_l of shape (n_out, n_l) for each hidden layer. What the weights do with these
deltas is the same in all four: ``a_(l-1).T @ delta_l``, and the sum of delta_l for biases.
"""

import numpy as np

from companion.networks import losses, mlp
from companion.networks.parameters import map_arrays


def draw(params, rng):
    """Draw feedback weights as `mlp.init` draws forward ones, independent of them.

    Args:
        params: (weights, biases).
        rng: A `numpy.random.Generator`.

    Returns:
        feedback: (weights, biases) of the shapes of `params`; the first matrix and the
            biases are never used on the way back.
    """
    weights, _ = params
    return mlp.init([len(weights[0]), *(w.shape[1] for w in weights)], rng)


def gradients(params, feedback, x, target, activations=None, loss=losses.mse):
    """Send the error back along other weights: as `mlp.loss_and_grads`, but for these.

    Args:
        params: (weights, biases), used on the way forward.
        feedback: (weights, biases) of the same shapes, used on the way back.
        x: Input, shape (batch, n_in).
        target: As in `mlp.loss_and_grads`.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        value: The loss.
        steps: (weights, biases), what takes the place of the gradients.

    Raises:
        ValueError: If `feedback` has other shapes than `params`.

    Source:
        Lillicrap et al. (2016), doi:10.1038/ncomms13276.
    """
    if [w.shape for w in feedback[0]] != [w.shape for w in params[0]]:
        raise ValueError(
            f"feedback must have weights of the shapes {[w.shape for w in params[0]]}; "
            f"got {[w.shape for w in feedback[0]]}"
        )
    outputs = mlp.forward(params, x, activations)
    value, grad_output = loss(outputs[-1], target)
    return value, mlp.backward(feedback, outputs, grad_output, activations)


def sign_concordant(params):
    """Keep of the forward weights only their signs, at one size for each matrix.

    The size is the root mean square, so that a matrix keeps its norm.

    Source:
        Liao, Leibo and Poggio (2016), arXiv:1510.05067.
    """
    return map_arrays(lambda w: np.sign(w) * np.sqrt(np.mean(w**2)), params)


def tilted(params, angle_deg, rng):
    """Turn every forward matrix by a given angle towards a random direction.

    Args:
        params: (weights, biases).
        angle_deg: From 0 (the forward weights) to 180 (their negatives).
        rng: A `numpy.random.Generator`.

    Returns:
        feedback: (weights, biases); each matrix has the norm of its forward matrix, and
            this angle to it.
    """
    angle = np.deg2rad(angle_deg)

    def turn(w):
        other = rng.normal(size=w.shape)
        other -= w * np.sum(other * w) / np.sum(w * w)
        other *= np.linalg.norm(w) / np.linalg.norm(other)
        return np.cos(angle) * w + np.sin(angle) * other

    weights, biases = params
    return [turn(w) for w in weights], biases


def draw_direct(params, rng):
    """Draw a matrix from the output to each hidden layer.

    Args:
        params: (weights, biases).
        rng: A `numpy.random.Generator`.

    Returns:
        B_1, ..., B_(L-1), B_l of shape (n_out, n_l), drawn as the forward matrix of a
        layer of n_l inputs and n_out outputs.
    """
    weights, _ = params
    n_out = weights[-1].shape[1]
    return [mlp.init([w.shape[1], n_out], rng)[0][0].T for w in weights[:-1]]


def direct_gradients(params, feedback, x, target, activations=None, loss=losses.mse):
    """Send the error of the output straight to every hidden layer.

    Args:
        params: (weights, biases).
        feedback: What `draw_direct` returned.
        x: Input, shape (batch, n_in).
        target: As in `mlp.loss_and_grads`.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        value: The loss.
        steps: (weights, biases), what takes the place of the gradients.

    Raises:
        ValueError: If `feedback` has not one matrix of the right shape for each layer.

    Source:
        Nokland (2016), arXiv:1609.01596.
    """
    n_out = params[0][-1].shape[1]
    wanted = [(n_out, w.shape[1]) for w in params[0][:-1]]
    if [b.shape for b in feedback] != wanted:
        raise ValueError(
            f"feedback must have the shapes {wanted}; got {[b.shape for b in feedback]}"
        )
    names = mlp._activations_of(params, activations)
    outputs = mlp.forward(params, x, names)
    value, grad_output = loss(outputs[-1], target)
    last = grad_output * mlp.ACTIVATIONS[names[-1]][1](outputs[-1])
    hidden = zip(feedback, names, outputs[1:-1], strict=False)
    deltas = [last @ b * mlp.ACTIVATIONS[name][1](a) for b, name, a in hidden] + [last]
    pairs = zip(outputs[:-1], deltas, strict=True)
    return value, ([a.T @ d for a, d in pairs], [d.sum(axis=0) for d in deltas])
