"""The NumPy network: gradients by slopes, steps by hand, and Keras as a second opinion."""

from itertools import chain

import numpy as np
import pytest

from companion.networks import losses, mlp, optimizers


def random_params(sizes, rng):
    weights, biases = mlp.init(sizes, rng)
    return weights, [rng.normal(size=b.shape) for b in biases]


def test_forward_and_backward_match_a_hand_worked_example():
    # h = relu(1*2 - 2*1 + 0.5) = 0.5; x_hat = (2*0.5, -4*0.5 + 1) = (1, -1);
    # loss = ((1 - 2)**2 + (-1 - 1)**2) / 2 = 2.5; dloss/dx_hat = x_hat - x = (-1, -2).
    weights = [np.array([[1.0], [-2.0]]), np.array([[2.0, -4.0]])]
    params = weights, [np.array([0.5]), np.array([0.0, 1.0])]
    x = np.array([[2.0, 1.0]])
    loss, (grad_weights, grad_biases) = mlp.loss_and_grads(params, x, x, ["relu", "linear"])
    assert loss == 2.5
    np.testing.assert_array_equal(grad_weights[1], [[-0.5, -1.0]])
    np.testing.assert_array_equal(grad_biases[1], [-1.0, -2.0])
    # delta = -1*2 + -2*-4 = 6, times the two inputs
    np.testing.assert_array_equal(grad_weights[0], [[12.0], [6.0]])
    np.testing.assert_array_equal(grad_biases[0], [6.0])


def test_loss_is_the_mean_over_examples_and_features():
    weights, biases = [np.zeros((3, 3))], [np.zeros(3)]
    x = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 2.0]])
    loss, _ = mlp.loss_and_grads((weights, biases), x, x, ["linear"])
    assert loss == pytest.approx((1 + 4 + 9 + 4) / 6)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
def test_outputs_and_gradients_agree_with_keras(activation, rng):
    tf = pytest.importorskip("tensorflow")
    import keras

    x, target = rng.normal(size=(6, 5)), rng.normal(size=(6, 4))
    params, activations = random_params([5, 7, 4], rng), [activation, "linear"]
    stack = [keras.layers.Dense(7, activation), keras.layers.Dense(4)]
    model = keras.Sequential([keras.Input((5,)), *stack])
    weights, biases = params
    model.set_weights([weights[0], biases[0], weights[1], biases[1]])

    with tf.GradientTape() as tape:
        x_hat = model(x.astype("float32"))
        keras_loss = keras.losses.MeanSquaredError()(target, x_hat)
    keras_grads = tape.gradient(keras_loss, model.trainable_variables)

    loss, (grad_weights, grad_biases) = mlp.loss_and_grads(params, x, target, activations)
    ours = [grad_weights[0], grad_biases[0], grad_weights[1], grad_biases[1]]
    close = {"rtol": 1e-4, "atol": 1e-6}  # Keras computes in float32
    np.testing.assert_allclose(mlp.forward(params, x, activations)[-1], x_hat, **close)
    assert loss == pytest.approx(float(keras_loss), rel=1e-5)
    for grad, keras_grad in zip(ours, keras_grads, strict=True):
        np.testing.assert_allclose(grad, keras_grad, **close)


def test_adam_agrees_with_keras_over_several_steps(rng):
    keras = pytest.importorskip("keras")
    params = random_params([3, 2], rng)
    variables = [keras.Variable(array) for array in chain(*params)]
    optimizer, state = keras.optimizers.Adam(0.01), None
    for _ in range(5):
        grads = random_params([3, 2], rng)
        params, state = optimizers.adam(params, grads, state, 0.01)
        pairs = zip(chain(*grads), variables, strict=True)
        optimizer.apply([keras.ops.cast(g, "float32") for g, _ in pairs], variables)
    for array, variable in zip(chain(*params), variables, strict=True):
        np.testing.assert_allclose(array, variable.numpy(), rtol=1e-5, atol=1e-6)


def test_sgd_step_follows_the_minus_sign_and_changes_no_argument():
    params = [np.array([[1.0]])], [np.array([2.0])]
    grads = [np.array([[10.0]])], [np.array([-5.0])]
    new_weights, new_biases = optimizers.gradient_descent(params, grads, None, 0.1)[0]
    assert new_weights[0] == 0.0
    assert new_biases[0] == 2.5
    assert params[0][0] == 1.0


def test_init_is_glorot_uniform_with_zero_biases(rng):
    weights, biases = mlp.init([300, 100], rng)
    limit = np.sqrt(6 / 400)
    assert np.abs(weights[0]).max() <= limit
    # The variance of a uniform distribution on [-limit, limit]; 30,000 draws.
    assert weights[0].var() == pytest.approx(limit**2 / 3, rel=0.03)
    assert not biases[0].any()


def test_draw_batches_visits_every_row_once(rng):
    batches = list(mlp.draw_batches(10, 4, rng))
    assert [len(rows) for rows in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))


def test_draw_batches_shuffles_anew_in_every_epoch(rng):
    first, second = (list(np.concatenate([*mlp.draw_batches(50, 8, rng)])) for _ in "12")
    assert first != list(range(50))
    assert first != second


def test_train_solves_xor_and_repeats_bit_for_bit():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    target = np.array([[0.0], [1], [1], [0]])

    def run():
        rng = np.random.default_rng(1)
        start = mlp.init([2, 8, 1], rng)
        return mlp.train(start, x, target, epochs=400, learning_rate=0.03, rng=rng)

    params, losses = run()
    again, _ = run()
    assert losses[-1] < 1e-3 < losses[0]
    np.testing.assert_allclose(mlp.forward(params, x)[-1], target, atol=0.05)
    for one, two in zip(chain(*params), chain(*again), strict=True):
        np.testing.assert_array_equal(one, two)


def test_sigmoid_does_not_overflow():
    function, _ = mlp.ACTIVATIONS["sigmoid"]
    np.testing.assert_array_equal(function(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


def test_bad_arguments_are_named(rng):
    params = mlp.init([4, 3, 4], rng)
    x = np.zeros((2, 4))
    with pytest.raises(ValueError, match=r"x must have shape .* got shape \(2, 5\)"):
        mlp.forward(params, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"x must have shape .* got shape \(0, 4\)"):
        mlp.forward(params, np.zeros((0, 4)))
    with pytest.raises(
        ValueError, match=r"target must have the shape of output.* got shape \(2, 3\)"
    ):
        mlp.loss_and_grads(params, x, np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"target must have the shape of output"):
        mlp.loss_and_grads(params, x, np.zeros((1, 4)))
    with pytest.raises(ValueError, match=r"of output, \(2, 4\); got shape \(1, 4\)"):
        losses.mse(x, x[:1])  # NumPy would broadcast it silently
    with pytest.raises(ValueError, match="activations must be among .* got 'elu'"):
        mlp.forward(params, x, ["elu", "linear"])
    with pytest.raises(ValueError, match="each of the 2 layers"):
        mlp.forward(params, x, ["relu"])
    with pytest.raises(ValueError, match=r"sizes must be .* got \[4, 0\]"):
        mlp.init([4, 0], rng)
    with pytest.raises(ValueError, match=r"sizes must be .* got \[4, 2.5\]"):
        mlp.init([4, 2.5], rng)


def broken(x, value):
    x = x.copy()
    x[1, 2] = value
    return x


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x": broken(x, np.nan)}, "x must be finite; got 1 NaN or infinite"),
        (lambda x: {"target": broken(x, np.inf)}, "target must be finite; got 1 NaN"),
        (
            lambda x: {"target": 255 * x},
            r"target must lie in \[0, 1\].* a sigmoid .* to 25",
        ),
        (lambda x: {"target": x - 0.9}, r"target must lie in \[0, 1\].* values from -0.\d"),
        (lambda x: {"target": np.vstack([x, x])}, "target must have 9 rows, as x; got 18"),
        (lambda x: {"target": x[:1]}, "target must have 9 rows, as x; got 1"),
        (lambda x: {"x": x[:, :3]}, r"x must have shape \(batch, 4\).* shape \(9, 3\)"),
        (lambda x: {"target": x[:, :1]}, r"target must have shape .* got shape \(9, 1\)"),
        (lambda x: {"x": x[:0]}, r"x must have shape .* got shape \(0, 4\)"),
        (lambda x: {"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        (lambda x: {"epochs": 2.5}, "epochs must be an integer of at least 1; got 2.5"),
        (lambda x: {"batch_size": -8}, "batch_size must be an integer .* got -8"),
        (lambda x: {"batch_size": True}, "batch_size must be an integer .* got True"),
    ],
)
def test_train_refuses_bad_data_before_it_draws_anything(change, message, rng):
    x, params = rng.uniform(size=(9, 4)), mlp.init([4, 3, 4], rng)
    settings = {"epochs": 2, "learning_rate": 0.1, "activations": ["tanh", "sigmoid"]}
    settings |= {"x": x, "target": x} | change(x)
    before = rng.bit_generator.state
    with pytest.raises(ValueError, match=message):
        mlp.train(params, rng=rng, **settings)
    assert rng.bit_generator.state == before


def test_a_linear_output_takes_targets_of_any_size(rng):
    x, params = 255 * rng.uniform(size=(9, 4)), mlp.init([4, 3, 4], rng)
    _, losses = mlp.train(params, x, x, epochs=np.int64(2), learning_rate=0.1, rng=rng)
    assert len(losses) == 2


def test_train_reports_the_mean_over_examples_though_the_last_batch_is_smaller(rng):
    # A learning rate of 0 leaves the network as it is: the mean must be the loss itself.
    x, params = rng.normal(size=(10, 4)), mlp.init([4, 3, 4], rng)
    x[3] *= 30.0
    _, losses = mlp.train(params, x, x, epochs=3, batch_size=7, learning_rate=0.0, rng=rng)
    loss = np.mean((np.tanh(x @ params[0][0]) @ params[0][1] - x) ** 2)
    np.testing.assert_allclose(losses, loss, rtol=1e-12)
