"""Ways from one code to another: straight, and along a great circle.

A straight way between two draws from N(0, I) passes through shorter codes: the squared
length of a draw is K on average, that of the midpoint of two draws only K / 2. The great
circle keeps the length of codes that are equally long.
"""

import numpy as np

from companion.networks.checks import check_same_shape


def straight(start, end, shares):
    """Go from start to end in a straight line.

    Args:
        start: Codes, or images, shape (n, K).
        end: Shape (n, K).
        shares: Parts of the way, shape (n_steps,), 0 at the start and 1 at the end.

    Returns:
        Shape (n_steps, n, K).

    Raises:
        ValueError: If the shapes differ.
    """
    start, end, part = _checked(start, end, shares)
    return (1 - part) * start + part * end


def spherical(start, end, shares):
    """Go along the great circle, turning at an even pace.

    With the angle a between start and end,

        ``(sin((1 - s) a) start + sin(s a) end) / sin(a)``;

    where start and end lie in one direction it is the straight line.

    Args:
        start: Codes, shape (n, K), none of them zero.
        end: Shape (n, K).
        shares: As in `straight`.

    Returns:
        Shape (n_steps, n, K).

    Raises:
        ValueError: If the shapes differ, a code is zero, or two are opposite.

    Source:
        Shoemake (1985), on rotations; on codes White (2016),
        arXiv:1609.04468.
    """
    start, end, part = _checked(start, end, shares)
    lengths = np.linalg.norm(start, axis=1) * np.linalg.norm(end, axis=1)
    if not lengths.all():
        raise ValueError("start and end must not be zero; got a code of length 0")
    cosine = np.clip(np.sum(start * end, axis=1) / lengths, -1.0, 1.0)
    if (cosine < -1 + 1e-12).any():
        raise ValueError("start and end must not be opposite: no great circle is shortest")
    angle = np.arccos(cosine)[:, np.newaxis]
    near = angle < 1e-6
    safe = np.where(near, 1.0, angle)
    turned = (np.sin((1 - part) * safe) * start + np.sin(part * safe) * end) / np.sin(safe)
    return np.where(near, (1 - part) * start + part * end, turned)


def _checked(start, end, shares):
    start, end = np.asarray(start, float), np.asarray(end, float)
    check_same_shape("end", end, "start", start)
    return start, end, np.asarray(shares, float)[:, np.newaxis, np.newaxis]
