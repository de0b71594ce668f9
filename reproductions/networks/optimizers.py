"""Optimizers and initial weights beside those of Keras and PyTorch.

Every optimizer gets the same 100 gradients on both sides, in 64 bits. Keras keeps learning
rates in 32 bits, so the settings here are numbers that 32 bits hold exactly.
"""

import keras
import numpy as np
import torch

import companion  # noqa: F401  (its settings come before Keras)
from companion.networks import initializers, mlp, optimizers
from companion.networks.parameters import leaves, map_arrays
from reproductions.networks.parity import Parity, largest_difference

RATE, MU, RHO, BETA_1, BETA_2 = 2**-7, 0.875, 0.9375, 0.875, 1 - 2**-10
N_STEPS = 100
SETTINGS = {
    "gradient descent": {},
    "momentum": {"momentum": MU},
    "nesterov": {"momentum": MU},
    "rmsprop": {"rho": RHO},
    "adam": {"beta_1": BETA_1, "beta_2": BETA_2},
}
KERAS = {
    "gradient descent": lambda: keras.optimizers.SGD(RATE),
    "momentum": lambda: keras.optimizers.SGD(RATE, momentum=MU),
    "nesterov": lambda: keras.optimizers.SGD(RATE, momentum=MU, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(RATE, rho=RHO, epsilon=2**-23),
    "adam": lambda: keras.optimizers.Adam(RATE, BETA_1, BETA_2, epsilon=2**-23),
}
TORCH = {
    "gradient descent": lambda p: torch.optim.SGD(p, RATE),
    "momentum": lambda p: torch.optim.SGD(p, RATE, momentum=MU),
    "nesterov": lambda p: torch.optim.SGD(p, RATE, momentum=MU, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, RATE, alpha=RHO, eps=0.0),
    "adam": lambda p: torch.optim.Adam(p, RATE, betas=(BETA_1, BETA_2), eps=0.0),
}
TORCH_NAMES = {"rmsprop": "RMSprop", "adam": "Adam"}
KERAS_NAMES = {
    "gradient descent": "SGD",
    "momentum": "SGD, momentum",
    "nesterov": "SGD, nesterov",
    **TORCH_NAMES,
}


def problem(seed=0):
    """Parameters of a small network, and 100 random gradients for them.

    Args:
        seed: Seed of both.

    Returns:
        params: (weights, biases).
        gradients: A list of 100 structures like `params`; their sizes differ a
            thousandfold from array to array and drift from step to step.
    """
    rng = np.random.default_rng(seed)
    params = mlp.init([4, 3, 4], rng)
    scale = map_arrays(lambda w: np.full(w.shape, 10.0 ** rng.uniform(-2, 1)), params)

    def noisy(drift):
        return map_arrays(lambda s: s * (drift + rng.normal(size=s.shape)), scale)

    return params, [noisy(np.sin(0.1 * step)) for step in range(N_STEPS)]


def ours(name, params, gradients, **more):
    """Parameters after all steps of one of the course's optimizers, as a list."""
    step, state = optimizers.find(name), None
    for grads in gradients:
        params, state = step(params, grads, state, RATE, **SETTINGS[name], **more)
    return leaves(params)


def keras_steps(name, params, gradients):
    """Parameters after all steps of the optimizer of Keras, as a list."""
    variables = [keras.Variable(array, dtype="float64") for array in leaves(params)]
    reference = KERAS[name]()
    for grads in gradients:
        tensors = [keras.ops.convert_to_tensor(g) for g in leaves(grads)]
        reference.apply(tensors, variables)
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def torch_steps(name, params, gradients):
    """Parameters after all steps of the optimizer of PyTorch, as a list."""
    tensors = [torch.tensor(array, requires_grad=True) for array in leaves(params)]
    reference = TORCH[name](tensors)
    for grads in gradients:
        for tensor, grad in zip(tensors, leaves(grads), strict=True):
            tensor.grad = torch.tensor(grad)
        reference.step()
    return [tensor.detach().numpy() for tensor in tensors]


def _steps():
    params, gradients = problem()
    pieces = []
    for name in SETTINGS:
        piece = f"optimizers.{name.replace(' ', '_')}"
        eps = {"eps": 2**-23} if name in TORCH_NAMES else {}
        found = ours(name, params, gradients, **eps)
        difference = largest_difference(found, keras_steps(name, params, gradients))
        twin = f"keras.optimizers.{KERAS_NAMES[name]}"
        pieces.append(
            Parity(piece, twin, "weights after 100 steps, float64", difference, 1e-12)
        )
        no_eps = {"eps": 0.0} if name in TORCH_NAMES else {}
        found = ours(name, params, gradients, **no_eps)
        difference = largest_difference(found, torch_steps(name, params, gradients))
        compared = "weights after 100 steps, float64" + (", epsilon 0" if no_eps else "")
        twin = f"torch.optim.{KERAS_NAMES[name]}"
        pieces.append(Parity(piece, twin, compared, difference, 1e-12))
    return pieces


def _draws():
    """Variances and limits of Keras's draws, relative to the closed forms."""
    n_in, n_out = 900, 500
    pieces = []
    for scheme, name in {"lecun": "Lecun", "glorot": "Glorot", "he": "He"}.items():
        variance = initializers.weight_variance(scheme, n_in, n_out)
        for form in ("Normal", "Uniform"):
            twin = f"keras.initializers.{name}{form}"
            drawn = getattr(keras.initializers, name + form)(seed=0)((n_in, n_out))
            found = float(np.var(keras.ops.convert_to_numpy(drawn), dtype=float))
            # 450 000 draws give a variance to 0.2 percent.
            compared = "variance of 450 000 weights, relative"
            error = abs(found / variance - 1)
            pieces.append(Parity("initializers.draw", twin, compared, error, 0.01))
        limit = initializers.uniform_limit(scheme, n_in, n_out)
        largest = float(np.max(np.abs(keras.ops.convert_to_numpy(drawn))))
        compared = "largest of 450 000 weights, relative"
        piece = "initializers.uniform_limit"
        pieces.append(Parity(piece, twin, compared, abs(largest / limit - 1), 1e-4))
    return pieces


def _orthogonal():
    rng = np.random.default_rng(0)
    found = initializers.draw("orthogonal", 30, 20, rng)
    drawn = keras.ops.convert_to_numpy(keras.initializers.Orthogonal(seed=0)((30, 20)))
    pairs = [np.linalg.svd(w, compute_uv=False) for w in (found, drawn)]
    difference = largest_difference([pairs[0]], [pairs[1]])
    twin, compared = "keras.initializers.Orthogonal", "singular values, float32"
    return [Parity("initializers.draw_orthogonal", twin, compared, difference, 1e-5)]


def parities():
    """Compare every optimizer and every way to draw weights with its twins.

    Returns:
        A list of `Parity`.
    """
    return _steps() + _draws() + _orthogonal()
