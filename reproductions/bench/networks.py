"""The reference networks, their layers in words, and the arithmetic of one example.

The loops written by hand are given the layers, not the Keras model. The operations are
counted from the same description.
"""

import math
from dataclasses import dataclass

import keras
import numpy as np

from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder

KINDS = {
    keras.layers.Dense: "dense",
    keras.layers.Conv2D: "conv",
    keras.layers.Conv2DTranspose: "conv_transpose",
    keras.layers.Flatten: "reshape",
    keras.layers.Reshape: "reshape",
}


@dataclass(frozen=True)
class Layer:
    """One layer: what it does, and the shapes that the arithmetic follows from.

    Args:
        kind: "dense", "conv", "conv_transpose" or "reshape".
        activation: Name of the activation; "linear" for a reshape.
        kernel: Shape of the kernel as Keras has it, () for a reshape.
        input_shape: Shape of one example before the layer.
        output_shape: Shape of one example after it.
    """

    kind: str
    activation: str
    kernel: tuple
    input_shape: tuple
    output_shape: tuple

    def multiply_adds(self):
        """Count the multiply-adds of one example, from the input to the output.

        A kernel's entry is used once in a dense layer, once at each place of the output
        in a convolution, and once at each place of the input in a transposed one.
        """
        places = {
            "dense": 1,
            "conv": math.prod(self.output_shape[:2]),
            "conv_transpose": math.prod(self.input_shape[:2]),
            "reshape": 0,
        }
        return math.prod(self.kernel) * places[self.kind]


def layers_of(model):
    """Return the layers of an autoencoder's encoder and decoder, in order.

    Args:
        model: A Keras model with two `keras.Sequential`, `encoder` and `decoder`.

    Raises:
        ValueError: If a layer is of a kind that the loops do not know.
    """
    return [
        _layer(layer) for half in (model.encoder, model.decoder) for layer in half.layers
    ]


def _layer(layer):
    if type(layer) not in KINDS:
        raise ValueError(f"layers must be dense, convolutional or reshapes; got {layer}")
    kind = KINDS[type(layer)]
    weighted = kind != "reshape"
    return Layer(
        kind,
        layer.activation.__name__ if weighted else "linear",
        tuple(layer.kernel.shape) if weighted else (),
        tuple(layer.input.shape[1:]),
        tuple(layer.output.shape[1:]),
    )


def flops_per_example(layers):
    """Count the floating-point operations of training on one example.

    A multiply-add is two operations. It is done three times: forwards, for the gradient
    of the kernel, and for the gradient of the input, which nobody needs at the first
    layer. Activations, the loss and Adam are not counted.

    Args:
        layers: What `layers_of` returns.

    Returns:
        The count, an integer.
    """
    counts = [layer.multiply_adds() for layer in layers if layer.kind != "reshape"]
    return 6 * sum(counts) - 2 * counts[0]


def pairs(model):
    """Return the weights of a model as pairs of kernel and bias, in NumPy."""
    weights = model.get_weights()
    return list(zip(weights[::2], weights[1::2], strict=True))


@dataclass(frozen=True)
class Reference:
    """A network whose training is timed, with the number of random examples."""

    kind: type
    settings: dict
    shape: tuple
    n_examples: int

    def model(self):
        """Build the Keras model, always with the same weights."""
        return self.kind(**self.settings)

    def data(self):
        """Draw the examples, uniform in [0, 1], float32."""
        rng = np.random.default_rng(0)
        return rng.random((self.n_examples, *self.shape), dtype="float32")


def dense(latent_dim, hidden, n_examples):
    """Return a dense reference on 784 pixels."""
    settings = {"n_features": 784, "latent_dim": latent_dim, "hidden": hidden}
    return Reference(DenseAutoencoder, settings, (784,), n_examples)


CONVOLUTIONAL = {"image_shape": (28, 28, 1), "latent_dim": 32}
REFERENCES = {
    "dense": dense(32, (128,), 256 * 128),
    "deep": dense(30, (1000, 500, 250), 32 * 128),
    "convolutional": Reference(
        ConvolutionalAutoencoder, CONVOLUTIONAL, (28, 28, 1), 64 * 128
    ),
}
