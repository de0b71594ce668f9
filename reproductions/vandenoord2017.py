"""Van den Oord et al. (2017): the codebook of a vector-quantized autoencoder is used.

Claim: the abstract says that vector quantization circumvents the collapse in which the
code is ignored. If it does, the entries of the codebook are all put to use. The measure
is the perplexity of the entries that the test images choose, divided by the number of
entries, 512 as in the paper: 1 if all are chosen equally often, near 0 if a few do all
the work. The paper gives no such number, so the threshold is ours, set before the seeds
were run: one half; down to a tenth it counts as partly reproduced.

What is not compared: the paper's images are larger and in color, its networks deeper, and
its likelihoods need a prior over the codes that is trained afterwards. Here the images are
digits, which vary less and may well need fewer entries. The extras tell what becomes of a
codebook whose entries start at random places and not at codes of images.

The output is linear. With a sigmoid and squared error the first attempt, at the same
budget, ended all black: where a sigmoid saturates, squared error has no slope.
"""

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.autoencoders.quantized import VQAutoencoder, perplexity, usage
from companion.metrics import squared_error_per_example
from reproductions.claims import Claim, Paper
from reproductions.resumable import shuffled

EPOCHS = 6
PAPER = Paper(
    name="vandenoord2017",
    key="vandenoord2017neural",
    where="abstract and section 3",
    dataset="mnist",
    claim=Claim(
        what="share of the codebook in effective use on test images",
        published=0.5,
        unit="perplexity / entries",
        tolerance=0.0,
        partly_tolerance=0.4,
        lower_is_better=False,
        threshold=True,
    ),
    recipe={
        "n_entries": 512,
        "code_dim": 8,
        "filters": [16, 32],
        "commitment": 0.25,
        "output_activation": "linear",
        "batch_size": 100,
        "learning_rate": 2e-3,
        "epochs": EPOCHS,
    },
    epochs=2 * EPOCHS,
    budget_cpu_minutes=15,
)
RECIPE = PAPER.recipe


def run(seed, progress):
    """Train two autoencoders that differ in the start of the codebook, and count.

    Args:
        seed: Seed of the weights, the start of the codebook and the batches.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The share in effective use of the codebook that started at codes of images; as
        extras that of the other, and entries ever chosen and squared errors of both.
    """
    data = datasets.load("mnist")
    shares, extras = {}, {}
    for start in ("codes of images", "random"):
        model = autoencoder(data.x_train.shape[1:], seed)
        if start == "codes of images":
            model.start_at_data(data.x_train[:1000], seed)
        train(start.replace(" ", "_"), model, data.x_train, progress)
        indices, x_hat = in_batches(model, data.x_test)
        shares[start] = perplexity(indices, RECIPE["n_entries"]) / RECIPE["n_entries"]
        chosen = np.sum(usage(indices, RECIPE["n_entries"]) > 0)
        extras[f"entries ever chosen, start {start}"] = chosen
        error = squared_error_per_example(data.x_test, x_hat)
        extras[f"squared error per image, start {start}"] = error
    extras["share in effective use, start random"] = shares["random"]
    return shares["codes of images"], extras


def autoencoder(image_shape, seed):
    """Build the convolutional network with a codebook."""
    names = ("n_entries", "code_dim", "commitment", "output_activation")
    settings = {name: RECIPE[name] for name in names}
    filters = tuple(RECIPE["filters"])
    return VQAutoencoder(image_shape, filters=filters, seed=seed, **settings)


def train(name, model, x_train, progress):
    """Train one model on the images as they are."""
    progress.fit(
        name,
        model,
        shuffled(x_train),
        epochs=RECIPE["epochs"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(RECIPE["learning_rate"]),
    )


def in_batches(model, x, size=500):
    """Encode and decode images; return the numbers of the entries and the images."""
    parts = [keras.ops.convert_to_tensor(x[i : i + size]) for i in range(0, len(x), size)]
    indices = [model.indices(part) for part in parts]
    x_hat = [model.decode(model.lookup(part)) for part in indices]
    to_array = keras.ops.convert_to_numpy
    return tuple(np.concatenate([to_array(a) for a in found]) for found in (indices, x_hat))


def baselines():
    """Measure the mean and PCA with as many numbers as the code has places.

    Returns:
        The squared error of a test image, by name. A number of PCA's is not rounded, so
        that it costs more bits than an entry.
    """
    data = datasets.load("mnist").flat()
    models = {"squared error, mean": MeanPredictor(), "squared error, PCA-49": PCA(49)}
    return {
        name: squared_error_per_example(
            data.x_test, model.fit(data.x_train).reconstruct(data.x_test)
        )
        for name, model in models.items()
    }
