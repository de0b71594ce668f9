"""Many small autoencoders of one shape trained side by side, from chosen initial weights.

The networks are those of `companion.networks.stacked`: each member is computed as
`companion.networks.mlp` computes it alone, and the members never see one another. All
members meet the same examples in the same order, so that what differs between them is the
initial weights, or the setting that was varied on purpose.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from companion.networks import checks
from companion.networks.mlp import draw_batches
from companion.networks.optimizers import adam
from companion.networks.stacked import errors, forward, gradients

__all__ = [
    "SCHEMES",
    "concatenate",
    "count_live",
    "dead_units",
    "errors",
    "forward",
    "gradients",
    "init",
    "train",
]

SCHEMES = ("glorot_uniform", "he_normal", "unit_normal", "zeros")


def _draw(scheme, n_in, n_out, rng):
    if scheme == "glorot_uniform":
        limit = np.sqrt(6.0 / (n_in + n_out))
        return rng.uniform(-limit, limit, size=(n_in, n_out))
    scale = {"he_normal": np.sqrt(2.0 / n_in), "unit_normal": 1.0, "zeros": 0.0}[scheme]
    return scale * rng.normal(size=(n_in, n_out))


def init(sizes, seeds, scheme="glorot_uniform"):
    """Draw the initial weights of one member for each seed; all biases are zero.

    Args:
        sizes: Widths of the layers, the input first.
        seeds: One seed for each member.
        scheme: "glorot_uniform" (the default of Keras), "he_normal" (standard deviation
            sqrt(2 / n_in)), "unit_normal" (standard deviation 1) or "zeros".

    Returns:
        params: (weights, biases); weights[l] is (n_members, n_in, n_out) and biases[l]
            is (n_members, 1, n_out).

    Raises:
        ValueError: If `scheme` is unknown or there are no seeds.

    Source:
        He et al. (2015), arXiv:1502.01852, section 2.2, for the scale sqrt(2 / n_in).
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}")
    rngs = [np.random.default_rng(seed) for seed in seeds]
    if not rngs:
        raise ValueError(f"seeds must name at least one member; got {seeds}")
    weights, biases = [], []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        weights.append(np.stack([_draw(scheme, n_in, n_out, rng) for rng in rngs]))
        biases.append(np.zeros((len(rngs), 1, n_out)))
    return weights, biases


def concatenate(*ensembles):
    """Join ensembles of the same layer sizes into one, member after member."""
    return tuple(
        [np.concatenate(arrays) for arrays in zip(*lists, strict=True)]
        for lists in zip(*ensembles, strict=True)
    )


def _checked_data(name, x, params):
    """Examples for all members or one set for each, finite and as wide as the networks."""
    x, (n_members, n_in, _) = np.asarray(x, dtype=float), params[0][0].shape
    for_each = x.ndim == 3 and len(x) == n_members
    if not (x.ndim == 2 or for_each) or x.shape[-1] != n_in or x.size == 0:
        raise ValueError(
            f"{name} must have shape (n, {n_in}) or ({n_members}, n, {n_in}) with n >= 1; "
            f"got shape {x.shape}"
        )
    checks.check_finite(name, x)
    return x


def train(
    params,
    x,
    activations,
    *,
    epochs,
    batch_size=32,
    learning_rate=1e-3,
    order_seed=0,
    masks=None,
    watch=(),
):
    """Train every member to reproduce its input, with Adam as Keras has it.

    Whether the output can reach the data is not checked: training where it cannot, as on
    gray values up to 255, is an experiment of the course.

    Args:
        params: (weights, biases) to start from; left unchanged.
        x: Training examples, as in `forward`.
        activations: As in `forward`.
        epochs: Passes over the data.
        batch_size: Examples in a step.
        learning_rate: A number, or one for each member.
        order_seed: Seed of the order of the examples.
        masks: As in `forward`.
        watch: Data sets whose errors are recorded after every epoch.

    Returns:
        params: The trained parameters.
        history: Errors after each epoch, shape (epochs, len(watch), n_members).

    Raises:
        ValueError: Before training, if a count is below 1 or not whole, or if data have a
            wrong shape or are not finite.
    """
    checks.check_counts(epochs=epochs, batch_size=batch_size)
    x = _checked_data("x", x, params)
    watch = [_checked_data(f"watch[{i}]", w, params) for i, w in enumerate(watch)]
    rng, state, history = np.random.default_rng(order_seed), None, []
    rates = np.reshape(np.asarray(learning_rate, dtype=float), (-1, 1, 1))
    # Products of matrices this small are slower when they are shared among threads.
    with threadpool_limits(1, "blas"):
        for _ in range(epochs):
            for rows in draw_batches(x.shape[-2], batch_size, rng):
                batch = x[..., rows, :]
                grads = gradients(params, batch, batch, activations, masks)
                params, state = adam(params, grads, state, rates)
            history.append([errors(params, w, activations, masks) for w in watch])
    return params, np.array(history)


def dead_units(outputs):
    """Find the units of one layer that answer zero to every example.

    Args:
        outputs: Outputs of a ReLU layer, (n_members, n, n_units).

    Returns:
        Boolean array (n_members, n_units), True where the unit is dead.
    """
    return ~(outputs > 0).any(axis=1)


def count_live(codes, share=1e-3):
    """Count the code units that carry something.

    Args:
        codes: Codes of many examples, shape (n, K).
        share: A unit is live if its standard deviation is above this share of the
            largest one.

    Returns:
        The number of live units, an int.
    """
    spread = np.asarray(codes).reshape(len(codes), -1).std(axis=0)
    return int(np.sum(spread > share * spread.max()))
