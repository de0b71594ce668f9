"""Burda, Grosse and Salakhutdinov (2016): VAE and IWAE on MNIST, one stochastic layer.

Claim: table 1, MNIST, one stochastic layer, test NLL: VAE with k = 1 86.76 nats, IWAE
with k = 5 85.54 nats. The network is theirs: 784-200-200, tanh, 50 code units, mirrored.

What differs. The paper trains for 3280 epochs in batches of 20 with Adam and a learning
rate that falls in eight stages; here the epochs are few, the same for both models, in
batches of 100, and the rate falls along a cosine. Both binarize each training image anew
whenever it is shown (the paper's other numbers, for one fixed binarization of all images,
are about 2 nats worse and are not what is compared). The NLL is minus the logarithm of
the mean of k = 5000 importance weights, as in the paper, but on every tenth test image
only, each binarized once at random. The standard error that comes from so few images is
in the extras.
"""

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.importance import IWAE, elbo_terms, iwae_bound
from companion.autoencoders.variational import VAE, active_units
from reproductions.claims import Claim, Paper

EPOCHS = 30
PAPER = Paper(
    name="burda2016",
    key="burda2016importance",
    where="table 1, MNIST, one stochastic layer",
    dataset="mnist",
    claim=Claim(
        what="test NLL of the VAE, k = 1",
        published=86.76,
        unit="nats",
        tolerance=0.5,  # how far a public re-implementation of full length came out
        partly_tolerance=5.0,
    ),
    also={
        "IWAE, k = 5": Claim(
            what="test NLL of the IWAE, k = 5",
            published=85.54,
            unit="nats",
            tolerance=0.5,
            partly_tolerance=5.0,
        ),
        "gain of the IWAE": Claim(
            what="test NLL of the VAE minus that of the IWAE, same epochs",
            published=1.22,
            unit="nats",
            tolerance=0.5,
            partly_tolerance=1.22,
            lower_is_better=False,
        ),
    },
    recipe={
        "hidden": [200, 200],
        "latent_dim": 50,
        "iwae_samples": 5,
        "training_images": 60_000,
        "batch_size": 100,
        "learning_rate": 2e-3,
        "last_learning_rate_share": 0.05,
        "warm_up_steps": 600,
        "adam_epsilon": 1e-4,
        "epochs_vae": EPOCHS,
        "epochs_iwae": EPOCHS,
        "nll_samples": 5000,
        "nll_images": 1000,
    },
    epochs=2 * EPOCHS,
    budget_cpu_minutes=12,
)
RECIPE = PAPER.recipe


def run(seed, progress):
    """Train both models and estimate their NLL.

    Args:
        seed: Seed of the weights, the batches, the noise and the binarization.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The NLL of the VAE in nats, and the extras: that of the IWAE, the gain, the
        standard errors over the test images, both ELBOs, and the numbers of active units.
    """
    data = datasets.load("mnist").flat()
    x_train = np.concatenate((data.x_train, data.x_val))
    x_test = binarized(data.x_test[:: len(data.x_test) // RECIPE["nll_images"]], seed)
    settings = {"hidden": tuple(RECIPE["hidden"]), "seed": seed}
    vae = VAE(x_train.shape[1], RECIPE["latent_dim"], **settings)
    settings["n_samples"] = RECIPE["iwae_samples"]
    iwae = IWAE(x_train.shape[1], RECIPE["latent_dim"], **settings)
    nll, extras = {}, {}
    for name, model in {"vae": vae, "iwae": iwae}.items():
        train(name, model, x_train, progress)
        bound = iwae_bound(model, x_test, RECIPE["nll_samples"], seed=seed)
        nll[name] = -bound.mean()
        extras |= {
            f"standard error over images, {name}": bound.std(ddof=1) / len(bound) ** 0.5,
            f"minus ELBO, {name}": np.sum(elbo_terms(model, x_test, seed=seed), 0).mean(),
            f"active units, {name}": active_units(model.encode(x_test)).sum(),
        }
    also = {"IWAE, k = 5": nll["iwae"], "gain of the IWAE": nll["vae"] - nll["iwae"]}
    return nll["vae"], extras | also


def train(name, model, x_train, progress):
    """Train one model on images that are binarized anew in every epoch."""
    model.start_at_mean(x_train)
    steps = RECIPE[f"epochs_{name}"] * len(x_train) // RECIPE["batch_size"]
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        steps - RECIPE["warm_up_steps"],
        alpha=RECIPE["last_learning_rate_share"],
        warmup_target=RECIPE["learning_rate"],
        warmup_steps=RECIPE["warm_up_steps"],
    )

    def epoch_data(rng):
        x = x_train[rng.permutation(len(x_train))]
        x = (rng.random(x.shape, dtype=np.float32) < x).astype(np.float32)
        return x, x

    progress.fit(
        name,
        model,
        epoch_data,
        epochs=RECIPE[f"epochs_{name}"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(schedule, epsilon=RECIPE["adam_epsilon"]),
    )


def binarized(x, seed):
    """Draw each pixel once: 1 with the probability that its gray value states."""
    rng = np.random.default_rng([seed, 2016])
    return (rng.random(x.shape) < x).astype(np.float32)


def baselines():
    """Measure the NLL of independent pixels with the rates of the training images.

    Returns:
        The NLL in nats, by name; on the binarization of seed 0.
    """
    data = datasets.load("mnist").flat()
    x_train = np.concatenate((data.x_train, data.x_val))
    x = binarized(data.x_test[:: len(data.x_test) // RECIPE["nll_images"]], 0)
    rate = np.clip(x_train.mean(axis=0, dtype=float), 1e-3, 1.0 - 1e-3)
    nll = -(x * np.log(rate) + (1.0 - x) * np.log1p(-rate)).sum(axis=1)
    return {"independent pixels": float(nll.mean())}
