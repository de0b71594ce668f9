"""Seeds, refusals before training, early stopping, progress and dead units."""

import os
import random
import subprocess
import sys

import keras
import numpy as np
import pytest

from companion import training
from companion.autoencoders.dense import DenseAutoencoder


@pytest.fixture
def x(rng):
    return rng.uniform(size=(40, 6)).astype("float32")


@pytest.fixture
def model():
    return DenseAutoencoder(6, 2, hidden=(5,))


def trained_weights(x, seed, **settings):
    training.seed_everything(seed)
    model = DenseAutoencoder(6, 2, hidden=(5,), seed=seed)
    training.fit(model, x, **({"epochs": 3, "batch_size": 8} | settings))
    return model.get_weights()


def test_seed_everything_repeats_every_generator():
    draws = []
    for _ in range(2):
        rng = training.seed_everything(3)
        noise = keras.ops.convert_to_numpy(keras.random.normal((2,)))
        draws.append([random.random(), np.random.rand(), *rng.normal(size=2), *noise])  # noqa: NPY002
    assert draws[0] == draws[1]
    assert draws[0][2:4] == list(np.random.default_rng(3).normal(size=2))


def test_seed_everything_asks_for_deterministic_operations(monkeypatch):
    import tensorflow as tf

    asked, owner = [], tf.config.experimental
    monkeypatch.setattr(owner, "enable_op_determinism", lambda: asked.append(True))
    training.seed_everything(0)
    assert asked == [True]


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_seed_everything_refuses_what_is_no_seed(seed):
    with pytest.raises(
        ValueError, match=f"seed must be a non-negative integer; got {seed!r}"
    ):
        training.seed_everything(seed)


def test_same_seed_gives_the_same_weights_bit_for_bit(x):
    for one, two in zip(trained_weights(x, 0), trained_weights(x, 0), strict=True):
        np.testing.assert_array_equal(one, two)


def test_every_example_is_used_in_every_epoch_whatever_the_batches(x, model):
    # 40 examples in batches of 7 are 6 steps; the last call into the backend is cut short.
    training.fit(model, x, epochs=4, batch_size=7)
    assert int(model.optimizer.iterations) == 4 * 6


def test_one_step_of_fit_equals_one_step_of_adam_by_hand(x, model):
    from companion.networks import mlp, optimizers

    params = model.get_weights()[::2], model.get_weights()[1::2]
    activations = ["relu", "linear", "relu", "sigmoid"]
    loss, grads = mlp.loss_and_grads(params, x, x, activations)
    expected, _ = optimizers.adam(params, grads, None, 0.01)
    history = training.fit(model, x, epochs=1, batch_size=40, learning_rate=0.01)
    assert history["loss"] == pytest.approx([loss], rel=1e-5)
    for one, two in zip(model.get_weights()[::2], expected[0], strict=True):
        np.testing.assert_allclose(
            one, two, atol=1e-5
        )  # Adam turns tiny gradients to +-0.01


def test_fit_learns_and_reports_plain_lists(x, model):
    history = training.fit(model, x, x_val=x[:10], epochs=6, learning_rate=0.1)
    assert sorted(history) == ["loss", "val_loss"]
    assert all(type(value) is float for value in history["loss"])
    assert len(history["loss"]) == len(history["val_loss"]) == 6
    assert history["loss"][-1] < 0.9 * history["loss"][0]


def test_target_is_used_when_given(x):
    training.seed_everything(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    target = x[:, :1] - 2 * x[:, 1:2]
    history = training.fit(model, x, target=target, epochs=25, learning_rate=0.3)
    assert history["loss"][-1] < 0.05 * target.var()


def test_early_stopping_restores_the_weights_of_the_best_epoch(x, rng):
    training.seed_everything(0)
    model = DenseAutoencoder(6, 4, hidden=(32,))
    x_val = rng.uniform(size=(20, 6)).astype("float32")
    history = training.fit(
        model, x[:12], x_val=x_val, epochs=100, learning_rate=0.1, patience=3
    )
    val = history["val_loss"]
    assert len(val) < 100
    assert np.argmin(val) == len(val) - 1 - 3
    error = np.mean((np.asarray(model(x_val)) - x_val) ** 2)
    assert error == pytest.approx(min(val), rel=1e-5)
    assert error < 0.99 * val[-1]


def test_best_weights_are_restored_even_when_the_epochs_run_out(model):
    # Training pulls the output up to 0.95, away from the validation data.
    x, x_val = np.full((40, 6), 0.95), np.full((10, 6), 0.4)
    history = training.fit(
        model, x, x_val=x_val, epochs=4, learning_rate=0.05, patience=100
    )
    val = history["val_loss"]
    assert np.argmin(val) < len(val) - 1
    error = np.mean((np.asarray(model(x_val)) - x_val) ** 2)
    assert error == pytest.approx(min(val), rel=1e-5)


def broken(x, value):
    x = x.copy()
    x[3, 2] = value
    return x


BAD_DATA = [
    (lambda x: broken(x, np.nan), "x_train must be finite; got 1 NaN or infinite"),
    (lambda x: broken(x, np.inf), "x_train must be finite; got 1 NaN or infinite"),
    (lambda x: 255 * x, r"x_train must lie in \[0, 1\].* got values from .* to 25\d"),
    (lambda x: x - 0.5, r"x_train must lie in \[0, 1\].* got values from -0.\d+ to"),
    (lambda x: (255 * x).astype("uint8"), r"x_train must be scaled to \[0, 1\]; got raw"),
    (lambda x: x[:, :5], r"x_train must have a shape that the model takes; got \(40, 5\)"),
    (lambda x: x.reshape(40, 2, 3), r"x_train must have a shape .* got \(40, 2, 3\)"),
    (lambda x: x[:, 0], r"x_train must have shape \(n, ...\).* got shape \(40,\)"),
    (lambda x: x[:0], r"x_train must have shape \(n, ...\).* got shape \(0, 6\)"),
]


@pytest.mark.parametrize(("change", "message"), BAD_DATA)
def test_bad_data_is_refused_before_training(change, message, x, model):
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        training.fit(model, change(x), epochs=1)
    assert not model.compiled
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": None}, "epochs must be an integer of at least 1; got None"),
        ({"epochs": 2.5}, "epochs must be an integer of at least 1; got 2.5"),
        ({"batch_size": True}, "batch_size must be an integer of at least 1; got True"),
        ({"learning_rate": None}, "learning_rate must be above 0 and finite; got None"),
        ({"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        ({"batch_size": -4}, "batch_size must be an integer of at least 1; got -4"),
        ({"patience": 0}, "patience must be an integer of at least 1; got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and finite; got 0.0"),
        ({"learning_rate": np.nan}, "learning_rate must be above 0 and finite; got nan"),
        ({"patience": 3}, "patience=3 stops on validation data; got x_val=None"),
        ({"target": np.zeros((39, 6))}, "target must have 40 rows, as x_train; got 39"),
        (
            {"target": np.zeros((40, 5))},
            r"target must have the shape .* \(n, 6\); got \(40, 5\)",
        ),
        ({"x_val": np.full((5, 6), np.nan)}, "x_val must be finite; got 30 NaN"),
        ({"x_val": np.full((5, 6), 2.0)}, r"x_val must lie in \[0, 1\].* from 2 to 2"),
        (
            {"x_val": np.zeros((5, 6)), "target_val": np.full((5, 6), 9.0)},
            r"target_val must lie in \[0, 1\].* from 9 to 9",
        ),
    ],
)
def test_bad_settings_are_refused_before_training(settings, message, x, model):
    with pytest.raises(ValueError, match=message):
        training.fit(model, x, **({"epochs": 1} | settings))
    assert not model.compiled


ELEMENTWISE = [
    "MSE",
    "huber",
    "mean_absolute_error",
    "binary_focal_crossentropy",
    keras.losses.log_cosh,
    keras.losses.MeanSquaredError(),
    keras.losses.Huber(delta=0.5),
    keras.losses.BinaryCrossentropy(),
]


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_elementwise_losses_are_known_by_every_name_and_as_objects(loss, x, model):
    with pytest.raises(ValueError, match=r"x_train must lie in \[0, 1\].* to 25\d"):
        training.fit(model, 255 * x, epochs=1, loss=loss)
    with pytest.raises(ValueError, match=r"target must lie in \[0, 1\].* to 25\d"):
        training.fit(model, x, target=255 * x, epochs=1, loss=loss)
    with pytest.raises(ValueError, match=r"target must have the shape .* got \(40, 1\)"):
        training.fit(model, x, target=x[:, :1], epochs=1, loss=loss)
    assert not model.compiled
    training.fit(model, x, epochs=1, loss=loss)


def own_loss(y, y_hat):
    return keras.ops.mean(keras.ops.abs(y - y_hat))


@pytest.mark.parametrize("loss", [*ELEMENTWISE, "cosine_similarity", own_loss, None])
def test_no_loss_takes_a_target_that_is_not_finite(loss, x, model):
    with pytest.raises(ValueError, match="target must be finite; got 1 NaN or infinite"):
        training.fit(model, x, target=broken(x, np.nan), epochs=1, loss=loss)
    bad = {"x_val": x, "target_val": broken(x, np.inf)}
    with pytest.raises(ValueError, match="target_val must be finite; got 1 NaN"):
        training.fit(model, x, epochs=1, loss=loss, **bad)
    assert not model.compiled


def test_labels_are_targets_of_a_loss_that_compares_classes(x):
    classes = [keras.Input((6,)), keras.layers.Dense(3, "softmax")]
    labels, loss = np.arange(40) % 3, "sparse_categorical_crossentropy"
    training.fit(keras.Sequential(classes), x, target=labels, epochs=1, loss=loss)


def test_the_range_follows_the_output_activation_and_the_loss(x):
    def network(activation):
        layers = [keras.layers.Dense(6), keras.layers.Activation(activation)]
        return keras.Sequential([keras.Input((6,)), *layers])

    wide = 4 * x - 2
    training.fit(network("linear"), wide, epochs=1)
    with pytest.raises(ValueError, match=r"x_train must lie in \[-1, 1\]"):
        training.fit(network("tanh"), wide, epochs=1)
    with pytest.raises(ValueError, match=r"x_train must lie in \[0, inf\]"):
        training.fit(network("relu"), wide, epochs=1)
    with pytest.raises(ValueError, match=r"x_train must lie in \[0, 1\]"):
        training.fit(network("linear"), wide, epochs=1, loss="binary_crossentropy")


def test_the_range_is_found_behind_a_nested_model_and_a_functional_one(x):
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6, "sigmoid")])
    inputs = keras.Input((6,))
    functional = keras.Model(inputs, inner(inputs))
    with pytest.raises(ValueError, match=r"x_train must lie in \[0, 1\]"):
        training.fit(functional, 9 * x, epochs=1)


def test_a_model_with_its_own_loss_is_left_to_judge_its_output(x):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(6)

        def call(self, x):
            return {"logits": self.dense(x)}

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **kwargs):
            return keras.ops.mean((y_pred["logits"] - x) ** 2)

    history = training.fit(Own(), x, epochs=5, loss=None, learning_rate=0.05)
    assert history["loss"][-1] < history["loss"][0]


def test_training_is_silent_where_tqdm_is_disabled(x, model, monkeypatch, capfd):
    training.fit(model, x, epochs=2)  # TQDM_DISABLE=1 stands in conftest.py
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(training, "tqdm", lambda **kw: tqdm_always(**kw))
    training.fit(model, x, epochs=2)
    assert "2/2" in capfd.readouterr().err


def tqdm_always(**kwargs):
    from tqdm import tqdm

    return tqdm(disable=False, **kwargs)


def test_dead_units_by_hand():
    activations = np.array([[0.0, 0.5, 0.0, -1.0], [0.0, 0.0, 0.2, -2.0]])
    np.testing.assert_array_equal(
        training.dead_units(activations), [True, False, False, True]
    )
    assert training.dead_units(activations, threshold=0.3).tolist() == [
        True,
        False,
        True,
        True,
    ]
    with pytest.raises(ValueError, match=r"activations must have shape .* got \(0, 4\)"):
        training.dead_units(activations[:0])


def test_dead_units_finds_a_relu_pushed_below_zero(x):
    layer = keras.layers.Dense(3, "relu")
    layer.build((None, 6))
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, np.array([0.0, -100.0, 0.0])])
    assert training.dead_units(layer(x))[1]


@pytest.mark.slow
def test_fit_works_on_the_torch_backend():
    pytest.importorskip("torch")
    code = (
        "import sys; sys.modules['tensorflow'] = None  # an import would raise\n"
        "import companion\n"
        "from companion import training\n"
        "from companion.autoencoders.dense import DenseAutoencoder\n"
        "x = training.seed_everything(0).uniform(size=(40, 6)).astype('float32')\n"
        "model = DenseAutoencoder(6, 2)\n"
        "h = training.fit(model, x, x_val=x, epochs=20, learning_rate=0.02, patience=5)\n"
        "assert h['loss'][-1] < h['loss'][0], h\n"
    )
    environment = os.environ | {"KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
