"""Initial weights: how the matrix of a layer is drawn before training starts.

A layer of n_in inputs and n_out units gets weights of mean 0 and of a variance v that
depends on these two numbers only; its biases start at 0::

    zero         v = 0
    small        v = 0.01**2, whatever the widths
    lecun        v = 1 / n_in                keeps signals, in linear layers
    glorot       v = 2 / (n_in + n_out)      keeps signals and errors, as far as both can be
    he           v = 2 / n_in                keeps signals, in ReLU layers
    orthogonal   v = 1 / max(n_in, n_out)    rows or columns at right angles, of length 1

A normal draw and a uniform draw of the same variance do the same to signals. The uniform
one lies within sqrt(3 v). Why these variances: `companion.networks.signal_propagation`.
"""

import numpy as np

from companion.networks import checks

SMALL_STD = 0.01
FORMS = ("normal", "uniform")


def weight_variance(scheme, n_in, n_out):
    """Variance of the initial weights of one layer.

    Args:
        scheme: "zero", "small", "lecun", "glorot", "he" or "orthogonal".
        n_in: Number of inputs of the layer.
        n_out: Number of its units.

    Returns:
        The variance, a float.

    Raises:
        ValueError: If `scheme` is unknown, or a number is no integer of at least 1.

    Source:
        LeCun et al. (1998), doi:10.1007/3-540-49430-8_2, section 4.6; Glorot and Bengio
        (2010), AISTATS; He et al. (2015), arXiv:1502.01852, section 2.2.
    """
    checks.check_counts(n_in=n_in, n_out=n_out)
    variances = {
        "zero": 0.0,
        "small": SMALL_STD**2,
        "lecun": 1.0 / n_in,
        "glorot": 2.0 / (n_in + n_out),
        "he": 2.0 / n_in,
        "orthogonal": 1.0 / max(n_in, n_out),
    }
    if scheme not in variances:
        raise ValueError(f"scheme must be one of {', '.join(variances)}; got {scheme!r}")
    return variances[scheme]


def uniform_limit(scheme, n_in, n_out):
    """Largest weight of the uniform draw, ``sqrt(3 v)``: U(-a, a) has variance a**2 / 3.

    Args:
        scheme: As in `weight_variance`.
        n_in: Number of inputs of the layer.
        n_out: Number of its units.

    Returns:
        The limit, a float.
    """
    return np.sqrt(3.0 * weight_variance(scheme, n_in, n_out))


def draw_orthogonal(n_in, n_out, rng):
    """Draw a matrix whose shorter side is orthonormal, uniformly among all of these.

    Args:
        n_in: Number of rows.
        n_out: Number of columns.
        rng: A `numpy.random.Generator`.

    Returns:
        Array (n_in, n_out): its columns are orthonormal if n_in >= n_out, else its rows.

    Source:
        Saxe, McClelland and Ganguli (2014), arXiv:1312.6120.
    """
    tall = rng.normal(size=(max(n_in, n_out), min(n_in, n_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # without the signs the draw would not be uniform
    return q if n_in >= n_out else q.T


def draw(scheme, n_in, n_out, rng, form="normal"):
    """Draw the weights of one layer.

    Keras cuts its normal draws off at two standard deviations and widens them to keep the
    variance; here they are not cut.

    Args:
        scheme: As in `weight_variance`.
        n_in: Number of inputs of the layer.
        n_out: Number of its units.
        rng: A `numpy.random.Generator`.
        form: "normal" or "uniform"; "orthogonal" weights come in the first only.

    Returns:
        Array (n_in, n_out).

    Raises:
        ValueError: If `scheme` or `form` is unknown, the two do not go together, or a
            number is no integer of at least 1.
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}; got {form!r}")
    variance = weight_variance(scheme, n_in, n_out)
    if scheme == "orthogonal":
        if form != "normal":
            raise ValueError(f"form must be 'normal' for orthogonal weights; got {form!r}")
        return draw_orthogonal(n_in, n_out, rng)
    if form == "uniform":
        limit = uniform_limit(scheme, n_in, n_out)
        return rng.uniform(-limit, limit, size=(n_in, n_out))
    return np.sqrt(variance) * rng.normal(size=(n_in, n_out))


def draw_network(sizes, scheme, rng, gain=1.0):
    """Draw normal initial weights for every layer; all biases are zero.

    Args:
        sizes: Widths of the layers, the input first; each at least 1.
        scheme: As in `weight_variance`.
        rng: A `numpy.random.Generator`.
        gain: Multiplies all weights.

    Returns:
        params: (weights, biases), as in `companion.networks.mlp`.

    Raises:
        ValueError: If `scheme` is unknown or a size is no integer of at least 1.
    """
    checks.check_counts(**{f"sizes[{i}]": size for i, size in enumerate(sizes)})
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    weights = [gain * draw(scheme, n_in, n_out, rng) for n_in, n_out in pairs]
    return weights, [np.zeros(n_out) for n_out in sizes[1:]]
