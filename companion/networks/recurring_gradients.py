"""Losses that return in a fixed order: a line whose slope depends on the step.

The loss of step t is ``g_t w`` for w between -1 and 1, where g_t is a large slope C in the
first step of each period of n and -1 in all others. Over a period they add up to ::

    (C - (n - 1)) w

so that w = -1 is best if C is above n - 1, however rare the large slope is.

Source:
    Reddi, Kale and Kumar (2018), arXiv:1904.09237, section 3.
"""

import numpy as np

from companion.networks import checks, optimizers


def descend(step, large, period, rates, **settings):
    """Let an optimizer follow the slopes from w = 0, kept between -1 and 1.

    Args:
        step: A name of `companion.networks.optimizers.OPTIMIZERS`, or such a function.
        large: C, the slope in the steps 0, n, 2 n ...
        period: n, at least 2.
        rates: The learning rate of each step, shape (n_steps,).
        settings: Further arguments of the optimizer.

    Returns:
        w after each step, shape (n_steps,).

    Raises:
        ValueError: If `period` is no integer of at least 1, or a name is unknown.
    """
    checks.check_counts(period=period)
    step = step if callable(step) else optimizers.find(step)
    w, state, path = np.zeros(1), None, []
    for t, rate in enumerate(rates):
        slope = np.array([-1.0 if t % period else large])
        w, state = step(w, slope, state, rate, **settings)
        w = np.clip(w, -1.0, 1.0)
        path.append(w.item())
    return np.array(path)
