"""Backpropagation and other ways back, beside the automatic gradients of two frameworks."""

import numpy as np

from companion.networks import feedback_alignment, gradient_statistics, losses, mlp
from companion.networks.parameters import leaves
from reproductions.networks.parity import Parity, largest_difference

SIZES = [5, 7, 6, 4]
NETWORKS = [
    (["relu", "tanh", "linear"], losses.mse),
    (["tanh", "sigmoid", "sigmoid"], losses.mse),
    (["sigmoid", "relu", "linear"], losses.cross_entropy),
    (["tanh", "tanh", "linear"], losses.cross_entropy),
]


def batch(seed, loss):
    """Draw a network with biases, inputs, and targets that the loss can take."""
    rng = np.random.default_rng(seed)
    weights, biases = mlp.init(SIZES, rng)
    params = weights, [rng.normal(size=b.shape) for b in biases]
    x = rng.normal(size=(6, SIZES[0]))
    if loss is losses.cross_entropy:
        return params, x, rng.integers(SIZES[-1], size=6)
    return params, x, rng.normal(size=(6, SIZES[-1]))


def keras_gradients(params, x, target, activations, loss):
    """Gradients of Keras's layers and loss by TensorFlow's tape, in float32."""
    import keras
    import tensorflow as tf

    dense = zip(params[0], activations, strict=True)
    stack = [keras.layers.Dense(w.shape[1], name) for w, name in dense]
    model = keras.Sequential([keras.Input((x.shape[1],)), *stack])
    model.set_weights([a for pair in zip(*params, strict=True) for a in pair])
    keras_loss = keras.losses.MeanSquaredError()
    if loss is losses.cross_entropy:
        keras_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        value = keras_loss(target, model(x.astype("float32")))
    grads = tape.gradient(value, model.trainable_variables)
    return [grads[0::2], grads[1::2]]


def _torch_loss(output, target, loss):
    import torch

    if loss is losses.cross_entropy:
        return torch.nn.functional.cross_entropy(output, torch.tensor(target))
    return torch.nn.functional.mse_loss(output, torch.tensor(target))


def _torch_function(name):
    import torch

    known = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    return (known | {"linear": lambda s: s})[name]


def torch_gradients(params, x, target, activations, loss, feedback=None):
    """Gradients of the same network in PyTorch, in float64.

    With `feedback`, weights as those of `params`, each product of activity and weights is
    replaced by one with the same value and the same gradient by the weights, whose
    gradient by the activity uses the other weights: feedback alignment, left to autograd.
    """
    import torch

    weights, biases = ([torch.tensor(a, requires_grad=True) for a in p] for p in params)
    back = weights if feedback is None else [torch.tensor(f) for f in feedback[0]]
    a = torch.tensor(x)
    for w, b, f, name in zip(weights, biases, back, activations, strict=True):
        other = a @ f.detach()
        s = a.detach() @ w + b + other - other.detach()
        a = _torch_function(name)(s)
    _torch_loss(a, target, loss).backward()
    return [[a.grad for a in weights], [a.grad for a in biases]]


def torch_direct(params, x, target, activations, loss, feedback):
    """Direct feedback alignment in PyTorch: one local objective for each hidden layer."""
    import torch

    weights, biases = ([torch.tensor(a, requires_grad=True) for a in p] for p in params)
    a, hidden = torch.tensor(x), []
    for w, b, name in zip(weights, biases, activations, strict=True):
        s = a.detach() @ w + b
        a = _torch_function(name)(s)
        hidden.append(a)
    value = _torch_loss(a, target, loss)
    (error,) = torch.autograd.grad(value, s, retain_graph=True)
    pairs = zip(hidden[:-1], feedback, strict=True)
    local = [(a * (error @ torch.tensor(b))).sum() for a, b in pairs]
    (value + sum(local)).backward()
    return [[a.grad for a in weights], [a.grad for a in biases]]


def torch_per_example(params, x, target, activations, loss):
    """Gradients of single examples by PyTorch, stacked."""
    single = [
        leaves(torch_gradients(params, x[i : i + 1], target[i : i + 1], activations, loss))
        for i in range(len(x))
    ]
    return [np.stack(arrays) for arrays in zip(*single, strict=True)]


def _largest(ours, theirs):
    return max(
        largest_difference(leaves(ours(*case)), leaves(theirs(*case))) for case in cases()
    )


def cases():
    """The arguments of `mlp.loss_and_grads` for each of `NETWORKS`."""
    for seed, (activations, loss) in enumerate(NETWORKS):
        yield *batch(seed, loss), activations, loss


def _ours(params, x, target, activations, loss):
    return mlp.loss_and_grads(params, x, target, activations, loss)[1]


def _fixed(draw, params):
    return draw(params, np.random.default_rng(9))


def parities():
    """Gradients of four networks with both losses, and three other ways back."""
    back, stats = feedback_alignment, gradient_statistics
    aligned = _largest(
        lambda p, *c: back.gradients(p, _fixed(back.draw, p), *c)[1],
        lambda p, *c: torch_gradients(p, *c, _fixed(back.draw, p)),
    )
    direct = _largest(
        lambda p, *c: back.direct_gradients(p, _fixed(back.draw_direct, p), *c)[1],
        lambda p, *c: torch_direct(p, *c, _fixed(back.draw_direct, p)),
    )
    keras, torch = _largest(_ours, keras_gradients), _largest(_ours, torch_gradients)
    single = _largest(stats.per_example, torch_per_example)
    both, f64 = "gradients, four networks, two losses", ", float64"
    return [
        Parity(
            "mlp.backward",
            "keras.layers.Dense, tensorflow.GradientTape",
            both + ", float32",
            keras,
            1e-6,
        ),
        Parity("mlp.backward", "torch.Tensor.backward", both + f64, torch, 1e-12),
        Parity(
            "gradient_statistics.per_example",
            "torch.Tensor.backward, one example at a time",
            both + f64,
            single,
            1e-12,
        ),
        Parity(
            "feedback_alignment.gradients",
            "torch.Tensor.backward, other weights for the activity's gradient",
            "steps, four networks, two losses" + f64,
            aligned,
            1e-12,
        ),
        Parity(
            "feedback_alignment.direct_gradients",
            "torch.autograd.grad, one local objective for each layer",
            "steps, four networks, two losses" + f64,
            direct,
            1e-12,
        ),
    ]
