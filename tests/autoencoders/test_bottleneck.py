"""The bottleneck: worlds of known dimension, the identity, counts and neighbors."""

import numpy as np
import pytest

from companion import datasets
from companion.autoencoders import bottleneck as bn
from companion.autoencoders import known_dimension, steps
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.pca import PCA
from companion.networks import mlp


def test_rotation_keeps_distances_and_hides_the_coordinates(rng):
    x = rng.normal(size=(50, 2))
    rotated = known_dimension.rotate_into(x, 5, 0.0, rng)
    for i in (0, 7):
        before = np.linalg.norm(x - x[i], axis=1)
        np.testing.assert_allclose(np.linalg.norm(rotated - rotated[i], axis=1), before)
    assert np.linalg.matrix_rank(rotated) == 2
    assert rotated.std(axis=0).min() > 0.1


def test_new_coordinates_carry_the_noise_asked_for(rng):
    rotated = known_dimension.rotate_into(np.zeros((20_000, 2)), 5, 0.3, rng)
    # The noise fills 3 of the 5 dimensions; a rotation keeps its total.
    assert np.sum(rotated.var(axis=0)) == pytest.approx(3 * 0.3**2, rel=0.02)


@pytest.mark.parametrize(("name", "flat"), [("curve", 2), ("surface", 3)])
def test_bent_worlds_fill_one_flat_dimension_more_than_their_own(name, flat):
    x_train, x_test = known_dimension.world(name)
    assert x_train.shape == x_test.shape == (1000, 5)
    assert np.mean(x_train**2) == pytest.approx(1.0)
    # Centered by the training points alone, which the test points do not share.
    np.testing.assert_allclose(x_train.mean(axis=0), 0.0, atol=1e-12)
    assert np.abs(x_test.mean(axis=0)).max() > 1e-4
    # One scale for all coordinates: the shape is kept, the variances stay unequal.
    assert np.ptp(x_train.var(axis=0)) > 0.1
    shares = PCA(flat).fit(x_train).singular_values ** 2 / (1000 * 5)
    # The noise of 0.02 before the scaling is all that is left beyond `flat` axes.
    assert shares[flat - 1] > 0.1
    assert shares[flat:].max() < 2e-3


def test_training_and_test_points_differ_but_share_the_rotation():
    x_train, x_test = known_dimension.world("surface")
    assert not set(map(bytes, x_train)) & set(map(bytes, x_test))
    angles = PCA(3).fit(x_train).components @ PCA(3).fit(x_test).components.T
    np.testing.assert_allclose(np.linalg.svd(angles, compute_uv=False), 1.0, atol=1e-3)


def test_sufficient_size_is_the_first_below_the_share():
    assert known_dimension.sufficient_size([100, 2.0, 1.9, 0.1]) == 1
    assert known_dimension.sufficient_size([100, 50, 2.1, 0.1]) == 3
    assert known_dimension.sufficient_size([100, 50, 20, 10]) is None
    assert known_dimension.sufficient_size([100, 50, 20, 10], share=0.2) == 2


def test_sufficient_size_of_pca_is_the_rank_of_flat_data(rng):
    x = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 6))
    errors = [np.mean(x**2)]
    errors += [np.mean((x - PCA(k).fit(x).reconstruct(x)) ** 2) for k in (1, 2, 3, 4)]
    assert known_dimension.sufficient_size(errors, share=1e-9) == 3


def test_identity_network_copies_everything_without_training(rng):
    x = 100 * rng.normal(size=(20, 7))
    z, x_hat = mlp.forward(bn.identity_network(7), x, ["relu", "linear"])[1:]
    assert z.shape == (20, 14)
    np.testing.assert_array_equal(x_hat, x)


def test_other_distributions_keep_what_they_say(rng):
    x = np.random.default_rng(1).random((30, 8))
    others = bn.other_distributions(x, rng)
    np.testing.assert_array_equal(np.sort(others["shuffled"], axis=1), np.sort(x, axis=1))
    # One order for all: the columns are those of x, each exactly once.
    matches = [[np.array_equal(a, b) for b in x.T] for a in others["shuffled"].T]
    np.testing.assert_array_equal(np.sum(matches, axis=1), 1)
    assert not np.array_equal(others["shuffled"], x)
    assert 0 <= others["noise"].min() < others["noise"].max() <= 1


def test_errors_stand_in_the_order_of_the_kinds_and_the_probe_is_last():
    data = datasets.load("digits").flat()
    kinds = {"test": data.x_test, "black": np.zeros((5, 64))}
    labels = data.x_train, data.y_train, data.y_test
    found = bn.errors_and_probe(lambda x: x, lambda x: x + 0.5, kinds, *labels)
    np.testing.assert_allclose(found[:2], 0.25)
    # Pixels are known to give 0.97 in this split; a code without content is chance.
    assert found[2] == pytest.approx(0.97, abs=0.01)
    blind = bn.errors_and_probe(lambda x: 0 * x[:, :1], lambda x: x, kinds, *labels)
    assert blind[2] == pytest.approx(0.1, abs=0.03)


def test_every_network_is_measured_with_its_own_code_and_reconstruction():
    data = datasets.load("digits").flat()
    labels = data.x_train, data.y_train, data.y_test
    # One network copies, so that its code is the pixels; the other answers 0.5 to all.
    weights, biases = bn.identity_network(64)
    silent = [0 * w for w in weights], [biases[0], biases[1] + 0.5]
    kinds = {"test": data.x_test, "black": np.zeros((5, 64))}
    found = bn.measure_networks(
        [(weights, biases), silent], ("relu", "linear"), kinds, *labels
    )
    assert found.shape == (2, 3)
    np.testing.assert_array_equal(found[0, :2], 0.0)
    expected = [np.mean((data.x_test - 0.5) ** 2), 0.25]
    np.testing.assert_allclose(found[1, :2], expected, rtol=1e-6)
    assert found[0, 2] == pytest.approx(0.97, abs=0.01)
    assert found[1, 2] == pytest.approx(0.1, abs=0.03)


def test_trainings_are_those_of_the_eight_steps(rng):
    x_train, x_val = rng.random((40, 6)), rng.random((20, 6))
    settings = {"epochs": 3, "batch_size": 8}
    arguments = (6, 4, 2, 4, 6), ("tanh", "linear", "tanh", "sigmoid")
    trained = bn.train_each((3, 5), x_train, x_val, *arguments, **settings)
    found = [steps.reconstruct(params, x_val, arguments[1]) for params in trained]
    errors = [steps.reconstruction_error(x_hat, x_val) for x_hat in found]
    expected = steps.errors_after_training(
        x_train, x_val, x_val, *arguments, seeds=(3, 5), **settings
    )
    assert errors == expected


def test_parameters_are_those_that_keras_counts():
    sizes = bn.layer_sizes(12, 3, (8, 5))
    assert sizes == (12, 8, 5, 3, 5, 8, 12)
    model = DenseAutoencoder(12, 3, hidden=(8, 5))
    assert bn.count_parameters(sizes) == model.count_params()
    assert bn.count_parameters((2, 3)) == 2 * 3 + 3


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_widths_come_as_close_as_widths_can(depth):
    hidden = bn.widths_for(14_000, depth, 64, 8)
    assert len(hidden) == depth
    found, wider, narrower = (
        abs(bn.count_parameters(bn.layer_sizes(64, 8, (hidden[0] + i,) * depth)) - 14_000)
        for i in (0, 1, -1)
    )
    assert found <= min(wider, narrower)
    assert found < 300


def test_plane_quality_of_the_data_itself_and_of_nonsense(rng):
    data = datasets.load("digits").flat()
    itself = data.x_test, data.x_train, data.y_train, data.x_test, data.y_test
    trust, accuracy = bn.plane_quality(*itself)
    assert trust == pytest.approx(1.0, abs=1e-4)  # a few test images tie
    # Nearest neighbors on raw digits are known to be good, random codes are chance.
    assert accuracy > 0.95
    z_train, z_test = rng.normal(size=(1077, 2)), rng.normal(size=(360, 2))
    trust, accuracy = bn.plane_quality(
        data.x_test, z_train, data.y_train, z_test, data.y_test
    )
    assert trust == pytest.approx(0.5, abs=0.03)
    assert accuracy == pytest.approx(0.1, abs=0.05)


def test_trustworthiness_counts_false_neighbors_in_the_code(rng):
    # Its formula by loops: a false neighbor costs its rank in the data beyond the fifth.
    x, k = rng.normal(size=(30, 4)), 5
    z, cost = x[:, :1], 0
    for i in range(30):
        others = [j for j in range(30) if j != i]
        by_x = sorted(others, key=lambda j, i=i: np.linalg.norm(x[j] - x[i]))
        by_z = sorted(others, key=lambda j, i=i: np.linalg.norm(z[j] - z[i]))
        cost += sum(max(0, by_x.index(j) + 1 - k) for j in by_z[:k])
    expected = 1 - 2 * cost / (30 * k * (2 * 30 - 3 * k - 1))
    labels = np.arange(30) % 3
    trust, accuracy = bn.plane_quality(x, z, labels, z, labels)
    assert trust == pytest.approx(expected, rel=1e-12)
    assert accuracy == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: known_dimension.world("ring"),
            "name must be one of curve, .* 'ring'",
        ),
        (
            lambda: known_dimension.sufficient_size([1]),
            r"errors must be 1-D, at least 2; got shape \(1,\)",
        ),
        (lambda: bn.identity_network(0), "n_features must be an integer .* got 0"),
        (lambda: bn.widths_for(100, 0, 4, 2), "depth must be an integer .* got 0"),
        (
            lambda: known_dimension.rotate_into(
                np.ones((2, 3)), 2, 0.1, np.random.default_rng(0)
            ),
            "n_features must be at least 3; got 2",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
