"""Sakurada and Yairi (2014): an autoencoder's error against that of PCA, on four tables.

Claim: the abstract says that autoencoders detect subtle anomalies on which linear PCA
fails. The paper shows it on an artificial system and on telemetry of a spacecraft; neither
can be had. Here the claim is put to four public tables of ADBench (Han et al., 2022):
cardio, thyroid, wdbc and optdigits. The value is the ROC-AUC of the autoencoder's residual
minus that of PCA with as many code units, averaged over the tables. No number of the paper
is this one, so the threshold is ours, set before the seeds were run: 1 percentage point.
Any smaller gain counts as partly reproduced.

The code has as many units as principal components hold 90 % of the variance, at most half
as many as columns; nothing was chosen by looking at anomalies. Half of the normal rows are
for training, three tenths and all anomalies for the test; a seed draws its own division.

What is not compared: the paper's denoising variant and its kernel PCA. How other detectors
fare on the same divisions stands in the extras, each with the setting in the middle of its
list (`companion.practice.anomaly_trials.candidates`); the baseline is the chance level.
"""

import keras
import numpy as np

from companion import datasets
from companion.autoencoders.dense import DenseAutoencoder
from companion.datasets.tables import COLLECTIONS
from companion.practice import anomaly_trials as trials
from companion.practice.anomaly import learn_scales, roc_auc
from companion.practice.anomaly_autoencoder import AutoencoderDetector
from companion.practice.anomaly_baselines import PCAResidual
from reproductions.claims import Claim, Paper

EPOCHS = 60
TABLES = tuple(COLLECTIONS)
RIVALS = (
    "VAE",
    "Mahalanobis",
    "neighbor distance",
    "local outliers",
    "one-class SVM",
    "isolation forest",
    "tail probability",
)
PAPER = Paper(
    name="sakurada2014",
    key="sakurada2014anomaly",
    where="abstract",
    dataset=list(TABLES),
    claim=Claim(
        what="ROC-AUC of the residual, autoencoder minus PCA, mean of four tables",
        published=1.0,
        unit="percentage points",
        tolerance=0.0,
        partly_tolerance=1.0,
        lower_is_better=False,
        threshold=True,
    ),
    recipe={
        "tables": list(TABLES),
        "files_sha256": [c.files[0].sha256 for c in COLLECTIONS.values()],
        "hidden": 64,
        "activation": "tanh",
        "noise": 0.1,
        "share_of_variance": 0.9,
        "batch_size": 32,
        "learning_rate": 3e-3,
        "epochs": EPOCHS,
    },
    epochs=EPOCHS * len(TABLES),
    budget_cpu_minutes=5,
)
RECIPE = PAPER.recipe


class Resumable(AutoencoderDetector):
    """The detector of the course, trained by a loop that can be interrupted.

    Args:
        part: Name of the table.
        progress: A `reproductions.resumable.Progress`.
        settings: Those of `AutoencoderDetector`.
    """

    def __init__(self, part, progress, **settings):
        super().__init__(**settings)
        self.part, self.progress = part, progress

    def _train(self, x, n_steps, rng):
        model = DenseAutoencoder(
            x.shape[1],
            self.latent_dim,
            hidden=(self.hidden,),
            activation=self.activation,
            output_activation="linear",
        )
        model.set_weights([a for pair in zip(*self.params, strict=True) for a in pair])
        x = x.astype("float32")

        def epoch_data(epoch_rng):
            rows = x[epoch_rng.permutation(len(x))]
            noise = epoch_rng.standard_normal(rows.shape, np.float32)
            return rows + np.float32(self.noise) * noise, rows

        steps = RECIPE["epochs"] * -(-len(x) // RECIPE["batch_size"])
        rate = keras.optimizers.schedules.CosineDecay(RECIPE["learning_rate"], steps)
        self.progress.fit(
            self.part,
            model,
            epoch_data,
            epochs=RECIPE["epochs"],
            batch_size=RECIPE["batch_size"],
            optimizer=keras.optimizers.Adam(rate),
            loss="mse",
        )
        arrays = [np.asarray(a, float) for a in model.get_weights()]
        self.params = arrays[::2], arrays[1::2]


def run(seed, progress):
    """Train one autoencoder on each table and compare it with PCA on the same rows.

    Args:
        seed: Seed of the division of the rows, the weights and the batches.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The mean difference of the ROC-AUC in percentage points; as extras, the ROC-AUC of
        all detectors in percent and the size of the code, for each table.
    """
    extras, differences = {}, []
    for name in RECIPE["tables"]:
        part = divided(name, seed)
        latent_dim = code_size(part.x_train)
        settings = {key: RECIPE[key] for key in ("hidden", "activation", "noise")}
        ours = Resumable(name, progress, latent_dim=latent_dim, seed=seed, **settings)
        aucs = [percent_auc(detector, part) for detector in (ours, PCAResidual(latent_dim))]
        differences.append(aucs[0] - aucs[1])
        extras[f"ROC-AUC in %, autoencoder, {name}"] = aucs[0]
        extras[f"ROC-AUC in %, PCA, {name}"] = aucs[1]
        extras[f"code units, {name}"] = latent_dim
        makers = trials.candidates(*part.x_train.shape, seed)
        for rival in RIVALS:
            detector = trials.middle_of(makers[rival])()
            extras[f"ROC-AUC in %, {rival}, {name}"] = percent_auc(detector, part)
    return float(np.mean(differences)), extras


def divided(name, seed):
    """Divide the rows of a table at random; all anomalies are in the test part."""
    table = trials.pool(datasets.load(name), [1])
    return trials.split(*table, seed, n_known=0)


def code_size(x):
    """Count the components that hold the wanted share of the variance, at most D / 2."""
    mean, scale, _ = learn_scales(x)
    variances = np.linalg.svd((x - mean) / scale, compute_uv=False) ** 2
    shares = np.cumsum(variances) / variances.sum()
    enough = int(np.searchsorted(shares, RECIPE["share_of_variance"])) + 1
    return max(1, min(enough, x.shape[1] // 2))


def percent_auc(detector, part):
    """Fit a detector on the training rows and measure it on the test part."""
    scores = detector.fit(part.x_train).score(part.x_test)
    return 100.0 * roc_auc(part.y_test, scores)


def baselines():
    """Return the ROC-AUC in percent of a score that tells nothing."""
    return {"chance": 50.0}
