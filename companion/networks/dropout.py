"""Dropout in NumPy: units are silenced at random while a network trains.

With a rate p, each unit of a layer gets a factor m of its own for every example::

    m = 0 with probability p,   m = 1 / (1 - p) otherwise,   so that E[m] = 1

The layer passes on ``a * m`` instead of a, and its gradient is multiplied by the same m.
Because the survivors are scaled up in training ("inverted" dropout), nothing has to be
done afterwards: the trained network is used without masks.
"""

import numpy as np

from companion.networks import losses, mlp


def draw_mask(shape, rate, rng, dtype=float):
    """Draw the factors m of one layer for a batch.

    Args:
        shape: Shape of the layer's output, (batch, n_units).
        rate: p, the probability that a unit is silenced, at least 0 and below 1.
        rng: A `numpy.random.Generator`.
        dtype: Precision of the factors.

    Returns:
        The mask, of that shape: 0 or 1 / (1 - rate).

    Raises:
        ValueError: If `rate` is below 0, or 1 or more.

    Source:
        Srivastava et al. (2014), J. Mach. Learn. Res. 15:1929, section 10, for the scaling
        while training.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate!r}")
    survives = rng.random(shape) >= rate
    return survives.astype(dtype) / np.asarray(1.0 - rate, dtype)


def loss_and_grads(params, x, target, masks, activations=None, loss=losses.cross_entropy):
    """Loss of a network under given masks, and its gradients.

    With ``c_l = a_l * m_l`` for what layer l passes on, and c_0 = x::

        a_l = act_l(c_(l-1) @ W_l + b_l)
        delta_L = dLoss/da_L * act_L'
        delta_l = (delta_(l+1) @ W_(l+1).T) * m_l * act_l'
        dLoss/dW_l = c_(l-1).T @ delta_l,    dLoss/db_l = sum of delta_l over the batch

    Args:
        params: (weights, biases).
        x: Input, shape (batch, n_in).
        target: What `loss` compares the output with; by default labels, (batch,).
        masks: One array (batch, n_units) for each hidden layer; ones switch dropout off.
        activations: As in `companion.networks.mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        value: The loss.
        grads: (grad_weights, grad_biases), shaped as `params`.

    Raises:
        ValueError: If there is not one mask for each hidden layer.
    """
    weights, biases = params
    if len(masks) != len(weights) - 1:
        raise ValueError(
            f"masks must hold one mask for each of the {len(weights) - 1} hidden layers; "
            f"got {len(masks)}"
        )
    names = activations or ["tanh"] * len(masks) + ["linear"]
    factors = [*masks, np.ones_like(biases[-1])]
    passed, outputs = [np.asarray(x, weights[0].dtype)], []
    for kernel, bias, name, mask in zip(weights, biases, names, factors, strict=True):
        outputs.append(mlp.ACTIVATIONS[name][0](passed[-1] @ kernel + bias))
        passed.append(outputs[-1] * mask)

    value, grad = loss(passed[-1], target)
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(weights))):
        slope = mlp.ACTIVATIONS[names[layer]][1]
        delta = grad * factors[layer] * slope(outputs[layer])
        grad_weights.append(passed[layer].T @ delta)
        grad_biases.append(delta.sum(axis=0))
        grad = delta @ weights[layer].T
    return value, (grad_weights[::-1], grad_biases[::-1])


def expected_linear_loss(weights, x, target, rate):
    """Squared error of a linear model under dropout of its inputs, averaged over masks.

    The expectation over all masks can be taken exactly::

        E[mean of ((x * m) @ w - y)**2]
            = mean of (x @ w - y)**2  +  p / (1 - p) * sum over j of mean(x_j**2) w_j**2

    so that dropout is an L2 penalty in which every weight pays for the mean square of its
    own input.

    Args:
        weights: w, shape (n_features,).
        x: Inputs, shape (n, n_features).
        target: y, shape (n,).
        rate: p, at least 0 and below 1.

    Returns:
        error: The first term.
        penalty: The second.

    Source:
        Srivastava et al. (2014), J. Mach. Learn. Res. 15:1929, section 9.1; Wager, Wang
        and Liang (2013), arXiv:1307.1493, for generalized linear models.
    """
    error = float(np.mean((x @ weights - target) ** 2))
    return error, float(rate / (1 - rate) * np.mean(x**2, axis=0) @ weights**2)


def linear_minimum(x, target, rate):
    """Weights that minimize `expected_linear_loss`: a ridge regression.

    They solve ``(X.T X + p / (1 - p) diag(X.T X)) w = X.T y``.

    Args:
        x: Inputs, shape (n, n_features).
        target: y, shape (n,).
        rate: p, at least 0 and below 1.

    Returns:
        w, shape (n_features,).
    """
    gram = x.T @ x
    return np.linalg.solve(gram + rate / (1 - rate) * np.diag(np.diag(gram)), x.T @ target)
