"""Search for molecules with a high score, with and without a code space.

Every method starts from the same scored molecules and may score the same number of
different molecules. A score that was paid for is never paid again.
"""

import warnings

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from companion.networks.checks import check_counts

N_CANDIDATES = 400
N_BEST = 10
N_WRITTEN = 4
MAX_EMPTY_ROUNDS = 20


def expected_improvement(mean, std, best):
    """Mean of max(f - best, 0) for f from N(mean, std^2).

    With u = (mean - best) / std it is std * (u * Phi(u) + phi(u)).

    Args:
        mean: Predicted scores, (n,).
        std: Their standard deviations, (n,), not negative.
        best: The best score so far.

    Returns:
        (n,), in the unit of the score.

    Raises:
        ValueError: If a standard deviation is negative or a value is not finite.

    Source:
        Jones, Schonlau and Welch (1998), J. Glob. Optim. 13, 455-492, eq. 15.
    """
    mean, std = np.broadcast_arrays(np.asarray(mean, float), np.asarray(std, float))
    if not np.isfinite([*mean.ravel(), *std.ravel(), best]).all() or (std < 0).any():
        raise ValueError("mean, std and best must be finite and std not negative")
    gain = mean - best
    u = gain / np.where(std > 0, std, 1.0)
    uncertain = std * (u * norm.cdf(u) + norm.pdf(u))
    return np.where(std > 0, uncertain, np.maximum(gain, 0.0))


class Scorer:
    """Scores molecules, remembers them, and stops when the budget is spent.

    Args:
        score: From a canonical SMILES string to a number.
        budget: How many different molecules may be scored.
    """

    def __init__(self, score, budget):
        check_counts(budget=budget)
        self.score, self.budget, self.found = score, budget, {}

    @property
    def spent(self):
        return len(self.found) >= self.budget

    def ask(self, molecules):
        """Score molecules, as far as the budget reaches; None and known ones cost nothing.

        Returns:
            How many were new.
        """
        before = len(self.found)
        for smiles in molecules:
            if self.spent:
                break
            if smiles is not None and smiles not in self.found:
                self.found[smiles] = float(self.score(smiles))
        return len(self.found) - before

    def best(self, n=1):
        """The n best molecules so far, best first."""
        return sorted(self.found, key=self.found.get, reverse=True)[:n]

    def curve(self):
        """The best score after each evaluation, (n_evaluations,)."""
        return np.maximum.accumulate(list(self.found.values()))


def search_training(scorer, pool, rng):
    """Score molecules of the training set, in random order."""
    scorer.ask([str(pool[i]) for i in rng.permutation(len(pool))])


def search_codes(scorer, codec, rng, batch=50):
    """Write molecules from random codes, and score them.

    Args:
        scorer: A `Scorer`.
        codec: Has `latent_dim`, and `write(z)`, from codes to molecules.
        rng: A `numpy.random.Generator`.
        batch: Codes drawn at a time.
    """
    empty = 0
    while not scorer.spent and empty < MAX_EMPTY_ROUNDS:
        z = rng.standard_normal((batch, codec.latent_dim))
        empty = 0 if scorer.ask(codec.write(z)) else empty + 1


def gaussian_process(z, y):
    """Fit a Gaussian process with one length to numbers that belong to points.

    Args:
        z: Codes or other points, (n, K), n >= 2.
        y: Their scores, (n,).

    Returns:
        A `sklearn.gaussian_process.GaussianProcessRegressor`; its scale, length and noise
        are those of highest likelihood.
    """
    length = max(float(np.median(pdist(z))), 1e-3)
    kernel = ConstantKernel(1.0) * RBF(length, (0.05 * length, 20.0 * length))
    kernel += WhiteKernel(0.1, (1e-3, 10.0))
    model = GaussianProcessRegressor(kernel, normalize_y=True)
    with warnings.catch_warnings():
        # A length at the bound says that the code tells little; the fit is still one.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(z, y)


def search_bayesian(scorer, codec, rng, batch=10, spread=0.35):
    """Bayesian optimization in the code space.

    In turns: fit a Gaussian process to all scores so far; draw candidate codes, half from
    N(0, I) and half around the codes of the best molecules; write those with the largest
    expected improvement, and score the first new ones. Length and noise are fitted at the
    start only. The spread was chosen among 0.1, 0.25, 0.35, 0.5, 0.7 and 1 on seeds that no
    page reports.

    Args:
        scorer: A `Scorer` with some molecules scored.
        codec: Has `latent_dim`, `encode(molecules)`, and `write(z)`.
        rng: A `numpy.random.Generator`.
        batch: How many new molecules are scored in a turn.
        spread: Standard deviation of the candidates around a code.
    """
    molecules = list(scorer.found)
    z, y = codec.encode(molecules), np.array(list(scorer.found.values()))
    kernel, empty = gaussian_process(z, y).kernel_, 0
    while not scorer.spent and empty < MAX_EMPTY_ROUNDS:
        codes = _candidates(z, y, spread, rng)
        # Many codes stand for one molecule, so more are written than are scored.
        chosen = codes[most_promising(kernel, z, y, codes, N_WRITTEN * batch)]
        new = {}
        for code, smiles in zip(chosen, codec.write(chosen), strict=True):
            if smiles is not None and smiles not in scorer.found:
                new.setdefault(smiles, code)
        asked = list(new)[: min(batch, scorer.budget - len(scorer.found))]
        empty = 0 if scorer.ask(asked) else empty + 1
        new = {smiles: new[smiles] for smiles in asked}
        z = np.concatenate([z, *[code[None] for code in new.values()]])
        y = np.append(y, [scorer.found[smiles] for smiles in new])


def most_promising(kernel, z, y, candidates, n):
    """Rows of the n candidates with the largest expected improvement, best first.

    Args:
        kernel: A kernel with its lengths chosen.
        z: Points with a known score, (m, K).
        y: Their scores, (m,).
        candidates: Points to choose from, (n_candidates, K).
        n: How many.

    Returns:
        Integers, (n,).
    """
    model = GaussianProcessRegressor(kernel, normalize_y=True, optimizer=None).fit(z, y)
    gain = expected_improvement(*model.predict(candidates, return_std=True), np.max(y))
    return np.argsort(-gain, kind="stable")[:n]


def _candidates(z, y, spread, rng):
    around = z[np.argsort(-y, kind="stable")[:N_BEST]]
    around = np.repeat(around, N_CANDIDATES // 2 // len(around), axis=0)
    around = around + spread * rng.standard_normal(around.shape)
    free = rng.standard_normal((N_CANDIDATES // 2, z.shape[1]))
    return np.concatenate([free, around])
