"""Many small networks trained side by side, each with examples and remedies of its own.

One training says little about a method, so the members of an ensemble take their steps
together, in NumPy and 64 bits. They are stacked as in `companion.networks.stacked`:
weights[l] is (n_members, n_in, n_out) and biases[l] is (n_members, 1, n_out). What a member
has of its own are its examples, their order, its initial weights and its remedies; members
never see one another.
"""

import contextlib
import functools
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from companion.challenges import apart_gradients
from companion.networks import checks, optimizers
from companion.networks.stacked import forward, init

__all__ = [
    "AUTOENCODER",
    "CLASSIFIER",
    "Remedies",
    "accuracies",
    "draw",
    "errors",
    "forward",
    "init",
    "one_thread",
    "train",
]

AUTOENCODER = ("relu", "linear", "relu", "sigmoid")
CLASSIFIER = ("relu", "linear")
CODE_LAYER = 2  # of an autoencoder: its second layer answers with the code


@functools.cache
def _libraries():
    return ThreadpoolController()


@contextlib.contextmanager
def one_thread():
    """A context in which products of matrices take one thread: small ones are faster so.

    The libraries that compute them are looked for once; the search takes longer than a
    small network needs to answer.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@dataclass(frozen=True)
class Remedies:
    """Settings against overfitting: one number for all members, or one for each.

    Args:
        decay: Share of every weight that a step with learning rate 1 takes away.
        dropout: Share of the hidden units that are silenced in training, below 1.
        noise: Standard deviation of Gaussian noise on the inputs in training.
        contraction: Strength of the squared Jacobian of the code; autoencoders only.
        sparsity: Strength of the mean absolute code; autoencoders only.
    """

    decay: object = 0.0
    dropout: object = 0.0
    noise: object = 0.0
    contraction: object = 0.0
    sparsity: object = 0.0

    def per_member(self, n_members):
        """Every setting as an array (n_members, 1, 1).

        Raises:
            ValueError: If a setting is negative, not finite, or of another number, or a
                dropout rate is not below 1.
        """
        found = {}
        for name, value in vars(self).items():
            value = np.asarray(value, dtype=float)
            if value.shape not in ((), (n_members,)):
                raise ValueError(
                    f"{name} must be one number or {n_members} of them; got {value}"
                )
            limit = 1.0 if name == "dropout" else np.inf
            if not (np.all(value >= 0) and np.all(value < limit)):
                raise ValueError(f"{name} must be from 0 to below {limit}; got {value}")
            found[name] = np.broadcast_to(value, (n_members,)).reshape(-1, 1, 1)
        return found


def draw(rows, n_draws, rng):
    """Draw examples in random order, each once before any is drawn again, (n_draws,)."""
    n_epochs = -(-n_draws // len(rows))
    return np.concatenate([rng.permutation(rows) for _ in range(n_epochs)])[:n_draws]


def _gradients(params, x, target, settings, activations, loss, rng):
    """Gradients of one step of training, remedies included; decay is not among them."""
    masks = {}
    if settings["dropout"].any():
        for layer in range(1, len(activations)):
            if activations[layer - 1] == "relu":
                shape = (*x.shape[:2], params[0][layer - 1].shape[2])
                kept = rng.random(shape) >= settings["dropout"]
                masks[layer] = kept / (1.0 - settings["dropout"])
    if settings["noise"].any():
        x = x + settings["noise"] * rng.normal(size=x.shape)
    outputs, extra = forward(params, x, activations, masks), {}
    grad_output = apart_gradients.slope(loss, outputs[-1], target) / x.shape[1]
    if settings["sparsity"].any():
        code = outputs[CODE_LAYER]
        extra[CODE_LAYER] = settings["sparsity"] * np.sign(code) / code[0].size
    grads = apart_gradients.backward(
        params, outputs, grad_output, activations, masks, extra
    )
    if settings["contraction"].any():
        for layer, grad in enumerate(apart_gradients.contraction(params, outputs[1])[1:]):
            grads[0][layer] = grads[0][layer] + settings["contraction"] * grad
    return grads


def train(
    params,
    x,
    target,
    rows,
    *,
    activations,
    loss,
    n_steps,
    batch_size=32,
    learning_rate=5e-3,
    remedies=None,
    change=None,
    watch=None,
    every=20,
    seed=0,
):
    """Train every member on its own examples with Adam; the rate falls to zero.

    The learning rate of step t of n is ``learning_rate (1 + cos(pi t / n)) / 2``.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: All examples, (n_all, n_in), from which members have theirs.
        target: What is wanted, (n_all, n_out), or labels, (n_all,).
        rows: For each member the numbers of its examples, of any length.
        activations: One name for each layer.
        loss: "mse" or "cross_entropy".
        n_steps: Updates of every member.
        batch_size: Examples in an update.
        learning_rate: Of Adam, at the start.
        remedies: A `Remedies`; None for none.
        change: A function of (params, x, target) that gives other inputs to train on.
        watch: Optional function of params: a number for each member that should be low.
        every: Updates between two looks at `watch`.
        seed: Draws the order of the examples, the noise and the masks.

    Returns:
        last: (weights, biases) after the last step.
        best: Those of each member's lowest `watch`; the last ones if nothing is watched.

    Raises:
        ValueError: Before training, if a count is below 1, a row does not exist or is
            missing, or a remedy is out of its range.
    """
    checks.check_counts(n_steps=n_steps, batch_size=batch_size, every=every)
    n_members = len(params[0][0])
    if len(rows) != n_members or not all(len(r) for r in rows):
        raise ValueError(f"rows must name examples for {n_members} members; got {rows}")
    x, target = checks.checked_data("x", x, params[0][0].shape[1]), np.asarray(target)
    checks.check_same_rows("target", target, "x", x)
    settings = (remedies or Remedies()).per_member(n_members)
    rng, state, best = np.random.default_rng(seed), None, _Lowest(params)
    order = np.stack([draw(r, n_steps * batch_size, rng) for r in rows])
    with one_thread():
        for step in range(n_steps):
            batch = order[:, step * batch_size : (step + 1) * batch_size]
            inputs, wanted = x[batch], target[batch]
            if change is not None:
                inputs = change(params, inputs, wanted)
            task = (settings, activations, loss, rng)
            grads = _gradients(params, inputs, wanted, *task)
            rate = learning_rate * 0.5 * (1.0 + np.cos(np.pi * step / n_steps))
            if settings["decay"].any():
                params = (
                    [w * (1.0 - rate * settings["decay"]) for w in params[0]],
                    params[1],
                )
            params, state = optimizers.adam(params, grads, state, rate)
            if watch is not None and ((step + 1) % every == 0 or step + 1 == n_steps):
                best.look(params, watch(params))
    return params, params if watch is None else best.params


class _Lowest:
    """Remember each member's parameters where its watched number was lowest."""

    def __init__(self, params):
        self.params = tuple([array.copy() for array in part] for part in params)
        self._lowest = np.full(len(params[0][0]), np.inf)

    def look(self, params, watched):
        better = watched < self._lowest
        self._lowest[better] = watched[better]
        for kept, part in zip(self.params, params, strict=True):
            for array, new in zip(kept, part, strict=True):
                array[better] = new[better]


def errors(params, x):
    """Mean squared error of every autoencoder's reconstruction of every x, (S, n)."""
    with one_thread():
        return np.mean((forward(params, x, AUTOENCODER)[-1] - x) ** 2, axis=-1)


def accuracies(params, x, labels, activations=CLASSIFIER):
    """Share of right answers of every classifier, (n_members,)."""
    with one_thread():
        answers = forward(params, x, activations)[-1].argmax(axis=-1)
    return np.mean(answers == labels, axis=-1)
