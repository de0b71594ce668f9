"""Losses, dropout and penalties in NumPy beside those of Keras."""

import keras
import numpy as np
from keras import ops

from companion.networks import (
    classifier,
    dropout,
    losses,
    many_classifiers,
    optimizers,
    penalties,
    stacked,
)
from companion.networks.parameters import leaves
from reproductions.networks.parity import Parity, largest_difference

ACTIVATIONS = ["relu", "linear"]
N_STEPS = 100


def _model(seed=3, **settings):
    settings = {"hidden": (32,), "rate": 0.2, "seed": seed} | settings
    return classifier.dropout_classifier((8, 8, 1), **settings)


def _batch(rng, n=50):
    return rng.uniform(size=(n, 8, 8, 1)).astype("float32"), rng.integers(0, 10, size=n)


def _in_keras_order(params):
    return [array for pair in zip(*params, strict=True) for array in pair]


def losses_differences():
    """Softmax and cross-entropy on logits up to 1e4."""
    rng = np.random.default_rng(0)
    logits = (rng.normal(size=(60, 10)) * 10.0 ** rng.integers(-1, 5, (60, 1))).astype("f4")
    labels = rng.integers(0, 10, size=60)
    values = classifier.cross_entropy()(labels, logits)
    ours, _ = losses.cross_entropy(logits, labels)
    return (
        largest_difference(
            [losses.softmax(logits)], [ops.convert_to_numpy(ops.softmax(logits))]
        ),
        abs(ours / float(values) - 1),
    )


def one_batch():
    """Loss and gradients of one training call, under the masks of Keras.

    The gradients come through an optimizer that only subtracts them, so that no backend
    has to be asked.
    """
    rng = np.random.default_rng(1)
    x, labels = _batch(rng)
    model = _model()
    before, masks = classifier.parameters(model), classifier.draw_masks(model, len(x))

    twin = _model()
    twin.compile(keras.optimizers.SGD(1.0), classifier.cross_entropy())
    value = twin.train_on_batch(x, labels)
    after = classifier.parameters(twin)
    theirs = [a - b for a, b in zip(leaves(before), leaves(after), strict=True)]

    flat = x.reshape(len(x), -1)
    ours, grads = dropout.loss_and_grads(before, flat, labels, masks, ACTIVATIONS)
    return (
        abs(ours - float(value)),
        largest_difference(leaves(grads), theirs),
    )


def many_steps():
    """100 steps of Adam with dropout and both penalties, under the same masks."""
    rng = np.random.default_rng(2)
    x, labels = _batch(rng, N_STEPS * 20)
    batches = np.split(np.arange(len(x)), N_STEPS)
    l1, l2 = 1e-4, 1e-3
    model, twin = _model(l1=l1, l2=l2), _model(l1=l1, l2=l2)
    masks = [classifier.draw_masks(model, 20) for _ in batches]
    params, state = classifier.parameters(model), None
    twin.compile(keras.optimizers.Adam(1e-3), classifier.cross_entropy())
    for rows, mask in zip(batches, masks, strict=True):
        twin.train_on_batch(x[rows], labels[rows])
        flat = x[rows].reshape(len(rows), -1)
        _, grads = dropout.loss_and_grads(params, flat, labels[rows], mask, ACTIVATIONS)
        extra = penalties.l1(params, l1)[1][0], penalties.l2(params, l2)[1][0]
        grads = [sum(three) for three in zip(grads[0], *extra, strict=True)], grads[1]
        params, state = optimizers.adam(params, grads, state, 1e-3)
    return largest_difference(leaves(params), leaves(classifier.parameters(twin)))


def penalty_differences():
    """L1 and L2 values on random weights; `many_steps` compares the gradients of both."""
    rng = np.random.default_rng(3)
    params = [rng.normal(size=(40, 30)).astype("f4")], [np.zeros(30, "f4")]
    found = []
    for ours, theirs in ((penalties.l1, keras.regularizers.L1),
                         (penalties.l2, keras.regularizers.L2)):  # fmt: skip
        value = float(theirs(0.01)(params[0][0]))
        found.append(abs(ours(params, 0.01)[0] / value - 1))
    return max(found)


def decay_steps():
    """100 steps of AdamW on given gradients; the biases do not decay."""
    rng = np.random.default_rng(4)
    params = [rng.normal(size=(6, 5)).astype("f4")], [rng.normal(size=5).astype("f4")]
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    variables = [keras.Variable(params[0][0], name="kernel")]
    variables.append(keras.Variable(params[1][0], name="bias"))
    step, state = penalties.with_decay(optimizers.adam, 0.1), None
    for _ in range(N_STEPS):
        grads = [rng.normal(size=(6, 5)).astype("f4")], [rng.normal(size=5).astype("f4")]
        params, state = step(params, grads, state, 0.01)
        optimizer.apply([ops.convert_to_tensor(g) for g in leaves(grads)], variables)
    return largest_difference(
        leaves(params), [ops.convert_to_numpy(v.value) for v in variables]
    )


def side_by_side():
    """Answers of an ensemble's member beside those of a model with its weights."""
    params = stacked.init([64, 32, 10], seeds=[5, 6])
    x, _ = _batch(np.random.default_rng(5))
    model = _model()
    model.set_weights(_in_keras_order(stacked.member(params, 1)))
    logits = many_classifiers.forward(params, x.reshape(len(x), -1))[-1][1]
    return largest_difference([logits], [ops.convert_to_numpy(model(x))])


def parities():
    """Every comparison of the chapter on regularization, computed when called."""
    softmax, cross_entropy = losses_differences()
    loss, gradients = one_batch()
    twin = "keras.Sequential with Dropout"
    return [
        Parity(
            "losses.softmax",
            "keras.ops.softmax",
            "probabilities, logits up to 1e4, float32",
            softmax,
            1e-6,
        ),
        Parity(
            "losses.cross_entropy",
            "keras.losses.SparseCategoricalCrossentropy",
            "relative difference, logits up to 1e4, float32",
            cross_entropy,
            1e-6,
        ),
        Parity("dropout.loss_and_grads", twin, "loss, same masks, float32", loss, 1e-6),
        Parity(
            "dropout.loss_and_grads",
            twin,
            "gradients, same masks, float32",
            gradients,
            1e-6,
        ),
        Parity(
            "dropout.loss_and_grads",
            twin,
            "weights after 100 steps of Adam with L1 and L2, same masks, float32",
            many_steps(),
            2e-5,
        ),
        Parity(
            "penalties.l1, penalties.l2",
            "keras.regularizers.L1, L2",
            "relative difference of the values, float32",
            penalty_differences(),
            1e-6,
        ),
        Parity(
            "penalties.with_decay",
            "keras.optimizers.AdamW",
            "weights after 100 steps, float32",
            decay_steps(),
            1e-5,
        ),
        Parity(
            "many_classifiers.forward",
            "keras.Sequential",
            "logits of one member, float32",
            side_by_side(),
            1e-5,
        ),
    ]
