"""What codes of natural patches answer, beside the answers of a model of V1."""

import numpy as np
from scipy.stats import rankdata

from companion.challenges import model_v1, patch_models, similarity, units

N_CELLS = 128


def of_responses(z, targets):
    """CKA and RSA of responses to those of simple and of complex cells.

    Args:
        z: Responses, shape (n, K).
        targets: By name, responses to the same stimuli, (n, M).

    Returns:
        By names "CKA simple" and so on, one number each.
    """
    compare = {"CKA": similarity.unbiased_cka, "RSA": similarity.rsa}
    return {f"{m} {t}": f(z, y) for m, f in compare.items() for t, y in targets.items()}


def references(seed):
    """Draw a model V1 in two halves, and what stands beside the models.

    Args:
        seed: Seed of the cells.

    Returns:
        A function from patches to the responses of the first half, by type of cell; and
        by name the functions from patches to responses of the other half's simple cells,
        of its complex cells, and of simple cells with scrambled phases.
    """
    rng = np.random.default_rng(1000 + seed)
    cells = model_v1.draw(N_CELLS, patch_models.SIDE, rng)
    first, second = cells.half(0), cells.half(1)
    scrambled = similarity.scramble_phases(second.even, rng)
    others = {
        "V1 model, simple": second.simple,
        "V1 model, complex": second.complex,
        "scrambled simple": model_v1.ModelV1(scrambled, scrambled).simple,
    }
    return lambda x: {"simple": first.simple(x), "complex": first.complex(x)}, others


def measure(respond, x, targets, seed):
    """All measures of one model.

    Args:
        respond: Function from patches (n, D) to responses (n, K).
        x: Held-out patches, shape (n, D).
        targets: As in `of_responses`.
        seed: Seed of the white noise.

    Returns:
        A dictionary of the measures, and the receptive fields (K, D).
    """
    z, fields = respond(x), units.driving_fields(respond, x.shape[1], seed)
    return of_responses(z, targets) | units.of_units(z, fields), fields


def split_signs(respond):
    """Give each unit with a sign two rates, max(0, z) and max(0, -z)."""

    def rates(x):
        z = respond(x)
        return np.hstack([np.maximum(0.0, z), np.maximum(0.0, -z)])

    return rates


def rank_agreement(a, b, n_draws, rng):
    """Spearman's correlation of two lists over models, with a bootstrap interval.

    Args:
        a: One value for each model, shape (n,), n at least 3.
        b: Likewise.
        n_draws: Draws of models with replacement.
        rng: A `numpy.random.Generator`.

    Returns:
        The correlation, and the 2.5 and 97.5 % points of the draws.

    Raises:
        ValueError: If the shapes do not fit.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or len(a) < 3:
        raise ValueError(f"a and b must be (n,), n of 3 at least; got {a.shape}, {b.shape}")
    draws = rng.integers(len(a), size=(n_draws, len(a)))
    draws = draws[(np.ptp(a[draws], axis=1) > 0) & (np.ptp(b[draws], axis=1) > 0)]
    whole = _rank_correlations(a[None], b[None])[0]
    low, high = np.percentile(_rank_correlations(a[draws], b[draws]), [2.5, 97.5])
    return float(whole), float(low), float(high)


def _rank_correlations(a, b):
    """Spearman's correlation of each row of a with that of b, both (n, m)."""
    ranks = [rankdata(values, axis=1) for values in (a, b)]
    a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    return np.sum(a * b, axis=1) / np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1))


def compare(runs, cuts, seeds):
    """Compare responses of models with those of V1, on average over seeds.

    Args:
        runs: By name one function for each seed, from patches to responses.
        cuts: For each seed the result of `companion.challenges.patch_models.cut`.
        seeds: Seeds of the model V1, as in `references`.

    Returns:
        For each name the means over seeds, by name as in `of_responses`.
    """
    found = {name: [] for name in runs}
    for place, (seed, (_, _, x_test)) in enumerate(zip(seeds, cuts, strict=True)):
        targets = references(seed)[0](x_test)
        for name, responders in runs.items():
            found[name].append(of_responses(responders[place](x_test), targets))
    return {name: average(values) for name, values in found.items()}


def train_and_compare(names, cuts, seeds, n_units=64):
    """Train quick models anew and compare their responses with those of V1.

    Args:
        names: Among `companion.challenges.patch_models.LEARNERS`.
        cuts: As in `compare`.
        seeds: Seeds of the models, and of the model V1.
        n_units: Units of each model.

    Returns:
        As `compare`.
    """
    runs = {
        name: [
            patch_models.LEARNERS[name](x, labels, n_units, seed)
            for seed, (x, labels, _) in zip(seeds, cuts, strict=True)
        ]
        for name in names
    }
    return compare(runs, cuts, seeds)


def average(runs):
    """Mean of each measure over dictionaries of them."""
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
