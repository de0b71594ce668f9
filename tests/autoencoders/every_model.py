"""Every autoencoder of the package, with weights and inputs that no backend draws.

``python every_model.py OUT.npz`` writes what the backend of KERAS_BACKEND answers: the
outputs and the code of every model, its loss, and its weights after one step of training.
"""

import inspect
import sys

import keras
import numpy as np

import companion  # noqa: F401  (before Keras: it keeps TensorFlow's log silent)
from companion.autoencoders.architectures import RowAutoencoder
from companion.autoencoders.contractive import ContractiveAutoencoder
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.denoising import DenoisingAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.importance import IWAE
from companion.autoencoders.linear import LinearAutoencoder
from companion.autoencoders.masked import MaskedAutoencoder
from companion.autoencoders.nonlinear_code import NonlinearCodeAutoencoder
from companion.autoencoders.quantized import VQAutoencoder
from companion.autoencoders.sequence import SequenceAutoencoder
from companion.autoencoders.sparse import (
    KLAutoencoder,
    KSparseAutoencoder,
    L1Autoencoder,
    SparseAutoencoder,
)
from companion.autoencoders.variational import VAE

IMAGE = (8, 8, 1)
MODELS = {
    "dense": (lambda: DenseAutoencoder(12, 3, hidden=(7,)), (12,)),
    "tied": (lambda: DenseAutoencoder(12, 3, hidden=(7,), tied=True), (12,)),
    "nonlinear code": (lambda: NonlinearCodeAutoencoder(12, 5), (12,)),
    "linear": (lambda: LinearAutoencoder(12, 3, penalty=[0.1, 0.2, 0.3]), (12,)),
    "sparse": (lambda: SparseAutoencoder(12, 20), (12,)),
    "L1": (lambda: L1Autoencoder(12, 20, sparsity=0.2), (12,)),
    "KL": (lambda: KLAutoencoder(12, 20), (12,)),
    "k-sparse": (lambda: KSparseAutoencoder(12, 20, k=4), (12,)),
    "denoising": (lambda: DenoisingAutoencoder(12, 5, "masking", 0.4), (12,)),
    "contractive": (lambda: ContractiveAutoencoder(12, 5), (12,)),
    "convolutional": (lambda: ConvolutionalAutoencoder(IMAGE, 4, (3, 5)), IMAGE),
    "sequence": (lambda: SequenceAutoencoder(4, 3, 2, units=5), (4, 3)),
    "rows": (lambda: RowAutoencoder(4, 6, 3, 5), (4, 6)),
    "variational": (lambda: VAE(12, 3, hidden=(7,)), (12,)),
    "Gaussian variational": (lambda: VAE(12, 3, likelihood="gaussian", sigma=0.5), (12,)),
    "IWAE": (lambda: IWAE(12, 3, n_samples=4), (12,)),
    "quantized": (lambda: VQAutoencoder(IMAGE, 6, code_dim=3, filters=(4, 5)), IMAGE),
    "masked": (lambda: MaskedAutoencoder(IMAGE, width=8, n_heads=2), IMAGE),
}


def in_order(model):
    """Return the weights in an order that no backend decides."""
    return sorted(model.weights, key=lambda weight: weight.path)


def with_given_weights(model, rng):
    """Replace the weights, which every backend draws in its own way."""
    for weight in in_order(model):
        if weight.trainable:
            fan = max(weight.shape[:-1], default=1)
            weight.assign(rng.normal(scale=fan**-0.5, size=weight.shape))
    return model


def outputs_and_loss(model, x, rng):
    """Run a model without any random draw of its own; returns tensors by name."""
    if isinstance(model, IWAE):
        eps = rng.normal(size=(model.n_samples, len(x), model.latent_dim))
        return model.outputs(x, eps[0].astype("float32")), model.loss_with(
            x, eps.astype("float32")
        )
    if isinstance(model, VAE):
        eps = rng.normal(size=(len(x), model.latent_dim)).astype("float32")
        outputs = model.outputs(x, eps)
        return outputs, model.loss_of(x, outputs, model.beta)
    if isinstance(model, MaskedAutoencoder):
        outputs = model.outputs(x, rng.uniform(size=(len(x), 16)).astype("float32"))
        return outputs, model.compute_loss(x, x, outputs)
    if isinstance(model, DenoisingAutoencoder):
        x_noisy = model.corrupt(x, rng.uniform(size=x.shape).astype("float32"))
        outputs = {"x_noisy": x_noisy, "x_hat": model(x_noisy)}
        return outputs, keras.ops.mean(keras.ops.square(x - outputs["x_hat"]))
    outputs = model(x)
    if "compute_loss" in vars(type(model)) or isinstance(outputs, dict):
        return outputs, model.compute_loss(x, x, outputs)
    return {"x_hat": outputs}, keras.ops.mean(keras.ops.square(x - outputs))


def draws_nothing(model):
    """Whether training the model needs no random numbers."""
    return not isinstance(model, (VAE, MaskedAutoencoder, DenoisingAutoencoder))


def train_one_step(model, x):
    """Make one step of gradient descent through Keras, and return the weights."""
    own = any("compute_loss" in vars(kind) for kind in type(model).__mro__[:-1]
              if kind.__module__.startswith("companion"))  # fmt: skip
    optimizer = keras.optimizers.SGD(0.05)
    # JAX compiles one step faster than it runs one operation by operation.
    eagerly = keras.backend.backend() != "jax"
    model.compile(optimizer, loss=None if own else "mse", run_eagerly=eagerly)
    model.train_on_batch(x, x)
    return [keras.ops.convert_to_numpy(weight.value) for weight in in_order(model)]


def everything():
    """Collect the answers of every model as arrays by name."""
    answers = {}
    for name, (build, shape) in MODELS.items():
        rng = np.random.default_rng(0)
        model = with_given_weights(build(), rng)
        x = rng.uniform(size=(5, *shape)).astype("float32")
        outputs, loss = outputs_and_loss(model, keras.ops.convert_to_tensor(x), rng)
        outputs = outputs if isinstance(outputs, dict) else {"x_hat": outputs}
        found = outputs | {"loss": loss, "code": model.encode(x)}
        for key, tensor in found.items():
            answers[f"{name}: {key}"] = keras.ops.convert_to_numpy(tensor)
        if draws_nothing(model):
            for i, weight in enumerate(train_one_step(model, x)):
                answers[f"{name}: weight {i} after a step"] = weight
    return answers


def model_classes(modules):
    """All models that the modules of a package define, by name."""
    return {
        name: kind
        for module in modules
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, keras.Model) and kind.__module__ == module.__name__
    }


if __name__ == "__main__":
    np.savez(sys.argv[1], **everything())
