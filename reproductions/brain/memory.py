"""Associative memory beside closed forms, enumeration and published numbers."""

import numpy as np
from scipy.special import erf

from companion.brain import capacity, memory, modern_memory, storage
from reproductions.brain.check import Check


def mean_field_by_iteration(load, n_steps=3000):
    """Iterate the three equations of Amit, Gutfreund and Sompolinsky at T = 0.

    Args:
        load: alpha, below the critical load.
        n_steps: Number of iterations.

    Returns:
        m, C and r.
    """
    m, c, r = 1.0, 0.0, 1.0
    for _ in range(n_steps):
        y = m / np.sqrt(2.0 * load * r)
        c = np.sqrt(2.0 / (np.pi * load * r)) * np.exp(-(y**2))
        m, r = erf(y), 1.0 / (1.0 - c) ** 2
    return float(m), float(c), float(r)


def one_step_error(n_neurons, load, n_trials, share_removed=0.0, seed=0):
    """Share of neurons against their field in stored patterns, over networks.

    Args:
        n_neurons: N.
        load: alpha.
        n_trials: Number of networks, at least 2.
        share_removed: Part of the connections that is cut.
        seed: Of the patterns and cuts.

    Returns:
        The mean over networks and its standard error.
    """
    rng, errors = np.random.default_rng(seed), []
    for _ in range(n_trials):
        patterns = memory.random_patterns(round(load * n_neurons), n_neurons, rng)
        weights = storage.dilute(storage.hebbian_weights(patterns), share_removed, rng)
        answers = memory.update_synchronously(weights, patterns)
        errors.append(np.mean(answers != patterns))
    return float(np.mean(errors)), float(np.std(errors, ddof=1) / np.sqrt(n_trials))


def share_of_stable_patterns(n_neurons, n_patterns, n_trials, seed=0):
    """Share of stored patterns that do not change in one step, over networks."""
    rng, rates = np.random.default_rng(seed), []
    for _ in range(n_trials):
        patterns = memory.random_patterns(n_patterns, n_neurons, rng)
        answers = memory.update_synchronously(storage.hebbian_weights(patterns), patterns)
        rates.append(memory.recall_rate(answers, patterns))
    return float(np.mean(rates))


def load_at_half_recall(n_neurons, loads, n_trials, seed=0):
    """Load at which half of the networks still rest near the pattern they started from.

    Near is an overlap of at least 0.9; between two loads the share is joined by a line.
    """
    shares = []
    for load in loads:
        rng = np.random.default_rng(seed)
        overlaps = capacity.measured_overlaps(n_neurons, load, n_trials, rng)
        shares.append(np.mean(overlaps >= 0.9))
    return float(np.interp(-0.5, -np.array(shares), loads))


def descent(n_neurons=60, n_steps=600, seed=0):
    """Energy of a network while one neuron after the other is updated.

    Returns:
        rise: Largest change of the energy in one update.
        fall: From the first energy to the last.
        expected: Sum of 2 |h_i| over the updates that changed a neuron.
    """
    rng = np.random.default_rng(seed)
    weights = storage.hebbian_weights(memory.random_patterns(12, n_neurons, rng))
    state, energies, expected = memory.random_patterns(1, n_neurons, rng)[0], [], 0.0
    for i in rng.integers(0, n_neurons, size=n_steps):
        energies.append(memory.energy(weights, state))
        before, state = state, memory.update_in_order(weights, state, [i])
        expected += abs((before - state)[i] * (weights @ before)[i])
    energies.append(memory.energy(weights, state))
    return float(np.max(np.diff(energies))), float(energies[0] - energies[-1]), expected


def mixture_overlap(n_neurons=20_000, seed=0):
    """Mean overlap of the settled mixture of three patterns with each of the three."""
    rng = np.random.default_rng(seed)
    patterns = memory.random_patterns(3, n_neurons, rng)
    mixture = np.sign(patterns.sum(axis=0))
    rest = capacity.settle_from_patterns(patterns, mixture, rng)
    return float(memory.overlap(rest, patterns).mean())


def _theory():
    alpha_c, m_c, _ = capacity.critical_point()
    published = "Amit, Gutfreund and Sompolinsky (1985, 1987)"
    yield Check("Critical load of a Hopfield network", "", alpha_c, 0.138, 5e-4, published)
    yield Check("Overlap at the critical load", "", m_c, 0.967, 5e-4, published)
    ours, reference = capacity.mean_field_overlap(0.12), mean_field_by_iteration(0.12)[0]
    route = "the three mean-field equations, iterated"
    yield Check("Overlap at load 0.12, by one equation", "", ours, reference, 1e-9, route)
    patterns = np.array([[1.0, 0.0], [-4.0, 0.0], [7.0, 0.0]])
    ours = modern_memory.update(patterns, np.array([0.3, 0.0]), 1.0)[0]
    likeness = np.exp([0.3, -1.2, 2.1])
    attention = float(likeness @ patterns[:, 0] / likeness.sum())
    quantity = "Modern update of one state, its first entry"
    yield Check(quantity, "", float(ours), attention, 1e-12, "attention, written out")


def _one_step():
    # Tolerances: four standard errors, seen over networks, and typed so that they stay.
    for n_neurons, load, n_trials, tolerance in (
        (100, 0.1, 1500, 1.5e-4),
        (500, 0.138, 40, 4e-4),
        (500, 0.3, 40, 6e-4),
    ):
        ours, _ = one_step_error(n_neurons, load, n_trials)
        quantity = f"Share of neurons that err in one step at load {load}, N = {n_neurons}"
        exact = capacity.bit_error_exact(round(n_neurons * load), n_neurons)
        yield Check(quantity, "", ours, exact, tolerance, "closed form, a binomial tail")
    quantity = "The same at load 0.138, N = 100000, for large N"
    ours, exact = float(capacity.bit_error(0.138)), capacity.bit_error_exact(13_800, 10**5)
    yield Check(quantity, "", ours, exact, 2e-5, "closed form, a binomial tail")
    ours, _ = one_step_error(1000, 0.2, n_trials=8, share_removed=0.5)
    quantity = "The same at load 0.2, N = 1000, with half of the connections cut"
    large_n = float(capacity.bit_error(0.4))
    yield Check(quantity, "", ours, large_n, 2e-3, "closed form for large N")
    n_patterns = round(500 / (2 * np.log(500)))
    ours = share_of_stable_patterns(500, n_patterns, n_trials=100)
    exact = (1.0 - capacity.bit_error_exact(n_patterns, 500)) ** 500
    quantity = "Share of patterns without any error, N = 500, P = N / (2 ln N)"
    yield Check(quantity, "", ours, exact, 0.02, "binomial tail, neurons independent")


def _simulation():
    rise, fall, expected = descent()
    yield Check("Largest rise of the energy in a descent", "", rise, 0.0, 1e-12, "theory")
    route = "twice the fields of the neurons that changed, summed"
    yield Check("Fall of the energy in the descent", "", fall, expected, 1e-9, route)
    yield Check("Overlap of a mixture of three", "", mixture_overlap(), 0.5, 0.02, "theory")
    overlaps = capacity.measured_overlaps(4000, 0.12, 20, np.random.default_rng(0))
    ours, reference = 1.0 - overlaps.mean(), 1.0 - capacity.mean_field_overlap(0.12)
    quantity = "Overlap missing after recall at load 0.12, N = 4000"
    yield Check(quantity, "", float(ours), reference, 0.002, "mean-field theory")
    above = capacity.measured_overlaps(4000, 0.17, 10, np.random.default_rng(0))
    for load, found in ((0.12, overlaps), (0.17, above)):
        expected = float(capacity.mean_field_overlap(load) > 0.9)
        quantity = f"Share of networks that keep the pattern at load {load}, N = 4000"
        kept = float(np.mean(found > 0.9))
        yield Check(quantity, "", kept, expected, 0.15, "mean-field theory")


def checks():
    """Every tested quantity of the chapter on memory."""
    return [*_theory(), *_one_step(), *_simulation()]
