"""Small changes of an input that do much: FGSM, projected gradient, and their yardstick.

A change d of an input x is allowed if it is no longer than epsilon, in the norm "linf"
(its largest entry) or "l2" (its length), and x + d is an image: from 0 to 1 everywhere.

An attack climbs a number, usually the loss of the right answer. To first order the best
change is the one that has the largest product with the gradient g::

    linf:  d = epsilon sign(g)            l2:  d = epsilon g / (length of g)

Arrays have examples on the last axis but one, and any axes before it, so that many networks
are attacked at once, each by its own gradient.
"""

import numpy as np

from companion.challenges import apart, apart_gradients

NORMS = ("linf", "l2")


def _check(epsilon, norm):
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}; got {norm!r}")
    if not (np.isfinite(epsilon) and epsilon >= 0):
        raise ValueError(f"epsilon must be finite and not negative; got {epsilon}")


def length(change, norm):
    """Length of each change in a norm, (..., 1)."""
    if norm == "linf":
        return np.max(np.abs(change), axis=-1, keepdims=True)
    return np.sqrt(np.sum(change**2, axis=-1, keepdims=True))


def steepest(gradient, epsilon, norm):
    """The change of length epsilon with the largest product with the gradient.

    Args:
        gradient: g, (..., n, D); where it is zero, so is the change.
        epsilon: Length of the change.
        norm: "linf" or "l2".

    Returns:
        Changes, shaped as `gradient`.

    Raises:
        ValueError: If `norm` is unknown or `epsilon` negative.
    """
    _check(epsilon, norm)
    if norm == "linf":
        return epsilon * np.sign(gradient)
    size = length(gradient, "l2")
    return epsilon * np.divide(gradient, size, out=np.zeros_like(gradient), where=size > 0)


def project(x, change, epsilon, norm):
    """Shorten changes to epsilon, then cut x + change off at 0 and at 1.

    Cutting off shortens every entry or leaves it, so the length stays allowed.

    Args:
        x: Inputs in [0, 1], (..., n, D).
        change: d, of the same shape or one that broadcasts with it.
        epsilon: Longest allowed length.
        norm: "linf" or "l2".

    Returns:
        Allowed changes.

    Raises:
        ValueError: If `norm` is unknown or `epsilon` negative.
    """
    _check(epsilon, norm)
    if norm == "linf":
        change = np.clip(change, -epsilon, epsilon)
    else:
        change = change * np.minimum(
            1.0, epsilon / np.maximum(length(change, norm), 1e-300)
        )
    return np.clip(x + change, 0.0, 1.0) - x


# Products this small are slower on several threads, above all on a busy machine.
@apart.one_thread()
def fgsm(x, gradient, epsilon, norm="linf"):
    """One step of the whole length along the gradient ("fast gradient sign method").

    Args:
        x: Inputs in [0, 1], (n, D) or (n_members, n, D).
        gradient: A function of inputs that gives the gradient of what should grow.
        epsilon: Length of the change.
        norm: "linf" or "l2".

    Returns:
        The changed inputs.

    Source:
        Goodfellow, Shlens and Szegedy (2015), arXiv:1412.6572, section 4.
    """
    return x + project(x, steepest(gradient(x), epsilon, norm), epsilon, norm)


@apart.one_thread()
def pgd(x, gradient, epsilon, norm="linf", *, n_steps=10, rng=None):
    """Many short steps, each brought back to what is allowed ("projected gradient").

    A step is 2.5 epsilon / n_steps long, so that every allowed change can be reached.

    Args:
        x: As in `fgsm`.
        gradient: As in `fgsm`.
        epsilon: Longest allowed change.
        norm: "linf" or "l2".
        n_steps: Number of steps.
        rng: Starts at a random change; None starts at x.

    Returns:
        The changed inputs, in the shape of the gradient.

    Raises:
        ValueError: If `n_steps` is below 1, or as in `project`.

    Source:
        Madry et al. (2018), arXiv:1706.06083, section 2.1.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1; got {n_steps}")
    _check(epsilon, norm)
    change = np.zeros_like(x) if rng is None else at_random(x, epsilon, norm, rng) - x
    for _ in range(n_steps):
        step = steepest(gradient(x + change), 2.5 * epsilon / n_steps, norm)
        change = project(x, change + step, epsilon, norm)
    return x + change


def at_random(x, epsilon, norm, rng):
    """Change inputs by epsilon in a random direction, cut off at 0 and at 1.

    For "linf" every entry is moved by epsilon up or down, as FGSM does it without a
    gradient; for "l2" the direction is that of Gaussian noise.
    """
    return x + project(x, steepest(rng.normal(size=x.shape), epsilon, norm), epsilon, norm)


def loss_gradient(params, labels, activations=apart.CLASSIFIER, scale=1.0):
    """The gradient of classifiers' losses by the input, as a function for an attack.

    Args:
        params: (weights, biases) of `companion.challenges.apart`.
        labels: Right classes, (n,).
        activations: One name for each layer.
        scale: Multiplies the logits before the softmax.

    Returns:
        A function of inputs, (n, D) or (S, n, D), that gives gradients (S, n, D).
    """

    def gradient(x):
        outputs = apart.forward(params, x, activations)
        grad = scale * apart_gradients.slope("cross_entropy", scale * outputs[-1], labels)
        return apart_gradients.input_gradient(params, outputs, grad, activations)

    return gradient


def movement_gradient(params, x, activations=apart.AUTOENCODER):
    """The gradient of how far the answers move away from those to x, for an attack.

    What grows is half the squared distance between the answers to the changed and to the
    unchanged inputs. At x itself its gradient is zero: an attack must start beside x.
    """
    unchanged = apart.forward(params, x, activations)[-1]

    def gradient(changed):
        outputs = apart.forward(params, changed, activations)
        grad = outputs[-1] - unchanged
        return apart_gradients.input_gradient(params, outputs, grad, activations)

    return gradient


def linear_margin(margin, weights, epsilon, norm):
    """Margin of a linear score after the worst change, without the limits 0 and 1.

    For ``margin = y (w . x + b)`` the worst change takes away epsilon times the length of
    w in the dual norm: the sum of absolute values for "linf", the length for "l2".

    Args:
        margin: Margins before the change, any shape.
        weights: w, (D,).
        epsilon: Length of the change.
        norm: "linf" or "l2".

    Returns:
        Margins after it, shaped as `margin`.

    Source:
        Goodfellow, Shlens and Szegedy (2015), arXiv:1412.6572, sections 3 and 5.
    """
    _check(epsilon, norm)
    dual = np.sum(np.abs(weights)) if norm == "linf" else np.sqrt(np.sum(weights**2))
    return margin - epsilon * dual
