"""Operations in closed form, the order of the turns, the result, its rates and slopes."""

import time
from copy import deepcopy

import numpy as np
import pytest

from companion import plots
from companion.autoencoders.dense import DenseAutoencoder
from reproductions.bench import run, speed, tables
from reproductions.bench.networks import REFERENCES, Layer, flops_per_example, layers_of
from reproductions.bench.worker import Paused


def test_multiply_adds_of_dense_layers_are_the_products_of_their_sides():
    widths = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
    products = [a * b for a, b in zip(widths, widths[1:], strict=False)]
    layers = layers_of(REFERENCES["deep"].model())
    assert [layer.multiply_adds() for layer in layers] == products
    assert flops_per_example(layers) == 6 * sum(products) - 2 * 784 * 1000


def test_multiply_adds_of_convolutions_are_counted_place_by_place():
    layers = layers_of(REFERENCES["convolutional"].model())
    down = [14 * 14 * 4 * 4 * 1 * 8, 7 * 7 * 4 * 4 * 8 * 16, 7 * 7 * 16 * 32]
    right = [*down, *down[::-1]]  # the decoder is the mirror image
    counts = [layer.multiply_adds() for layer in layers if layer.kind != "reshape"]
    assert counts == right
    assert flops_per_example(layers) == 6 * sum(right) - 2 * down[0]


def test_multiply_adds_of_a_strided_convolution_by_brute_force():
    layer = Layer("conv", "relu", (3, 2, 5, 7), (8, 6, 5), (4, 3, 7))
    uses = 0
    for _ in np.ndindex(layer.output_shape):
        uses += 3 * 2 * 5  # one window for each entry of the output
    assert layer.multiply_adds() == uses


def test_tied_layers_are_refused():
    with pytest.raises(ValueError, match="layers must be dense, convolutional or reshapes"):
        layers_of(DenseAutoencoder(6, 2, hidden=(3,), tied=True))


def test_data_of_every_reference_fit_its_model_and_the_batches():
    for reference in REFERENCES.values():
        assert reference.data().shape == (reference.n_examples, *reference.shape)
        assert reference.n_examples % 128 == 0


def test_turns_alternate():
    assert run.in_turn("abc", 0) == ["a", "b", "c"]
    assert run.in_turn("abc", 1) == ["c", "b", "a"]
    assert run.in_turn("abc", 2) == ["a", "b", "c"]


def test_numpy_has_no_convolutions_and_everything_else_is_timed():
    dense = {(g, v) for g, v, _ in run.variants_of("dense", run.GROUPS)}
    images = {(g, v) for g, v, _ in run.variants_of("convolutional", run.GROUPS)}
    assert dense - images == {("numpy", "companion.networks.mlp")}
    backends = {run.GROUPS[g].backend for g, v in images if v == "companion"}
    assert backends == {"tensorflow", "jax", "torch"}


class Recorder:
    """Stands for a worker: it notes the commands and answers with given seconds."""

    def __init__(self):
        self.log = []

    def __call__(self, command, *arguments):
        self.log.append((command, *arguments))
        if command == "epochs":
            name, n = arguments
            return [[1.0 + name, 2.0 + name]] * n
        return None


class Bar:
    """Stands for a progress bar."""

    def update(self):
        pass


def test_every_training_gets_its_turns_forwards_and_backwards():
    worker = Recorder()
    trainings = [("one", "companion", "dense"), ("one", "plain Keras", "dense")]
    found = run.measure({"one": worker}, trainings, 2, Bar())
    turns = [arguments[0] for command, *arguments in worker.log if command == "epochs"]
    assert turns == [0, 1, 0, 1, 1, 0]  # the first two are the first epochs
    assert found[1]["first_seconds"] == 2.0
    assert found[1]["seconds"] == [[2.0, 2.0], [2.0, 2.0]]
    assert found[0]["cpu_seconds"] == [[2.0, 2.0], [2.0, 2.0]]
    assert worker.log[-1] == ("stop",)


def test_training_stands_still_between_its_epochs():
    epochs = []

    def train(after_epoch):
        for epoch in range(9):
            epochs.append(epoch)
            time.sleep(0.02)
            after_epoch(0.0)

    paused = Paused(train)
    assert epochs == []
    wall, cpu = paused.epoch()
    assert wall >= 0.02 > cpu >= 0
    time.sleep(0.05)
    assert epochs == [0]
    assert 0.02 <= paused.epoch()[0] < 5
    paused.stop()
    assert epochs == [0, 1]


def test_error_of_a_training_reaches_who_waits():
    def train(after_epoch):
        raise KeyError("lost")

    with pytest.raises(RuntimeError, match="the training stopped: KeyError"):
        Paused(train).epoch()


def row(backend, variant, seconds):
    times = {"seconds": seconds, "cpu_seconds": seconds, "first_seconds": 3.0}
    return {"network": "dense", "backend": backend, "variant": variant} | times


SOUND = {
    "threads": 2,
    "batch_size": 128,
    "rounds": 2,
    "networks": {
        "dense": {"n_examples": 100, "n_parameters": 7, "flops_per_example": 10**9}
    },
    "speed": [
        row("jax", "companion", [[1.0, 2.0], [4.0, 2.0]]),
        row("jax", "scan, jitted", [[1.0], [0.5]]),
        row("torch", "companion", [[10.0], [10.0]]),
        row("numpy", "companion.networks.mlp", [[20.0], [40.0]]),
    ],
    "peak": {"jax": [100.0, 300.0], "torch": [200.0, 400.0], "numpy": [10.0, 20.0]},
    "scaling": {
        "examples": {"sizes": [1, 2, 4], "seconds": [[[3], [3]], [[6], [6]], [[12], [12]]]},
        "code size": {"sizes": [1, 2, 4], "seconds": [[[3], [3]]] * 3},
        "width": {"sizes": [1, 2, 4], "seconds": [[[1], [1]], [[4], [4]], [[16], [16]]]},
    },
    "hardware": {"processor": "a processor", "cores": 2},
    "versions": {},
    "wall_seconds": 1,
}


def test_rates_ratios_and_shares_by_hand():
    companion, scan, torch, _ = SOUND["speed"]
    np.testing.assert_allclose(speed.rates(SOUND, companion), [100, 50, 25, 50])
    assert speed.ratio(SOUND, companion) == pytest.approx(50 / 150)
    assert speed.ratio(SOUND, companion, np.max) == pytest.approx(100 / 200)
    assert speed.ratio(SOUND, scan) == speed.ratio(SOUND, torch) == 1.0
    # 200 examples of 1 GFLOP in a second, of 400 GFLOP/s.
    assert speed.share_of_peak(SOUND, scan) == pytest.approx(0.5)


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0, 2.0])
def test_slope_of_a_power_law_is_its_exponent(power):
    sizes = np.array([3.0, 7.0, 20.0, 100.0])
    assert speed.slope(sizes, 5 * sizes**power) == pytest.approx(power, abs=1e-12)


def test_slope_is_that_of_least_squares(rng):
    sizes, seconds = np.array([1, 2, 4, 8.0]), rng.uniform(1, 2, size=4)
    right = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    assert speed.slope(sizes, seconds) == pytest.approx(right)


@pytest.mark.parametrize(
    ("sizes", "seconds"),
    [([2], [1]), ([1, 2], [1, 0]), ([1, 2], [1, 2, 3]), ([3, 3], [1, 2])],
)
def test_slope_refuses_what_has_none(sizes, seconds):
    with pytest.raises(ValueError, match="sizes"):
        speed.slope(sizes, seconds)


def test_sound_result_has_no_problems():
    assert speed.problems(SOUND) == []


FAULTS = {
    "missing or unknown: \\['peak'\\]": lambda r: r.pop("peak"),
    "the companion is missing for dense on jax": lambda r: r["speed"].pop(0),
    "seconds of .* must be 2 lists": lambda r: r["speed"][0]["seconds"].pop(),
    "above 0; got .*-1": lambda r: r["speed"][1].update(cpu_seconds=[[1.0], [-1.0]]),
    "must not occur twice": lambda r: r["speed"].append(r["speed"][0]),
    "scaling 'width' must hold": lambda r: r["scaling"]["width"]["sizes"].pop(),
    "peak must be above 0": lambda r: r["peak"].update(jax=[]),
    "missing or unknown keys": lambda r: r["speed"][0].pop("variant"),
}


@pytest.mark.parametrize("message", FAULTS)
def test_fault_in_a_result_is_found(message):
    faulty = deepcopy(SOUND)
    FAULTS[message](faulty)
    with pytest.raises(AssertionError, match=message):
        assert not speed.problems(faulty), "; ".join(speed.problems(faulty))


@pytest.mark.skipif(not speed.PATH.is_file(), reason="`make bench` was not run yet")
def test_stored_result_is_sound_and_counts_as_the_code_does():
    result = speed.load()
    assert speed.problems(result) == []
    assert result["networks"] == run.described()


def test_tables_and_figures_take_any_sound_result():
    eager = row("torch", "loop, fused Adam", [[1.0, 4.0], [2.0, 2.0]])
    both = SOUND | {"speed": [*SOUND["speed"], eager]}
    # Medians of 5 and 2.5 a second, and of 100, 25, 50 and 50.
    assert tables.numpy_rows(both) == [["dense", "4", "50", "0.07"]]
    assert tables.numpy_rows(SOUND) == []
    assert tables.companion_rows(SOUND) == (
        ["network", "JAX", "PyTorch"],
        [["dense", "0.33", "1.00"]],
    )
    assert tables.slope_rows(SOUND)[2][2:] == ["2.00", "2.00"]
    first = ["JAX", "companion", "50", "100", "0.33", "0.50", "25%", "3.0"]
    assert tables.speed_rows(SOUND, "dense")[0] == first
    assert tables.peak_rows(SOUND)[1] == ["PyTorch", "400", "300"]
    assert tables.network_rows(SOUND) == [["dense", "7", "100", "1000.00 million"]]
    _, (left, right) = plots.canvas(1, 2)
    tables.draw_speed(left, SOUND, "dense")
    tables.draw_scaling(right, SOUND, "width")
    assert [bar.get_width() for bar in left.patches] == pytest.approx([3.75, 10, 150, 50])
    assert right.get_title(loc="left") == "slope 2.00"
