"""What drives the units of a code, and how sparse they are, whatever the model.

The receptive field by reverse correlation with white noise, its fit by a Gabor function,
its tuning to gratings, and the statistics of the responses to natural patches. Angles in
degrees where the name says so, else in radians; frequencies in cycles per pixel.
"""

from dataclasses import dataclass

import numpy as np

from companion.brain import gabor, receptive_fields, sparseness

N_NOISE = 8000
GABOR_LEVEL = 0.7
ORIENTED_DEG = 60.0
# Simple cells of macaque V1 by their width across the stripes (rows) and along them, in
# cycles: measured by Ringach (2002), counted in the code of Dapello et al. (2020).
SHAPE_EDGES = np.geomspace(0.1, 10**0.2, 6)
MACAQUE_COUNTS = np.array(
    [
        [2, 0, 1, 0, 0],
        [8, 9, 4, 1, 0],
        [1, 2, 19, 17, 3],
        [0, 0, 1, 7, 4],
        [0, 0, 0, 0, 0],
    ]
)
THETAS = np.pi * np.arange(36) / 36
FREQUENCIES = np.geomspace(0.04, 0.5, 23)


@dataclass(frozen=True)
class Tuning:
    """Answers of n linear fields to gratings, each an array of shape (n,).

    Args:
        orientation: Preferred one in radians, from 0 to pi.
        half_width_deg: Of the orientation tuning at half height, at the best frequency.
        octaves: Width of the frequency tuning at half height, at the best orientation;
            not a number where it does not fall to half on both sides.
    """

    orientation: np.ndarray
    half_width_deg: np.ndarray
    octaves: np.ndarray


def driving_fields(respond, n_features, seed):
    """Receptive fields by reverse correlation, each without its mean.

    Patches have no mean, so that of a field does nothing. A response counts by its
    distance from the unit's mean response: a constant would add the mean of the drawn
    noise to the field of every unit, the same for all.

    Args:
        respond: Function from patches (n, D) to responses (n, K).
        n_features: D.
        seed: Seed of the noise.

    Returns:
        Shape (K, D); noise remains where nothing drives a unit.
    """

    def deviation(x):
        z = respond(x)
        return z - z.mean(axis=0)

    rng = np.random.default_rng(seed)
    fields = receptive_fields.white_noise_fields(deviation, n_features, N_NOISE, rng)
    return fields - fields.mean(axis=1, keepdims=True)


def tuning(fields):
    """Tuning of linear fields (n, side * side) to drifting gratings, a `Tuning`."""
    side = round(np.sqrt(np.shape(fields)[1]))
    amplitude = np.empty((len(FREQUENCIES), len(fields), len(THETAS)))
    for i, frequency in enumerate(FREQUENCIES):
        grating = receptive_fields.gratings(side, frequency, THETAS, [0.0, np.pi / 2])
        even, odd = grating.swapaxes(0, 1)
        amplitude[i] = np.hypot(fields @ even.T, fields @ odd.T)
    strongest = amplitude.transpose(1, 0, 2).reshape(len(fields), -1).argmax(axis=1)
    best_f, best_theta = np.divmod(strongest, len(THETAS))
    units = np.arange(len(fields))
    widths = [
        receptive_fields.half_width_deg(THETAS, curve) for curve in amplitude[best_f, units]
    ]
    spans = [octaves(curve) for curve in amplitude[:, units, best_theta].T]
    return Tuning(THETAS[best_theta], np.array(widths), np.array(spans))


def octaves(curve):
    """Width at half height of a tuning curve over `FREQUENCIES`.

    Args:
        curve: Amplitudes, shape (23,), one above 0; between frequencies taken as straight
            in the logarithm.

    Returns:
        Octaves; not a number if a side does not fall to half.
    """
    curve, steps = np.asarray(curve) / np.max(curve), np.log2(FREQUENCIES)
    peak, ends = int(np.argmax(curve)), []
    for order in (np.arange(peak, -1, -1), np.arange(peak, len(curve))):
        below = np.flatnonzero(curve[order] < 0.5)
        if not below.size:
            return np.nan
        inner, outer = order[below[0] - 1], order[below[0]]
        share = (curve[inner] - 0.5) / (curve[inner] - curve[outer])
        ends.append(steps[inner] + share * (steps[outer] - steps[inner]))
    return float(ends[1] - ends[0])


def orientation_bias(orientation):
    """Length of the mean of exp(2 i theta): 0 if uniform, 1 for a single orientation."""
    return float(np.abs(np.mean(np.exp(2j * np.asarray(orientation)))))


def gabor_shapes(fields):
    """Widths in cycles of the fields that a Gabor function fits with R^2 above 0.7.

    Args:
        fields: Shape (n, side * side); rows of zeros count as not fitted.

    Returns:
        share: Of fields that are fitted.
        oriented: Of fields that are fitted and have a half width below 60 degrees.
        across: sigma_u f of these, the width across the stripes by their period.
        along: sigma_v f, the width along the stripes.

    Source:
        Ringach (2002), doi:10.1152/jn.2002.88.1.455, for the two numbers n_x and n_y.
    """
    used = fields[np.any(fields, axis=1)]
    found, r_squared = gabor.fit(used)
    good = r_squared > GABOR_LEVEL
    across, along = (sigma * found.frequency for sigma in (found.sigma_u, found.sigma_v))
    sharp = tuning(used).half_width_deg < ORIENTED_DEG
    shares = [float(np.sum(kept) / len(fields)) for kept in (good, good & sharp)]
    return *shares, across[good], along[good]


def shape_counts(across, along):
    """Sort fields by their widths into the classes of `MACAQUE_COUNTS`.

    Args:
        across: Widths across the stripes in cycles, shape (n,).
        along: Widths along them, (n,).

    Returns:
        Whole numbers, shape (5, 5). Widths beyond the edges count in the outermost class,
        so that no field is lost.
    """
    places = [
        np.clip(np.searchsorted(SHAPE_EDGES, w, "right") - 1, 0, 4) for w in (across, along)
    ]
    counts = np.zeros((5, 5), dtype=int)
    np.add.at(counts, tuple(places), 1)
    return counts


def of_units(z, fields):
    """Measures that look at the units alone, by name.

    "Gabor" and "oriented" are shares, "across" and "along" medians of the fitted fields in
    cycles, "lifetime" and "population" means of the index of Vinje and Gallant, "bias" is
    `orientation_bias`, and the others are medians over units.

    Args:
        z: Responses to natural patches, shape (n, K).
        fields: Receptive fields of the units, shape (K, D).

    Returns:
        One number each; not a number where no field is fitted.
    """
    share, oriented, across, along = gabor_shapes(fields)
    tuned = tuning(fields[np.any(fields, axis=1)])
    spans = tuned.octaves[np.isfinite(tuned.octaves)]
    return {
        "Gabor": share,
        "oriented": oriented,
        "across": float(np.median(across)) if across.size else np.nan,
        "along": float(np.median(along)) if along.size else np.nan,
        "kurtosis": float(np.nanmedian(sparseness.excess_kurtosis(z))),
        "lifetime": float(np.nanmean(sparseness.lifetime_sparseness(z))),
        "population": float(np.nanmean(sparseness.population_sparseness(z))),
        "bias": orientation_bias(tuned.orientation),
        "half width": float(np.median(tuned.half_width_deg)),
        "octaves": float(np.median(spans)) if spans.size else np.nan,
    }
