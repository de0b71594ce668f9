"""Vincent et al. (2010): what masking noise does to the features of an autoencoder.

Claim: the abstract says that, contrary to ordinary autoencoders, denoising ones learn
stroke detectors from images of digits, and that the features help classifiers. The paper
shows the filters as pictures; here the second half is measured, which needs no eye. A
linear classifier is fitted on the 1,000 features of one autoencoder trained without noise
and on those of one trained with a quarter of the pixels masked, all else being equal. The
value is what the noise takes off the test error. No number of the paper is this one, so
the threshold is ours, set before the seeds were run: 0.3 percentage points, which is 30
of the 10,000 test images. Any smaller gain counts as partly reproduced.

What is not compared: the paper stacks three layers, fine-tunes them with the labels, and
chooses noise and sizes on a validation set for each of ten tasks. One layer, no
fine-tuning and a linear classifier on 10,000 labels are a smaller question. How alike
the weights of neighboring pixels are stands in the extras: near 0 for a filter that looks
like noise, near 1 for a smooth one.
"""

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.denoising import DenoisingAutoencoder
from companion.autoencoders.pca import PCA
from companion.metrics import linear_probe_accuracy
from reproductions.claims import Claim, Paper
from reproductions.resumable import shuffled

EPOCHS = 12
PAPER = Paper(
    name="vincent2010",
    key="vincent2010stacked",
    where="abstract and section 5",
    dataset="mnist",
    claim=Claim(
        what="test error of a linear classifier, features without minus with noise",
        published=0.3,
        unit="percentage points",
        tolerance=0.0,
        partly_tolerance=0.3,
        lower_is_better=False,
        threshold=True,
    ),
    recipe={
        "latent_dim": 1000,
        "tied": True,
        "masked_share": 0.25,
        "batch_size": 100,
        "learning_rate": 1e-3,
        "epochs": EPOCHS,
        "labels": 10_000,
    },
    epochs=2 * EPOCHS,
    budget_cpu_minutes=10,
)
RECIPE = PAPER.recipe


def run(seed, progress):
    """Train both autoencoders and fit the classifier on the features of each.

    Args:
        seed: Seed of the weights, the batches and the noise.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The difference of the test errors in percentage points; as extras, the errors
        with noise, without, and of the untrained units, and the likeness of neighbors.
    """
    data = datasets.load("mnist").flat()
    ordinary = autoencoder(data.x_train.shape[1], 0.0, seed)
    errors = {"untrained": probe_error(data, features(ordinary))}
    alike = {"untrained": likeness_of_neighbors(ordinary)}
    denoising = autoencoder(data.x_train.shape[1], RECIPE["masked_share"], seed)
    for name, model in {"ordinary": ordinary, "denoising": denoising}.items():
        train(name, model, data.x_train, progress)
        errors[name] = probe_error(data, features(model))
        alike[name] = likeness_of_neighbors(model)
    extras = {f"test error in %, {name}": error for name, error in errors.items()}
    extras |= {f"likeness of neighbors, {name}": value for name, value in alike.items()}
    return errors["ordinary"] - errors["denoising"], extras


def autoencoder(n_pixels, masked_share, seed):
    """Build one layer of sigmoid units with tied weights; equal seeds, equal weights."""
    return DenoisingAutoencoder(
        n_pixels,
        RECIPE["latent_dim"],
        corruption="masking",
        amount=masked_share,
        tied=RECIPE["tied"],
        seed=seed,
    )


def train(name, model, x_train, progress):
    """Train one model on the clean images; it masks them itself."""
    progress.fit(
        name,
        model,
        shuffled(x_train),
        epochs=RECIPE["epochs"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(RECIPE["learning_rate"]),
        loss="binary_crossentropy",
    )


def features(model):
    """Return the function that maps images to the model's code, as an array."""
    return lambda x: keras.ops.convert_to_numpy(model.encode(x))


def probe_error(data, encode):
    """Fit the classifier on the first labels, and return its test error in percent."""
    n = RECIPE["labels"]
    z_train, z_test = encode(data.x_train[:n]), encode(data.x_test)
    accuracy = linear_probe_accuracy(z_train, data.y_train[:n], z_test, data.y_test)
    return 100.0 * (1.0 - accuracy)


def likeness_of_neighbors(model):
    """Correlate the weights of pixels side by side, in the middle of the image.

    Returns:
        The correlation over pairs of pixels in the inner 20 by 20, averaged over units.
    """
    kernel = keras.ops.convert_to_numpy(model.weights[0])
    inner = kernel.reshape(28, 28, -1)[4:24, 4:24]
    left, right = inner[:, :-1].reshape(380, -1), inner[:, 1:].reshape(380, -1)
    pairs = [np.corrcoef(a, b)[0, 1] for a, b in zip(left.T, right.T, strict=True)]
    return float(np.mean(pairs))


def baselines():
    """Measure the same classifier on the pixels and on principal components.

    Returns:
        The test error in percent, by name.
    """
    data = datasets.load("mnist").flat()
    pca = PCA(100).fit(data.x_train[: RECIPE["labels"]])
    return {
        "test error in %, pixels": probe_error(data, lambda x: x),
        "test error in %, PCA-100": probe_error(data, pca.encode),
    }
