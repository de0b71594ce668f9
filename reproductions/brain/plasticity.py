"""Plasticity: growth rates, axes, rest points, windows and errors by other routes."""

from math import comb

import numpy as np

from companion import datasets
from companion.brain import bcm, hebbian, reward, stdp, three_factor
from reproductions.brain.check import Check
from reproductions.brain.simulator import brian2

TICK_MS = 0.1


def checks():
    """Every quantity of the chapter on plasticity beside its reference."""
    return [
        *_hebbian_checks(),
        *_bcm_checks(),
        *_stdp_checks(),
        *_reward_checks(),
        _gradient_check(),
    ]


def contrasts():
    """Every third patch of the photographs, centered, with variance 1 along its axis."""
    x = hebbian.contrast_patches(datasets.load("photographs_gray").x_train[::3])
    x -= x.mean(axis=0)
    return x / (np.linalg.svd(x, compute_uv=False)[0] / np.sqrt(len(x)))


def _hebbian_checks():
    x = contrasts()
    above = x + 0.25
    path = hebbian.follow_hebb(
        np.random.default_rng(0).normal(size=64),
        above.T @ above / len(x),
        learning_rate=0.05,
        n_steps=200,
    )
    growth = np.diff(np.log(np.linalg.norm(path, axis=1)))[-1]
    largest = np.linalg.svd(above, compute_uv=False)[0] ** 2 / len(x)
    axes = np.linalg.svd(x, full_matrices=False)[2][:5]
    oja = hebbian.train_axes(x, 1, learning_rate=0.005, n_passes=16, seed=0)
    sanger = hebbian.train_axes(x, 5, learning_rate=0.01, n_passes=20, seed=0)
    route = "principal axes by singular values"
    return [
        Check(
            "Hebb: growth of log |w| in a step",
            "",
            growth,
            np.log1p(0.05 * largest),
            1e-9,
            "closed form, log(1 + learning rate x largest eigenvalue)",
        ),
        Check(
            "Oja: angle to the first axis of contrasts",
            "degree",
            hebbian.degrees_between(oja, axes[:1])[0],
            0.0,
            1.0,
            route,
        ),
        Check(
            "Sanger: largest angle to the first five axes of contrasts",
            "degree",
            hebbian.degrees_between(sanger, axes).max(),
            0.0,
            5.0,
            route,
        ),
    ]


def _bcm_checks():
    p, start = np.array([0.4, 0.35, 0.25]), bcm.BCMState(np.array([0.1, 0.1, 0.4]), 0.1)
    y, theta = bcm.integrate(
        start, np.eye(3), p, np.array([0.0, 300.0]), learning_rate=0.5, tau=0.5
    )
    turn = bcm.growth_rates((1, 0), np.eye(2), (0.5, 0.5), learning_rate=0.1, tau=10.0)[0]
    route = "closed form"
    return [
        Check("BCM: answer to the chosen pattern", "", y[-1].max(), 1 / p[2], 1e-3, route),
        Check("BCM: threshold at rest", "", theta[-1], 1 / p[2], 1e-3, route),
        Check("BCM: growth rate of a choice at eta tau = 1", "", turn.real, 0, 1e-9, route),
    ]


def grid_trains_ms(seed, duration_ms, pre_hz=30.0, post_hz=20.0):
    """Two random trains on the grid of Brian2; never a spike of both in the same step.

    Args:
        seed: Seed of the trains.
        duration_ms: Their length.
        pre_hz, post_hz: Their rates.

    Returns:
        The times of both in ms, one on even steps and one on odd steps.
    """
    rng, n_steps = np.random.default_rng(seed), round(duration_ms / TICK_MS / 2)
    chance = 2.0 * TICK_MS / 1000.0
    even, odd = (
        np.flatnonzero(rng.random(n_steps) < r * chance) for r in (pre_hz, post_hz)
    )
    return 2 * even * TICK_MS, (2 * odd + 1) * TICK_MS


def brian2_weight_change(params, pre_ms, post_ms, pairing="all"):
    """Total change of one weight in Brian2, for the same trains.

    Args:
        params: An `stdp.STDPParams`.
        pre_ms, post_ms: Times of the spikes, in ms, on multiples of `TICK_MS`.
        pairing: "all" or "nearest".

    Returns:
        The change, a float.
    """
    ms = brian2.ms
    sources = [
        brian2.SpikeGeneratorGroup(1, np.zeros(len(t), int), t * ms, dt=TICK_MS * ms)
        for t in (pre_ms, post_ms)
    ]
    rise = "+= 1" if pairing == "all" else "= 1"
    synapse = brian2.Synapses(
        *sources,
        """w : 1
        dr/dt = -r / tau_plus : 1 (event-driven)
        do/dt = -o / tau_minus : 1 (event-driven)""",
        on_pre=f"r {rise}; w -= a_minus * o",
        on_post=f"o {rise}; w += a_plus * r",
        namespace={
            "tau_plus": params.tau_plus_ms * ms,
            "tau_minus": params.tau_minus_ms * ms,
            "a_plus": params.a_plus,
            "a_minus": params.a_minus,
        },
        dt=TICK_MS * ms,
    )
    synapse.connect()
    network = brian2.Network(*sources, synapse)
    network.run((max(pre_ms.max(), post_ms.max()) + 1.0) * ms)
    return float(synapse.w[0])


def _stdp_checks():
    params = stdp.STDPParams()
    lags = np.array([-40.0, -10.0, -1.0, 1.0, 10.0, 40.0])
    by_hand = np.where(lags > 0, 0.005, -0.00525) * np.exp(-np.abs(lags) / 20.0)
    miss = np.abs(stdp.pairing_experiment(params, lags) / by_hand - 1.0).max()
    trains = grid_trains_ms(seed=0, duration_ms=2000.0)
    rng = np.random.default_rng(0)
    poisson = [stdp.poisson_train_ms(rate, 400.0, rng) for rate in (40.0, 40.0)]
    grow = stdp.STDPParams(a_minus=0.0)
    return [
        Check("STDP: window from pairings", "", miss, 0.0, 1e-9, "closed form, relative"),
        *(
            Check(
                f"STDP: weight after 2 s of spikes, {pairing} pairs",
                "",
                stdp.weight_change(params, *trains, pairing),
                brian2_weight_change(params, *trains, pairing),
                1e-9,
                "Brian2",
            )
            for pairing in stdp.PAIRINGS
        ),
        Check(
            "STDP: strengthening by two Poisson trains of 40 Hz",
            "1/s",
            stdp.weight_change(grow, *poisson) / 400.0,
            40.0 * 40.0 * 0.005 * 0.020,
            0.008,
            "closed form, rate x rate x A tau",
        ),
    ]


def _reward_checks():
    trial = reward.Trial()
    settings = {"discount": 0.98, "learning_rate": 0.3}
    _, deltas = reward.learn_trials(trial, np.ones(200), **settings)
    weights, _ = reward.learn_trials(trial, np.ones(200), **settings)
    dip = reward.td_errors(trial, weights, 0.0, 0.98)[trial.reward_step]
    halfway = 0.98**9 * comb(30, 9) * 0.3**9 * 0.7**21
    closed = "closed form"
    cue, end = trial.cue_step, trial.reward_step
    return [
        Check("TD: error at the reward, trial 1", "", deltas[0, end], 1.0, 1e-9, closed),
        Check("TD: error at the cue, trial 1", "", deltas[0, cue], 0.0, 1e-9, closed),
        Check("TD: error at the reward, trial 200", "", deltas[-1, end], 0.0, 1e-9, closed),
        Check(
            "TD: error at the cue, trial 200", "", deltas[-1, cue], 0.98**15, 1e-6, closed
        ),
        Check(
            "TD: error 9 steps before the reward, trial 31",
            "",
            deltas[30, end - 9],
            halfway,
            1e-9,
            "closed form, binomial",
        ),
        Check("TD: error if the reward is left out", "", dip, -1.0, 1e-6, closed),
    ]


def _gradient_check():
    """The three-factor rule, averaged over chance, against a difference quotient."""
    rng, odds = np.random.default_rng(0), np.array([0.8, 0.2])
    w = rng.normal(size=(1, 2, 1))
    state = three_factor.LearnerState(w, np.array([[0.4]]))
    params, mean = three_factor.LearnerParams(learning_rate=1.0), 0.0
    for action in (0, 1):
        for r in (0.0, 1.0):
            chance = odds[action] if r else 1.0 - odds[action]
            chance *= np.exp(w[0, action, 0]) / np.exp(w[0, :, 0]).sum()
            after = three_factor.learn(
                params, state, np.array([0]), np.array([action]), np.array([r])
            )
            mean += chance * (after.actor - w)[0, 0, 0]

    def value(shift):
        drive = np.exp(w[0, :, 0] + [shift, 0.0])
        return odds @ drive / drive.sum()

    slope = (value(1e-6) - value(-1e-6)) / 2e-6
    return Check(
        "Three factors: mean change of a weight, learning rate 1",
        "",
        mean,
        slope,
        1e-8,
        "difference quotient of the expected reward",
    )
