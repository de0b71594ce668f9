"""The networks and synapses of the chapter in Brian2, from the same arrays as ours."""

import numpy as np

from reproductions.brain.simulator import brian2


def spikes_of_network(params, weights_mv, counts, v_start_mv, dt_ms):
    """Run a network in Brian2; arguments and result as in `networks.simulate_network`.

    Brian2 stamps a spike with the beginning of its step and we with the end: its
    refractory time begins one step earlier, so it is given one step more.
    """
    neuron, ms, n = params.neuron, brian2.ms, params.n_neurons
    brian2.start_scope()
    brian2.defaultclock.dt = dt_ms * ms
    outside = brian2.TimedArray(counts.astype(float), dt=dt_ms * ms)
    names = {
        "tau": neuron.tau_ms * ms,
        "x_th": neuron.v_th_mv - neuron.v_rest_mv,
        "x_reset": neuron.v_reset_mv - neuron.v_rest_mv,
        "j": params.j_mv,
        "outside": outside,
    }
    group = brian2.NeuronGroup(
        n,
        "dx/dt = -x / tau : 1 (unless refractory)",
        threshold="x >= x_th",
        reset="x = x_reset",
        refractory=(neuron.t_ref_ms + dt_ms) * ms,
        method="exact",
        namespace=names,
    )
    group.x = np.asarray(v_start_mv) - neuron.v_rest_mv
    group.run_regularly("x += j * outside(t, i) * int(not_refractory)", when="after_groups")
    synapses = brian2.Synapses(
        group, group, "w : 1", on_pre="x_post += w * int(not_refractory_post)"
    )
    entries = weights_mv.tocoo()
    synapses.connect(i=entries.col, j=entries.row)
    synapses.w = entries.data
    synapses.delay = (params.delay_ms - dt_ms) * ms
    monitor = brian2.SpikeMonitor(group)
    network = brian2.Network(group, synapses, monitor)
    network.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    network.run(len(counts) * dt_ms * ms)
    spikes = np.zeros(counts.shape, dtype=bool)
    spikes[np.rint(monitor.t / ms / dt_ms).astype(int), monitor.i] = True
    return spikes
