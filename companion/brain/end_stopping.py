"""Three patches of visual cortex under one higher area: does feedback stop a long bar?

A linear hierarchy of predictive coding. The patches see x_1, x_2, x_3, of D pixels each.
Each has K units r_j that predict its pixels, with filters U that the patches share; H
units h of the higher area predict all 3 K of them at once::

    E = 1/2 |h|^2 + |r - h V|^2 / (2 variance_code)
        + sum_j |x_j - r_j U|^2 / (2 variance_pixel)

The *error units* of level 1 hold r - h V: what the higher area did not predict. Without
feedback, V = 0, they hold r itself. The energy is quadratic, so that inference ends where
its slopes are 0, at one linear solution::

    (V V^T / variance_code + I) h = r V^T / variance_code
    r_j (U U^T / variance_pixel + I / variance_code) = x_j U^T / variance_pixel
                                                       + (h V)_j / variance_code

`hierarchy` gives the same network to `companion.brain.predictive_coding`, whose `infer`
goes there step by step.
"""

from dataclasses import dataclass, replace

import numpy as np

from companion.brain import strips
from companion.brain.predictive_coding import Hierarchy

N_PATCHES = strips.N_PATCHES
PLATEAU_PX = 18  # beyond this length a bar counts as long


@dataclass(frozen=True)
class Cortex:
    """Parameters of the two levels.

    Args:
        filters: U, shape (K, D).
        feedback: V, shape (H, 3 K).
        variance_code: Of r around its prediction, above 0.
        variance_pixel: Of the pixels around theirs, above 0.

    Raises:
        ValueError: If the shapes do not fit or a variance is not above 0.
    """

    filters: np.ndarray
    feedback: np.ndarray
    variance_code: float = 1.0
    variance_pixel: float = 1.0

    def __post_init__(self):
        expected = N_PATCHES * len(self.filters)
        if self.filters.ndim != 2 or self.feedback.shape[1:] != (expected,):
            raise ValueError(
                f"feedback must be (H, {expected}) for filters {self.filters.shape}; "
                f"got {self.feedback.shape}"
            )
        if not (self.variance_code > 0 and self.variance_pixel > 0):
            variances = (self.variance_code, self.variance_pixel)
            raise ValueError(f"variances must be above 0; got {variances}")


def without_feedback(cortex):
    """The same network with the predictions of the higher area cut off: V = 0."""
    return replace(cortex, feedback=np.zeros_like(cortex.feedback))


def with_shuffled_feedback(cortex, rng):
    """The same network with every higher unit's predictions sent to the wrong places."""
    return replace(cortex, feedback=rng.permuted(cortex.feedback, axis=1))


def hierarchy(cortex):
    """The network as three levels h, r and x with one block of filters for each patch."""
    blocks = np.kron(np.eye(N_PATCHES), cortex.filters)
    variances = (cortex.variance_code, cortex.variance_pixel)
    return Hierarchy((cortex.feedback, blocks), variances=variances)


def settle(cortex, x):
    """Find the activities at which inference comes to rest.

    Args:
        cortex: A `Cortex`.
        x: What the patches see, shape (n, 3, D).

    Returns:
        h: Of the higher area, shape (n, H).
        r: Of the patches, shape (n, 3 K).

    Raises:
        ValueError: If `x` does not fit the filters.

    Source:
        Rao and Ballard (1999), doi:10.1038/4580, with linear units.
    """
    x, u, v = np.asarray(x, dtype=float), cortex.filters, cortex.feedback
    if x.shape[1:] != (N_PATCHES, u.shape[1]):
        raise ValueError(f"x must be (n, {N_PATCHES}, {u.shape[1]}); got {x.shape}")
    n, of_patch = len(x), (N_PATCHES, len(u))
    within = u @ u.T / cortex.variance_pixel + np.eye(len(u)) / cortex.variance_code
    inverse = np.linalg.inv(within)
    seen = x.reshape(-1, x.shape[2]) @ u.T / cortex.variance_pixel
    alone = (seen @ inverse).reshape(n, -1)
    heard = (v.reshape(-1, *of_patch) @ inverse / cortex.variance_code).reshape(v.shape)
    slopes = np.eye(len(v)) + (v - heard) @ v.T / cortex.variance_code
    h = np.linalg.solve(slopes, v @ alone.T / cortex.variance_code).T
    return h, alone + h @ heard


def start(n_filters, n_higher, rng, **variances):
    """Random filters inside the window, each of length 1, and weak random feedback."""
    u = rng.normal(size=(n_filters, strips.SIDE**2)) * strips.window().ravel()
    v = 0.1 * rng.normal(size=(n_higher, N_PATCHES * n_filters))
    return Cortex(u / np.linalg.norm(u, axis=1, keepdims=True), v, **variances)


def train(cortex, x, *, learning_rate, decay, n_steps, rng, batch_size=100):
    """Learn filters and feedback from batches, at rest, the step falling towards 0.

    Both follow the slope of the energy: the product of the activity above and the error
    below. Filters are brought back to length 1, feedback decays.

    Args:
        cortex: A `Cortex` to start from; left unchanged.
        x: What the patches see, shape (n, 3, D).
        learning_rate: Step size at the start, above 0.
        decay: Of the feedback, not negative.
        n_steps: Number of batches, at least 1.
        rng: A `numpy.random.Generator` that draws the batches.
        batch_size: Strips in a batch.

    Returns:
        The `Cortex` after the last step.

    Raises:
        ValueError: If a number is out of range, or as `settle`.
    """
    if not (learning_rate > 0 and decay >= 0 and n_steps >= 1):
        given = (learning_rate, decay, n_steps)
        raise ValueError(f"learning_rate, decay, n_steps must be in range; got {given}")
    for step in range(n_steps):
        batch = x[rng.integers(len(x), size=batch_size)]
        rate = learning_rate * (1.0 - step / n_steps)
        cortex = learn(cortex, batch, rate, decay)
    return cortex


def learn(cortex, x, rate, decay):
    """One step of learning, with the activities at rest."""
    u, v = cortex.filters, cortex.feedback
    h, r = settle(cortex, x)
    r_of_patch = r.reshape(-1, len(u))
    missed = x.reshape(-1, u.shape[1]) - r_of_patch @ u
    u = u + rate * r_of_patch.T @ missed / len(missed)
    error = (r - h @ v) / cortex.variance_code
    v = v + rate * (h.T @ error / len(x) - decay * v)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    return replace(cortex, filters=u, feedback=v)


def middle_patch(cortex, x):
    """Activity and error of the units of the middle patch: r and r - h V, each (n, K)."""
    h, r = settle(cortex, x)
    middle = slice(len(cortex.filters), 2 * len(cortex.filters))
    return r[:, middle], (r - h @ cortex.feedback)[:, middle]


def length_tuning(cortex, lengths_px, stimulus=strips.bars, rows=range(-4, 5)):
    """Answers of the middle patch to bars, each unit at its own best row.

    In an experiment every state of the cortex would have its own best place; so here: the
    row of the strongest answer is looked for in each condition anew. The network is
    linear, so that the brightness of the bars is of no importance to ratios of answers.

    Args:
        cortex: A `Cortex`.
        lengths_px: Lengths of the bars in pixels, as in `strips.bars`.
        stimulus: A function of lengths and row that draws strips.
        rows: Where bars are tried, in pixels from the middle.

    Returns:
        A mapping from "activity", "error" and "error, no feedback" to the sizes of the
        answers, each of shape (K, number of lengths).
    """
    found = {"activity": [], "error": [], "error, no feedback": []}
    for row in rows:
        x = strips.through_windows(stimulus(lengths_px, row))
        activity, error = middle_patch(cortex, x)
        found["activity"].append(activity)
        found["error"].append(error)
        found["error, no feedback"].append(middle_patch(without_feedback(cortex), x)[1])
    return {name: _at_best_row(np.abs(answers)) for name, answers in found.items()}


def _at_best_row(sizes):
    best = sizes.max(axis=1).argmax(axis=0)
    return sizes[best, :, np.arange(len(best))]


def end_stopping_index(curves, lengths_px):
    """How far the answer to long bars falls below the largest answer, as a share of it.

    Args:
        curves: Sizes of answers, shape (K, number of lengths).
        lengths_px: Lengths of the bars, some of them above 18 pixels.

    Returns:
        (peak - plateau) / peak, shape (K,), the plateau being the mean beyond 18 pixels:
        0 for a unit that goes on answering, 1 for one that long bars leave silent.

    Source:
        Rao and Ballard (1999), doi:10.1038/4580, legend of figure 5.
    """
    curves = np.asarray(curves, dtype=float)
    plateau = curves[:, np.asarray(lengths_px) > PLATEAU_PX].mean(axis=1)
    return 1.0 - plateau / curves.max(axis=1)


def share_left(tuned):
    """Mean answer of the error units as a share of their mean answer without feedback.

    Args:
        tuned: A mapping as of `length_tuning`.

    Returns:
        One share for each length.
    """
    return tuned["error"].mean(axis=0) / tuned["error, no feedback"].mean(axis=0)
