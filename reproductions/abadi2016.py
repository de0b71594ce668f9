"""Abadi et al. (2016): digits of MNIST learned with differential privacy.

Claim: section 5.2 and figure 3, 90, 95 and 97 % test accuracy at epsilon 0.5, 2 and 8, all
at delta = 1e-5: the images are projected on 60 principal directions of a covariance matrix
that has noise itself, and a network of 1,000 ReLU units is trained by gradient descent with
clipped gradients and noise.

As there: the network and the noise of the covariance (16, 7 and 4, rows of length one).
What differs: 55,000 of the 60,000 images; a bound of 1 on the gradient, where the paper
has 4; lots of 600 to 2,400 on average, where it has 600; the number of epochs is fixed
and the noise is what the accountant of loss distributions allows for it, projection
included, where the paper fixes the noise (8, 4 and 2) and its moments accountant allows
the epochs. Epochs, lots and learning rates were chosen on the held-out images in single
runs of another seed; that choice is not counted as spent, here or there.

The tolerances were set before the seeds were run. At epsilon 2 a first setting (40 epochs,
lots of 1,200, rate 1) gave 93.7 %: clipping alone, without noise, was hardly better, so it
learned too slowly. The present one was then chosen on the held-out images.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from companion import datasets
from companion.challenges import federated, privacy_accounting, private_sgd
from companion.networks import mlp
from companion.networks.parameters import map_arrays
from reproductions.array_training import advance
from reproductions.claims import Claim, Paper
from reproductions.resumable import Progress

DELTA = 1e-5
EPSILONS = ("0.5", "2", "8")
PUBLISHED = {"0.5": 90.0, "2": 95.0, "8": 97.0}


def claim_at(epsilon):
    """Return the claim at one of the paper's three values of epsilon."""
    return Claim(
        what=f"test accuracy at epsilon {epsilon}, delta 1e-5",
        published=PUBLISHED[epsilon],
        unit="%",
        tolerance=0.5,
        partly_tolerance=1.5,
        lower_is_better=False,
    )


PAPER = Paper(
    name="abadi2016",
    key="abadi2016deep",
    where="section 5.2, figure 3",
    dataset="mnist",
    claim=claim_at("2"),
    also={f"accuracy at epsilon {e}": claim_at(e) for e in ("0.5", "8")},
    recipe={
        "directions": 60,
        "hidden": 1000,
        "epochs_0.5": 20,
        "epochs_2": 80,
        "epochs_8": 150,
        "lot_size": [600, 2400, 1200],
        "bound": 1.0,
        "delta": DELTA,
        "learning_rate": [0.25, 2.0, 2.0],
        "learning_rate_unclipped": 1.0,
        "covariance_noise": [16.0, 7.0, 4.0],
    },
    epochs=250,
    budget_cpu_minutes=20,
    published_baselines={"test accuracy in %, no clipping and no noise": 98.3},
)
RECIPE = PAPER.recipe
ACTIVATIONS = ("relu", "linear")


def run(seed, progress):
    """Train once at each epsilon.

    Args:
        seed: Seed of the noise, the weights and the lots.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The test accuracy in percent at epsilon 2; as extras, those at 0.5 and 8, the
        epsilon that each training spent, and its noise multiplier.
    """
    data = datasets.load("mnist").flat()
    found, extras = {}, {}
    for name in EPSILONS:
        sigma, spent = noise_of(name, len(data.x_train))
        found[name] = 100.0 * train(name, data, sigma, progress)
        extras |= {f"noise at {name}": sigma, f"spent at {name}": spent}
    extras |= {f"accuracy at epsilon {e}": found[e] for e in ("0.5", "8")}
    return found["2"], extras


def setting(key, name):
    """Return what the recipe has for one value of epsilon."""
    return RECIPE[key][EPSILONS.index(name)]


def steps_of(name, n_rows):
    """Return the number of steps in all, and the probability q of an example."""
    rate = setting("lot_size", name) / n_rows
    return round(RECIPE[f"epochs_{name}"] / rate), rate


def noise_of(name, n_rows):
    """Return the noise multiplier that epsilon allows, and the epsilon that it spends."""
    steps, rate = steps_of(name, n_rows)
    released = (setting("covariance_noise", name),)
    terms = {"delta": RECIPE["delta"], "released": released}
    sigma = privacy_accounting.noise_for(float(name), rate, steps, **terms)
    return sigma, privacy_accounting.epsilon(sigma, rate, steps, **terms)


def directions(x, n, noise, rng):
    """Return the first principal directions of a covariance matrix with noise.

    One row of length one more or less changes ``A.T A`` by a matrix of length one.

    Args:
        x: Rows, shape (n_rows, D); each is scaled to length one first.
        n: Number of directions.
        noise: Standard deviation of the noise on each entry.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (D, n).
    """
    rows = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    drawn = np.triu(rng.normal(scale=noise, size=(x.shape[1],) * 2)) if noise else 0.0
    covariance = rows.T @ rows + drawn + (np.triu(drawn, 1).T if noise else 0.0)
    return np.linalg.eigh(covariance)[1][:, -n:].astype(np.float32)


def train(name, data, sigma, progress, clip=True):
    """Train at one epsilon, and return the share of right answers on the test images."""
    rng = progress.rng(0, EPSILONS.index(name))
    projection = directions(
        data.x_train,
        RECIPE["directions"],
        setting("covariance_noise", name) * (sigma > 0),
        rng,
    )
    x, labels = data.x_train @ projection, data.y_train.astype(int)
    steps, rate = steps_of(name, len(x))
    epochs = RECIPE[f"epochs_{name}"]
    params = mlp.init([RECIPE["directions"], RECIPE["hidden"], 10], rng)
    params = map_arrays(lambda a: a.astype(np.float32), params)

    learning_rate = setting("learning_rate", name)
    if not clip:
        learning_rate = RECIPE["learning_rate_unclipped"]

    def one_epoch(params, epoch, rng):
        n_steps = steps * (epoch + 1) // epochs - steps * epoch // epochs
        params = private_sgd.train(
            params,
            x,
            labels,
            steps=n_steps,
            rate=rate,
            bound=RECIPE["bound"] if clip else np.inf,
            noise_multiplier=sigma,
            learning_rate=learning_rate,
            rng=rng,
            activations=list(ACTIVATIONS),
        )
        return params, federated.accuracy(params, x[:1000], labels[:1000], ACTIVATIONS)

    part = f"epsilon{name}" if sigma else f"free{name}"
    params, _ = advance(progress, part, params, one_epoch, epochs)
    right = data.y_test.astype(int)
    return federated.accuracy(params, data.x_test @ projection, right, ACTIVATIONS)


def baselines():
    """Train without clipping and noise, with clipping alone, and answer "1" always.

    Returns:
        The test accuracy in percent, by name.
    """
    data = datasets.load("mnist").flat()
    frequent = np.bincount(data.y_train.astype(int)).argmax()
    found = {"most frequent digit": np.mean(data.y_test == frequent)}
    for name, clip in (("no clipping and no noise", False), ("clipping alone", True)):
        with TemporaryDirectory() as folder:
            found[name] = train("2", data, 0.0, Progress(0, Path(folder)), clip)
    return {f"test accuracy in %, {name}": 100.0 * a for name, a in found.items()}
