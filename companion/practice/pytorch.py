"""The dense autoencoder in PyTorch, and the bridge to the same model in Keras.

PyTorch is optional: this module alone imports it, and no Keras is needed here. Weights
travel as the list ``[kernel, bias, kernel, bias, ...]`` that a Keras model returns from
``get_weights()``. A Keras kernel is ``(n_in, n_out)`` and computes ``x @ kernel + bias``;
`torch.nn.Linear` stores ``(n_out, n_in)`` and computes ``x @ weight.T + bias``.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from companion.networks.checks import check_counts, checked_data
from companion.networks.mlp import draw_batches


class TorchAutoencoder(nn.Module):
    """Dense autoencoder D-H-K-H-D: tanh hidden layers, linear code, sigmoid output.

    Args:
        n_features: D, the length of an example, at least 1.
        latent_dim: K, the number of code units, at least 1.
        n_hidden: H, the width of the hidden layer on each side, at least 1.

    Shapes:
        x and x_hat are ``(batch, D)``; z is ``(batch, K)``.

    Raises:
        ValueError: If a size is no integer of at least 1.
    """

    def __init__(self, n_features, latent_dim, n_hidden=64):
        super().__init__()
        check_counts(n_features=n_features, latent_dim=latent_dim, n_hidden=n_hidden)
        self.encoder = nn.Sequential(
            nn.Linear(n_features, n_hidden), nn.Tanh(), nn.Linear(n_hidden, latent_dim)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, n_hidden),
            nn.Tanh(),
            nn.Linear(n_hidden, n_features),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


def linear_layers(module):
    """Return the `torch.nn.Linear` layers of a module, in the order of computation."""
    return [layer for layer in module.modules() if isinstance(layer, nn.Linear)]


def load_keras_weights(module, arrays):
    """Copy Keras weights into a module, in place; every kernel is transposed.

    Args:
        module: A module whose `torch.nn.Linear` layers all have a bias.
        arrays: ``[kernel, bias, ...]`` as ``get_weights()`` of a Keras model returns it.

    Raises:
        ValueError: If the number of arrays or a shape does not fit the module.
    """
    layers = linear_layers(module)
    expected = [
        shape
        for layer in layers
        for shape in ((layer.in_features, layer.out_features), (layer.out_features,))
    ]
    found = [np.shape(array) for array in arrays]
    if found != expected:
        raise ValueError(f"arrays must have the shapes {expected}; got {found}")
    with torch.no_grad():
        for layer, kernel, bias in zip(layers, arrays[0::2], arrays[1::2], strict=True):
            layer.weight.copy_(torch.as_tensor(np.array(kernel)).T)
            layer.bias.copy_(torch.as_tensor(np.array(bias)))


def to_keras_weights(module):
    """Copy a module's weights into the list that Keras's ``set_weights()`` expects."""
    return _keras_layout(module, lambda parameter: parameter)


def loss_and_grads(module, x, reduction="mean"):
    """Return the squared error and its gradients on one batch, in Keras's layout.

    Args:
        module: An autoencoder in PyTorch.
        x: Inputs and targets, an array ``(batch, D)``; it is cast to the module's dtype.
        reduction: "mean" over examples and features (Keras's "mse"), or "sum" over both.

    Returns:
        loss: The loss, a float.
        grads: Arrays ``[kernel, bias, ...]``.
    """
    x = as_tensor(module, x)
    module.zero_grad()
    loss = functional.mse_loss(module(x), x, reduction=reduction)
    loss.backward()
    return loss.item(), _keras_layout(module, lambda parameter: parameter.grad)


def training_step(module, optimizer, x):
    """Do one step of training on one batch and return the loss before the step."""
    optimizer.zero_grad()
    loss = functional.mse_loss(module(x), x)
    loss.backward()
    optimizer.step()
    return loss.item()


class AdamWithKerasEpsilon(torch.optim.Adam):
    """Adam with the size and the place of Keras's epsilon, all else as in PyTorch.

    Keras adds epsilon before the mean square is corrected for its start at zero. In
    PyTorch's form of the step that is an epsilon divided by ``sqrt(1 - beta_2**t)``, so
    it is set anew before every step t.

    Args:
        params: The parameters to change.
        lr: Learning rate.
        keras_epsilon: Epsilon as Keras names it.
    """

    def __init__(self, params, lr, keras_epsilon=1e-7):
        super().__init__(params, lr=lr)
        self.keras_epsilon, self.n_steps = keras_epsilon, 0

    def step(self):
        self.n_steps += 1
        for group in self.param_groups:
            unbiased = 1 - group["betas"][1] ** self.n_steps
            group["eps"] = self.keras_epsilon / math.sqrt(unbiased)
        return super().step()


def stretch_to_glorot(module):
    """Stretch a fresh module's weights from PyTorch's limit to Glorot's; zero the biases.

    The limits of the uniform draws are ``1 / sqrt(n_in)`` and
    ``sqrt(6 / (n_in + n_out))``; the random numbers behind the weights stay the same.
    """
    with torch.no_grad():
        for layer in linear_layers(module):
            n_in, n_out = layer.in_features, layer.out_features
            layer.weight *= math.sqrt(6 * n_in / (n_in + n_out))
            layer.bias.zero_()


def fit(module, optimizer, x_train, *, epochs, rng, batch_size=64, step=training_step):
    """Train an autoencoder, in place, on its own input.

    Args:
        module: An autoencoder in PyTorch.
        optimizer: A `torch.optim.Optimizer` that holds the module's parameters.
        x_train: Array ``(n, D)``.
        epochs: Number of passes over the data.
        rng: A `numpy.random.Generator`; it draws the order of the examples.
        batch_size: Examples in a step; the last batch of an epoch may be smaller.
        step: What happens on a batch: a function of module, optimizer and batch that
            returns the loss.

    Returns:
        The mean over its batches of the loss, one number for each epoch.

    Raises:
        ValueError: Before training, if a count is below 1 or not whole, or if `x_train`
            is not ``(n, D)``, not finite, or out of reach of a sigmoid at the end.
    """
    check_counts(epochs=epochs, batch_size=batch_size)
    last = "sigmoid" if isinstance([*module.modules()][-1], nn.Sigmoid) else "linear"
    n_features = linear_layers(module)[0].in_features
    x_train = as_tensor(module, checked_data("x_train", x_train, n_features, last))
    history = []
    module.train()
    for _ in range(epochs):
        batches = draw_batches(len(x_train), batch_size, rng)
        losses = [step(module, optimizer, x_train[rows]) for rows in batches]
        history.append(float(np.mean(losses)))
    return history


def reconstruct(module, x):
    """Reconstruct an array ``(n, D)`` in evaluation mode, without recording gradients."""
    module.eval()
    with torch.no_grad():
        return module(as_tensor(module, x)).numpy()


def as_tensor(module, x):
    """Turn an array into a tensor of the module's dtype."""
    return torch.as_tensor(np.asarray(x), dtype=next(module.parameters()).dtype)


def _keras_layout(module, read):
    return [
        array
        for layer in linear_layers(module)
        for array in (
            read(layer.weight).detach().numpy().T.copy(),
            read(layer.bias).detach().numpy().copy(),
        )
    ]
