"""Many small classifiers of one shape, trained side by side in NumPy, float64.

One run of a training says little about a method. So the members of an ensemble, with data,
initial weights and settings of their own, are stacked along a first axis and take their
steps together. For member m and layer l, with dropout masks d (ones without dropout)::

    c_0 = x[m],    c_l = relu(c_(l-1) @ W_l[m] + b_l[m]) * d_l[m],    logits = c_L

where the last layer has neither ReLU nor mask. Each member minimizes its own cross-entropy
plus its own penalties of `companion.networks.penalties`. The members never see one another.
"""

from dataclasses import dataclass

import numpy as np

from companion.networks import checks, losses, mlp, optimizers


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Args:
        last: (weights, biases) after the last epoch.
        best: (weights, biases) of the epoch with each member's lowest loss on the first
            watched set; the last ones where nothing is watched.
        epochs: Numbers of the epochs after which the sets were measured, (n_measured,).
        loss: Cross-entropy of each watched set, (n_measured, n_sets, n_members).
        accuracy: Likewise the share of right answers.
    """

    last: tuple
    best: tuple
    epochs: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray


def forward(params, x, masks=None):
    """What every layer passes on; the last entry holds the logits.

    Args:
        params: (weights, biases) of `companion.networks.stacked.init`.
        x: Inputs, (n_members, n, n_in), or (n, n_in) for all members alike.
        masks: One factor for each hidden layer, (n_members, n, n_units), or None.

    Returns:
        outputs: List; outputs[0] is x, outputs[-1] is (n_members, n, n_classes).
    """
    outputs = [x]
    for layer, (kernel, bias) in enumerate(zip(*params, strict=True)):
        a = outputs[-1] @ kernel + bias
        if layer < len(params[0]) - 1:
            np.maximum(a, 0.0, out=a)
            if masks is not None:
                a *= masks[layer]
        outputs.append(a)
    return outputs


def measure(params, x, labels):
    """Loss and accuracy of every member, without dropout and without penalties.

    Args:
        params: (weights, biases).
        x: As in `forward`.
        labels: Right classes, (n_members, n) or (n,).

    Returns:
        loss: Cross-entropy in nats, (n_members,).
        accuracy: Share of right answers, (n_members,).
    """
    logits = forward(params, x)[-1]
    labels = np.broadcast_to(labels, logits.shape[:2])
    log_p = np.take_along_axis(losses.log_softmax(logits), labels[..., None], axis=2)
    return -log_p[..., 0].mean(axis=1), (logits.argmax(axis=2) == labels).mean(axis=1)


def gradients(params, x, labels, masks=None):
    """Gradients of every member's own mean cross-entropy, by backpropagation.

    Args:
        params: (weights, biases).
        x: Inputs, (n_members, n, n_in).
        labels: Right classes, (n_members, n).
        masks: As in `forward`.

    Returns:
        grads: (grad_weights, grad_biases), shaped as `params`.
    """
    weights, _ = params
    outputs = forward(params, x, masks)
    delta = losses.softmax(outputs[-1])
    np.put_along_axis(
        delta,
        labels[..., None],
        np.take_along_axis(delta, labels[..., None], axis=2) - 1.0,
        axis=2,
    )
    delta /= labels.shape[1]
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(weights))):
        grad_weights.append(np.swapaxes(outputs[layer], 1, 2) @ delta)
        grad_biases.append(delta.sum(axis=1, keepdims=True))
        if layer > 0:
            delta = delta @ np.swapaxes(weights[layer], 1, 2)
            delta *= outputs[layer] > 0  # a silenced unit passes on zero
            if masks is not None:
                delta *= masks[layer - 1]
    return grad_weights[::-1], grad_biases[::-1]


def _masks(params, n_rows, rate, rng):
    """Masks for every member at its own rate, or None where nobody drops."""
    if not rate.any():
        return None
    keep, masks = 1.0 - rate, []
    for kernel in params[0][:-1]:
        shape = (len(kernel), n_rows, kernel.shape[2])
        masks.append((rng.random(shape, dtype="float32") < keep) / keep)
    return masks


def _per_member(name, value, n_members):
    value = np.asarray(value, dtype=float)
    if value.shape not in ((), (n_members,)) or not np.isfinite(value).all():
        raise ValueError(f"{name} must be one number or {n_members} of them; got {value}")
    if value.min() < 0 or (name == "rate" and value.max() >= 1):
        raise ValueError(f"{name} must not be negative, and a rate below 1; got {value}")
    return np.broadcast_to(value, (n_members,)).reshape(-1, 1, 1)


def train(
    params,
    x,
    labels,
    *,
    epochs,
    batch_size=32,
    learning_rate=3e-3,
    rate=0.0,
    l1=0.0,
    l2=0.0,
    augment=None,
    watch=(),
    every=1,
    seed=0,
):
    """Train every member on its own examples, with Adam.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Training inputs, (n_members, n, n_in).
        labels: Their classes, (n_members, n).
        epochs: Passes over the examples.
        batch_size: Examples in a step.
        learning_rate: One number, or one for each member; so are the next three.
        rate: Dropout after each hidden layer.
        l1: Strength of the L1 penalty.
        l2: Strength of the L2 penalty.
        augment: A function of a batch of inputs and an rng that changes the inputs.
        watch: Pairs (x, labels) that are measured while training, without dropout.
        every: Epochs between two measurements.
        seed: Draws the order of the examples, the masks and the augmentation.

    Returns:
        A `Trained`.

    Raises:
        ValueError: If a count is below 1, a setting is negative or has another number of
            entries, or the shapes of `x`, `labels` and `params` do not agree.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size, every=every)
    n_members, n_in, _ = params[0][0].shape
    x, labels = np.asarray(x, dtype=float), np.asarray(labels)
    if x.ndim != 3 or x.shape[::2] != (n_members, n_in) or labels.shape != x.shape[:2]:
        raise ValueError(
            f"x must be ({n_members}, n, {n_in}) and labels ({n_members}, n); "
            f"got {x.shape} and {labels.shape}"
        )
    settings = {"learning_rate": learning_rate, "rate": rate, "l1": l1, "l2": l2}
    learning_rate, rate, l1, l2 = (
        _per_member(name, value, n_members) for name, value in settings.items()
    )
    rng, state, best = np.random.default_rng(seed), None, _Best(params)
    for epoch in range(1, epochs + 1):
        for rows in mlp.draw_batches(x.shape[1], batch_size, rng):
            batch = x[:, rows] if augment is None else augment(x[:, rows], rng)
            masks = _masks(params, len(rows), rate, rng)
            grads = gradients(params, batch, labels[:, rows], masks)
            if l1.any() or l2.any():
                pairs = zip(grads[0], params[0], strict=True)
                grads = [g + l1 * np.sign(w) + 2 * l2 * w for g, w in pairs], grads[1]
            params, state = optimizers.adam(params, grads, state, learning_rate)
        if watch and (epoch % every == 0 or epoch == epochs):
            best.look(epoch, params, [measure(params, *pair) for pair in watch])
    return best.trained(params)


class _Best:
    """Remember the measurements, and each member's parameters where they were best."""

    def __init__(self, params):
        self.params = tuple([array.copy() for array in part] for part in params)
        self.lowest = np.full(len(params[0][0]), np.inf)
        self.epochs, self.measured = [], []

    def look(self, epoch, params, measured):
        self.epochs.append(epoch)
        self.measured.append(measured)
        better = measured[0][0] < self.lowest
        self.lowest[better] = measured[0][0][better]
        for kept, part in zip(self.params, params, strict=True):
            for array, new in zip(kept, part, strict=True):
                array[better] = new[better]

    def trained(self, last):
        measured = np.array(self.measured)
        loss, accuracy = (measured[:, :, i] if len(measured) else measured for i in (0, 1))
        best = self.params if self.epochs else last
        return Trained(last, best, np.array(self.epochs), loss, accuracy)
