"""One autoencoder, four ways: two builders, weight transfer, and step-by-step training.

The forms share the layer sizes D, H, K, H, D and the activations

    tanh, linear (the code), tanh, sigmoid

so that one set of weights fits all of them. `companion.networks.mlp` is the form in
NumPy and `companion.autoencoders.dense.DenseAutoencoder` the subclass; the Sequential
and the Functional form stand here. Weights travel as the NumPy form's parameters: a list
of weight matrices ``(n_in, n_out)`` and a list of biases ``(n_out,)``.
"""

import keras
import numpy as np
from keras import layers
from threadpoolctl import threadpool_limits

from companion import training
from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp, optimizers
from companion.networks.checks import check_counts, checked_data

ACTIVATIONS = ("tanh", "linear", "tanh", "sigmoid")
SETTINGS = {"epochs": 40, "batch_size": 64, "learning_rate": 4e-3}


def build_sequential(n_features, n_hidden, latent_dim, dtype="float32"):
    """Build the autoencoder as one stack of layers.

    Args:
        n_features: D, the length of an example, at least 1.
        n_hidden: H, the width of the hidden layer on each side, at least 1.
        latent_dim: K, the number of code units, at least 1.
        dtype: Precision of weights and arithmetic, "float32" or "float64".

    Returns:
        A `keras.Sequential` from ``(batch, D)`` to ``(batch, D)``.

    Raises:
        ValueError: If a size is no integer of at least 1.
    """
    check_counts(n_features=n_features, n_hidden=n_hidden, latent_dim=latent_dim)
    return keras.Sequential(
        [
            keras.Input((n_features,), dtype=dtype),
            layers.Dense(n_hidden, "tanh", dtype=dtype),
            layers.Dense(latent_dim, dtype=dtype, name="code"),
            layers.Dense(n_hidden, "tanh", dtype=dtype),
            layers.Dense(n_features, "sigmoid", dtype=dtype),
        ]
    )


def build_functional(n_features, n_hidden, latent_dim):
    """Build the autoencoder as a graph of tensors, with its encoder beside it.

    Args:
        n_features: D, the length of an example, at least 1.
        n_hidden: H, the width of the hidden layer on each side, at least 1.
        latent_dim: K, the number of code units, at least 1.

    Returns:
        autoencoder: A `keras.Model` from ``(batch, D)`` to ``(batch, D)``.
        encoder: A `keras.Model` from ``(batch, D)`` to ``(batch, K)`` made of the same
            layers, so that training one trains the other.

    Raises:
        ValueError: If a size is no integer of at least 1.
    """
    check_counts(n_features=n_features, n_hidden=n_hidden, latent_dim=latent_dim)
    x = keras.Input((n_features,))
    h = layers.Dense(n_hidden, "tanh")(x)
    z = layers.Dense(latent_dim, name="code")(h)
    h = layers.Dense(n_hidden, "tanh")(z)
    x_hat = layers.Dense(n_features, "sigmoid")(h)
    return keras.Model(x, x_hat), keras.Model(x, z)


def count_parameters(sizes):
    """Count weights and biases of dense layers: the sum of n_in * n_out + n_out.

    Args:
        sizes: Widths from input to output, for example ``[64, 32, 8, 32, 64]``.

    Returns:
        The number of trainable numbers, an int.
    """
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    return sum(n_in * n_out + n_out for n_in, n_out in pairs)


def layer_sizes(model):
    """Read the widths from input to output from the shapes of a model's kernels."""
    weights, _ = params_of(model)
    return [weights[0].shape[0]] + [kernel.shape[1] for kernel in weights]


def params_of(model):
    """Copy a Keras model's weights into the NumPy form's parameters, as float64.

    Args:
        model: A built Keras model of dense layers.

    Returns:
        weights: List of ``(n_in, n_out)``, one for each layer.
        biases: List of ``(n_out,)``.
    """
    arrays = [np.asarray(array, dtype=np.float64) for array in model.get_weights()]
    return arrays[0::2], arrays[1::2]


def set_params(model, params):
    """Copy the NumPy form's parameters into a built Keras model, in place.

    Args:
        model: A built Keras model of dense layers.
        params: Lists of weights and biases as `params_of` returns them.

    Raises:
        ValueError: If the shapes are not those of the model.
    """
    weights, biases = params
    arrays = [array for layer in zip(weights, biases, strict=True) for array in layer]
    found = [array.shape for array in arrays]
    expected = [tuple(variable.shape) for variable in model.weights]
    if found != expected:
        raise ValueError(f"params must have the shapes {expected}; got {found}")
    model.set_weights(arrays)


def train_sgd(model, batches, learning_rate):
    """Train a Keras autoencoder by SGD on given batches, and keep every weight on the way.

    Args:
        model: A built Keras autoencoder of dense layers; it is trained in place.
        batches: Arrays ``(batch, D)`` of one shape, one for each step.
        learning_rate: Step size; a power of two is exact in every precision.

    Returns:
        losses: Mean squared error of each batch before its step, ``(n_steps,)``.
        path: All weights before the first and after every step, as `flatten` writes
            them, ``(n_steps + 1, n_params)``.

    Raises:
        ValueError: Before training, if a batch has a wrong shape or is not finite.
    """
    _check_batches(batches, model.weights[0].shape[0])
    # Without a dtype of its own, the loss of a float64 model is rounded to float32.
    loss = keras.losses.MeanSquaredError(dtype=model.weights[0].dtype)
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss=loss)
    losses, path = [], [flatten(params_of(model))]
    for x in batches:
        losses.append(float(model.train_on_batch(x, x)))
        path.append(flatten(params_of(model)))
    return np.array(losses), np.array(path)


def train_sgd_numpy(params, batches, learning_rate):
    """Do what `train_sgd` does with the NumPy form, in float64; params stay unchanged."""
    _check_batches(batches, params[0][0].shape[0])
    losses, path = [], [flatten(params)]
    for x in batches:
        loss, grads = mlp.loss_and_grads(params, x, x, ACTIVATIONS)
        params, _ = optimizers.gradient_descent(params, grads, None, learning_rate)
        losses.append(loss)
        path.append(flatten(params))
    return np.array(losses), np.array(path)


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_numpy(x_train, n_hidden, latent_dim, seed):
    """Draw weights from a seed and train the NumPy form with Adam and `SETTINGS`.

    Args:
        x_train: Training examples in [0, 1], ``(n, D)``.
        n_hidden: H, the width of the hidden layer on each side.
        latent_dim: K, the number of code units.
        seed: Seed of the weights and of the order of the examples.

    Returns:
        The trained parameters.
    """
    rng = np.random.default_rng(seed)
    n_features = x_train.shape[1]
    sizes = [n_features, n_hidden, latent_dim, n_hidden, n_features]
    start = mlp.init(sizes, rng)
    params, _ = mlp.train(
        start, x_train, x_train, activations=ACTIVATIONS, rng=rng, **SETTINGS
    )
    return params


def fit_subclass(x_train, n_hidden, latent_dim, seed):
    """Do what `fit_numpy` does with the subclass in Keras; return the trained model."""
    training.seed_everything(seed)
    model = DenseAutoencoder(
        x_train.shape[1], latent_dim, hidden=(n_hidden,), activation="tanh", seed=seed
    )
    training.fit(model, x_train, **SETTINGS)
    return model


def encode(params, x):
    """Map x, ``(batch, D)``, to codes ``(batch, K)`` with the first half of the layers."""
    weights, biases = params
    return mlp.forward((weights[:2], biases[:2]), x, ACTIVATIONS[:2])[-1]


def decode(params, z):
    """Map codes, ``(batch, K)``, to ``(batch, D)`` with the second half of the layers."""
    weights, biases = params
    return mlp.forward((weights[2:], biases[2:]), z, ACTIVATIONS[2:])[-1]


def flatten(params):
    """Write weights and biases, layer by layer, into one vector ``(n_params,)``."""
    layers_ = zip(*params, strict=True)
    return np.concatenate([np.ravel(array) for layer in layers_ for array in layer])


def draw_layers(ax, sizes, names):
    """Draw a model's layers as bars whose heights are their widths in units.

    Args:
        ax: Matplotlib axes.
        sizes: Widths from input to output, as `layer_sizes` reads them from a model.
        names: One label for each width.

    Raises:
        ValueError: If there are not as many names as sizes.
    """
    if len(names) != len(sizes):
        raise ValueError(f"names must be {len(sizes)} labels; got {len(names)}")
    place = np.arange(len(sizes))
    ax.bar(place, sizes, bottom=-np.array(sizes) / 2, width=0.3, color="#0072B2")
    for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        edge = np.array([n_in, n_out]) / 2
        ax.fill_between([i + 0.15, i + 0.85], -edge, edge, color="#DDDDDD")
        ax.text(i + 0.5, 0, f"{n_in}·{n_out}\n+ {n_out}", ha="center", va="center")
    ax.set_xticks(place, [f"{name}\n{n}" for name, n in zip(names, sizes, strict=True)])
    ax.set_ylabel("width (units)")
    ax.set_yticks([])


def _check_batches(batches, n_features):
    for i, x in enumerate(batches):
        checked_data(f"batches[{i}]", x, n_features)
