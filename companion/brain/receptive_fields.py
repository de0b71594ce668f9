"""Simple and complex cells before gratings. Pixels, cycles per pixel, angles in radians.

A grating of orientation theta varies across the stripes, along (cos theta, sin theta) for
(column, row), as in `companion.brain.gabor`. A simple cell sums the pixels under its field
w and sends on what is above zero; a complex cell sums the squares of two fields a
quarter of a cycle apart, the energy model::

    simple(x) = max(0, x w)        complex(x) = (x w_even)^2 + (x w_odd)^2

A drifting grating runs through all phases. With the mean response F0 and the amplitude F1
of its part at the frequency of the drift, cells with F1 / F0 > 1 are called simple, the
others complex. A half-wave rectified sinusoid has pi / 2, a constant response 0.
"""

import numpy as np


def gratings(side, frequency, thetas, phases):
    """Draw gratings cos(2 pi f u + phase), u in pixels from the middle of the patch.

    Args:
        side: Height and width in pixels.
        frequency: f in cycles per pixel, from 0 to 0.5.
        thetas: Orientations, shape (n,).
        phases: Shape (m,).

    Returns:
        Shape (n, m, side * side).

    Raises:
        ValueError: If `frequency` is not from 0 to 0.5.
    """
    if not 0 <= frequency <= 0.5:
        raise ValueError(f"frequency must be from 0 to 0.5; got {frequency}")
    down, across = (c.ravel() - (side - 1) / 2 for c in np.indices((side, side)))
    thetas = np.asarray(thetas, dtype=float)[:, None, None]
    u = across * np.cos(thetas) + down * np.sin(thetas)
    return np.cos(2.0 * np.pi * frequency * u + np.asarray(phases)[None, :, None])


def simple_cell(x, field):
    """Response max(0, x w) to inputs x, (..., D), of a field w, (D,)."""
    return np.maximum(0.0, x @ field)


def complex_cell(x, even, odd):
    """Energy (x w_even)^2 + (x w_odd)^2 of inputs x, (..., D), under two fields (D,)."""
    return (x @ even) ** 2 + (x @ odd) ** 2


def tuning_curve(field, frequency, thetas, n_phases=32):
    """Strongest response of a linear field to gratings of each orientation.

    The response to a drifting grating is a sinusoid of the phase; its amplitude is taken.

    Args:
        field: w, shape (side * side,).
        frequency: In cycles per pixel.
        thetas: Orientations, shape (n,).
        n_phases: Phases in a cycle, at least 3.

    Returns:
        Amplitudes, shape (n,).

    Source:
        De Valois, Yund and Hepler (1982), for the measurement in cells.
    """
    phases = 2.0 * np.pi * np.arange(n_phases) / n_phases
    side = round(np.sqrt(np.size(field)))
    responses = gratings(side, frequency, thetas, phases) @ field
    return 2.0 / n_phases * np.abs(responses @ np.exp(-1j * phases))


def preferred_frequency(fields, frequencies, thetas):
    """Frequency of the grating that drives each linear field most, at any orientation.

    Args:
        fields: Shape (n, side * side).
        frequencies: Those to try, in cycles per pixel, shape (m,).
        thetas: Orientations to try, in radians.

    Returns:
        Shape (n,).
    """
    side = round(np.sqrt(np.shape(fields)[1]))
    strongest = []
    for frequency in frequencies:
        # A quarter of a cycle apart, so that every phase is a sum of the two.
        even, odd = gratings(side, frequency, thetas, [0.0, np.pi / 2]).swapaxes(0, 1)
        energy = (fields @ even.T) ** 2 + (fields @ odd.T) ** 2
        strongest.append(energy.max(axis=1))
    return np.asarray(frequencies)[np.argmax(strongest, axis=0)]


def white_noise_fields(respond, n_features, n_stimuli, rng):
    """Receptive fields of cells by reverse correlation with white noise.

    Each field is the mean of the stimuli, weighted by the response to them. For a linear
    cell it is the vector of its weights, for others what drives it on the whole.

    Args:
        respond: Function from stimuli (n, D) to responses (n, K), of any sign.
        n_features: D.
        n_stimuli: Number of stimuli; independent Gaussian pixels of variance 1.
        rng: A `numpy.random.Generator`.

    Returns:
        Shape (K, D).
    """
    stimuli = rng.normal(size=(n_stimuli, n_features))
    return respond(stimuli).T @ stimuli / n_stimuli


def gabor_tuning(frequency, sigma_u, sigma_v, difference):
    """Closed form of the tuning curve of a Gabor function on an unbounded plane.

    For gratings of its own frequency f, turned by the angle d, and as long as the window
    is wide enough (2 pi f sigma_u well above 1)::

        exp(-2 pi^2 f^2 [sigma_u^2 (1 - cos d)^2 + sigma_v^2 sin^2 d])

    Args:
        frequency: f in cycles per pixel.
        sigma_u: Width across the stripes in pixels.
        sigma_v: Width along the stripes in pixels.
        difference: d in radians, any shape; half a turn gives the same grating again.

    Returns:
        Response by that at d = 0, shaped as `difference`.
    """
    difference = np.mod(np.asarray(difference) + np.pi / 2, np.pi) - np.pi / 2
    across = sigma_u**2 * (1.0 - np.cos(difference)) ** 2
    along = sigma_v**2 * np.sin(difference) ** 2
    return np.exp(-2.0 * np.pi**2 * frequency**2 * (across + along))


def half_width_deg(thetas, responses):
    """Half of the width of a tuning curve at half of its height, in degrees.

    Between orientations the curve is taken as straight; left and right are averaged.

    Args:
        thetas: Orientations in radians, rising in equal steps through half a turn without
            its end, shape (n,).
        responses: Shape (n,), not negative.

    Returns:
        Degrees; 90 if the curve never falls to half.
    """
    n = len(thetas)
    r = np.roll(responses, n // 2 - int(np.argmax(responses)))
    spacing = np.degrees(thetas[1] - thetas[0])
    sides = (r[n // 2 :], r[n // 2 :: -1])
    return float(np.mean([_first_fall(side, spacing) for side in sides]))


def _first_fall(side, spacing):
    below = np.flatnonzero(side < side[0] / 2)
    if not below.size:
        return 90.0
    i = below[0]
    return spacing * (i - 1 + (side[i - 1] - side[0] / 2) / (side[i - 1] - side[i]))


def modulation_ratio(responses):
    """F1 / F0 of responses to equally spaced phases of one cycle, along the last axis.

    Args:
        responses: Shape (..., n), n at least 3, with a mean above 0.

    Returns:
        Shape (...).

    Source:
        Skottun et al. (1991), doi:10.1016/0042-6989(91)90033-2.
    """
    n = responses.shape[-1]
    wave = np.exp(-2j * np.pi * np.arange(n) / n)
    return 2.0 * np.abs(responses @ wave) / n / responses.mean(axis=-1)
