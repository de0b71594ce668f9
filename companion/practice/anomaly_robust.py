"""Detectors for training rows of which some are anomalies: robust autoencoders.

Without labels, the rows taken to be normal hold some that are not, and an autoencoder
learns to reconstruct those too. The training table X is therefore split in two,

    X = L + S,    L is reconstructed well,    S is zero in most rows,

by turns: train the autoencoder r on L; then let the rows of R = X - r(L) that are longer
than `threshold` pass into S, each shortened by it (the proximal step of the sum of the
lengths of rows, weighted with the threshold); then L = X - S.
"""

import numpy as np

from companion.networks.checks import check_counts
from companion.practice.anomaly_autoencoder import AutoencoderDetector

RULES = ("shrink", "trim")


def shrink_rows(residuals, threshold):
    """Shorten each row by a threshold, and set rows that are shorter to zero.

    It minimizes ``|S - R|^2 / 2 + threshold * (sum of the lengths of the rows of S)``: the
    proximal step of the l2,1 norm.

    Args:
        residuals: R, shape (n, D).
        threshold: By how much, not negative.

    Returns:
        S, shape (n, D).

    Raises:
        ValueError: If the threshold is negative.

    Source:
        Zhou and Paffenroth (2017), doi:10.1145/3097983.3098052.
    """
    if not threshold >= 0:
        raise ValueError(f"threshold must not be negative; got {threshold}")
    length = np.linalg.norm(residuals, axis=1, keepdims=True)
    kept = np.maximum(length - threshold, 0.0)
    return residuals * np.divide(kept, length, out=np.zeros_like(length), where=length > 0)


class RobustAutoencoderDetector(AutoencoderDetector):
    """An autoencoder that is trained on the part of the table that fits together.

    Each round trains for a share of the steps, the first from new weights and the others
    from where the last one ended, and then divides the rows anew.
    The threshold is the length of residual that the share `suspected` of the rows exceeds.
    With ``rule="trim"`` those rows are left out of the next round altogether instead.

    Args:
        latent_dim: As in `AutoencoderDetector`.
        suspected: Share of the training rows that may be anomalies, in [0, 0.5].
        rule: One of `RULES`.
        rounds: Trainings, at least 1.
        settings: Further settings of `AutoencoderDetector`.

    Raises:
        ValueError: If a setting is out of range.

    Source:
        After Zhou and Paffenroth (2017), doi:10.1145/3097983.3098052, for the rule
        "shrink". Their objective has the length of the residual where this step has its
        square, and one weight that is chosen by a search; here the threshold is chosen
        anew in every round, so that no one objective falls.
    """

    def __init__(self, latent_dim=4, suspected=0.1, rule="shrink", rounds=4, **settings):
        super().__init__(latent_dim, **settings)
        check_counts(rounds=rounds)
        if not 0 <= suspected <= 0.5:
            raise ValueError(f"suspected must be in [0, 0.5]; got {suspected}")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {RULES}; got {rule!r}")
        self.suspected, self.rule, self.rounds = suspected, rule, rounds

    def _fit(self, x):
        rng = np.random.default_rng([self.seed, 1])
        self._start(x, rng)
        low = x
        for _ in range(self.rounds):
            self._train(low, -(-self.n_steps // self.rounds), rng)
            low = self._reliable_part(x, low)
        self._learn_scales(low)

    def _reliable_part(self, x, low):
        residuals = x - self._layers(low if self.rule == "shrink" else x)[-1]
        length = np.linalg.norm(residuals, axis=1)
        threshold = np.quantile(length, 1.0 - self.suspected)
        if self.rule == "trim":
            return x[length <= threshold]
        return x - shrink_rows(residuals, threshold)
