"""Saliency maps against finite differences, autodiff and closed forms."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import spearmanr

from companion.challenges import saliency
from companion.networks import mlp


@pytest.fixture
def net(rng):
    weights, biases = mlp.init([16, 9, 7, 4], rng)
    return weights, [rng.normal(size=b.shape) for b in biases]


def test_gradient_matches_central_differences(net, rng):
    x, classes = rng.random((5, 16)), np.array([0, 3, 1, 1, 2])
    gradient = saliency.input_gradient(net, x, classes)
    direction = rng.normal(size=x.shape)
    ends = [
        saliency.logits(net, x + sign * 1e-6 * direction)[np.arange(5), classes]
        for sign in (1, -1)
    ]
    numeric = (ends[0] - ends[1]) / 2e-6
    np.testing.assert_allclose(np.sum(gradient * direction, axis=1), numeric, rtol=1e-6)


def test_gradient_matches_autodiff(net, rng):
    x, classes = rng.random((5, 16)), np.array([0, 3, 1, 1, 2])
    x_tf = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x_tf)
        a = x_tf
        for layer, (kernel, bias) in enumerate(zip(*net, strict=True)):
            a = a @ kernel + bias
            a = keras.ops.relu(a) if layer < 2 else a
        chosen = tf.reduce_sum(a * tf.one_hot(classes, 4, dtype=a.dtype))
    gradient = saliency.input_gradient(net, x, classes)
    np.testing.assert_allclose(gradient, tape.gradient(chosen, x_tf), atol=1e-12)


def test_without_biases_gradient_times_input_adds_up_to_the_logit(net, rng):
    bare = net[0], [np.zeros_like(b) for b in net[1]]
    x, classes = rng.random((6, 16)), np.array([0, 3, 1, 1, 2, 0])
    found = saliency.maps(bare, x, classes, (4, 4))["gradient x input"].sum(axis=1)
    # Euler: a net of ReLU units without biases is homogeneous of degree 1.
    np.testing.assert_allclose(found, saliency.logits(bare, x)[np.arange(6), classes])


def test_occlusion_of_a_linear_net_is_gradient_times_input(rng):
    linear = [rng.normal(size=(16, 4))], [rng.normal(size=4)]
    x, classes = rng.random((3, 16)), np.array([2, 0, 1])
    one = saliency.occlusion(linear, x, classes, (4, 4), window=1)
    product = saliency.maps(linear, x, classes, (4, 4))["gradient x input"]
    np.testing.assert_allclose(one, product, atol=1e-12)
    # A window of 3 adds its neighbors: in the corner four pixels, inside nine.
    three = saliency.occlusion(linear, x, classes, (4, 4), window=3)
    np.testing.assert_allclose(three[:, 0], product[:, [0, 1, 4, 5]].sum(axis=1))
    inside = [0, 1, 2, 4, 5, 6, 8, 9, 10]
    np.testing.assert_allclose(three[:, 5], product[:, inside].sum(axis=1))


def test_occlusion_replaces_pixels_by_the_fill(rng):
    linear = [rng.normal(size=(16, 4))], [rng.normal(size=4)]
    x, classes, fill = rng.random((3, 16)), np.array([2, 0, 1]), rng.random(16)
    slopes = linear[0][0].T[classes]
    for value in (0.7, fill):
        found = saliency.occlusion(linear, x, classes, (4, 4), window=1, fill=value)
        np.testing.assert_allclose(found, (x - value) * slopes, atol=1e-12)


def test_the_gradient_map_has_no_sign(net, rng):
    found = saliency.maps(net, rng.random((3, 16)), np.array([0, 1, 2]), (4, 4))
    assert found["gradient"].min() >= 0
    assert found["gradient x input"].min() < 0


def test_deletion_removes_the_most_salient_first():
    # Class 1 if pixel 1 is lit, else class 0: all hangs on one pixel.
    net = [np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 0.0]])], [np.array([1.0, 0.0])]
    x, labels = np.ones((4, 3)), np.ones(4, int)
    good = np.tile([0.0, 1.0, 0.5], (4, 1))
    np.testing.assert_array_equal(
        saliency.deletion_curve(net, x, labels, good, [0, 1, 3]), [1, 0, 0]
    )
    np.testing.assert_array_equal(
        saliency.deletion_curve(net, x, labels, -good, [0, 1, 2, 3]), [1, 1, 1, 0]
    )
    kept = saliency.deletion_curve(net, x, labels, good, [3], fill=1.0)
    np.testing.assert_array_equal(kept, [1])


def test_agreement_is_the_mean_rank_correlation(rng):
    one, other = rng.normal(size=(4, 9)), rng.normal(size=(4, 9))
    one[:, :3] = 0.0  # ties
    expected = np.mean([spearmanr(a, b).statistic for a, b in zip(one, other, strict=True)])
    assert saliency.rank_agreement(one, other) == pytest.approx(expected)
    flat = np.vstack([one, np.zeros(9)])
    assert saliency.rank_agreement(flat, np.vstack([other, other[0]])) == pytest.approx(
        expected
    )


def test_training_is_from_the_untrained_weights_and_learns(rng):
    x = rng.random((300, 16))
    labels = (x[:, 3] > x[:, 8]).astype(int)
    trained, untrained = saliency.train_classifier(x, labels, 0, n_hidden=16)
    assert saliency.accuracy(trained, x, labels) > 0.95
    again = mlp.init([16, 16, 2], np.random.default_rng(0))
    np.testing.assert_array_equal(untrained[0][0], again[0][0])
    # What the label depends on is what the map should name.
    gradient = saliency.maps(trained, x, labels, (4, 4))["gradient"].mean(axis=0)
    assert set(np.argsort(-gradient)[:2]) == {3, 8}


@pytest.fixture
def nets(rng):
    return [mlp.init([64, 6, 3], rng) for _ in range(2)]


def test_trials_hold_the_curves_of_every_net_and_order(nets, rng):
    x, labels = rng.random((9, 64)), rng.integers(3, size=9)
    found = saliency.deletion_trials(nets, x, labels, [0, 20, 64], 0.5)
    assert set(found) == {
        *saliency.maps(nets[0], x, labels, (8, 8)),
        "brightness",
        "random",
    }
    for number, net in enumerate(nets):
        by_light = saliency.deletion_curve(net, x, labels, x, [0, 20, 64], 0.5)
        np.testing.assert_array_equal(found["brightness"][number], by_light)
        guess = saliency.logits(net, x).argmax(axis=1)
        order = x * saliency.input_gradient(net, x, guess)
        curve = saliency.deletion_curve(net, x, labels, order, [0, 20, 64], 0.5)
        np.testing.assert_array_equal(found["gradient x input"][number], curve)


def test_a_net_agrees_with_itself_and_its_negative_only_without_sign(nets, rng):
    x, classes = rng.random((9, 64)), rng.integers(3, size=9)
    for sign in (True, False):
        same = saliency.map_agreements(nets, nets, x, classes, sign)
        np.testing.assert_allclose([*same.values()], 1.0)
    negative = [([w[0], -w[1]], b) for w, b in nets]
    found = saliency.map_agreements(nets, negative, x, classes, True)
    np.testing.assert_allclose(found["gradient x input"], -1.0)
    found = saliency.map_agreements(nets, negative, x, classes, False)
    np.testing.assert_allclose(found["gradient x input"], 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, x: saliency.input_gradient(p, x, [0]), "classes must be one for each"),
        (lambda p, x: saliency.occlusion(p, x, [0, 0], (4, 4), window=2), "window must be"),
        (lambda p, x: saliency.occlusion(p, x, [0, 0], (4, 5)), "shape must have 16"),
        (lambda p, x: saliency.deletion_curve(p, x, [0, 0], x[:1], [1]), "salience must"),
        (lambda p, x: saliency.deletion_curve(p, x, [0, 0], x, [17]), "counts must be"),
    ],
)
def test_bad_arguments_are_refused(call, message, net):
    with pytest.raises(ValueError, match=message):
        call(net, np.ones((2, 16)))
