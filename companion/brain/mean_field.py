"""Firing rate of a LIF neuron in noise, and of a network that makes its own, ms, mV, Hz.

Many small inputs at random times add up to a mean and a noise. With the input of total
variance rate, the membrane follows::

    tau dV/dt = -(V - V_rest) + mu + sigma sqrt(tau) (white noise),

and fires, after Siegert, at the rate::

    1 / rate = t_ref + tau sqrt(pi) * integral of exp(u^2) (1 + erf u) du

from (V_reset - V_rest - mu) / sigma to (V_th - V_rest - mu) / sigma. In a network of equal
neurons mu and sigma depend on the rate itself: its value is where both agree.
"""

import numpy as np


def siegert_rate_hz(neuron, mu_mv, sigma_mv):
    """Rate of a neuron with white noise as its input.

    Args:
        neuron: Constants, an `LIFParams`; its resistance is not used.
        mu_mv: Mean of the input, as the potential above rest that it would hold.
        sigma_mv: Strength of the noise, above 0; V without threshold has the standard
            deviation sigma / sqrt(2).

    Raises:
        ValueError: If `sigma_mv` is not above 0.

    Source:
        Brunel (2000), doi:10.1023/A:1008925309027, eq. 21.
    """
    from scipy.integrate import quad
    from scipy.special import erfcx

    if not sigma_mv > 0:
        raise ValueError(f"sigma_mv must be above 0; got {sigma_mv}")
    low = (neuron.v_reset_mv - neuron.v_rest_mv - mu_mv) / sigma_mv
    high = (neuron.v_th_mv - neuron.v_rest_mv - mu_mv) / sigma_mv
    if high > 25.0:  # exp(u^2) is near overflow; the neuron never fires
        return 0.0
    # erfcx(-u) = exp(u^2) (1 + erf u), without the overflow of its first factor.
    integral, _ = quad(lambda u: erfcx(-u), low, high)
    mean_isi_ms = neuron.t_ref_ms + neuron.tau_ms * np.sqrt(np.pi) * integral
    return 1000.0 / mean_isi_ms


def input_moments_mv(params, rate_hz):
    """Mean and noise of the input of each neuron when all neurons fire at `rate_hz`.

    Spikes that come at random with a rate r add up to::

        mu = J tau (r_ext + (C_E - g C_I) r)
        sigma^2 = J^2 tau (r_ext + (C_E + g^2 C_I) r)

    Args:
        params: A `companion.brain.networks.NetworkParams`.
        rate_hz: r.

    Returns:
        mu_mv and sigma_mv.
    """
    p, tau_s = params, params.neuron.tau_ms / 1000.0
    mean = p.in_excitatory - p.g * p.in_inhibitory
    spread = p.in_excitatory + p.g**2 * p.in_inhibitory
    mu_mv = p.j_mv * tau_s * (p.external_rate_hz + mean * rate_hz)
    variance = p.j_mv**2 * tau_s * (p.external_rate_hz + spread * rate_hz)
    return mu_mv, np.sqrt(variance)


def network_rate_hz(params):
    """The rate at which the input the neurons give each other makes them fire at it.

    Where inhibition prevails, g C_I > C_E, there is one such rate. Otherwise there may
    be several, and one of them is returned.

    Args:
        params: A `companion.brain.networks.NetworkParams`.

    Raises:
        ValueError: If `params.drive` is 0: with no input from outside nobody fires.
    """
    from scipy.optimize import brentq

    if params.drive == 0:
        raise ValueError(f"params.drive must be above 0; got {params.drive}")

    def excess_hz(rate_hz):
        return siegert_rate_hz(params.neuron, *input_moments_mv(params, rate_hz)) - rate_hz

    highest_hz = 1000.0 / max(params.neuron.t_ref_ms, 1e-3)
    return brentq(excess_hz, 0.0, highest_hz)


def rate_by_jumps_hz(neuron, mu_mv, sigma_mv, jump_mv, g, time_ms, seed):
    """Rate of unconnected neurons whose input has the same moments, but finite jumps.

    Poisson spikes of +J and -g J have the mean and noise asked for at the rates::

        r_minus = (sigma^2 / J - mu) / (J tau (g + g^2)),  r_plus = mu / (J tau) + g r_minus

    There are no time steps: every neuron goes from one of its spikes to the next, and in
    between V decays exactly.

    Args:
        neuron: Constants, an `LIFParams`; its resistance is not used.
        mu_mv: As in `siegert_rate_hz`.
        sigma_mv: As in `siegert_rate_hz`.
        jump_mv: J.
        g: Size of a downward jump, as a multiple of J.
        time_ms: Duration, after 100 ms that are not counted.
        seed: Seed of the input.

    Returns:
        Mean rate of 500 neurons.

    Raises:
        ValueError: If r_minus or r_plus would be negative.
    """
    minus = (sigma_mv**2 / jump_mv - mu_mv) / (jump_mv * neuron.tau_ms * (g + g**2))
    plus = mu_mv / (jump_mv * neuron.tau_ms) + g * minus
    if min(minus, plus) < 0:
        raise ValueError(f"sigma_mv is too small for jumps of {jump_mv} mV; got {sigma_mv}")
    rng, n, skip_ms, both = np.random.default_rng(seed), 500, 100.0, plus + minus
    v_mv = rng.uniform(neuron.v_reset_mv, neuron.v_th_mv, n)
    now_ms, free_ms, n_spikes = np.zeros(n), np.zeros(n), 0
    while now_ms.min() < skip_ms + time_ms:
        since_ms = np.maximum(now_ms, free_ms)
        now_ms = now_ms + rng.exponential(1.0 / both, n)
        decay = np.exp(-np.maximum(now_ms - since_ms, 0.0) / neuron.tau_ms)
        jumps = np.where(rng.random(n) < plus / both, jump_mv, -g * jump_mv)
        moved = neuron.v_rest_mv + (v_mv - neuron.v_rest_mv) * decay + jumps
        v_mv = np.where(now_ms >= free_ms, moved, v_mv)
        fired = v_mv >= neuron.v_th_mv
        v_mv[fired], free_ms[fired] = neuron.v_reset_mv, now_ms[fired] + neuron.t_ref_ms
        n_spikes += np.sum(fired & (now_ms > skip_ms) & (now_ms < skip_ms + time_ms))
    return 1000.0 * n_spikes / (n * time_ms)
