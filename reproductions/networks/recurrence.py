"""The recurrent layers beside those of Keras and PyTorch."""

import numpy as np

from companion.networks import gru, lstm, recurrent
from companion.networks.parameters import leaves, map_arrays
from reproductions.networks.parity import Parity, largest_difference

SEED, BATCH, N_STEPS, N_FEATURES, N_HIDDEN = 11, 4, 12, 3, 5
KERAS = {recurrent: "SimpleRNN", lstm: "LSTM", gru: "GRU"}
TORCH = {recurrent: "RNN", lstm: "LSTM", gru: "GRU"}


def random_layer(cell):
    """A layer whose biases are drawn too, and sequences for it."""
    rng = np.random.default_rng(SEED)
    params = cell.init(N_FEATURES, N_HIDDEN, rng)
    params = map_arrays(lambda p: p + 0.3 * rng.normal(size=p.shape), params)
    return params, rng.normal(size=(BATCH, N_STEPS, N_FEATURES)), rng


def keras_weights(params):
    """The arrays as the Keras layer takes them; only its GRU keeps two biases in one."""
    w_x, w_h, *biases = params
    return [w_x, w_h, np.stack(biases) if len(biases) == 2 else biases[0]]


def keras_layer(cell, params):
    """The Keras layer of the same name, in float32, with the same weights."""
    import keras

    layer = getattr(keras.layers, KERAS[cell])(N_HIDDEN, return_sequences=True)
    layer.build((None, N_STEPS, N_FEATURES))
    layer.set_weights(keras_weights(params))
    return layer


def forward_difference(cell):
    """Largest difference of the states from those of the Keras layer."""
    params, x, _ = random_layer(cell)
    h, _ = cell.forward(params, x)
    theirs = keras_layer(cell, params)(x.astype(np.float32))
    return largest_difference([h], [np.asarray(theirs)])


def step_difference(cell):
    """Largest difference of one step from the Keras cell, from a random state."""
    params, x, rng = random_layer(cell)
    before = [rng.normal(size=(BATCH, N_HIDDEN)) for _ in range(1 + (cell is lstm))]
    ours = cell.step(params, x[:, 0], *before)
    h = ours if cell is recurrent else ours[-1]
    before = [b.astype(np.float32) for b in before]
    theirs, _ = keras_layer(cell, params).cell(x[:, 0].astype(np.float32), before)
    return largest_difference([h], [np.asarray(theirs)])


def _torch_order(array):
    """Blocks u, r, n of Keras's GRU as PyTorch's r, u, n; others as they are."""
    blocks = np.split(array, array.shape[-1] // N_HIDDEN, axis=-1)
    if len(blocks) == 3:
        blocks = [blocks[1], blocks[0], blocks[2]]
    return np.concatenate(blocks, axis=-1)


def torch_run(cell):
    """States and gradients of the PyTorch layer in float64, in our order and shapes.

    Returns:
        h: The states.
        grads: Gradients of ``sum(h * weights)`` by the parameters and by x.
        weights: The random numbers that the states were multiplied by.
    """
    import torch

    params, x, rng = random_layer(cell)
    layer = getattr(torch.nn, TORCH[cell])(
        N_FEATURES, N_HIDDEN, batch_first=True, dtype=torch.float64
    )
    w_x, w_h, *biases = map(_torch_order, params)
    if len(biases) == 1:
        biases.append(np.zeros_like(biases[0]))
    with torch.no_grad():
        for weight, array in zip(layer.parameters(), [w_x.T, w_h.T, *biases], strict=True):
            weight.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    weights = rng.normal(size=(BATCH, N_STEPS, N_HIDDEN))
    inputs = torch.tensor(x, requires_grad=True)
    h, _ = layer(inputs)
    (h * torch.from_numpy(weights)).sum().backward()
    g_x, g_h, *g_biases = (p.grad.numpy() for p in layer.parameters())
    grads = [g_x.T, g_h.T, *g_biases[: len(params) - 2]]
    grads = [_torch_order(g) for g in grads]
    return h.detach().numpy(), [*grads, inputs.grad.numpy()], weights


def torch_differences(cell):
    """Largest differences from PyTorch: of the states, and of the gradients."""
    theirs, their_grads, weights = torch_run(cell)
    params, x, _ = random_layer(cell)
    h, trace = cell.forward(params, x)
    grads, grad_x = cell.backward(params, x, trace, weights)
    ours = [*leaves(grads), grad_x]
    return largest_difference([h], [theirs]), largest_difference(ours, their_grads)


def parities():
    """Measure all comparisons of this chapter.

    Returns:
        A list of `reproductions.networks.parity.Parity`.
    """
    found = []
    for cell in (recurrent, lstm, gru):
        name = cell.__name__.rpartition(".")[2]
        keras_name, torch_name = f"keras.layers.{KERAS[cell]}", f"torch.nn.{TORCH[cell]}"
        steps = f"states of {N_STEPS} steps"
        states, grads = torch_differences(cell)
        found += [
            Parity(f"{name}.step", f"{keras_name}Cell", "one step, float32",
                   step_difference(cell), 1e-6),
            Parity(f"{name}.forward", keras_name, f"{steps}, float32",
                   forward_difference(cell), 1e-5),
            Parity(f"{name}.forward", torch_name, f"{steps}, float64", states, 1e-12),
            Parity(f"{name}.backward", torch_name,
                   "gradients of all parameters and of the input, float64", grads, 1e-12),
        ]  # fmt: skip
    return found
