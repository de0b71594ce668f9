"""A pathway: stages of neurons that work side by side, one stage after another; ms, mV.

Every neuron of a stage listens to every neuron of the stage before it, and the whole
volley lifts it over threshold. The width of a stage costs no time, and each further stage
costs the delay of a synapse.
"""

import numpy as np

from companion.brain.networks import NetworkParams, simulate_network, steps_of


def volley_times_ms(n_stages, width, delay_ms=1.5, dt_ms=0.1):
    """When each stage fires after the first has fired, for neurons with no other input.

    Args:
        n_stages: Number of stages, at least 1.
        width: Neurons in each.
        delay_ms: Delay of a synapse, a multiple of `dt_ms`.
        dt_ms: Length of a step.

    Returns:
        Time of every neuron's spike after those of the first stage, (n_stages, width).

    Raises:
        ValueError: If a number is below 1, or a neuron did not fire exactly once.
    """
    from scipy import sparse

    if n_stages < 1 or width < 1:
        raise ValueError(f"n_stages and width must be at least 1; got {n_stages}, {width}")
    params = NetworkParams(
        n_excitatory=n_stages * width,
        n_inhibitory=0,
        in_excitatory=0,
        in_inhibitory=0,
        drive=0.0,
        delay_ms=delay_ms,
    )
    reach_mv = params.neuron.v_th_mv - params.neuron.v_rest_mv
    # Twice what is needed, shared by the neurons of a stage.
    jumps_mv = np.full((width, width), 2.0 * reach_mv / width)
    one_on = sparse.eye_array(n_stages, k=-1)
    weights_mv = sparse.kron(one_on, jumps_mv).tocsc()
    start_mv = np.repeat([2.0 * reach_mv] + [0.0] * (n_stages - 1), width)
    n_steps = steps_of(delay_ms, dt_ms, "delay_ms") * n_stages + 1
    counts = np.zeros((n_steps, n_stages * width), dtype=np.uint8)
    spikes = simulate_network(params, weights_mv, counts, start_mv, dt_ms)
    if not np.all(spikes.sum(axis=0) == 1):
        raise ValueError(f"every neuron must fire once; got {spikes.sum(axis=0)}")
    steps = spikes.argmax(axis=0).reshape(n_stages, width)
    return (steps - steps[0, 0]) * dt_ms
