"""A training loop in PyTorch, with its fused Adam. Images are (n, C, H, W) inside."""

import math

import torch
from torch.nn import functional

from reproductions.bench import BATCH_SIZE, LEARNING_RATE

ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "linear": lambda s: s}
# Keras has kernels (h, w, in, out), PyTorch (out, in, h, w); transposed, both the reverse.
TO_TORCH, TO_KERAS = (3, 2, 0, 1), (2, 3, 1, 0)
# The loops are written for the kernels of 4 by 4 with stride 2 of the reference.
WINDOW = {"stride": 2, "padding": 1}


def channels_first(x):
    """Turn images (n, H, W, C) to (n, C, H, W); leave flat examples."""
    return x.permute(0, 3, 1, 2).contiguous() if x.ndim == 4 else x


def parameters(weights):
    """Turn pairs of kernel and bias into leaves that receive gradients."""
    found = []
    for kernel, bias in weights:
        kernel, bias = torch.tensor(kernel), torch.tensor(bias)
        kernel = kernel.permute(TO_TORCH).contiguous() if kernel.ndim == 4 else kernel
        found.append((kernel.requires_grad_(), bias.requires_grad_()))
    return found


def forward(layers, weights, x):
    """Run the network on a batch."""
    waiting = iter(weights)
    for layer in layers:
        if layer.kind == "reshape":
            x = reshape(x, layer.output_shape)
            continue
        kernel, bias = next(waiting)
        if layer.kind == "dense":
            x = torch.addmm(bias, x, kernel)
        elif layer.kind == "conv":
            x = functional.conv2d(x, kernel, bias, **WINDOW)
        else:
            x = functional.conv_transpose2d(x, kernel, bias, **WINDOW)
        x = ACTIVATIONS[layer.activation](x)
    return x


def reshape(x, shape):
    """Flatten images, or unflatten, with the channels last in the flat order."""
    if len(shape) == 1:
        return x.permute(0, 2, 3, 1).reshape(len(x), *shape)
    return x.reshape(len(x), *shape).permute(0, 3, 1, 2)


def mse(layers, weights, x):
    """Return the mean squared error of a batch."""
    return functional.mse_loss(forward(layers, weights, x), x)


def loss_and_grads(layers, weights, x):
    """Return the mean squared error of a batch and its gradients, pairs as the weights."""
    weights = parameters(weights)
    loss = mse(layers, weights, channels_first(torch.from_numpy(x)))
    loss.backward()
    kernels = [k.grad.permute(TO_KERAS) if k.ndim == 4 else k.grad for k, _ in weights]
    biases = [bias.grad.numpy() for _, bias in weights]
    return loss.item(), list(zip([k.numpy() for k in kernels], biases, strict=True))


def train(layers, weights, x, epochs, after_epoch):
    """Train as `reproductions.bench.loop_numpy.train` does."""
    weights, x = parameters(weights), channels_first(torch.from_numpy(x))
    flat = [w for pair in weights for w in pair]
    optimizer, step = torch.optim.Adam(flat, LEARNING_RATE, fused=True), 0
    for _ in range(epochs):
        total = torch.zeros(())
        batches = torch.randperm(len(x)).split(min(BATCH_SIZE, len(x)))
        for rows in batches:
            loss = mse(layers, weights, x[rows])
            optimizer.zero_grad()
            loss.backward()
            step += 1
            # PyTorch adds epsilon after the correction of the second moment, Keras before.
            optimizer.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999**step)
            optimizer.step()
            total += loss.detach()
        after_epoch(total.item() / len(batches))
