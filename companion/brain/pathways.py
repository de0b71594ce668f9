"""A pathway: stages of neurons that work side by side, one stage after another; ms, mV.

Every neuron of a stage listens to every neuron of the stage before it, and a whole volley
is worth twice the way from rest to threshold. So, by construction, the width of a stage
costs no time, each further stage costs the delay of a synapse, and a volley of less than
half a stage goes no further.
"""

import numpy as np

from companion.brain.networks import NetworkParams, simulate_network, steps_of


def stage_weights(n_stages, width, volley_mv):
    """Weights from every neuron of a stage to every neuron of the next.

    Args:
        n_stages: Number of stages, at least 1.
        width: Neurons in each, at least 1; they share `volley_mv` equally.
        volley_mv: Jump of a neuron when all neurons of the stage before fire.

    Returns:
        weights_mv, as `companion.brain.networks.random_weights` returns it; neurons are
        in the order of their stages.

    Raises:
        ValueError: If a number is below 1.
    """
    from scipy import sparse

    if n_stages < 1 or width < 1:
        raise ValueError(f"n_stages and width must be at least 1; got {n_stages}, {width}")
    next_stage = sparse.eye_array(n_stages, k=-1)
    return sparse.kron(next_stage, np.full((width, width), volley_mv / width)).tocsc()


def volley_times_ms(n_stages, width, n_silent=0, delay_ms=1.5, dt_ms=0.1):
    """When each neuron fires after the first stage, in neurons with no other input.

    Args:
        n_stages: Number of stages, at least 1.
        width: Neurons in each.
        n_silent: Neurons of the first stage that are kept from firing.
        delay_ms: Delay of a synapse, a multiple of `dt_ms`.
        dt_ms: Length of a step.

    Returns:
        Times, (n_stages, width), NaN for a neuron that does not fire.

    Raises:
        ValueError: If a number is below 1, or `n_silent` is not 0 to `width`.
    """
    if not 0 <= n_silent <= width:
        raise ValueError(f"n_silent must be 0 to width = {width}; got {n_silent}")
    params = NetworkParams(
        n_excitatory=n_stages * width,
        n_inhibitory=0,
        in_excitatory=0,
        in_inhibitory=0,
        drive=0.0,
        delay_ms=delay_ms,
    )
    reach_mv = params.neuron.v_th_mv - params.neuron.v_rest_mv
    weights_mv = stage_weights(n_stages, width, 2.0 * reach_mv)
    start_mv = np.full((n_stages, width), params.neuron.v_rest_mv)
    start_mv[0, n_silent:] += 2.0 * reach_mv
    n_steps = steps_of(delay_ms, dt_ms, "delay_ms") * n_stages + 1
    counts = np.zeros((n_steps, n_stages * width), dtype=np.uint8)
    spikes = simulate_network(params, weights_mv, counts, start_mv.ravel(), dt_ms)
    times_ms = np.where(spikes.any(axis=0), spikes.argmax(axis=0) * dt_ms, np.nan)
    return times_ms.reshape(n_stages, width)
