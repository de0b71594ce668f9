"""One test for each of the eight steps, and the loop that calls them in order."""

from itertools import chain

import keras
import numpy as np
import pytest

from companion.autoencoders import steps
from companion.networks import mlp

SIZES = (5, 4, 2, 4, 5)
ACTIVATIONS = ("tanh", "linear", "tanh", "sigmoid")


@pytest.fixture
def params(rng):
    return steps.initialize(SIZES, rng)


@pytest.fixture
def x(rng):
    return rng.uniform(size=(23, 5))


def test_step_1_initialize_has_the_parameters_counted_by_hand(params):
    weights, biases = params
    assert [w.shape for w in weights] == [(5, 4), (4, 2), (2, 4), (4, 5)]
    # 5*4 + 4*2 + 2*4 + 4*5 weights and 4 + 2 + 4 + 5 biases.
    assert sum(array.size for array in chain(weights, biases)) == 56 + 15
    assert all(w.any() for w in weights)
    assert not any(b.any() for b in biases)


@pytest.mark.parametrize("sizes", [(5, 5), (5, 2, 4), (5, 4, 2, 5)])
def test_step_1_initialize_refuses_what_is_no_autoencoder(sizes, rng):
    with pytest.raises(ValueError, match="sizes must be an odd number of widths"):
        steps.initialize(sizes, rng)


def test_step_2_draw_batches_gives_every_example_once_in_another_order(x, rng):
    batches = list(steps.draw_batches(x, 10, rng))
    assert [len(batch) for batch in batches] == [10, 10, 3]
    drawn = np.concatenate(batches)
    assert not np.array_equal(drawn, x)
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(x, axis=0))


def test_steps_3_and_4_encode_and_decode_follow_their_equations(params, x):
    (w1, w2, w3, w4), (b1, b2, b3, b4) = params
    z = np.tanh(x @ w1 + b1) @ w2 + b2
    x_hat = 1 / (1 + np.exp(-(np.tanh(z @ w3 + b3) @ w4 + b4)))
    np.testing.assert_allclose(steps.encode(params, x, ACTIVATIONS)[-1], z)
    np.testing.assert_allclose(steps.decode(params, z, ACTIVATIONS)[-1], x_hat)
    np.testing.assert_allclose(steps.reconstruct(params, x, ACTIVATIONS), x_hat)


def test_step_5_reconstruction_error_by_hand():
    x, x_hat = np.array([[0.0, 1], [2, 3]]), np.array([[1.0, 1], [2, 1]])
    assert steps.reconstruction_error(x_hat, x) == (1 + 4) / 4


@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
def test_step_6_backpropagate_matches_a_central_difference(params, x, rng, loss):
    encoded = steps.encode(params, x, ACTIVATIONS)
    decoded = steps.decode(params, encoded[-1], ACTIVATIONS)
    grads = steps.backpropagate(params, encoded, decoded, ACTIVATIONS, loss)

    def error():
        x_hat = steps.reconstruct(params, x, ACTIVATIONS)
        return np.mean((x_hat - x) ** 2) if loss == "mse" else log_loss(x, x_hat)

    eps = np.finfo(float).eps ** (1 / 3)
    for array, grad in zip(chain(*params), chain(*grads), strict=True):
        direction = rng.normal(size=array.shape)
        array += eps * direction
        error_up = error()
        array -= 2 * eps * direction
        numeric = (error_up - error()) / (2 * eps)
        array += eps * direction
        assert np.sum(grad * direction) == pytest.approx(numeric, rel=1e-7)


def log_loss(x, x_hat):
    return float(keras.losses.BinaryCrossentropy(dtype="float64")(x, x_hat))


def test_step_6_changes_no_parameter_and_step_7_does(params, x):
    before = [array.copy() for array in chain(*params)]
    encoded = steps.encode(params, x, ACTIVATIONS)
    decoded = steps.decode(params, encoded[-1], ACTIVATIONS)
    grads = steps.backpropagate(params, encoded, decoded, ACTIVATIONS)
    updated, _ = steps.update(params, grads, None, 0.01)
    for array, old, new in zip(chain(*params), before, chain(*updated), strict=True):
        np.testing.assert_array_equal(array, old)
        # The first step of Adam has the length of the learning rate, down the slope.
        assert np.abs(new - old).max() == pytest.approx(0.01, rel=1e-3)
    down = [
        np.sum((n - o) * g)
        for n, o, g in zip(chain(*updated), before, chain(*grads), strict=True)
    ]
    assert max(down) < 0


def test_step_8_should_stop_counts_epochs_since_the_best():
    assert not steps.should_stop([3.0], patience=1)
    assert not steps.should_stop([3.0, 2.0, 2.5], patience=2)
    assert steps.should_stop([3.0, 2.0, 2.5, 2.4], patience=2)
    assert not steps.should_stop([3.0, 2.0, 2.5, 1.9], patience=2)


def test_the_loop_calls_the_steps_in_order(x, monkeypatch):
    names = [
        "initialize",
        "draw_batches",
        "encode",
        "decode",
        "reconstruction_error",
        "backpropagate",
        "update",
        "should_stop",
    ]
    called = []

    def recorded(name, function):
        def wrapper(*args, **kwargs):
            called.append(name)
            return function(*args, **kwargs)

        return wrapper

    for name in names:
        monkeypatch.setattr(steps, name, recorded(name, getattr(steps, name)))
    rng = np.random.default_rng(0)
    steps.train(x, x, SIZES, ACTIVATIONS, epochs=1, batch_size=23, rng=rng)
    # After the update, the error is computed once more, on the validation examples.
    assert called == [*names[:-1], "reconstruction_error", names[-1]]


def test_train_returns_the_weights_of_the_best_epoch_and_stops(x, rng):
    x_val = rng.uniform(size=(9, 5))
    params, history = steps.train(
        x, x_val, SIZES, ACTIVATIONS, epochs=500, learning_rate=0.1, patience=5, rng=rng
    )
    val = history["val_loss"]
    assert len(val) < 500
    assert np.argmin(val) == len(val) - 1 - 5
    x_hat = steps.reconstruct(params, x_val, ACTIVATIONS)
    assert steps.reconstruction_error(x_hat, x_val) == min(val)


def test_same_seed_gives_the_same_weights_bit_for_bit(x):
    def run(seed):
        rng = np.random.default_rng(seed)
        return steps.train(x, x, SIZES, ACTIVATIONS, epochs=5, rng=rng)[0]

    for one, two in zip(chain(*run(0)), chain(*run(0)), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(run(0)[0][0], run(1)[0][0])


def test_errors_after_training_are_those_of_separate_trainings_on_held_out_data(x, rng):
    x_val, x_test = rng.uniform(size=(2, 9, 5))
    errors = steps.errors_after_training(
        x, x_val, x_test, SIZES, ACTIVATIONS, seeds=(3, 4), epochs=4, batch_size=5
    )
    for error, seed in zip(errors, (3, 4), strict=True):
        params, _ = steps.train(
            x,
            x_val,
            SIZES,
            ACTIVATIONS,
            epochs=4,
            batch_size=5,
            rng=np.random.default_rng(seed),
        )
        x_hat = mlp.forward(params, x_test, ACTIVATIONS)[-1]
        assert error == np.mean((x_hat - x_test) ** 2)


def test_the_reported_loss_is_the_mean_over_the_batches(x, rng):
    # A learning rate of 0 leaves the network as it is: all batches have one size, and
    # the mean of their losses is the loss of the whole.
    x = x[:20]
    params, history = steps.train(
        x, x, SIZES, ACTIVATIONS, epochs=2, batch_size=5, learning_rate=0.0, rng=rng
    )
    x_hat = steps.reconstruct(params, x, ACTIVATIONS)
    np.testing.assert_allclose(history["loss"], np.mean((x_hat - x) ** 2), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x_train": np.where(x > 0.9, np.nan, x)}, "x_train must be finite"),
        (lambda x: {"x_val": np.where(x > 0.9, np.inf, x)}, "x_val must be finite"),
        (
            lambda x: {"x_train": 255 * x},
            r"x_train must lie in \[0, 1\].* sigmoid .* to 25",
        ),
        (lambda x: {"x_val": 255 * x}, r"x_val must lie in \[0, 1\].* to 25"),
        (
            lambda x: {"x_train": x[:, :4]},
            r"x_train must have shape .* got shape \(23, 4\)",
        ),
        (lambda x: {"x_val": x[:, :1]}, r"x_val must have shape .* got shape \(23, 1\)"),
        (lambda x: {"x_train": x[:0]}, r"x_train must have shape .* got shape \(0, 5\)"),
        (lambda x: {"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        (lambda x: {"batch_size": 2.5}, "batch_size must be an integer .* got 2.5"),
        (lambda x: {"patience": None}, "patience must be an integer .* got None"),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
def test_train_refuses_bad_data_before_it_draws_anything(change, message, loss, x, rng):
    settings = {"x_train": x, "x_val": x, "epochs": 2, "loss": loss} | change(x)
    before = rng.bit_generator.state
    with pytest.raises(ValueError, match=message):
        steps.train(sizes=SIZES, activations=ACTIVATIONS, rng=rng, **settings)
    assert rng.bit_generator.state == before


def test_the_range_is_that_of_the_last_activation_and_of_the_loss(x, rng):
    linear = (*ACTIVATIONS[:3], "linear")
    steps.train(255 * x, 255 * x, SIZES, linear, epochs=1, rng=rng)
    with pytest.raises(ValueError, match=r"x_train must lie in \[0, 1\]"):
        steps.train(2 * x, x, SIZES, linear, epochs=1, loss="cross-entropy", rng=rng)


def test_unreachable_data_train_only_on_request(x, rng):
    steps.train(2 * x, 2 * x, SIZES, ACTIVATIONS, epochs=1, check_range=False, rng=rng)
    with pytest.raises(ValueError, match="x_train must lie in"):
        steps.train(2 * x, 2 * x, SIZES, ACTIVATIONS, epochs=1, rng=rng)
