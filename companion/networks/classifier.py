"""A dropout classifier in Keras, and what its twin in NumPy needs from it.

The network flattens an image, passes it through dense ReLU layers, each followed by
dropout, and ends in one *logit* for each class::

    Input -> Flatten -> Dense(128, relu) -> Dropout(0.2) -> Dense(n_classes)

`Flatten` only reshapes; it has no weights and is not the input layer. The probabilities
are the softmax of the logits. They are left to the loss, which computes both together
without overflow.
"""

import keras
import numpy as np
from keras import layers, ops

from companion.networks.checks import check_counts


def dropout_classifier(
    input_shape, n_classes=10, hidden=(128,), rate=0.2, l1=0.0, l2=0.0, seed=0
):
    """Build the classifier.

    Args:
        input_shape: Shape of one example, (height, width, channels) or (n_features,).
        n_classes: Number of classes, at least 2.
        hidden: Widths of the hidden layers.
        rate: Share of the hidden units that dropout silences, at least 0 and below 1.
        l1: Strength of a penalty ``l1 * sum of |w|`` on every kernel.
        l2: Strength of a penalty ``l2 * sum of w**2`` on every kernel.
        seed: Seed of the initial weights (Glorot uniform; biases zero) and of the masks.

    Returns:
        A built `keras.Sequential`, from examples in a batch to logits (batch, n_classes).

    Raises:
        ValueError: If a size is no integer of at least 1, there are fewer than two
            classes, or `rate`, `l1` or `l2` makes no sense.

    Source:
        Srivastava et al. (2014), J. Mach. Learn. Res. 15:1929.
    """
    widths = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
    check_counts(n_classes=n_classes, **widths)
    if n_classes < 2:
        raise ValueError(f"n_classes must be at least 2; got {n_classes}")
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate!r}")
    if not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"l1 and l2 must not be negative; got {l1!r} and {l2!r}")

    def dense(width, activation, i):
        penalty = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
        return layers.Dense(
            int(width),
            activation,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed + i),
            kernel_regularizer=penalty,
        )

    model = keras.Sequential([keras.Input(tuple(input_shape)), layers.Flatten()])
    for i, width in enumerate(hidden):
        model.add(dense(width, "relu", i))
        model.add(layers.Dropout(rate, seed=seed + 100 + i))
    model.add(dense(n_classes, None, len(hidden)))
    return model


def cross_entropy():
    """The loss of the classifier: sparse categorical cross-entropy, from logits."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def parameters(model):
    """The kernels and biases of a model of dense layers, in the form of NumPy networks.

    Returns:
        params: (weights, biases), float32.
    """
    arrays = [ops.convert_to_numpy(v.value) for v in model.trainable_variables]
    return arrays[::2], arrays[1::2]


def draw_masks(model, n_rows):
    """Draw the masks of the model's dropout layers, as its next training call would.

    The factors are what dropout makes of ones: 0 or 1 / (1 - rate). Drawing moves the
    generators of the layers on.

    Args:
        model: A model of `dropout_classifier`.
        n_rows: Examples in the batch.

    Returns:
        One array (n_rows, n_units) for each hidden layer.
    """
    masks, width = [], None
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            ones = ops.ones((n_rows, width))
            masks.append(ops.convert_to_numpy(layer(ones, training=True)))
        elif isinstance(layer, layers.Dense):
            width = layer.units
    return masks


def accuracy(model, x, labels, batch_size=1024):
    """Share of examples whose largest logit stands at the right class, dropout off.

    Args:
        model: Any Keras classifier, (batch, ...) to (batch, n_classes).
        x: Inputs.
        labels: Right classes, (n,).
        batch_size: Examples at a time.

    Returns:
        A number from 0 to 1.
    """
    starts = range(0, len(x), batch_size)
    logits = [ops.convert_to_numpy(model(x[s : s + batch_size])) for s in starts]
    return float(np.mean(np.concatenate(logits).argmax(axis=1) == labels))
