"""Counts against counted products, energies by hand, and the roofline at its corners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.challenges import energy, roofline
from companion.networks import mlp
from companion.networks.operation_counts import multiply_adds


def test_dense_counts_agree_with_counted_products_and_with_keras(rng):
    sizes = [12, 7, 3, 7, 12]
    params = mlp.init(sizes, rng)
    x = rng.random((1, 12))
    counted, _ = multiply_adds(lambda p, a: mlp.forward(p, a)[-1], params, x)
    counts = energy.dense_counts(sizes)
    assert counts.multiply_adds == counted
    assert counts.activations == 12 + 7 + 7 + 3 + 3 + 7 + 7 + 12
    model = DenseAutoencoder(12, 3, hidden=(7,))
    assert energy.model_counts(model) == counts
    assert counts.weights == model.count_params()


def test_convolutional_counts_by_summing_ones():
    # Without overlap and padding, ones times ones add up to the number of products.
    model = ConvolutionalAutoencoder(
        (8, 8, 1), 4, (3, 5), kernel_size=2, activation="linear"
    )
    expected = 0.0
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        if hasattr(layer, "kernel"):
            layer.activation = lambda s: s
            layer.set_weights(
                [np.ones_like(layer.get_weights()[0]), np.zeros(layer.bias.shape)]
            )
            x = np.ones((1, *layer.input.shape[1:]), np.float32)
            expected += float(np.sum(layer(x)))
    counts = energy.model_counts(model)
    assert counts.multiply_adds == expected
    assert counts.weights == model.count_params()


def test_energy_by_hand():
    counts = energy.Counts(1000, 100, 10)
    parts = energy.energy_pj(counts, "float32", "DRAM", batch=4)
    # 1000 x (3.7 + 0.9); 400 bytes at 1300 / 8 for four; 40 bytes at 10 / 8.
    np.testing.assert_allclose(parts, [4600, 16250, 50])
    parts = energy.energy_pj(counts, "int8", "cache of 1 MB")
    np.testing.assert_allclose(parts, [300, 1250, 12.5])


def test_atp_of_a_neuron_in_watts():
    # 6.022e23 molecules a second at 50 kJ/mol are 50 kW.
    assert energy.watts_of_atp(6.02214076e23, 50.0) == pytest.approx(5e4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("int4", "DRAM"), "number must be among float32"),
        (("int8", "disk"), "memory must be among"),
        (("int8", "DRAM", 0), "batch must be at least 1; got 0"),
    ],
)
def test_unknown_prices_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        energy.energy_pj(energy.Counts(1, 1, 1), *arguments)


def test_intensity_at_both_ends():
    # Batch 1: two operations for each weight of 4 bytes, nearly. Large batches: n / p.
    assert roofline.intensity(4000, 4000, 1) == pytest.approx(0.5, rel=1e-3)
    assert roofline.intensity(400, 400, 1e9) == pytest.approx(100, rel=1e-3)
    assert roofline.intensity(4000, 4000, 1, 1) == pytest.approx(2, rel=1e-3)


@given(
    n=st.integers(100, 5000),
    peak=st.floats(1e9, 1e12),
    bandwidth=st.floats(1e10, 1e11),
)
def test_the_ridge_is_where_both_limits_are_equal(n, peak, bandwidth):
    batch = roofline.ridge_batch(n, n, peak, bandwidth)
    if np.isfinite(batch):
        limit = bandwidth * roofline.intensity(n, n, batch)
        assert limit == pytest.approx(peak, rel=1e-9)
    else:
        assert bandwidth * roofline.intensity(n, n, 1e12) < peak


def test_roofline_is_the_smaller_limit():
    np.testing.assert_allclose(roofline.bound([1.0, 10.0], 50.0, 10.0), [10.0, 50.0])
    with pytest.raises(ValueError, match="peak and bandwidth must be above 0"):
        roofline.bound([1.0], 0.0, 1.0)


def test_speed_grows_with_the_batch():
    # A product of matrices reuses each weight; how much that gains depends on the machine.
    speeds = roofline.measure(1024, 1024, (1, 128))
    assert speeds[1] > 1.5 * speeds[0]


def test_zeros_in_a_dense_matrix_save_no_time_worth_the_name():
    dense, compressed = roofline.measure_sparse(768, 768, 64, (1.0, 0.02), n_times=7)
    assert dense[1] > 0.4  # fifty times fewer weights, and not fifty times faster
    assert compressed[1] < compressed[0]
