"""Time the models of the brain beside the libraries of their field, in turns."""

import sys
import time
import warnings
from functools import partial
from importlib.metadata import version

import numpy as np
from sklearn.decomposition import MiniBatchDictionaryLearning
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from companion.brain import natural_images, networks, sparse_coding
from reproductions import run as papers
from reproductions.bench import ROUNDS, THREADS
from reproductions.bench.brain_speed import PATH
from reproductions.bench.run import in_turn, pin
from reproductions.brain.simulator import brian2
from reproductions.results import write_json

DT_MS, SECONDS = 0.1, 1.0
PATCHES, SIDE, ATOMS, PENALTY = 10_000, 12, 64, 1.0
STEPS = {"companion": (25, 50, 100, 200, 400, 800), "scikit-learn": (1, 2, 4, 8)}


def timed(task):
    """Return what a task returns, and the seconds it took."""
    start = time.perf_counter()
    found = task()
    return found, time.perf_counter() - start


def companion_network(params, weights_mv, simulate):
    """Return a task that simulates the network, its outside spikes included.

    Args:
        params: A `companion.brain.networks.NetworkParams`.
        weights_mv: As `companion.brain.networks.random_weights` returns it.
        simulate: `simulate_network` or `simulate_one_by_one` of that module.
    """
    n_steps, rng = round(1000 * SECONDS / DT_MS), np.random.default_rng(0)

    def task():
        counts = networks.external_counts(params, n_steps, DT_MS, rng)
        start_mv = rng.uniform(0.0, params.neuron.v_th_mv, params.n_neurons)
        spikes = simulate(params, weights_mv, counts, start_mv, DT_MS)
        settled = spikes[n_steps // 10 :]  # without the volley of its start
        return settled.mean() * 1000.0 / DT_MS

    return task


def brian2_network(params, weights_mv, target):
    """Return a task that simulates the network in Brian2; its code is compiled before.

    Args:
        params: A `companion.brain.networks.NetworkParams` whose neurons rest at 0 mV.
        weights_mv: As `companion.brain.networks.random_weights` returns it.
        target: What Brian2 makes its code for: "numpy" or "cython".
    """
    neuron, ms = params.neuron, brian2.ms
    brian2.start_scope()
    brian2.seed(0)
    brian2.prefs.codegen.target = target
    brian2.defaultclock.dt = DT_MS * ms
    group = brian2.NeuronGroup(
        params.n_neurons,
        "dv/dt = -v / tau : 1 (unless refractory)",
        threshold="v >= v_th",
        reset="v = v_reset",
        refractory=neuron.t_ref_ms * ms,
        method="exact",
        namespace={
            "tau": neuron.tau_ms * ms, "v_th": neuron.v_th_mv, "v_reset": neuron.v_reset_mv
        },
    )  # fmt: skip
    group.v = np.random.default_rng(0).uniform(0.0, neuron.v_th_mv, params.n_neurons)
    entries = weights_mv.tocoo()
    synapses = brian2.Synapses(group, group, "w : 1", on_pre="v_post += w")
    synapses.connect(i=entries.col, j=entries.row)
    synapses.w = entries.data
    synapses.delay = params.delay_ms * ms
    rate = params.external_rate_hz * brian2.Hz
    outside = brian2.PoissonInput(group, "v", 1, rate, weight=params.j_mv)
    monitor = brian2.SpikeMonitor(group)
    network = brian2.Network(group, synapses, outside, monitor)
    network.run(10 * ms)

    def task():
        before = monitor.num_spikes
        brian2.prefs.codegen.target = target  # which every run reads anew
        network.run(SECONDS * brian2.second)
        return (monitor.num_spikes - before) / params.n_neurons / SECONDS

    return task


def network_times(rounds, bar):
    """Time one second of the network in turns: seconds and rate of each variant."""
    params = networks.NetworkParams()
    weights_mv = networks.random_weights(params, np.random.default_rng(0))
    tasks = {
        "companion": companion_network(params, weights_mv, networks.simulate_network),
        "companion, one neuron after another": companion_network(
            params, weights_mv, networks.simulate_one_by_one
        ),
        "Brian2, NumPy": brian2_network(params, weights_mv, "numpy"),
        "Brian2, Cython": brian2_network(params, weights_mv, "cython"),
    }
    variants = {name: {"seconds": [], "rate_hz": []} for name in tasks}
    for turn in range(rounds):
        for name in in_turn(tasks, turn):
            rate_hz, seconds = timed(tasks[name])
            variants[name]["seconds"].append(round(seconds, 4))
            variants[name]["rate_hz"].append(round(rate_hz, 3))
            bar.update()
    sizes = {"n_neurons": params.n_neurons, "n_synapses": int(weights_mv.nnz)}
    return sizes | {"dt_ms": DT_MS, "biological_seconds": SECONDS, "variants": variants}


def learn(library, x, steps):
    """Learn a dictionary, shape (ATOMS, SIDE * SIDE), with either library."""
    if library == "companion":
        rng = np.random.default_rng(0)
        return sparse_coding.train(x, ATOMS, PENALTY, n_steps=steps, rng=rng)
    learner = MiniBatchDictionaryLearning(
        ATOMS, alpha=PENALTY, max_iter=steps, batch_size=50, fit_algorithm="cd",
        tol=0.0, max_no_improvement=None, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of codes that have not quite converged
        return learner.fit(x).components_


def objective(x, dictionary):
    """Mean objective of the patches, their codes searched to the end."""
    z = sparse_coding.fista(x, dictionary, PENALTY, n_steps=300)
    return float(sparse_coding.objective(z, x, dictionary, PENALTY).mean())


def dictionary_times(rounds, bar):
    """Time the learning of a dictionary in turns, and measure what each run reached."""
    x, _ = natural_images.load(SIDE, PATCHES, 1, seed=0)
    runs = [(library, steps) for library, many in STEPS.items() for steps in many]
    seconds, objectives = {run: [] for run in runs}, {}
    for turn in range(rounds):
        for run in in_turn(runs, turn):
            dictionary, taken = timed(partial(learn, run[0], x, run[1]))
            seconds[run].append(round(taken, 4))
            if run not in objectives:
                objectives[run] = round(objective(x, dictionary), 4)
            bar.update()
    libraries = {library: [] for library in STEPS}
    for run in runs:
        row = {"steps": run[1], "seconds": seconds[run], "objective": objectives[run]}
        libraries[run[0]].append(row)
    sizes = {"n_patches": PATCHES, "side": SIDE, "n_atoms": ATOMS, "penalty": PENALTY}
    return sizes | {"runs": libraries}


def bench(rounds=ROUNDS):
    """Measure both tasks, and return the result."""
    total = rounds * (4 + sum(map(len, STEPS.values())))
    with tqdm(total=total, desc="brain", unit="turn") as bar, threadpool_limits(THREADS):
        measured = {
            "network": network_times(rounds, bar),
            "dictionary": dictionary_times(rounds, bar),
        }
    packages = ("brian2", "numpy", "scikit-learn", "scipy")
    about = {"threads": THREADS, "rounds": rounds, "hardware": papers.hardware()}
    return about | measured | {"versions": {name: version(name) for name in packages}}


def main():
    """Measure and write; or end with one clear message."""
    pin()
    try:
        result = bench()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: nothing was written. `make bench` begins anew.")
    write_json(PATH, result)
    print("Measured the models of the brain; now: make notebooks")


if __name__ == "__main__":
    main()
