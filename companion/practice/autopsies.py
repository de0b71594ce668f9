"""Repaired models and measurements for the chapter on programs that do not work."""

import numpy as np

from companion import metrics
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.practice import many_seeds
from companion.training import seed_everything
from companion.training.again import TrainedAgain


def params_of(model):
    """Weights of a Keras stack of dense layers as an ensemble of one member."""
    arrays = [np.asarray(array, dtype=float)[np.newaxis] for array in model.get_weights()]
    return arrays[0::2], [bias[:, np.newaxis, :] for bias in arrays[1::2]]


def fit_seeds(build, x_train, seeds, *, epochs, batch_size=64, learning_rate=1e-3):
    """Train one architecture from several seeds and hand over the model after each.

    The model is compiled once. For every further seed its weights are those of a newly
    built model and the optimizer's memory is empty, so each training is a fresh one.

    Args:
        build: Function of a seed that returns a new Keras model.
        x_train: Inputs and targets.
        seeds: Seeds of the initial weights and of the order of the examples.
        epochs: Passes over the data.
        batch_size: Examples in a step.
        learning_rate: Step size of Adam.

    Yields:
        The same model object, trained; measure it before asking for the next.
    """
    seed_everything(seeds[0])
    again = TrainedAgain(build(seeds[0]), learning_rate, loss="mse")
    for seed in seeds:
        again.begin(build(seed).get_weights())
        rng = seed_everything(seed)
        for _ in range(epochs):
            order = rng.permutation(len(x_train))
            again.steps.run(x_train, x_train, order, batch_size)
        yield again.model


def permutation_gap(function, images, rng):
    """Largest change when the pixels are shuffled before a map rather than after it.

    Args:
        function: Map from images (n, height, width, channels) to the same shape.
        images: Images to try.
        rng: A `numpy.random.Generator` that draws one permutation of the pixels.

    Returns:
        The largest absolute difference; 0 for a map that treats each pixel alone.
    """
    n, height, width, channels = images.shape
    order = rng.permutation(height * width)

    def shuffle(x):
        return x.reshape(n, height * width, channels)[:, order].reshape(images.shape)

    before = np.asarray(function(shuffle(images)))
    after = shuffle(np.asarray(function(images)))
    return float(np.max(np.abs(before - after)))


def fit_baselines(x_train, x_test, latent_dim):
    """Test errors of the mean predictor and of PCA with the same code size.

    Args:
        x_train: Examples to fit on, any shape, examples first; flattened here.
        x_test: Examples to measure on.
        latent_dim: Code size of PCA.

    Returns:
        mean_error: Error of answering the training mean.
        pca_error: Error of PCA.
    """
    train, test = x_train.reshape(len(x_train), -1), x_test.reshape(len(x_test), -1)
    models = (MeanPredictor().fit(train), PCA(latent_dim).fit(train))
    return tuple(metrics.mse(test, model.reconstruct(test)) for model in models)


def draw_endings(ax, history, levels):
    """Draw one error curve for each run, with named levels on which runs may end.

    Args:
        ax: Matplotlib axes.
        history: Errors after each epoch, shape (epochs, n_runs).
        levels: Mapping from a name to an error.
    """
    epochs = np.arange(1, len(history) + 1)
    ax.plot(epochs, history, color="#0072B2", linestyle="-", lw=1, alpha=0.7)
    for (name, level), style in zip(levels.items(), ("--", ":"), strict=False):
        ax.axhline(level, color="#D55E00", linestyle=style, label=name)
    ax.set(xlabel="epoch", ylabel="test error (MSE, no unit)", ylim=(0, None))
    ax.legend(loc="upper right")


def train_dead_shares(x_train, schemes, learning_rates, seeds, epochs=12):
    """Share of dead ReLU units of D-32-8-32-D autoencoders, before and after training.

    The code is linear; the units counted are those of both hidden layers. Everything is
    trained side by side, in batches of 64.

    Args:
        x_train: Training examples in [0, 1], (n, D); deaths are counted on them.
        schemes: Initial distributions, names of `companion.practice.many_seeds.SCHEMES`.
        learning_rates: Step sizes of Adam.
        seeds: Seeds of the initial weights.
        epochs: Passes over the data.

    Returns:
        born: Shares before training, (n_schemes, n_seeds).
        final: Shares after training, (n_schemes, n_rates, n_seeds).
    """
    n_features, n_seeds = x_train.shape[1], len(seeds)
    sizes, activations = (
        [n_features, 32, 8, 32, n_features],
        ["relu", "linear", "relu", "sigmoid"],
    )
    params = many_seeds.concatenate(
        *[many_seeds.init(sizes, seeds, name) for name in schemes for _ in learning_rates]
    )
    rates = np.tile(np.repeat(learning_rates, n_seeds), len(schemes))
    trained, _ = many_seeds.train(
        params, x_train, activations, epochs=epochs, batch_size=64, learning_rate=rates
    )

    def shares(params):
        outputs = many_seeds.forward(params, x_train, activations)
        dead = np.concatenate([many_seeds.dead_units(outputs[i]) for i in (1, 3)], axis=1)
        return dead.mean(axis=1).reshape(len(schemes), -1, n_seeds)

    return shares(params)[:, 0], shares(trained)
