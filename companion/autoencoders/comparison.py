"""All measures of all models in one table.

The table maps models to measures to lists of values: one for each seed, or one alone for
a model that is not random. A measure that is not defined for a model is missing there;
nothing is filled in.
"""

import numpy as np
from keras import ops

from companion import metrics
from companion.autoencoders import evaluation, importance, linear_vae, measures, samples
from companion.autoencoders.bottleneck import plane_quality
from companion.autoencoders.index_priors import TablePrior
from companion.datasets import worlds

N_BITS = 24
STEPS = np.geomspace(0.05, 6.0, 12)  # of the quantizer, in the unit of a pixel


def of_codes(trial, encode):
    """Measure what codes say about classes and neighbors."""
    z, z_test = encode(trial.x_train), encode(trial.x_test)
    y, y_test = trial.y_train, trial.y_test
    few = [metrics.linear_probe_accuracy(z[r], y[r], z_test, y_test) for r in trial.few]
    trust, nearest = plane_quality(trial.x_test, z, y, z_test, y_test)
    return {
        "probe": metrics.linear_probe_accuracy(z, y, z_test, y_test),
        "probe, few labels": float(np.mean(few)),
        "1-NN": nearest,
        "trustworthiness": trust,
    }


def of_pixels(trial):
    """Measure what there is without any model: the pixels as the code, and the noise."""
    error = metrics.squared_error_per_example(trial.x_test, trial.noisy)
    return of_codes(trial, lambda x: x) | {"error of denoised": error}


def of_reconstructions(trial, coder):
    """Measure reconstructions of whole, noisy, odd and holey images."""
    x, x_hat = trial.x_test, coder.reconstruct(trial.x_test)
    images, images_hat = (a.reshape(-1, 8, 8, 1)[:100] for a in (x, x_hat))
    odd_hat, mean = coder.reconstruct(trial.x_odd), trial.x_train.mean(axis=0)
    filled = measures.fill_in(coder.reconstruct, x, trial.hidden, mean)
    return {
        "squared error": metrics.squared_error_per_example(x, x_hat),
        "PSNR": metrics.psnr(x, x_hat),
        "SSIM": metrics.ssim(images, images_hat),
        "error of denoised": metrics.squared_error_per_example(
            x, coder.reconstruct(trial.noisy)
        ),
        "error in holes": metrics.squared_error_per_example(x, filled),
        "anomaly AUC": measures.auc(
            measures.errors_of_examples(x, x_hat),
            measures.errors_of_examples(trial.x_odd, odd_hat),
        ),
    }


def of_masked(trial, coder):
    """Measure what a masked autoencoder puts into the holes, in one pass."""
    images = trial.x_test.reshape(-1, *evaluation.IMAGE_SHAPE)
    x_hat = ops.convert_to_numpy(coder.model.outputs(images, trial.order)["x_hat"])
    filled = np.where(trial.hidden, x_hat.reshape(len(images), -1), trial.x_test)
    error = metrics.squared_error_per_example(trial.x_test, filled)
    return {"error in holes": error}


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
    return measures.rate_distortion(coder.encode, coder.decode, *data, STEPS)


def point_of_vq(trial, coder):
    """Mean bits and squared error of the vector-quantized model, which has no step."""
    bits = float(np.mean(measures.code_bits(*indices(trial, coder))))
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
        if not measures.within(curve[0], wanted):
            return {}
        error = measures.error_at_bits(*curve, wanted)
    if not measures.within(reference[0], wanted):
        return {}
    return {"error at equal bits": error / measures.error_at_bits(*reference, wanted)}


def generate(trial, name, coder, n, rng):
    """Draw codes and decode them: from the prior of the VAE, else from a fitted density.

    Fitted are a Gaussian to the codes of the training images, and for VQ the share of
    each entry at each place.

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
        nats = importance.iwae_bound(coder.model, trial.x_test, n_samples=100)
    elif name == "PCA":
        model = linear_vae.probabilistic_pca(trial.x_train, evaluation.LATENT_DIM)
        nats = worlds.linear_gaussian_log_likelihood(trial.x_test, model)
    else:
        return {}
    return {"bound": float(np.mean(nats))}


def of_model(trial, name, coder, reference, seed):
    """Every measure that is defined for a model: a mapping from measures to numbers."""
    if name == "mean":
        return of_reconstructions(trial, coder)
    found = of_codes(trial, coder.encode)
    if coder.decode is None:
        return found | of_masked(trial, coder)
    rng = np.random.default_rng(seed)
    images = generate(trial, name, coder, len(trial.x_test), rng)
    z = coder.encode(trial.x_test)
    found["Fréchet distance"] = samples.frechet_distance(
        trial.features(trial.x_test), trial.features(images)
    )
    found["units in use"] = measures.units_in_use(coder.decode, z, trial.x_test)
    found |= of_reconstructions(trial, coder) | bound(trial, name, coder)
    return found | at_equal_bits(trial, name, coder, reference)


def measure_all(trial, trained):
    """Measure the baselines and all trained models.

    Args:
        trial: What `companion.autoencoders.trial.prepare` returned.
        trained: What `companion.autoencoders.evaluation.train` returned.

    Returns:
        The table: models to measures to lists of values.
    """
    fitted = evaluation.baselines(trial.x_train)
    runs = [(name, coder, 0) for name, coder in fitted.items()]
    for seed, models in enumerate(trained):
        runs += [(name, evaluation.coder(model), seed) for name, model in models.items()]
    reference = curve_of(trial, fitted["PCA"])
    table = {"raw pixels": {m: [v] for m, v in of_pixels(trial).items()}}
    for name, coder, seed in runs:
        for measure, value in of_model(trial, name, coder, reference, seed).items():
            table.setdefault(name, {}).setdefault(measure, []).append(value)
        table[name]["parameters"] = [coder.n_parameters]
    return table
