"""Zhang et al. (2017): a residual network against filters, on photographs with noise.

Claim: on 68 photographs with Gaussian noise of 25/255 the paper's network DnCNN-S has a
mean PSNR of 29.23 dB and the filter BM3D 28.57 (Table II). The value here is the gain of
a residual network over the best of five filters tuned on validation photographs.

What is not compared: those photographs, BM3D, and the paper's 17 layers of 64 feature maps
with batch normalization, trained on 400 photographs. Ours has 7 layers of 32 maps, seven
photographs to learn from, and filters weaker than BM3D to beat. A gain of 0.66 dB counts
as reproduced and any gain as partly. The extras are the PSNR of the network, of the sparse
autoencoder that begins as a filter, with windows of 8 and of 12 pixels, and of an
autoencoder with a code of a quarter of the image, all trained for longer than the chapter
*Cleaning photographs* can; with noise, without, and with half of the pixels missing.

The learning rates are the best on validation photographs after 1,000 or 2,000 updates:
0.001 for the residual network (of 0.0005 to 0.002), 0.004 for the sparse autoencoders (of
0.001 to 0.008), and 0.001 for the code, the smallest of the three that were tried.
"""

import keras
import numpy as np

from companion.datasets import scenes
from companion.practice import denoising_rivals as rivals
from companion.practice import denoising_trials as trials
from companion.practice.photograph_networks import CodeDenoiser, ResidualDenoiser
from companion.practice.shrinkage import ShrinkageDenoiser
from reproductions.claims import Claim, Paper

EPOCHS = 6
SPARSE = "sparse autoencoder"
PAPER = Paper(
    name="zhang2017",
    key="zhang2017beyond",
    where="Table II, noise of 25",
    dataset="scene_patches",
    claim=Claim(
        what="PSNR of a residual network minus that of the best filter",
        published=0.66,
        unit="dB",
        tolerance=0.0,
        partly_tolerance=0.66,
        lower_is_better=False,
    ),
    recipe={
        "noise": 25 / 255,
        "filters": 32,
        "depth": 7,
        "patch_side": 32,
        "test_side": 192,
        "levels": [0.02, 0.3],
        "batch_size": 8,
        "steps_per_epoch": 500,
        "learning_rate": 1e-3,
        "learning_rate_of_sparse": 4e-3,
        "missing": 0.5,
        "epochs": EPOCHS,
    },
    epochs=4 * EPOCHS,
    budget_cpu_minutes=8,
)
RECIPE = PAPER.recipe


def run(seed, progress):
    """Train four networks and measure them on test photographs.

    Args:
        seed: Seed of the weights, the patches and the noise.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The gain of the residual network over the best filter in dB; as extras, the PSNR
        of each network with noise, without noise and with missing pixels.
    """
    patches = scenes.patches(scenes.TRAIN, RECIPE["patch_side"])
    test = scenes.scenes(scenes.TEST, RECIPE["test_side"])
    noisy, level = trials.damaged_scenes(test, "gaussian", RECIPE["noise"])
    holes = trials.damaged_scenes(test, "masking", RECIPE["missing"])
    extras = {}
    for name, model in networks(seed).items():
        train(name, model, patches, progress)
        for what, answer in {
            "noisy": trials.cleaned(model, noisy, level),
            "clean": trials.cleaned(model, test, 0.0),
            "filling": trials.filled_in(model, *holes),
        }.items():
            extras[f"PSNR in dB, {name}, {what}"] = float(
                trials.each_psnr(test, answer).mean()
            )
    best = max(v for name, v in baselines().items() if "filling" not in name)
    return extras["PSNR in dB, residual network, noisy"] - best, extras


def networks(seed):
    """Build the four networks, by name."""
    return {
        "residual network": ResidualDenoiser(RECIPE["filters"], RECIPE["depth"], seed=seed),
        SPARSE: ShrinkageDenoiser(seed=seed),
        f"{SPARSE}, 12 by 12": ShrinkageDenoiser(window=12, seed=seed),
        "autoencoder with a code": CodeDenoiser(16, RECIPE["filters"], seed=seed),
    }


def train(name, model, patches, progress):
    """Train one network; the learning rate falls to zero along a cosine."""
    lesson = trials.Lesson(*RECIPE["levels"])
    n_steps, batch_size = RECIPE["steps_per_epoch"], RECIPE["batch_size"]
    key = "learning_rate_of_sparse" if SPARSE in name else "learning_rate"
    rate = keras.optimizers.schedules.CosineDecay(RECIPE[key], n_steps * RECIPE["epochs"])
    progress.fit(
        name.replace(" ", "_").replace(",", ""),
        model,
        lambda rng: trials.examples(lesson, patches, n_steps * batch_size, rng),
        epochs=RECIPE["epochs"],
        batch_size=batch_size,
        optimizer=keras.optimizers.Adam(rate),
        loss="mse",
    )


def baselines():
    """Tune five filters on the validation photographs, and fill holes by two.

    Returns:
        The PSNR of each on the test photographs in dB, by name.
    """
    validation, test = (
        scenes.scenes(n, RECIPE["test_side"]) for n in (scenes.VALIDATION, scenes.TEST)
    )
    noisy = trials.damaged_scenes(test, "gaussian", RECIPE["noise"])
    found, _ = trials.best_filters("gaussian", RECIPE["noise"], validation, [noisy])
    answers = {name: answer[0] for name, answer in found.items()}
    holes = trials.damaged_scenes(test, "masking", RECIPE["missing"])
    answers["biharmonic, filling"] = trials.filtered(rivals.biharmonic, None, *holes)
    cosines = trials.filled_by(rivals.cosine_thresholds, *holes)
    answers["cosine thresholds, filling"] = cosines
    return {
        f"PSNR in dB, {name}": float(np.mean(trials.each_psnr(test, answer)))
        for name, answer in answers.items()
    }
