"""Choose the settings of filters on validation photographs.

The shapes of two filters were searched once, on the same validation photographs with noise
of 0.1 and 0.2: nonlocal means with surroundings of 3 to 9 pixels (best 7) looked for up to
3 to 15 pixels away (best 5), and windows of 8 to 16 cosines (best 10 and 12). They are the
defaults of `companion.practice.denoising_rivals`; the one setting left of each filter is
chosen here. So were the levels of `ROUNDS`, with a fifth of specks and half of the pixels
missing: from 0.014 to 0.3 at first and from 0.005 to 0.04 at last; for total variation the
last level matters less than 0.01 dB.
"""

import numpy as np

from companion.practice.denoising_rivals import (
    biharmonic,
    cosine_thresholds,
    gaussian,
    local_mean,
    median,
    nearest,
    nonlocal_means,
    psnr_of,
    total_variation,
    trusted_median,
)

# Candidates in ascending order, as wide as needed for the best to lie inside.
CANDIDATES = {
    "gaussian": {
        gaussian: (0.5, 0.7, 0.9, 1.2, 1.5, 2.0),
        median: (1, 3, 5, 7),
        total_variation: (0.4, 0.6, 0.8, 1.0, 1.2),
        nonlocal_means: (0.4, 0.5, 0.6, 0.7, 0.8),
        cosine_thresholds: (2.0, 2.3, 2.6, 2.9, 3.2),
    },
    "salt_and_pepper": {
        gaussian: (0.7, 0.9, 1.2, 1.5, 2.0, 2.5, 3.0),
        median: (1, 3, 5, 7),
        trusted_median: (1, 3, 5),
        local_mean: (0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
        biharmonic: (None,),
    },
    "masking": {
        nearest: (None,),
        trusted_median: (1, 3, 5),
        local_mean: (0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
        biharmonic: (None,),
    },
}
# For `companion.practice.filling.fill`: the setting of a filter, its first and last level.
ROUNDS = {
    total_variation: (0.8, 0.02, 0.005),
    nonlocal_means: (0.7, 0.07, 0.02),
    cosine_thresholds: (2.6, 0.05, 0.01),
}


def tune(way, settings, examples):
    """Choose the setting with the best mean PSNR on validation photographs.

    Args:
        way: A filter of `companion.practice.denoising_rivals`.
        settings: Candidates in ascending order; a single one is taken as it is.
        examples: Triples of clean image, damaged image and map, each (height, width).

    Returns:
        best: The chosen setting.
        edge: Whether it is the first or last of several, so that the grid is too narrow.

    Raises:
        ValueError: If there is no setting or no example.
    """
    settings, examples = list(settings), list(examples)
    if not settings or not examples:
        raise ValueError(
            "settings and examples must not be empty; got "
            f"{len(settings)} settings, {len(examples)} examples"
        )
    if len(settings) == 1:
        return settings[0], False
    means = [
        np.mean([psnr_of(x, way(y, known, setting)) for x, y, known in examples])
        for setting in settings
    ]
    best = int(np.argmax(means))
    return settings[best], best in (0, len(settings) - 1)


def tuned(kind, clean, noisy, known):
    """Tune every filter for one kind of damage.

    Args:
        kind: "gaussian", "salt_and_pepper" or "masking".
        clean: Validation photographs, shape (n, height, width, 1).
        noisy: The same, damaged.
        known: Their maps.

    Returns:
        The chosen setting of each filter of `CANDIDATES`, by function.

    Raises:
        ValueError: If the best candidate is the first or the last of several.
    """
    examples = [
        tuple(part[..., 0] for part in e) for e in zip(clean, noisy, known, strict=True)
    ]
    chosen = {}
    for way, settings in CANDIDATES[kind].items():
        chosen[way], edge = tune(way, settings, examples)
        if edge:
            raise ValueError(
                f"settings of {way.__name__} must enclose the best; got {chosen[way]}, "
                "at the edge"
            )
    return chosen
