"""Gradients by finite differences, remedies by what they must do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.challenges import apart, apart_gradients
from companion.networks import losses, many_classifiers, mlp, optimizers, stacked

SIZES = [5, 7, 3, 6, 5]


def network(rng, sizes=SIZES, n_members=2):
    params = apart.init(sizes, range(n_members))
    for bias in params[1]:
        bias += rng.normal(size=bias.shape)
    return params


def test_gradients_are_those_of_the_stacked_networks(rng):
    params, x = network(rng), rng.random((2, 4, 5))
    outputs = apart.forward(params, x, apart.AUTOENCODER)
    grad = apart_gradients.slope("mse", outputs[-1], x) / 4
    ours = apart_gradients.backward(params, outputs, grad, apart.AUTOENCODER)
    theirs = stacked.gradients(params, x, x, apart.AUTOENCODER)
    for a, b in zip(sum(ours, []), sum(theirs, []), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


def test_cross_entropy_gradients_are_those_of_the_many_classifiers(rng):
    params = network(rng, [5, 6, 4])
    x, labels = rng.random((2, 9, 5)), rng.integers(0, 4, (2, 9))
    outputs = apart.forward(params, x, apart.CLASSIFIER)
    grad = apart_gradients.slope("cross_entropy", outputs[-1], labels) / 9
    ours = apart_gradients.backward(params, outputs, grad, apart.CLASSIFIER)
    theirs = many_classifiers.gradients(params, x, labels)
    for a, b in zip(sum(ours, []), sum(theirs, []), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


def test_the_gradient_by_the_input_matches_a_central_difference(rng):
    params, x = network(rng, [5, 6, 4]), rng.random((3, 5))
    labels, eps = np.array([0, 3, 1]), 1e-6
    outputs = apart.forward(params, x, apart.CLASSIFIER)
    grad = apart_gradients.slope("cross_entropy", outputs[-1], labels)
    found = apart_gradients.input_gradient(params, outputs, grad, apart.CLASSIFIER)
    for member in range(2):
        alone = stacked.member(params, member)
        for row in range(3):
            for pixel in range(5):
                step = np.zeros((1, 5))
                step[0, pixel] = eps
                up, down = (
                    losses.cross_entropy(
                        mlp.forward(alone, x[row : row + 1] + s, apart.CLASSIFIER)[-1],
                        labels[row : row + 1],
                    )[0]
                    for s in (step, -step)
                )
                numeric = (up - down) / (2 * eps)
                assert found[member, row, pixel] == pytest.approx(numeric, abs=1e-8)


def test_contraction_is_the_mean_squared_jacobian(rng):
    params, x = network(rng), rng.random((6, 5))
    hidden = apart.forward(params, x, apart.AUTOENCODER)[1]
    value, _, _ = apart_gradients.contraction(params, hidden)
    for member in range(2):
        first, second = params[0][0][member], params[0][1][member]
        slopes = hidden[member] > 0
        sizes = [np.sum((first * s @ second) ** 2) for s in slopes]  # (5, 7) @ (7, 3)
        assert value[member] == pytest.approx(np.mean(sizes))


@pytest.mark.parametrize("layer", [0, 1])
def test_the_slopes_of_the_contraction_match_a_central_difference(rng, layer):
    params, x = network(rng), rng.random((6, 5))
    hidden = apart.forward(params, x, apart.AUTOENCODER)[1]
    slopes, eps = apart_gradients.contraction(params, hidden)[1 + layer], 1e-6
    direction = rng.normal(size=params[0][layer].shape)
    values = []
    for sign in (1, -1):
        moved = [w.copy() for w in params[0]]
        moved[layer] += sign * eps * direction
        values.append(apart_gradients.contraction((moved, params[1]), hidden)[0])
    numeric = (values[0] - values[1]) / (2 * eps)
    np.testing.assert_allclose(np.sum(slopes * direction, axis=(1, 2)), numeric, rtol=1e-6)


def train(rng, n_steps=1, remedies=None, x=None, params=None, **more):
    x = rng.random((8, 5)) if x is None else x
    params = network(rng) if params is None else params
    task = {"activations": apart.AUTOENCODER, "loss": "mse", "learning_rate": 0.01}
    rows = [np.arange(8)] * 2
    settings = task | {"n_steps": n_steps, "batch_size": 8, "remedies": remedies} | more
    return apart.train(params, x, x, rows, **settings)


def test_one_step_is_a_step_of_adam(rng):
    x, params = rng.random((8, 5)), network(rng)
    grads = stacked.gradients(params, x, x, apart.AUTOENCODER)
    expected, _ = optimizers.adam(params, grads, None, 0.01)
    found, _ = train(rng, x=x, params=params)
    for a, b in zip(sum(found, []), sum(expected, []), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_the_rate_falls_to_zero_along_a_cosine(rng):
    x, params = rng.random((8, 5)), network(rng)
    expected, state = params, None
    for rate in (0.01, 0.0075, 0.0025):  # 1, 3/4 and 1/4 at t/n = 0, 1/3, 2/3
        grads = stacked.gradients(expected, x, x, apart.AUTOENCODER)
        expected, state = optimizers.adam(expected, grads, state, rate)
    found, _ = train(rng, 3, x=x, params=params)
    np.testing.assert_allclose(found[0][0], expected[0][0], atol=1e-12)


def test_decay_shortens_each_members_weights_and_no_biases(rng):
    x, params = rng.random((8, 5)), network(rng)
    plain, _ = train(rng, x=x, params=params)
    decayed, _ = train(rng, x=x, params=params, remedies=apart.Remedies(decay=[0.0, 2.0]))
    np.testing.assert_array_equal(decayed[0][1][0], plain[0][1][0])
    difference = plain[0][1][1] - decayed[0][1][1]
    np.testing.assert_allclose(difference, 0.02 * params[0][1][1], atol=1e-12)
    np.testing.assert_array_equal(decayed[1][1], plain[1][1])


def test_contraction_and_sparsity_shrink_what_they_punish(rng):
    x = rng.random((8, 5))
    for name, strength in (("contraction", 1.0), ("sparsity", 1.0)):
        remedies = apart.Remedies(**{name: [0.0, strength]})
        params, _ = train(rng, 200, remedies, x, apart.init(SIZES, [0, 0]))
        outputs = apart.forward(params, x, apart.AUTOENCODER)
        sizes = {
            "contraction": apart_gradients.contraction(params, outputs[1])[0],
            "sparsity": np.abs(outputs[2]).mean(axis=(1, 2)),
        }[name]
        assert sizes[1] < 0.2 * sizes[0]


def test_dropout_keeps_the_mean_and_silences_the_stated_share(rng):
    # One linear unit whose answer is the number of living hidden units, scaled.
    params = ([np.zeros((1, 1, 4000)), np.ones((1, 4000, 1))], [np.ones((1, 1, 4000))] * 1)
    params = (params[0], [np.ones((1, 1, 4000)), np.zeros((1, 1, 1))])
    settings = apart.Remedies(dropout=0.25).per_member(1)
    task = (settings, ("relu", "linear"), "mse", rng)
    x, target = np.zeros((1, 1, 1)), np.zeros((1, 1, 1))
    grads = apart._gradients(params, x, target, *task)
    answers = grads[1][1].item() / 2  # 2 (answer - 0), and the answer has the mean 4000
    assert answers == pytest.approx(4000, rel=0.03)
    silent = np.mean(grads[0][1] == 0)
    assert silent == pytest.approx(0.25, abs=0.03)


def test_noise_reaches_the_inputs_and_not_the_targets(rng):
    # A network that answers zero: its gradient at the output is -2 target / n.
    params = ([np.zeros((1, 3, 3))], [np.zeros((1, 1, 3))])
    settings = apart.Remedies(noise=0.5).per_member(1)
    x = np.full((1, 4000, 3), 0.3)
    weights, biases = apart._gradients(params, x, x, settings, ("linear",), "mse", rng)
    np.testing.assert_allclose(biases[0], -2 * 0.3 / 3)
    np.testing.assert_allclose(weights[0], -2 * 0.3 * 0.3 / 3, atol=0.01)
    assert np.std(weights[0]) > 1e-4


def test_the_lowest_watched_parameters_are_kept_for_each_member(rng):
    seen = []

    def watch(params):
        seen.append(params)
        n = len(seen)
        return np.array([abs(n - 2), abs(n - 3)], dtype=float)

    last, best = train(rng, 5, watch=watch, every=1)
    np.testing.assert_array_equal(best[0][0][0], seen[1][0][0][0])
    np.testing.assert_array_equal(best[0][0][1], seen[2][0][0][1])
    np.testing.assert_array_equal(last[0][0], seen[4][0][0])


def test_members_see_their_own_examples_only(rng):
    x = rng.random((20, 5))
    other = np.vstack([x[:10], rng.random((10, 5))])
    rows = [np.arange(10), np.arange(10, 20)]
    task = {"activations": apart.AUTOENCODER, "loss": "mse", "n_steps": 3}
    a, b = (
        apart.train(apart.init(SIZES, [0, 1]), d, d, rows, **task)[0] for d in (x, other)
    )
    np.testing.assert_array_equal(a[0][0][0], b[0][0][0])
    assert not np.array_equal(a[0][0][1], b[0][0][1])


def test_every_example_is_drawn_once_before_any_is_drawn_again(rng):
    drawn = apart.draw(np.array([3, 5, 9]), 7, rng)
    assert sorted(drawn[:3]) == sorted(drawn[3:6]) == [3, 5, 9]


@given(value=st.floats(max_value=-1e-9) | st.sampled_from([np.nan, np.inf]))
def test_bad_remedies_are_refused(value):
    with pytest.raises(ValueError, match="noise must be"):
        apart.Remedies(noise=value).per_member(2)


def test_bad_calls_are_refused(rng):
    with pytest.raises(ValueError, match="dropout must be from 0 to below 1"):
        apart.Remedies(dropout=1.0).per_member(2)
    with pytest.raises(ValueError, match="decay must be one number or 2"):
        apart.Remedies(decay=[1.0, 2.0, 3.0]).per_member(2)
    task = {"activations": apart.AUTOENCODER, "loss": "mse", "n_steps": 1}
    params, x = network(rng), np.ones((3, 5))
    with pytest.raises(ValueError, match="rows must name examples for 2 members"):
        apart.train(params, x, x, [[0]], **task)
    with pytest.raises(ValueError, match="name must be 'mse'"):
        apart_gradients.slope("mae", np.ones((2, 2)), np.ones((2, 2)))


def test_one_thread_holds_inside_and_lets_go_after():
    from threadpoolctl import threadpool_info

    def threads():
        return [m["num_threads"] for m in threadpool_info() if m["user_api"] == "blas"]

    before = threads()
    with apart.one_thread():
        assert set(threads()) == {1}
    assert threads() == before
