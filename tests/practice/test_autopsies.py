"""The programs that do not work, the networks trained side by side, and the repairs."""

import keras
import numpy as np
import pytest
from keras import layers

from companion.networks import mlp
from companion.practice import autopsies, code_sizes, many_seeds
from companion.practice import printed_programs as printed
from companion.training import seed_everything

RELU_NET = ["relu", "relu", "sigmoid"]


def member(params, index):
    """One member of an ensemble as the parameters of `companion.networks.mlp`."""
    weights, biases = params
    return [w[index] for w in weights], [b[index, 0] for b in biases]


# Networks trained side by side


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_member_has_the_gradients_of_the_same_network_alone(rng, index):
    x = rng.random((7, 4))
    activations = ["tanh", "relu", "linear"]
    params = many_seeds.init([4, 5, 3, 4], seeds=range(3))
    grads = many_seeds.gradients(params, x, x, activations)
    _, expected = mlp.loss_and_grads(member(params, index), x, x, activations)
    for ours, alone in zip(member(grads, index), expected, strict=True):
        for array, other in zip(ours, alone, strict=True):
            np.testing.assert_allclose(array, other, rtol=1e-12, atol=1e-15)


def test_masked_gradients_match_central_differences(rng):
    x, activations = rng.random((6, 4)), ["tanh", "linear", "tanh", "linear"]
    params = many_seeds.init([4, 3, 4, 3, 4], seeds=[0])
    masks = {2: np.array([1.0, 0.0, 1.0, 0.0])}
    grads = many_seeds.gradients(params, x, x, activations, masks)
    eps = np.finfo(float).eps ** (1 / 3)  # balances truncation and rounding
    for array, grad in zip(params[0] + params[1], grads[0] + grads[1], strict=True):
        direction = rng.normal(size=array.shape)
        array += eps * direction
        up = many_seeds.errors(params, x, activations, masks)[0]
        array -= 2 * eps * direction
        down = many_seeds.errors(params, x, activations, masks)[0]
        array += eps * direction
        numeric = (up - down) / (2 * eps)
        assert np.sum(grad * direction) == pytest.approx(numeric, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x": x * np.nan}, "x must be finite; got 28 NaN or infinite values"),
        (lambda x: {"x": x[:, :3]}, r"x must have shape \(n, 4\) or .* shape \(7, 3\)"),
        (lambda x: {"x": np.stack([x] * 3)}, r"x must have shape .* shape \(3, 7, 4\)"),
        (lambda x: {"x": x[:0]}, r"x must have shape .* got shape \(0, 4\)"),
        (lambda x: {"watch": [x, x[:, :1]]}, r"watch\[1\] must have .* shape \(7, 1\)"),
        (lambda x: {"watch": [x * np.inf]}, r"watch\[0\] must be finite; got 28"),
        (lambda x: {"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        (lambda x: {"batch_size": 2.5}, "batch_size must be an integer .* got 2.5"),
    ],
)
def test_ensembles_refuse_bad_data_before_training(change, message, rng):
    x, params = rng.random((7, 4)), many_seeds.init([4, 2, 4], seeds=range(2))
    settings = {"x": x, "epochs": 1, "activations": ["tanh", "sigmoid"]} | change(x)
    with pytest.raises(ValueError, match=message):
        many_seeds.train(params, **settings)


def test_ensembles_may_be_trained_on_data_that_the_output_cannot_reach(rng):
    x, params = 255 * rng.random((7, 4)), many_seeds.init([4, 2, 4], seeds=range(2))
    _, history = many_seeds.train(params, x, ["tanh", "sigmoid"], epochs=2, watch=[x])
    assert history.shape == (2, 1, 2)


@pytest.mark.slow
def test_training_does_what_keras_does_to_the_printed_network(rng):
    x = rng.random((100, 2))
    model = keras.Sequential([keras.Input((2,))])
    for activation in RELU_NET:
        model.add(layers.Dense(2, activation))
    model.compile("adam", "mse")
    params = autopsies.params_of(model)
    orders = np.random.default_rng(4)
    for _ in range(5):
        shuffled = x[orders.permutation(100)]
        model.fit(shuffled, shuffled, batch_size=32, shuffle=False, verbose=0)
    params, _ = many_seeds.train(params, x, RELU_NET, epochs=5, order_seed=4)
    for array, kernel in zip(params[0], model.get_weights()[0::2], strict=True):
        # float32 against float64 over 20 steps of 0.001
        np.testing.assert_allclose(array[0], kernel, atol=2e-6)


def test_members_do_not_see_one_another():
    x = code_sizes.uniform_noise(40, 2, seed=0)
    together = many_seeds.init([2, 2, 2, 2], seeds=[3, 4, 5])
    alone = many_seeds.init([2, 2, 2, 2], seeds=[4])
    settings = {"epochs": 3, "learning_rate": 0.01}
    together, _ = many_seeds.train(together, x, RELU_NET, **settings)
    alone, _ = many_seeds.train(alone, x, RELU_NET, **settings)
    np.testing.assert_allclose(together[0][0][1], alone[0][0][0], rtol=1e-12)


def test_each_member_may_have_its_own_learning_rate():
    x = code_sizes.uniform_noise(40, 2, seed=0)
    start = many_seeds.init([2, 3, 2], seeds=[1, 1])
    rates = {"epochs": 2, "learning_rate": [1e-3, 0.0]}
    params, _ = many_seeds.train(start, x, ["tanh", "linear"], **rates)
    np.testing.assert_array_equal(params[0][0][1], start[0][0][1])
    assert np.abs(params[0][0][0] - start[0][0][0]).max() > 1e-4


@pytest.mark.parametrize(
    ("scheme", "std"),
    [
        # Glorot: variance 2 / (n_in + n_out); He: 2 / n_in
        ("glorot_uniform", np.sqrt(2 / 300)),
        ("he_normal", np.sqrt(2 / 200)),
        ("unit_normal", 1.0),
    ],
)
def test_initial_spread_is_the_published_one(scheme, std):
    weights, biases = many_seeds.init([200, 100], seeds=[0, 1], scheme=scheme)
    assert weights[0].std() == pytest.approx(std, rel=0.02)  # 40,000 draws
    assert not biases[0].any()


def test_zero_weights_are_all_dead_and_stay_so():
    x = code_sizes.uniform_noise(30, 4, seed=0)
    net = ["relu", "linear"]
    params = many_seeds.init([4, 3, 4], seeds=[0], scheme="zeros")
    params, _ = many_seeds.train(params, x, net, epochs=3)
    assert many_seeds.dead_units(many_seeds.forward(params, x, net)[1]).all()
    assert not params[0][0].any()


def test_a_quarter_of_the_units_with_two_inputs_is_born_dead():
    quadrant = code_sizes.uniform_noise(2000, 2, seed=1)
    params = many_seeds.init([2, 2], seeds=range(1000))
    dead = many_seeds.dead_units(many_seeds.forward(params, quadrant, ["relu"])[1])
    # Standard error of a share of 1/4 over 2000 units: 0.0097
    assert dead.mean() == pytest.approx(0.25, abs=0.03)


def test_init_names_an_unknown_scheme():
    with pytest.raises(ValueError, match="scheme must be one of .* got 'lecun'"):
        many_seeds.init([2, 2], seeds=[0], scheme="lecun")


def test_a_constant_unit_is_not_live():
    z = np.column_stack([np.arange(5.0), np.full(5, 3.0), -np.arange(5.0)])
    assert many_seeds.count_live(z) == 2


# Noise and data of known dimension


def test_noise_leaves_pca_the_straight_line():
    x_train, x_test = (code_sizes.uniform_noise(20_000, 10, seed) for seed in (0, 1))
    expected = (1 - np.arange(1, 11) / 10) / 12
    np.testing.assert_allclose(code_sizes.pca_curve(x_train, x_test), expected, atol=1e-3)


def test_hidden_arcs_have_the_variances_of_half_circles():
    x = code_sizes.hidden_arcs(40_000, seed=0)
    # cos has variance 1/2; sin has 1/2 - (2/pi)**2 on [0, pi]; five of each.
    variances = np.linalg.eigvalsh(np.cov(x.T))
    expected = [0.5 - (2 / np.pi) ** 2] * 5 + [0.5] * 5
    np.testing.assert_allclose(variances, expected, rtol=0.04)


def test_hidden_arcs_are_half_circles_in_some_rotation():
    x = code_sizes.hidden_arcs(50, seed=0)
    np.testing.assert_allclose(np.sum(x**2, axis=1), 5.0)
    with pytest.raises(ValueError, match="n_arcs must be at least 1; got 0"):
        code_sizes.hidden_arcs(5, seed=0, n_arcs=0)


@pytest.mark.parametrize(
    ("errors", "size"),
    [([5, 4, 3, 2, 1, 0], None), ([9, 6, 3, 0, 0, 0], 4), ([9, 1, 0.9, 0.8], 2)],
)
def test_knee_stands_where_the_line_bends(errors, size):
    assert code_sizes.knee(errors) == size


@pytest.mark.slow
def test_knee_stands_at_five_for_arcs_and_nowhere_for_noise():
    arcs = [code_sizes.hidden_arcs(1000, seed) for seed in (8, 9)]
    noise = [code_sizes.uniform_noise(1000, 10, seed) for seed in (8, 9)]
    errors, n_live = code_sizes.train_code_sizes(*arcs, seeds=[5, 6, 7])
    assert code_sizes.knee(errors.mean(axis=1)) == 5
    assert errors[4].max() < code_sizes.pca_curve(*arcs)[4] / 5
    np.testing.assert_array_equal(n_live[4], 5)
    errors, _ = code_sizes.train_code_sizes(*noise, seeds=[5, 6, 7])
    assert code_sizes.knee(errors.mean(axis=1)) is None
    # No code of noise is much better than the best linear one.
    assert np.all(errors.mean(axis=1)[:9] > 0.9 * (1 - np.arange(1, 10) / 10) / 12)


# The programs as printed


@pytest.mark.parametrize(
    ("program", "error"),
    [
        (printed.PIXELWISE, AttributeError),
        (printed.PIXELWISE.replace("layers.Seq", "keras.Seq"), ValueError),
        (printed.UNDEFINED, NameError),
        (printed.NO_BODY, IndentationError),
    ],
    ids=["no such name", "wrong channels", "undefined", "no body"],
)
def test_program_stops_with_the_error_that_the_page_names(program, error):
    outcome = printed.run(program)
    assert type(outcome.error) is error
    assert outcome.summary.startswith(error.__name__)
    with pytest.raises(error):
        printed.train_as_printed(program)


def test_loop_with_a_body_is_grammatical():
    compile(printed.NO_BODY + "    pass\n", "repaired", "exec")


@pytest.mark.slow
def test_noise_program_prints_a_training_error_between_the_published_bounds():
    seed_everything(1)
    defined = printed.train_as_printed(printed.NOISE)
    assert 0.04 < defined["error"] < 0.06
    table = defined["table"]
    _, pca_error = autopsies.fit_baselines(table, table, latent_dim=5)
    assert pca_error == pytest.approx(0.032, abs=5e-4)


def test_attempt_hands_back_the_error_or_nothing():
    assert isinstance(printed.attempt(int, "x"), ValueError)
    assert printed.attempt(int, "3") is None


# Repairs and measurements


def test_dense_layers_commute_with_a_permutation_and_convolutions_do_not(rng):
    images = rng.random((2, 32, 32, 3)).astype("float32")
    dense = keras.Sequential([keras.Input((32, 32, 3)), layers.Dense(8), layers.Dense(3)])
    convolution = layers.Conv2D(3, 3, padding="same")
    assert autopsies.permutation_gap(dense, images, rng) == 0.0
    assert autopsies.permutation_gap(convolution, images, rng) > 1e-3


@pytest.mark.slow
def test_second_seed_trains_as_if_it_were_alone():
    x = code_sizes.uniform_noise(96, 4, seed=0).astype("float32")

    def build(seed):
        initializer = keras.initializers.GlorotUniform(seed)
        return keras.Sequential(
            [keras.Input((4,)), layers.Dense(4, kernel_initializer=initializer)]
        )

    settings = {"epochs": 3, "batch_size": 32}
    *_, model = autopsies.fit_seeds(build, x, [1, 2], **settings)
    (alone,) = autopsies.fit_seeds(build, x, [2], **settings)
    for ours, other in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, atol=1e-6)


def test_baselines_flatten_images_and_order_as_they_must(rng):
    x = rng.random((60, 4, 4, 1))
    mean_error, pca_error = autopsies.fit_baselines(x, x, latent_dim=3)
    assert mean_error == pytest.approx(x.var(axis=0).mean())
    values = np.linalg.svd((x - x.mean(axis=0)).reshape(60, -1), compute_uv=False)
    assert pca_error == pytest.approx(np.sum(values[3:] ** 2) / x.size)


def test_dead_shares_are_those_of_each_seed_alone():
    x = code_sizes.uniform_noise(64, 8, seed=0)
    names, rates = ["he_normal", "unit_normal"], [1e-3, 1e-1]
    born, final = autopsies.train_dead_shares(x, names, rates, seeds=[0, 1], epochs=2)
    assert born.shape == (2, 2)
    # The same draws, rescaled: no sign changes while all biases are zero.
    np.testing.assert_array_equal(born[0], born[1])
    for position, seed in enumerate([0, 1]):
        start, alone = autopsies.train_dead_shares(
            x, names[1:], rates[1:], [seed], epochs=2
        )
        assert born[1, position] == start[0, 0]
        assert final[1, 1, position] == alone[0, 0, 0]


def test_torch_twin_starts_as_the_keras_model():
    pytest.importorskip("torch")
    from companion.autoencoders.dense import DenseAutoencoder
    from companion.practice import autopsies_torch, pytorch

    model = DenseAutoencoder(64, 8, hidden=(64, 32))
    x = code_sizes.uniform_noise(5, 64, seed=0).astype("float32")
    twin = autopsies_torch.build_twin(model)
    np.testing.assert_allclose(pytorch.reconstruct(twin, x), model(x), atol=1e-6)
    with pytest.raises(ValueError, match="arrays must have the shapes"):
        autopsies_torch.build_twin(DenseAutoencoder(64, 7, hidden=(64, 32)))
