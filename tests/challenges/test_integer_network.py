"""Integer arithmetic against exact fractions, and against LiteRT on the same integers."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.autoencoders.dense import DenseAutoencoder
from companion.challenges import integer_network, litert
from companion.challenges.integers import Grid, dequantize, quantize
from companion.networks import mlp


@given(
    a=st.integers(-(2**31), 2**31 - 1),
    factor=st.floats(min_value=1e-8, max_value=100.0),
)
def test_rescale_is_the_exact_product_rounded_half_up(a, factor):
    m, n = (int(v[0]) for v in integer_network.fixed_point([factor]))
    assert 2**30 <= m < 2**31
    assert m * 2.0**-n == pytest.approx(factor, rel=2**-30)
    exact = floor(Fraction(a * m, 2**n) + Fraction(1, 2))
    assert int(integer_network.rescale(np.array([a]), m, n)[0]) == exact


def test_a_fraction_that_rounds_up_to_one_keeps_31_bits():
    m, n = integer_network.fixed_point([1 - 2.0**-40, 0.5])
    np.testing.assert_array_equal(m, [2**30, 2**30])
    np.testing.assert_array_equal(n, [30, 31])


def test_layer_by_hand():
    # Inputs 0.5 and 1.5, weights 2 and -1, bias 0.25: 1 - 1.5 + 0.25 = -0.25.
    fine = Grid(np.float32(0.25), 3, 8, False)
    weights = Grid(np.array([0.5, 0.5], np.float32), 0, 8, True)
    out = Grid(np.float32(0.125), -10, 8, False)
    layer = integer_network.IntegerLayer(
        np.array([[4, -4], [-2, 2]]), np.array([2, 2]), weights, fine, out, False
    )
    q = quantize([[0.5, 1.5]], fine)
    np.testing.assert_allclose(dequantize(layer(q), out), [[-0.25, 0.75]])
    rectified = integer_network.IntegerLayer(*vars(layer).values())
    object.__setattr__(rectified, "relu", True)
    np.testing.assert_allclose(dequantize(rectified(q), out), [[0.0, 0.75]])


def test_sigmoid_table_is_within_half_a_step_of_the_sigmoid():
    grid = Grid(np.float32(0.09), 31, 8, False)
    x = dequantize(np.arange(-128, 128), grid)
    table = dequantize(integer_network.sigmoid_table(grid), integer_network.PIXELS)
    exact = 1 / (1 + np.exp(-x))
    inside = exact < 255.5 / 256
    assert np.abs(table - exact)[inside].max() <= 1 / 512 + 1e-9


def test_quantized_network_follows_the_network_of_floats(rng):
    weights, biases = mlp.init([12, 10, 3, 10, 12], rng)
    biases = [0.1 * rng.normal(size=b.shape) for b in biases]
    x = rng.random((300, 12))
    names = ["relu", "linear", "relu", "sigmoid"]
    relus = [name == "relu" for name in names]
    exact = mlp.forward((weights, biases), x, names)[-1]
    errors = {}
    for per_channel in (True, False):
        network = integer_network.quantize_network(weights, biases, relus, x, per_channel)
        errors[per_channel] = np.abs(network.reconstruct(x) - exact).max()
        assert all(np.abs(layer.kernel).max() <= 127 for layer in network.layers)
    # A few steps of 1/256 after four layers; 0.02 is five of them.
    assert errors[True] < 0.02
    assert errors[False] < 0.03


def test_rescaled_units_change_integers_and_not_floats(rng):
    weights, biases = mlp.init([12, 10, 3, 10, 12], rng)
    params = weights, [0.1 * rng.normal(size=b.shape) for b in biases]
    x, names = rng.random((200, 12)), ["relu", "linear", "relu", "sigmoid"]
    factors = {layer: np.geomspace(1, 100, 10) for layer in (0, 2)}
    changed = integer_network.rescale_units(*params, factors)
    exact = mlp.forward(params, x, names)[-1]
    np.testing.assert_allclose(mlp.forward(changed, x, names)[-1], exact, rtol=1e-9)
    relus, errors = [n == "relu" for n in names], []
    for per_channel in (True, False):
        network = integer_network.quantize_network(*changed, relus, x, per_channel)
        errors.append(np.abs(network.reconstruct(x) - exact).mean())
    assert errors[1] > 1.3 * errors[0]


def test_examples_that_do_not_fit_are_refused(rng):
    weights, biases = mlp.init([4, 2, 4], rng)
    with pytest.raises(ValueError, match="x must have shape"):
        integer_network.quantize_network(weights, biases, [False] * 2, np.ones((3, 5)))
    with pytest.raises(ValueError, match="x must be finite"):
        integer_network.quantize_network(
            weights, biases, [False] * 2, np.full((3, 4), np.nan)
        )
    with pytest.raises(ValueError, match="factors must lie above 0"):
        integer_network.fixed_point([0.0])


@pytest.fixture(scope="module")
def converted():
    """An untrained autoencoder with large weights, its examples and its two int8 files."""
    rng = np.random.default_rng(1)
    model = DenseAutoencoder(20, 4, hidden=(16,), seed=3)
    model.set_weights([2 * w + 0.1 * rng.normal(size=w.shape) for w in model.get_weights()])
    x = rng.random((400, 20)).astype("float32")
    files = {kind: litert.convert(model, kind, x) for kind in litert.KINDS[3:]}
    return model, x, files


@pytest.mark.parametrize("kind", litert.KINDS[3:])
def test_every_integer_of_every_layer_is_that_of_litert(converted, kind):
    _, x, files = converted
    network, places = litert.read_network(files[kind])
    runner = litert.Runner(files[kind], x.shape, "reference")
    q = runner.prepare(x)
    outputs = runner.run(q)
    ours = network.outputs(q.astype(np.int32))
    for found, place in zip(ours[1:], places, strict=True):
        np.testing.assert_array_equal(found, runner.interpreter.get_tensor(place))
    np.testing.assert_array_equal(ours[-1], outputs)


@pytest.mark.parametrize("kind", litert.KINDS[3:])
def test_fast_kernels_are_a_unit_off_at_most_before_the_table(converted, kind):
    # They multiply by M in float32. A unit before the sigmoid is up to a quarter of the
    # scale there, in steps of 1/256; one such unit is allowed for each of four layers.
    _, x, files = converted
    network, _ = litert.read_network(files[kind])
    runner = litert.Runner(files[kind], x.shape)
    q = runner.prepare(x)
    off = np.abs(runner.run(q).astype(int) - network.outputs(q.astype(np.int32))[-1])
    unit = 64 * float(network.layers[-1].grid_out.scale)
    assert off.max() <= 1 + np.ceil(unit)
    assert np.mean(off > 0) < 0.01


@pytest.mark.parametrize("kind", litert.KINDS[3:])
def test_our_grids_are_those_of_the_converter(converted, kind):
    model, x, files = converted
    parts = [*model.encoder.layers, *model.decoder.layers]
    own = integer_network.quantize_network(
        [np.asarray(p.kernel) for p in parts],
        [np.asarray(p.bias) for p in parts],
        [p.activation.__name__ == "relu" for p in parts],
        x,
        per_channel=kind == "int8",
    )
    theirs, _ = litert.read_network(files[kind])
    for a, b in zip(own.layers, theirs.layers, strict=True):
        np.testing.assert_array_equal(a.kernel, b.kernel)
        np.testing.assert_allclose(a.weight_grid.scale, b.weight_grid.scale, rtol=1e-6)
        assert a.grid_out.scale == pytest.approx(b.grid_out.scale, rel=1e-5)
        assert a.grid_out.zero_point == b.grid_out.zero_point
        assert np.abs(a.bias - b.bias).max() <= 1  # their range is measured in float32
        assert a.relu == b.relu
