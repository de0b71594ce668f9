"""All measures of all models in one table.

The table maps models to measures to lists of runs: one for each seed, or one alone for a
model that is not random. A run is a number, or the parts of it that belong to single
images, so that `companion.autoencoders.decision` can draw the images anew. A measure that
is not defined for a model is missing there; nothing is filled in.
"""

import numpy as np
from keras import ops

from companion import metrics
from companion.autoencoders import (
    evaluation,
    importance,
    linear_vae,
    measures,
    rounding,
    yardsticks,
)
from companion.autoencoders.bottleneck import plane_quality
from companion.autoencoders.index_priors import TablePrior
from companion.datasets import worlds

N_BITS = 24
DRAWS = 5  # of generated images
BOUND_SAMPLES = 100  # codes of each image
STEPS = np.geomspace(0.05, 6.0, 12)  # of the quantizer, in the unit of a pixel


def of_codes(trial, encode):
    """Measure what codes say about classes and neighbors."""
    z, z_test = encode(trial.x_train), encode(trial.x_test)
    y, y_test = trial.y_train, trial.y_test
    few = np.array([measures.probe_hits(z[r], y[r], z_test, y_test) for r in trial.few])
    trust, nearest = plane_quality(trial.x_test, z, y, z_test, y_test)
    return {
        "probe": measures.probe_hits(z, y, z_test, y_test),
        # What belongs to a test image, and what to a draw of labels.
        "probe, few labels": (few.mean(axis=0), few.mean(axis=1) - few.mean()),
        "1-NN": nearest,
        "trustworthiness": trust,
    }


def of_pixels(trial):
    """Measure what there is without any model: the pixels as the code, and the noise."""
    error = measures.errors_of_examples(trial.x_test, trial.noisy)
    return of_codes(trial, lambda x: x) | {"error of denoised": error}


def of_reconstructions(trial, coder):
    """Measure reconstructions of whole, noisy, odd and holey images."""
    x, x_hat = trial.x_test, coder.reconstruct(trial.x_test)
    images, images_hat = (a.reshape(-1, *evaluation.IMAGE_SHAPE) for a in (x, x_hat))
    clean, mean = coder.reconstruct(trial.noisy), trial.x_train.mean(axis=0)
    known = trial.x_val, trial.hidden_val, mean
    n_rounds = measures.best_rounds(coder.reconstruct, *known)
    filled = measures.fill_in(coder.reconstruct, x, trial.hidden, mean, n_rounds)
    errors = measures.errors_of_examples(x, x_hat)
    odd = measures.errors_of_examples(trial.x_odd, coder.reconstruct(trial.x_odd))
    return {
        "squared error": errors,
        "PSNR": metrics.psnr(x, x_hat),
        "SSIM": metrics.ssim(images, images_hat),
        "error of denoised": measures.errors_of_examples(x, clean),
        "error in holes": measures.errors_of_examples(x, filled),
        "anomaly AUC": measures.auc_parts(errors, odd),
    }


def of_masked(trial, coder):
    """Measure what a masked autoencoder puts into the holes, in one pass."""
    images = trial.x_test.reshape(-1, *evaluation.IMAGE_SHAPE)
    x_hat = ops.convert_to_numpy(coder.model.outputs(images, trial.order)["x_hat"])
    filled = np.where(trial.hidden, x_hat.reshape(len(images), -1), trial.x_test)
    return {"error in holes": measures.errors_of_examples(trial.x_test, filled)}


def indices(trial, coder):
    """Codebook entries of training and test images, each (n, 4), of the VQ model."""
    return [
        ops.convert_to_numpy(
            coder.model.indices(x.reshape(-1, *evaluation.IMAGE_SHAPE))
        ).reshape(len(x), -1)
        for x in (trial.x_train, trial.x_test)
    ]


def curve_of(trial, coder):
    """Bits and squared errors of a coder for all `STEPS`."""
    data = trial.x_train, trial.x_test
    return rounding.rate_distortion(coder.encode, coder.decode, *data, STEPS)


def point_of_vq(trial, coder):
    """Mean bits and squared error of the vector-quantized model, which has no step."""
    bits = float(np.mean(rounding.code_bits(*indices(trial, coder))))
    x_hat = coder.reconstruct(trial.x_test)
    return bits, metrics.squared_error_per_example(trial.x_test, x_hat)


def at_equal_bits(trial, name, coder, reference):
    """Squared error at equal bits, divided by that of PCA: {} where it cannot be had.

    Codes of numbers are rounded until they cost `N_BITS` bits; VQ is measured at the bits
    that it has.

    Args:
        trial: The data.
        name: Name of the model.
        coder: The model.
        reference: Bits and errors of PCA, from `curve_of`.
    """
    if name == "VQ":
        wanted, error = point_of_vq(trial, coder)
    else:
        wanted, curve = N_BITS, curve_of(trial, coder)
        if not rounding.within(curve[0], wanted):
            return {}
        error = rounding.error_at_bits(*curve, wanted)
    if not rounding.within(reference[0], wanted):
        return {}
    return {"error at equal bits": error / rounding.error_at_bits(*reference, wanted)}


def generate(trial, name, coder, n, rng):
    """Draw codes and decode them: from the prior of the VAE, else from a fitted density.

    Fitted are a Gaussian to the codes of the training images, and for VQ the share of
    each entry at each place.

    Args:
        trial: The data.
        name: Name of the model; "VAE" draws from the prior.
        coder: The model.
        n: Number of images.
        rng: A `numpy.random.Generator`.

    Returns:
        Images as rows, (n, 64).
    """
    if name == "VQ":
        rows = TablePrior(coder.model.n_entries, 0).fit(indices(trial, coder)[0])
        grids = rows.sample(n, rng).reshape(n, *coder.model.grid_shape)
        return coder.decode(ops.convert_to_numpy(coder.model.lookup(grids)).reshape(n, -1))
    z = coder.encode(trial.x_train)
    noise = rng.normal(size=(n, z.shape[1]))
    return coder.decode(noise if name == "VAE" else fitted_gaussian(z, noise))


def fitted_gaussian(z, noise):
    """Give noise from N(0, I), (n, K), the mean and covariance of codes z, (m, K)."""
    covariance = np.cov(z.T) + 1e-6 * np.eye(z.shape[1])  # a dead unit has no variance
    return z.mean(axis=0) + noise @ np.linalg.cholesky(covariance).T


def bound(trial, name, coder):
    """Nats of a test image where the model has a likelihood: {} for all others."""
    if name == "VAE":
        nats = importance.iwae_bound(coder.model, trial.x_test, n_samples=BOUND_SAMPLES)
    elif name == "PCA":
        model = linear_vae.probabilistic_pca(trial.x_train, evaluation.LATENT_DIM)
        nats = worlds.linear_gaussian_log_likelihood(trial.x_test, model)
    else:
        return {}
    return {"bound": nats}


def of_model(trial, name, coder, reference, seed):
    """Every measure that is defined for a model: a mapping from measures to numbers."""
    if name == "mean":
        return of_reconstructions(trial, coder)
    found = of_codes(trial, coder.encode)
    if coder.decode is None:
        return found | of_masked(trial, coder)
    z = coder.encode(trial.x_test)
    found["Fréchet distance"] = generation(trial, name, coder, seed)
    found["units in use"] = measures.units_in_use(coder.decode, z, trial.x_test)
    found |= of_reconstructions(trial, coder) | bound(trial, name, coder)
    return found | at_equal_bits(trial, name, coder, reference)


def generation(trial, name, coder, seed):
    """Fréchet distances of `DRAWS` batches of generated images."""
    rng = np.random.default_rng(seed)
    return yardsticks.generation_errors(
        trial, lambda n: generate(trial, name, coder, n, rng), DRAWS
    )


def convergence(trial, halfway, trained):
    """Tell what the second half of the training changed.

    Returns:
        Names to two lists over seeds, half way and at the end: the squared error of test
        images, and for the masked model that in the holes.
    """
    found = {name: ([], []) for name in trained[0]}
    for stage, runs in enumerate((halfway, trained)):
        for name, model in ((n, m) for models in runs for n, m in models.items()):
            coder = evaluation.coder(model)
            if coder.decode is None:
                errors = of_masked(trial, coder)["error in holes"]
            else:
                x_hat = coder.reconstruct(trial.x_test)
                errors = measures.errors_of_examples(trial.x_test, x_hat)
            found[name][stage].append(float(np.mean(errors)))
    return found


def measure_all(trial, trained):
    """Measure the yardsticks, the baselines and all trained models.

    Args:
        trial: What `companion.autoencoders.trial.prepare` returned.
        trained: The trained models of `companion.autoencoders.evaluation.train`.

    Returns:
        The table: models to measures to lists of runs.
    """
    fitted = evaluation.baselines(trial.x_train)
    runs = [(name, coder, 0) for name, coder in fitted.items()]
    for seed, models in enumerate(trained):
        runs += [(name, evaluation.coder(model), seed) for name, model in models.items()]
    reference = curve_of(trial, fitted["PCA"])
    simple = {"raw pixels": of_pixels(trial)} | yardsticks.measure(trial)
    table = {name: {m: [v] for m, v in row.items()} for name, row in simple.items()}
    bare = yardsticks.at_equal_bits(trial, N_BITS, STEPS, reference)
    table |= {name: {"error at equal bits": ratios} for name, ratios in bare.items()}
    for name, coder, seed in runs:
        for measure, value in of_model(trial, name, coder, reference, seed).items():
            table.setdefault(name, {}).setdefault(measure, []).append(value)
        table[name]["parameters"] = [coder.n_parameters]
        if name == "VAE":  # with the density that all others get
            row = table.setdefault("VAE, fitted density", {"Fréchet distance": []})
            fitted = generation(trial, "fitted", coder, seed)
            row["Fréchet distance"].append(fitted)
    return table
