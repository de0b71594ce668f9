"""What the chapter on synapses claims, each quantity beside its value by another route."""

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from companion.brain import networks, spike_trains, synapses, transmission
from companion.brain.integrate_and_fire import LIFParams
from companion.brain.mean_field import network_rate_hz, siegert_rate_hz
from companion.brain.pathways import volley_times_ms
from reproductions.brain.check import Check
from reproductions.brain.synapses_network import spikes_of_network

MEMBRANE = LIFParams(tau_ms=15.0, r_mohm=80.0, v_rest_mv=-65.0, v_reset_mv=-65.0)
FAST = synapses.Synapse(tau_ms=5.0, delay_ms=1.5)
ROUND = synapses.Synapse(tau_ms=5.0, delay_ms=1.5, kernel="alpha")
CURRENT_NA, DT_MS = 0.02, 0.1


def checks():
    """Return all checks of the chapter, in its order."""
    return [
        *_one_potential(),
        *_summation(),
        *_passing_a_spike(),
        *_network(),
        *_order_of_update(),
    ]


def _one_potential():
    dt_ms = 0.001
    v_mv = synapses.simulate_current_based(MEMBRANE, FAST, CURRENT_NA, [0.0], dt_ms, 40_000)
    # a = tau / tau_s = 3, the delay and the two formulas written out.
    peak_ms = 1.5 + 15.0 * np.log(3.0) / 2.0
    height_mv = 80.0 * CURRENT_NA * 3.0**-1.5
    alpha_ms, alpha_mv = synapses.psp_peak(MEMBRANE, ROUND, CURRENT_NA)
    solved_ms, solved_mv = solved_alpha_peak()
    closed, solver = "closed form", "solve_ivp"
    return [
        Check("EPSP, time of the peak", "ms", v_mv.argmax() * dt_ms, peak_ms, 0.01, closed),
        Check("EPSP, height", "mV", v_mv.max() + 65.0, height_mv, 1e-4, closed),
        Check("EPSP, alpha, time of the peak", "ms", alpha_ms, solved_ms, 0.01, solver),
        Check("EPSP, alpha, height", "mV", alpha_mv, solved_mv, 1e-4, solver),
    ]


def solved_alpha_peak():
    """Time and height of the alpha kernel's potential, from its equation."""

    def slope(u_ms, x_mv):
        s = u_ms / 5.0 * np.exp(1.0 - u_ms / 5.0)
        return (80.0 * CURRENT_NA * s - x_mv) / 15.0

    t_ms = np.linspace(0.0, 40.0, 8001)
    run = solve_ivp(slope, (0.0, 40.0), [0.0], t_eval=t_ms, rtol=1e-9, atol=1e-12)
    return 1.5 + t_ms[run.y[0].argmax()], run.y[0].max()


def _summation():
    def height_mv(current_na):
        run = synapses.simulate_current_based(MEMBRANE, FAST, current_na, [0.0], DT_MS, 400)
        return run.max() + 65.0

    def held_mv(g_us):
        g_over_time = np.full((3001, 1), g_us)
        run = synapses.simulate_conductances(MEMBRANE, g_over_time, [0.0], DT_MS)
        return run[-1] + 65.0

    closed = "closed form"
    # R g = 0.8: two synapses hold 1.6 / 2.6 of the driving force, one 0.8 / 1.8.
    share = (1.6 / 2.6) / (2 * 0.8 / 1.8)
    currents = height_mv(2 * CURRENT_NA) / (2 * height_mv(CURRENT_NA))
    conductances = held_mv(0.02) / (2 * held_mv(0.01))
    return [
        Check("two currents over twice one", "", currents, 1.0, 1e-9, closed),
        Check("two conductances over twice one", "", conductances, share, 1e-6, closed),
    ]


def _passing_a_spike():
    neuron, synapse = LIFParams(), synapses.Synapse(tau_ms=2.0, delay_ms=1.5)
    weights_na = np.linspace(14.0, 16.0, 401)
    sent = np.zeros(200, dtype=bool)
    sent[0] = True
    quiet = np.zeros((200, 401))
    run = transmission.simulate_receivers(neuron, synapse, weights_na, sent, quiet, DT_MS)
    lowest_na = weights_na[run.any(axis=0)].min()
    # a = 5: R w 5^(-5/4) = 20 mV.
    name = "smallest weight that passes one spike"
    return [Check(name, "nA", lowest_na, 2.0 * 5.0**1.25, 0.02, "closed form")]


@cache
def run_of_network(g, time_ms, seed, size=1):
    """Simulate a network; return what it was given and its spikes.

    Args:
        g: Strength of inhibition.
        time_ms: Duration.
        seed: Seed of connections, input and start.
        size: Multiple of the neurons of `NetworkParams`; each has as many inputs as there.

    Returns:
        Arguments of `networks.simulate_network`, and spikes, (n_steps, n_neurons).
    """
    params = networks.NetworkParams(
        g=g, n_excitatory=round(1000 * size), n_inhibitory=round(250 * size)
    )
    inputs = networks.draw_inputs(params, time_ms, DT_MS, seed)
    arguments = (params, *inputs, DT_MS)
    return arguments, networks.simulate_network(*arguments)


def _network():
    arguments, spikes = run_of_network(7.0, 2700.0, seed=0)
    _, regular = run_of_network(1.0, 500.0, seed=0)
    rate_hz, cv, _ = spike_trains.summarize(spikes, DT_MS)
    clock = spike_trains.summarize(regular, DT_MS)
    theory_hz = network_rate_hz(arguments[0])
    steady_hz = siegert_rate_hz(networks.BRUNEL_NEURON, 30.0, 0.1)
    small, small_spikes = run_of_network(7.0, 200.0, seed=1, size=0.4)
    theirs = spikes_of_network(*small)
    closed, siegert = "closed form", "mean field (Siegert)"
    constant_hz = 1000.0 / (2.0 + 20.0 * np.log(2.0))
    irregular = "irregular: CV of a Poisson process"
    n_equal = np.sum(small_spikes & theirs)
    return [
        Check("LIF in weak noise, rate", "Hz", steady_hz, constant_hz, 0.01, closed),
        Check("network, rate", "Hz", rate_hz, theory_hz, 0.1 * theory_hz, siegert),
        Check("network, CV of intervals", "", cv, 1.0, 0.15, irregular),
        Check(
            "network, g = 1: CV", "", clock.interval_cv, 0.0, 0.1, "regular: CV of a clock"
        ),
        Check(
            "network, g = 1: rate",
            "Hz",
            clock.rate_hz,
            1000.0 / 3.0,
            3.4,
            "two groups take turns, a delay of 1.5 ms apart",
        ),
        Check("spikes in common", "", n_equal, theirs.sum(), 0.5, "Brian2"),
        Check("spikes in all", "", small_spikes.sum(), theirs.sum(), 0.5, "Brian2"),
        _scaling(),
    ]


def _scaling():
    measured = [
        np.mean([synchrony_of(size, seed) for seed in range(3)]) for size in (0.4, 0.8)
    ]
    name = "synchrony: half the network over the whole"
    return Check(name, "", measured[0] / measured[1], 2.0, 0.4, "Brunel (2000): 1 / N")


def synchrony_of(size, seed):
    """Mean correlation of two neurons' counts in one step, in a network of `size`."""
    _, spikes = run_of_network(7.0, 700.0, seed, size)
    return spike_trains.summarize(spikes, DT_MS).synchrony


def _order_of_update():
    (params, weights_mv, counts, start_mv, _), spikes = run_of_network(7.0, 200.0, 1, 0.4)
    counts = counts[:200]
    serial = networks.simulate_one_by_one(params, weights_mv, counts, start_mv, DT_MS)
    n_equal, n_all = np.sum(serial & spikes[:200]), serial.sum()
    volley_ms = volley_times_ms(n_stages=8, width=40)[-1].max()
    name = "spikes in common, all neurons at once and one by one"
    return [
        Check(name, "", n_equal, n_all, 0.5, "plain Python loop"),
        Check("volley through 8 stages", "ms", volley_ms, 7 * 1.5, 1e-6, "closed form"),
    ]
