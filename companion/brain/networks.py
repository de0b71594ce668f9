"""A random network of excitatory and inhibitory LIF neurons, in ms, mV and Hz.

Every neuron follows tau dV/dt = -(V - V_rest) between its inputs. An arriving spike lets V
jump: by J from an excitatory neuron, and by -g J from an inhibitory one. A spike needs the
time d to arrive. Each neuron listens to C_E excitatory and C_I inhibitory neurons,
drawn at random, and to spikes from outside, each worth J, that come at random (Poisson)
at a rate that is a multiple of the rate that would just reach threshold on average::

    rate_th = (V_th - V_rest) / (J tau)

One step of length dt does four things, for all neurons at once: V decays; what arrives is
added; who has reached V_th fires; who fired is reset and hears nothing for t_ref. What
neurons do in a step reaches others d later, so within a step their order is free.
"""

from dataclasses import dataclass, field

import numpy as np

from companion.brain.integrate_and_fire import LIFParams

BRUNEL_NEURON = LIFParams(
    tau_ms=20.0, v_rest_mv=0.0, v_reset_mv=10.0, v_th_mv=20.0, t_ref_ms=2.0
)


@dataclass(frozen=True)
class NetworkParams:
    """Constants of a network; neuron and delay are Brunel's, its size is ten times smaller.

    With fewer inputs to each neuron a single one has to be stronger than his 0.1 mV.

    Args:
        n_excitatory: Number of excitatory neurons; they come first in every array.
        n_inhibitory: Number of inhibitory neurons.
        in_excitatory: C_E, the excitatory inputs of each neuron from the network.
        in_inhibitory: C_I, the inhibitory ones.
        j_mv: J, the jump of V by an excitatory spike, above 0.
        g: Strength of an inhibitory spike, as a multiple of J.
        drive: Rate of the spikes from outside as a multiple of rate_th.
        delay_ms: d, above 0.
        neuron: Constants of all neurons, an `LIFParams`; its resistance is not used.

    Raises:
        ValueError: If a constant is out of range.

    Source:
        Brunel (2000), doi:10.1023/A:1008925309027, model A.
    """

    n_excitatory: int = 1000
    n_inhibitory: int = 250
    in_excitatory: int = 60
    in_inhibitory: int = 15
    j_mv: float = 0.6
    g: float = 7.0
    drive: float = 2.0
    delay_ms: float = 1.5
    neuron: LIFParams = field(default=BRUNEL_NEURON)

    def __post_init__(self):
        for kind in ("excitatory", "inhibitory"):
            n_in, n = getattr(self, f"in_{kind}"), getattr(self, f"n_{kind}")
            if not 0 <= n_in <= n:
                raise ValueError(f"in_{kind} must be 0 to n_{kind} = {n}; got {n_in}")
        for name in ("j_mv", "delay_ms"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0; got {getattr(self, name)}")
        for name in ("g", "drive"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative; got {getattr(self, name)}")

    @property
    def n_neurons(self):
        """Neurons of both kinds."""
        return self.n_excitatory + self.n_inhibitory

    @property
    def external_rate_hz(self):
        """Rate of all spikes from outside that reach one neuron."""
        neuron = self.neuron
        distance_mv = neuron.v_th_mv - neuron.v_rest_mv
        return self.drive * 1000.0 * distance_mv / (self.j_mv * neuron.tau_ms)


def random_weights(params, rng):
    """Draw who listens to whom: every row has the same numbers of entries.

    Args:
        params: A `NetworkParams`.
        rng: Generator of the choice.

    Returns:
        weights_mv, a sparse array by columns, (n_neurons, n_neurons): entry (i, j) is the
        jump of neuron i by a spike of neuron j.
    """
    from scipy import sparse

    p = params
    kinds = (
        (0, p.n_excitatory, p.in_excitatory, p.j_mv),
        (p.n_excitatory, p.n_inhibitory, p.in_inhibitory, -p.g * p.j_mv),
    )
    columns = [
        np.concatenate([first + rng.permutation(n)[:n_in] for first, n, n_in, _ in kinds])
        for _ in range(p.n_neurons)
    ]
    row = np.concatenate([np.full(n_in, jump_mv) for _, _, n_in, jump_mv in kinds])
    rows = np.repeat(np.arange(p.n_neurons), len(row))
    entries = (np.tile(row, p.n_neurons), (rows, np.concatenate(columns)))
    return sparse.coo_array(entries, shape=(p.n_neurons, p.n_neurons)).tocsc()


def external_counts(params, n_steps, dt_ms, rng):
    """Draw how many spikes from outside reach each neuron in each step.

    A Poisson number of spikes in all, each for a neuron at random, is a Poisson number
    for each neuron, and independent of the others; this way costs a draw only for a spike.

    Returns:
        counts, unsigned bytes, (n_steps, n_neurons).

    Raises:
        ValueError: If so many are to be expected that a byte might not hold them.
    """
    n, expected = params.n_neurons, params.external_rate_hz * dt_ms / 1000.0
    if expected > 100.0:
        raise ValueError(
            f"outside spikes in a step must be 100 at most; got {expected:.0f}"
        )
    totals = rng.poisson(expected * n, size=n_steps)
    places = np.repeat(n * np.arange(n_steps), totals) + rng.integers(n, size=totals.sum())
    counts = np.zeros(n_steps * n, dtype=np.uint8)
    np.add.at(counts, places, np.uint8(1))
    return counts.reshape(n_steps, n)


def draw_inputs(params, time_ms, dt_ms, seed):
    """Draw everything that is random in a run; potentials start anywhere below threshold.

    Args:
        params: A `NetworkParams`.
        time_ms: Duration of the run.
        dt_ms: Length of a step.
        seed: Seed of connections, external spikes and start.

    Returns:
        weights_mv, counts and v_start_mv, as `simulate_network` takes them.
    """
    rng = np.random.default_rng(seed)
    counts = external_counts(params, round(time_ms / dt_ms), dt_ms, rng)
    weights_mv = random_weights(params, rng)
    neuron = params.neuron
    v_start_mv = rng.uniform(neuron.v_rest_mv, neuron.v_th_mv, params.n_neurons)
    return weights_mv, counts, v_start_mv


def simulate_network(params, weights_mv, counts, v_start_mv, dt_ms):
    """Run the network, all neurons at once; only neurons that fire cost a delivery.

    Args:
        params: A `NetworkParams`; delay and refractory time are multiples of `dt_ms`.
        weights_mv: As `random_weights` returns it.
        counts: As `external_counts` returns it, (n_steps, n_neurons).
        v_start_mv: Potentials before the first step, (n_neurons,).
        dt_ms: Length of a step.

    Returns:
        spikes, bool, (n_steps, n_neurons).

    Raises:
        ValueError: If a time is no multiple of `dt_ms` or shapes do not agree.
    """
    n_delay, n_ref = _check(params, weights_mv, counts, v_start_mv, dt_ms)
    neuron, j_mv = params.neuron, params.j_mv
    decay = np.exp(-dt_ms / neuron.tau_ms)
    targets, jumps = weights_mv.indices, weights_mv.data
    column = np.split(np.arange(weights_mv.nnz), weights_mv.indptr[1:-1])
    x_th, x_reset = neuron.v_th_mv - neuron.v_rest_mv, neuron.v_reset_mv - neuron.v_rest_mv

    x = np.array(v_start_mv, dtype=float) - neuron.v_rest_mv
    deaf_until = np.zeros(params.n_neurons, dtype=int)
    # A ring: row (step % n_delay) holds what arrives in this step.
    arriving = np.zeros((n_delay, params.n_neurons))
    spikes = np.zeros(counts.shape, dtype=bool)
    for step, count in enumerate(counts):
        row = arriving[step % n_delay]
        x = np.where(deaf_until <= step, x * decay + (row + j_mv * count), x)
        row[:] = 0.0
        fired = np.flatnonzero(x >= x_th)
        if fired.size:
            those = np.concatenate([column[j] for j in fired])
            np.add.at(row, targets[those], jumps[those])
        x[fired], deaf_until[fired] = x_reset, step + 1 + n_ref
        spikes[step, fired] = True
    return spikes


def simulate_one_by_one(params, weights_mv, counts, v_start_mv, dt_ms):
    """Run the same network, one neuron after another; see `simulate_network`.

    It does the same arithmetic in the same order, so the spikes are the same to the bit.
    """
    n_delay, n_ref = _check(params, weights_mv, counts, v_start_mv, dt_ms)
    neuron, j_mv, n = params.neuron, params.j_mv, params.n_neurons
    decay = float(np.exp(-dt_ms / neuron.tau_ms))
    columns = np.split(np.arange(weights_mv.nnz), weights_mv.indptr[1:-1])
    outgoing = [
        list(zip(weights_mv.indices[c].tolist(), weights_mv.data[c].tolist(), strict=True))
        for c in columns
    ]
    x_th, x_reset = neuron.v_th_mv - neuron.v_rest_mv, neuron.v_reset_mv - neuron.v_rest_mv

    x, wait = (np.asarray(v_start_mv, dtype=float) - neuron.v_rest_mv).tolist(), [0] * n
    arriving = [[0.0] * n for _ in range(n_delay)]
    spikes = np.zeros(counts.shape, dtype=bool)
    for step in range(len(counts)):
        now, later = arriving[step % n_delay], [0.0] * n
        for i in range(n):
            if wait[i] > 0:
                wait[i] -= 1
            else:
                x[i] = x[i] * decay + (now[i] + j_mv * int(counts[step, i]))
            if x[i] >= x_th:
                spikes[step, i] = True
                x[i], wait[i] = x_reset, n_ref
                for target, jump_mv in outgoing[i]:
                    later[target] += jump_mv
        arriving[step % n_delay] = later
    return spikes


def steps_of(time_ms, dt_ms, name):
    """Number of steps in a time, which must be whole."""
    n_steps = round(time_ms / dt_ms)
    if abs(n_steps * dt_ms - time_ms) > 1e-9:
        raise ValueError(f"{name} must be a multiple of dt_ms = {dt_ms}; got {time_ms}")
    return n_steps


def _check(params, weights_mv, counts, v_start_mv, dt_ms):
    n = params.n_neurons
    shapes = {
        "weights_mv": (weights_mv.shape, (n, n)),
        "counts": (np.shape(counts), (len(counts), n)),
        "v_start_mv": (np.shape(v_start_mv), (n,)),
    }
    for name, (found, expected) in shapes.items():
        if found != expected:
            raise ValueError(f"{name} must have shape {expected}; got {found}")
    if not dt_ms > 0:
        raise ValueError(f"dt_ms must be above 0; got {dt_ms}")
    n_delay = steps_of(params.delay_ms, dt_ms, "delay_ms")
    return max(n_delay, 1), steps_of(params.neuron.t_ref_ms, dt_ms, "t_ref_ms")
