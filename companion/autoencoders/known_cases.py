"""Measures on cases whose answer is known beforehand, from elsewhere.

A measure that was never seen to give a known answer measures nothing. Each function makes
one small world, and returns what the measure finds there and what it must find: a closed
form, a count, or the answer of another library. Where the world is a sample, the two
differ by the error of that sample.
"""

from types import SimpleNamespace

import numpy as np
from scipy.stats import norm
from sklearn.decomposition import PCA as SklearnPCA

from companion.autoencoders import comparison, importance, measures, rounding, yardsticks
from companion.autoencoders.bottleneck import plane_quality
from companion.autoencoders.pca import PCA
from companion.autoencoders.variational import VAE


def probe(rng):
    """Let a probe tell two Gaussians whose means are two standard deviations apart."""
    y = np.arange(4000) % 2
    z = rng.normal(size=(4000, 1)) + 2.0 * y[:, None]
    hits = measures.probe_hits(z[:2000], y[:2000], z[2000:], y[2000:])
    return hits.mean(), norm.cdf(1.0)


def nearest_code(rng):
    """Look up the class of the nearest code where codes know nothing of two classes."""
    z, y = rng.normal(size=(4000, 2)), rng.integers(0, 2, size=4000)
    _, accuracy = plane_quality(z[:2000], z[2000:], y[2000:], z[:2000], y[:2000])
    return accuracy, 0.5


def trustworthiness_of_a_copy(rng):
    """Judge the neighbors of a code that is the example itself."""
    x, y = rng.normal(size=(100, 5)), np.zeros(100)
    return plane_quality(x, x, y, x, y)[0], 1.0


def holes_of_pca(rng):
    """Fill a hole with PCA for many rounds; the answer is least squares on the rest."""
    x = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8))
    pca, hidden = PCA(2).fit(x), np.arange(8) < 3
    start = x[:1], hidden[None], pca.mean
    filled = measures.fill_in(pca.reconstruct, *start, n_rounds=2000)
    axes, seen = pca.components, (x[0] - pca.mean)[~hidden]
    z, *_ = np.linalg.lstsq(axes[:, ~hidden].T, seen, rcond=None)
    return filled[0, 0], (z @ axes + pca.mean)[0]


def noise_of_the_wiener_filter(rng):
    """Take noise from a Gaussian; what is left is the variance of the posterior."""
    mixing = rng.normal(size=(4, 4))
    covariance, noise = mixing.T @ mixing, rng.normal(size=(20_000, 4))
    x = rng.normal(size=(20_000, 4)) @ mixing
    x_hat = yardsticks.wiener_filter(x + 0.5 * noise, np.zeros(4), covariance, 0.5)
    posterior = np.linalg.inv(np.linalg.inv(covariance) + np.eye(4) / 0.5**2)
    return measures.errors_of_examples(x, x_hat).mean(), np.trace(posterior)


def rounding_of_pca(rng):
    """Round three units to cells of width 0.4: each adds the variance of a cell."""
    x = rng.normal(size=(20_000, 6)) * (5.0, 4.0, 3.0, 0.5, 0.4, 0.3)
    pca = PCA(3).fit(x)
    _, errors = rounding.rate_distortion(pca.encode, pca.decode, x, x, [0.4])
    plain = measures.errors_of_examples(x, pca.reconstruct(x)).mean()
    return errors[0] - plain, 3 * 0.4**2 / 12


def bound_of_pca(rng):
    """Ask for the likelihood of probabilistic PCA, which scikit-learn knows as score."""
    x = rng.normal(size=(2000, 12)) * np.linspace(2.0, 0.5, 12)
    world = SimpleNamespace(x_train=x[:1000], x_test=x[1000:])
    found = comparison.bound(world, "PCA", None)["bound"].mean()
    return found, SklearnPCA(8, svd_solver="full").fit(x[:1000]).score(x[1000:])


def bound_of_a_silent_code(rng):
    """Take the bound of a VAE that ignores its code: a Gaussian around one image."""
    model, x = VAE(5, 2, likelihood="gaussian", sigma=0.5), rng.uniform(size=(3, 5))
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    middle = np.asarray(model.decode(np.zeros((1, 2), "float32")))
    log_density = norm.logpdf(x, middle, 0.5).sum(axis=1)
    return importance.iwae_bound(model, x, 50).mean(), log_density.mean()


def units_in_use(rng):
    """Count the units of a decoder that ignores one of three."""
    z, rows = rng.normal(size=(200, 3)), rng.normal(size=(3, 6))
    rows[1] = 0.0
    noise = 0.1 * rng.normal(size=(200, 6))
    return measures.units_in_use(lambda z: z @ rows, z, z @ rows + noise), 2


CASES = {
    "probe": ("two Gaussians, means 2 apart: Φ(1)", probe),
    "1-NN": ("codes that ignore two classes", nearest_code),
    "trustworthiness": ("a copy", trustworthiness_of_a_copy),
    "error of denoised": ("Wiener filter: posterior variance", noise_of_the_wiener_filter),
    "error in holes": ("PCA, many rounds: least squares", holes_of_pca),
    "error at equal bits": ("three units, step 0.4: 3 Δ²/12 more", rounding_of_pca),
    "bound of PCA": ("score of scikit-learn", bound_of_pca),
    "bound of the VAE": ("silent code: a Gaussian", bound_of_a_silent_code),
    "units in use": ("one of three ignored", units_in_use),
}


def rows(seed=0, tolerance=0.03):
    """Measure all known cases.

    Args:
        seed: Seed of the samples.
        tolerance: Largest relative error that a sample may cause.

    Returns:
        Rows of texts: measure, case, what must be found, what was found.

    Raises:
        AssertionError: If a measure misses its known answer.
    """
    found = []
    for measure, (case, world) in CASES.items():
        measured, known = world(np.random.default_rng(seed))
        np.testing.assert_allclose(measured, known, rtol=tolerance, err_msg=measure)
        found.append([measure, case, f"{known:.2f}", f"{measured:.2f}"])
    return found
