"""Autoencoders from several seeds: each as if it were alone."""

import numpy as np
import pytest

from companion import metrics
from companion.challenges import ensemble
from companion.networks import mlp

RATE = {"epochs": 2, "learning_rate": 1e-2}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(40, 6))


@pytest.fixture
def trained(x):
    return ensemble.fit(x, 2, (3, 4), hidden=5, **RATE)


def test_codes_and_copies_are_those_of_a_network_alone(trained, x):
    weights, biases = ([a[1] for a in arrays] for arrays in trained.params)
    layers = mlp.forward((weights, biases), x, list(ensemble.ACTIVATIONS))
    np.testing.assert_allclose(trained.encode(x)[1], layers[2])
    np.testing.assert_allclose(trained.reconstruct(x)[1], layers[4])
    np.testing.assert_allclose(trained.errors(x)[1], metrics.mse(x, layers[4]))


def test_a_member_is_trained_as_if_it_were_alone(trained, x):
    alone = ensemble.fit(x, 2, (4,), hidden=5, **RATE)
    np.testing.assert_allclose(trained.errors(x)[1], alone.errors(x)[0])
    second = trained.members()[1]
    np.testing.assert_allclose(second.encode(x), alone.encode(x))
    encode, decode = second.as_functions()
    np.testing.assert_allclose(decode(encode(x)), trained.reconstruct(x)[1])


def test_one_set_of_codes_is_decoded_by_every_member(trained, rng):
    z = rng.normal(size=(7, 2))
    first, second = trained.members()
    np.testing.assert_allclose(trained.decode(z)[1], second.decode(z)[0])
    assert not np.allclose(first.decode(z), second.decode(z))


def test_training_lowers_the_error(x):
    short, long = (ensemble.fit(x, 2, (0,), epochs=n).errors(x)[0] for n in (1, 60))
    assert long < 0.8 * short


def test_parameters_are_counted_by_hand(trained):
    assert trained.n_parameters == (6 + 1) * 5 + (5 + 1) * 2 + (2 + 1) * 5 + (5 + 1) * 6


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"x": 2.0}, "x must lie"),
        ({"latent_dim": 0}, "got 0 and"),
        ({"hidden": 0}, "and 0"),
    ],
)
def test_bad_input_is_named(x, bad, message):
    given = {"x": x * bad.pop("x", 1.0), "latent_dim": 2, "seeds": (0,)} | bad
    with pytest.raises(ValueError, match=message):
        ensemble.fit(**given)
