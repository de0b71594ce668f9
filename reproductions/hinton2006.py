"""Hinton and Salakhutdinov (2006): the deep autoencoder 784-1000-500-250-30 on MNIST.

Claim: caption of figure 2B, mean squared error of a test image, summed over its pixels in
[0, 1]: 3.00 with the 30-dimensional autoencoder, 13.87 with 30 principal components.

What differs. The paper pre-trains each pair of layers as a restricted Boltzmann machine,
because a network so deep did not train otherwise, and then fine-tunes with conjugate
gradients; its hidden units are logistic. Here nothing is pre-trained: the hidden units
are swish and the optimizer is Adam with a warm-up and a cosine. In all but the last
epochs each training image is deformed a little, anew in each epoch, so that the network
sees more images than it could learn by heart. The loss is the cross-entropy of the
pixels, as in the paper's fine-tuning. Both train on all 60,000 images; the settings were
chosen with the last 10,000 of them held out, and never on test images.
"""

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.pca import PCA, MeanPredictor
from companion.metrics import squared_error_per_example
from reproductions.claims import Claim, Paper
from reproductions.warps import WarpedTraining, refined

SIDE = 28

EPOCHS = 108
PAPER = Paper(
    name="hinton2006",
    key="hinton2006reducing",
    where="caption of figure 2B",
    dataset="mnist",
    claim=Claim(
        what="test squared error of an image, code of 30",
        published=3.00,
        unit="squared error per image",
        tolerance=0.005,  # the printed number is rounded
        partly_tolerance=0.3,
    ),
    published_baselines={"PCA-30": 13.87},
    recipe={
        "hidden": [1000, 500, 250],
        "latent_dim": 30,
        "activation": "swish",
        "training_images": 60_000,
        "batch_size": 200,
        "epochs": EPOCHS,
        "last_epochs_undeformed": 18,
        "affine_pixels": 0.7,
        "elastic_pixels": 0.5,
        "learning_rate": 2e-3,
        "first_learning_rate": 4e-5,
        "last_learning_rate_share": 0.005,
        "warm_up_epochs": 1,
        "adam_epsilon": 1e-8,
    },
    epochs=EPOCHS,
    budget_cpu_minutes=20,
)
RECIPE = PAPER.recipe


def run(seed, progress):
    """Train the autoencoder and measure it on the test images.

    Args:
        seed: Seed of the weights, of the order of the images and of the deformations.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The squared error of a test image, and that of a training image as an extra.
    """
    x_train, x_test = images()
    autoencoder = build(x_train.shape[1], seed)
    deforming = WarpedTraining(
        autoencoder, SIDE, RECIPE["affine_pixels"], RECIPE["elastic_pixels"], seed=seed
    )
    fine = refined(x_train.reshape(-1, SIDE, SIDE))

    def epoch_data(rng):
        left = RECIPE["epochs"] - progress.epoch
        deforming.amplitude.assign(float(left > RECIPE["last_epochs_undeformed"]))
        return fine[rng.permutation(len(fine))], None

    rate = schedule(len(fine))
    progress.fit(
        "autoencoder",
        deforming,
        epoch_data,
        epochs=RECIPE["epochs"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(rate, epsilon=RECIPE["adam_epsilon"]),
    )
    errors = [error(autoencoder, x) for x in (x_test, x_train)]
    return errors[0], {"training squared error": errors[1]}


def images():
    """Return all 60,000 training images and the 10,000 test images, as rows."""
    data = datasets.load("mnist").flat()
    return np.concatenate((data.x_train, data.x_val)), data.x_test


def build(n_pixels, seed):
    """Build the paper's network. Its last layer gives logits, which the loss takes."""
    return DenseAutoencoder(
        n_pixels,
        RECIPE["latent_dim"],
        hidden=tuple(RECIPE["hidden"]),
        activation=RECIPE["activation"],
        output_activation="linear",
        seed=seed,
    )


def schedule(n_images):
    """Let the learning rate rise in a straight line, then fall along a cosine."""
    steps_per_epoch = -(-n_images // RECIPE["batch_size"])
    warm_up_steps = RECIPE["warm_up_epochs"] * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        RECIPE["first_learning_rate"],
        RECIPE["epochs"] * steps_per_epoch - warm_up_steps,
        alpha=RECIPE["last_learning_rate_share"],
        warmup_target=RECIPE["learning_rate"],
        warmup_steps=warm_up_steps,
    )


def error(autoencoder, x):
    """Measure the squared error of an image, summed over its pixels."""
    logits = autoencoder.predict(x, batch_size=1000, verbose=0)
    return squared_error_per_example(
        x, keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))
    )


def baselines():
    """Measure the mean predictor and PCA with 30 components on the same test images.

    Returns:
        The squared error of an image, by name.
    """
    x_train, x_test = images()
    models = {"mean": MeanPredictor(), f"PCA-{RECIPE['latent_dim']}": PCA(30)}
    return {
        name: squared_error_per_example(x_test, model.fit(x_train).reconstruct(x_test))
        for name, model in models.items()
    }
