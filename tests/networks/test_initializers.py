"""Initial weights: variances and limits from the papers and from Keras."""

import keras
import numpy as np
import pytest

from companion.networks import initializers as ini

# 450 000 weights: a variance comes out to 0.2 percent.
N_IN, N_OUT = 900, 500
EXPECTED = {
    "zero": 0.0,
    "small": 1e-4,
    "lecun": 1 / 900,
    "glorot": 1 / 700,
    "he": 1 / 450,
    "orthogonal": 1 / 900,
}
KERAS = {"lecun": "Lecun", "glorot": "Glorot", "he": "He"}


@pytest.mark.parametrize(("scheme", "expected"), EXPECTED.items())
def test_normal_weights_have_the_variance_of_their_scheme(scheme, expected, rng):
    assert ini.weight_variance(scheme, N_IN, N_OUT) == pytest.approx(expected)
    weights = ini.draw(scheme, N_IN, N_OUT, rng)
    assert weights.shape == (N_IN, N_OUT)
    assert np.mean(weights**2) == pytest.approx(expected, rel=0.01)
    assert abs(weights.mean()) <= 5 * np.sqrt(expected / weights.size)


@pytest.mark.parametrize("scheme", ["small", *KERAS])
def test_uniform_weights_have_the_same_variance_and_its_limit(scheme, rng):
    weights = ini.draw(scheme, N_IN, N_OUT, rng, form="uniform")
    assert weights.shape == (N_IN, N_OUT)
    assert np.var(weights) == pytest.approx(EXPECTED[scheme], rel=0.01)
    limit = np.sqrt(3 * EXPECTED[scheme])
    assert np.abs(weights).max() == pytest.approx(limit, rel=1e-4)
    assert np.abs(weights).max() <= limit


@pytest.mark.parametrize("scheme", KERAS)
@pytest.mark.parametrize("form", ["Normal", "Uniform"])
def test_keras_draws_with_the_same_variance(scheme, form):
    drawn = getattr(keras.initializers, KERAS[scheme] + form)(seed=1)((N_IN, N_OUT))
    found = np.var(keras.ops.convert_to_numpy(drawn), dtype=float)
    assert found == pytest.approx(ini.weight_variance(scheme, N_IN, N_OUT), rel=0.01)


@pytest.mark.parametrize("scheme", KERAS)
def test_keras_has_the_same_limit(scheme):
    drawn = getattr(keras.initializers, KERAS[scheme] + "Uniform")(seed=1)((N_IN, N_OUT))
    largest = np.abs(keras.ops.convert_to_numpy(drawn)).max()
    assert largest == pytest.approx(ini.uniform_limit(scheme, N_IN, N_OUT), rel=1e-4)


def test_normal_weights_are_not_cut_off(rng):
    # Keras's truncated normal holds nothing beyond 2 / 0.88 = 2.27 standard deviations.
    weights = ini.draw("he", N_IN, N_OUT, rng) / np.sqrt(EXPECTED["he"])
    share = np.mean(np.abs(weights) > 3)
    assert share == pytest.approx(0.0027, rel=0.1)


@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (6, 6)])
def test_orthogonal_weights_have_an_orthonormal_shorter_side(shape, rng):
    weights = ini.draw("orthogonal", *shape, rng)
    short = weights if shape[0] >= shape[1] else weights.T
    np.testing.assert_allclose(short.T @ short, np.eye(min(shape)), atol=1e-12)


def test_orthogonal_weights_prefer_no_sign(rng):
    # Without the correction of the signs the first entry would nearly always be negative.
    signs = np.mean([ini.draw_orthogonal(4, 4, rng) > 0 for _ in range(400)], axis=0)
    np.testing.assert_allclose(signs, 0.5, atol=0.1)  # four standard errors


def test_a_network_is_drawn_layer_by_layer(rng):
    weights, biases = ini.draw_network([300, 400, 500], "lecun", rng)
    assert [w.shape for w in weights] == [(300, 400), (400, 500)]
    assert [b.shape for b in biases] == [(400,), (500,)]
    assert not any(b.any() for b in biases)
    found = [np.var(w) for w in weights]
    np.testing.assert_allclose(found, [1 / 300, 1 / 400], rtol=0.02)


def test_the_same_seed_gives_the_same_weights():
    for scheme in EXPECTED:
        one, two = (ini.draw(scheme, 4, 3, np.random.default_rng(5)) for _ in range(2))
        np.testing.assert_array_equal(one, two)


def test_bad_arguments_are_named(rng):
    with pytest.raises(ValueError, match="scheme must be one of zero, .*; got 'xavier'"):
        ini.draw("xavier", 2, 2, rng)
    with pytest.raises(ValueError, match="form must be one of normal, uniform; got 'cut'"):
        ini.draw("he", 2, 2, rng, form="cut")
    with pytest.raises(ValueError, match="form must be 'normal' for orthogonal"):
        ini.draw("orthogonal", 2, 2, rng, form="uniform")
    with pytest.raises(ValueError, match="n_in must be an integer of at least 1; got 0"):
        ini.weight_variance("he", 0, 2)
    with pytest.raises(ValueError, match=r"sizes\[1\] must be an integer .* got 0"):
        ini.draw_network([2, 0], "he", rng)
