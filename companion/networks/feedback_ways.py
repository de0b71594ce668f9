"""Ways to send the error back, by name or by angle, and the angles of their steps.

A *way* is a function of the parameters, the input and the target that returns a loss and
steps, as `mlp.loss_and_grads` does. How well a step agrees with the gradient is told by the
angle between the two, all their entries read as one long list::

    cos(angle) = sum(A * B) / (norm(A) * norm(B))

Below 90 degrees a small step lowers the loss.
"""

from functools import partial

import numpy as np

from companion.brain.learning_rules import angle_deg
from companion.networks import feedback_alignment as back
from companion.networks import losses, mlp
from companion.networks.parameters import map_arrays

WAYS = (
    "backpropagation",
    "sign-concordant",
    "feedback alignment",
    "direct feedback",
    "redrawn feedback",
    "last layer only",
)


def way(name, params, rng, activations=None, loss=losses.mse):
    """Draw the way back of a name, for networks shaped as `params`.

    "redrawn feedback" is the control of feedback alignment: new random weights in every
    step, to which nothing can align. "last layer only" leaves the hidden layers as drawn.

    Args:
        name: One of `WAYS`.
        params: (weights, biases).
        rng: A `numpy.random.Generator`.
        activations: As in `mlp.forward`.
        loss: A function of `companion.networks.losses`.

    Returns:
        A function of (params, x, target) that returns the loss and the steps.

    Raises:
        ValueError: If `name` is unknown.
    """
    if name not in WAYS:
        raise ValueError(f"name must be one of {WAYS}; got {name!r}")
    fixed, direct = back.draw(params, rng), back.draw_direct(params, rng)
    rest = {"activations": activations, "loss": loss}
    if name == "direct feedback":
        return lambda p, x, t: back.direct_gradients(p, direct, x, t, **rest)
    feedback_of = {
        "backpropagation": lambda p: p,
        "sign-concordant": back.sign_concordant,
        "feedback alignment": lambda p: fixed,
        "redrawn feedback": lambda p: back.draw(p, rng),
        "last layer only": partial(map_arrays, np.zeros_like),
    }[name]
    return lambda p, x, t: back.gradients(p, feedback_of(p), x, t, **rest)


def tilted_way(angle, seed, *, fixed, loss=losses.mse):
    """A way whose feedback keeps one angle to the forward weights in every step.

    Args:
        angle: In degrees, as in `feedback_alignment.tilted`.
        seed: Of the rest of the feedback, which points elsewhere.
        fixed: Whether the rest is the same in every step, but for what keeps it at a
            right angle to the forward weights; otherwise it is drawn anew.
        loss: A function of `companion.networks.losses`.

    Returns:
        A function of (params, x, target) that returns the loss and the steps.
    """
    rng = np.random.default_rng(seed)

    def steps_of(params, x, target):
        rest = np.random.default_rng(seed) if fixed else rng
        feedback = back.tilted(params, angle, rest)
        return back.gradients(params, feedback, x, target, loss=loss)

    return steps_of


def step_angles(params, steps_of, x, target, loss=losses.mse):
    """Angle between a way's step and the gradient, for the weights of each layer.

    Args:
        params: (weights, biases) of a network with the default activations.
        steps_of: A way.
        x: Inputs, shape (n, n_in).
        target: What the loss compares with.
        loss: A function of `companion.networks.losses`.

    Returns:
        Degrees, one for each layer; the last layer's is 0 along every way here.
    """
    _, (steps, _) = steps_of(params, x, target)
    _, (true, _) = mlp.loss_and_grads(params, x, target, loss=loss)
    return [angle_deg(s, g) for s, g in zip(steps, true, strict=True)]
