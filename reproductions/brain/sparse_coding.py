"""Checks of the chapter on sparse coding, each against another route."""

import functools

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, least_squares
from sklearn.decomposition import sparse_encode

from companion.brain import (
    competition,
    features,
    gabor,
    known_dictionary,
    natural_images,
    receptive_fields,
    sparse_coding,
    sparseness,
    unrolled,
    whitening,
)
from reproductions.brain.check import Check

PENALTY = 0.5
SIDE, FREQUENCY, SIGMA_U, SIGMA_V = 41, 0.15, 3.0, 4.0
N_ATOMS, N_BATCHES, N_SEARCH = 100, 300, 20


def checks():
    """All checks of the chapter, about five CPU seconds."""
    return [
        *_search_checks(),
        *_rate_checks(),
        *_circuit_checks(),
        _unrolled_check(),
        *_natural_checks(),
        *_recovery_checks(),
        *_sparseness_checks(),
        *_cell_checks(),
        _whitening_check(),
    ]


@functools.cache
def random_problem():
    """Forty inputs of 24 features under 48 random atoms, and scikit-learn's codes."""
    rng = np.random.default_rng(0)
    dictionary = rng.normal(size=(48, 24))
    dictionary /= np.linalg.norm(dictionary, axis=1, keepdims=True)
    x = rng.normal(size=(40, 24))
    settings = {"algorithm": "lasso_cd", "alpha": PENALTY, "max_iter": 20_000}
    return x, dictionary, sparse_encode(x, dictionary, **settings)


def _mean_objective(z):
    x, dictionary, _ = random_problem()
    errors = np.sum((x - z @ dictionary) ** 2, axis=1)
    return float(np.mean(0.5 * errors + PENALTY * np.abs(z).sum(axis=1)))


def _search_checks():
    x, dictionary, reference = random_problem()
    ours = sparse_coding.fista(x, dictionary, PENALTY, n_steps=500)
    route = "scikit-learn's sparse_encode (lasso_cd)"
    return [
        Check(
            "Objective of FISTA after 500 steps", "", _mean_objective(ours),
            _mean_objective(reference), 1e-4, route,
        ),
        Check(
            "Share of active units in FISTA's codes", "",
            float(np.mean(np.abs(ours) > 1e-6)),
            float(np.mean(np.abs(reference) > 1e-6)), 2e-3, route,
        ),
    ]  # fmt: skip


def slope_of(method):
    """Slope of the excess of F by the number of steps, on logarithmic axes.

    Without a penalty and with atoms that are orthogonal, unit i is by itself. Curvatures
    from 1 down to 1e-9, as many in every decade, make a sum that falls as a power.
    """
    lengths = np.sqrt(np.geomspace(1e-9, 1.0, 90))
    excess = [
        sparse_coding.objective(
            method(lengths[None], np.diag(lengths), 0.0, n_steps=k),
            lengths[None],
            np.diag(lengths),
            0.0,
        )[0]
        for k in (50, 1000)
    ]
    return float(np.log(excess[1] / excess[0]) / np.log(20.0))


def _rate_checks():
    route = "Beck and Teboulle (2009), theorem {}: power of a problem with a wide spectrum"
    return [
        Check(
            "Slope of the excess of ISTA, logarithmic axes", "",
            slope_of(sparse_coding.ista), -1.0, 0.05, route.format("3.1"),
        ),
        Check(
            "Slope of the excess of FISTA, logarithmic axes", "",
            slope_of(sparse_coding.fista), -2.0, 0.1, route.format("4.4"),
        ),
    ]  # fmt: skip


def _circuit_checks():
    x, dictionary, reference = random_problem()
    params = competition.CompetitionParams(penalty=PENALTY)
    z = competition.settle(x, dictionary, params, duration_ms=4000)
    fine = competition.CompetitionParams(penalty=PENALTY, dt_ms=0.05)
    *_, u = competition.compete(x[:1], dictionary, fine, 20.0)
    gram, drive = dictionary @ dictionary.T, x[0] @ dictionary.T

    def slope(_, u):
        z = np.sign(u) * np.maximum(np.abs(u) - PENALTY, 0.0)
        return (drive - u - z @ gram + z) / 10.0

    exact = solve_ivp(slope, (0.0, 20.0), np.zeros(48), rtol=1e-8, atol=1e-10).y[:, -1]
    return [
        Check(
            "Objective of the competing cells after 4 s", "", _mean_objective(z),
            _mean_objective(reference), 1e-4, "scikit-learn's sparse_encode (lasso_cd)",
        ),
        Check(
            "Strongest potential of the competing cells at 20 ms", "",
            float(np.abs(u).max()), float(np.abs(exact).max()), 5e-3, "SciPy's solve_ivp",
        ),
    ]  # fmt: skip


def _unrolled_check():
    x, dictionary, _ = random_problem()
    z = unrolled.encode(unrolled.from_ista(dictionary, PENALTY), x, 5)
    lipschitz = np.linalg.eigvalsh(dictionary @ dictionary.T)[-1]
    by_hand = np.zeros_like(z)
    for _ in range(5):
        a = by_hand - (by_hand @ dictionary - x) @ dictionary.T / lipschitz
        by_hand = np.sign(a) * np.maximum(np.abs(a) - PENALTY / lipschitz, 0.0)
    return Check(
        "Objective of the untrained unrolled network, 5 steps", "", _mean_objective(z),
        _mean_objective(by_hand), 1e-9, "five proximal steps written out",
    )  # fmt: skip


@functools.cache
def natural_dictionary(seed):
    """Patches of 10 x 10, a dictionary learned on them, and codes of held-out patches."""
    x_train, x_test = natural_images.load(10, 10_000, 500, seed)
    settings = {"n_steps": N_BATCHES, "n_search": N_SEARCH}
    rng = np.random.default_rng(seed)
    dictionary = sparse_coding.train(x_train, N_ATOMS, 1.0, rng=rng, **settings)
    z = sparse_coding.fista(x_test, dictionary, 1.0, n_steps=100)
    return x_train, dictionary, z


def _natural_checks():
    x_train, dictionary, z = natural_dictionary(0)
    axes = np.linalg.svd(x_train - x_train.mean(axis=0), full_matrices=False)[2][:99]
    kurtoses = sparseness.excess_kurtosis(z)
    used = z.std(axis=0) > 0
    return [
        Check(
            "Share of Gabor-like features (R² > 0.7), learned atoms minus principal axes",
            "", features.gabor_share(dictionary) - features.gabor_share(axes), 0.75, 0.25,
            "criterion: at least half of all features more than PCA, same fit",
        ),
        Check(
            "Mean R² of Gabor fits to 8 atoms", "",
            float(gabor.fit(dictionary[:8])[1].mean()),
            float(np.mean([r_squared_by_scipy(atom) for atom in dictionary[:8]])), 5e-3,
            "scipy.optimize.least_squares, all eight parameters",
        ),
        Check(
            "Share of units whose codes have heavier tails than a Gaussian", "",
            float(np.mean(kurtoses[used] > 0.0)), 1.0, 0.02, "criterion: all units",
        ),
    ]  # fmt: skip


def r_squared_by_scipy(field):
    """Best R^2 of a Gabor function written out here, from the fit of four orientations."""
    side = round(np.sqrt(field.size))
    rows, columns = (c.ravel() for c in np.indices((side, side)))

    def error(p):
        u = (columns - p[1]) * np.cos(p[3]) + (rows - p[0]) * np.sin(p[3])
        v = (rows - p[0]) * np.cos(p[3]) - (columns - p[1]) * np.sin(p[3])
        window = np.exp(-(u**2) / (2 * p[4] ** 2) - v**2 / (2 * p[5] ** 2))
        angle = 2 * np.pi * p[2] * u
        return window * (p[6] * np.cos(angle) + p[7] * np.sin(angle)) - field

    center = np.array([rows, columns]) @ field**2 / np.sum(field**2)
    low = [0, 0, 0.5 / side, -np.inf, 0.5, 0.5, -np.inf, -np.inf]
    high = [side - 1, side - 1, 0.5, np.inf, side, side, np.inf, np.inf]
    fits = [
        least_squares(error, [*center, f, theta, 1.5, 2.0, 0.1, 0.1], bounds=(low, high))
        for theta in np.pi * np.arange(4) / 4
        for f in (0.12, 0.3)
    ]
    return 1.0 - 2.0 * min(fit.cost for fit in fits) / np.sum(field**2)


def recovered(n_active, amplitudes):
    """Score of the atoms found in a known world, and of as many of its inputs."""
    rng, settings = np.random.default_rng(0), {"noise": 0.02, "amplitudes": amplitudes}
    x, true, _ = known_dictionary.draw_world(4000, 40, 20, n_active, rng, **settings)
    found = sparse_coding.train(x, 40, 0.8, n_steps=200, n_search=12, rng=rng)
    return [known_dictionary.matching_score(atoms, true) for atoms in (found, x[:40])]


def _recovery_checks():
    return [
        Check(
            "Mean best cosine with the atoms that made the data, 2 of 40 active", "",
            recovered(2, "laplace")[0], 1.0, 0.05, "the known dictionary",
        ),
        Check(
            "Mean best cosine, all 40 active with Gaussian amplitudes", "",
            *recovered(40, "gaussian"), 0.05,
            "copies of inputs: no direction is marked in Gaussian data",
        ),
    ]  # fmt: skip


def _sparseness_checks():
    rng = np.random.default_rng(0)
    z = np.stack([rng.normal(size=100_000), rng.laplace(size=100_000)], axis=1)
    gauss, laplace = sparseness.lifetime_sparseness(z)
    return [
        Check("Sparseness of Gaussian activity", "", gauss, 1 - 2 / np.pi, 5e-3, "1 - 2/π"),
        Check("Sparseness of Laplacian activity", "", laplace, 0.5, 5e-3, "closed form"),
        Check(
            "Excess kurtosis of Laplacian activity", "",
            float(sparseness.excess_kurtosis(z)[1]), 3.0, 0.25, "closed form",
        ),
    ]  # fmt: skip


def _cell_checks():
    values = (20.0, 20.0, FREQUENCY, 0.6, SIGMA_U, SIGMA_V, 1.0, 0.4)
    cell = gabor.Gabors(*(np.array([value]) for value in values))
    even, odd = cell.fields(SIDE)[0], cell.fields(SIDE, np.pi / 2)[0]
    thetas = np.radians(np.arange(180.0))
    curve = receptive_fields.tuning_curve(even, FREQUENCY, thetas)
    width = brentq(lambda d: _tuning(d) - 0.5, 0.01, 1.5)
    phases = 2.0 * np.pi * np.arange(64) / 64
    drift = receptive_fields.gratings(SIDE, FREQUENCY, [0.6], phases)[0]
    simple = receptive_fields.simple_cell(drift, even)
    energy = receptive_fields.complex_cell(drift, even, odd)
    return [
        Check(
            "Half width of a Gabor cell's orientation tuning", "degrees",
            receptive_fields.half_width_deg(thetas, curve), float(np.degrees(width)), 0.3,
            "root of the closed form",
        ),
        Check(
            "Phase modulation F1/F0 of a simple cell", "",
            float(receptive_fields.modulation_ratio(simple)), np.pi / 2, 5e-3,
            "π/2, a half-wave rectified sinusoid",
        ),
        Check(
            "Phase modulation F1/F0 of a complex cell", "",
            float(receptive_fields.modulation_ratio(energy)), 0.0, 1e-4,
            "0, the sum of cos² and sin²",
        ),
    ]  # fmt: skip


def _tuning(difference):
    """Fourier transform of the Gabor function, written out from its two Gaussians."""
    f_u = FREQUENCY * (1 - np.cos(difference))
    f_v = FREQUENCY * np.sin(difference)
    return np.exp(-2 * np.pi**2 * ((SIGMA_U * f_u) ** 2 + (SIGMA_V * f_v) ** 2))


def _whitening_check():
    impulse = np.zeros((8, 1000))
    impulse[0, 0] = 1.0
    gain = np.abs(np.fft.fft2(whitening.whiten_image(impulse)))[0, :500]
    return Check(
        "Frequency that whitening passes best", "cycles per pixel",
        float(np.fft.fftfreq(1000)[gain.argmax()]), 0.4 / np.sqrt(2.0), 1e-3,
        "closed form: cutoff / √2, where the slope of R is zero",
    )  # fmt: skip
