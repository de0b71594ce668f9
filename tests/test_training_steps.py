"""Epochs in one compiled loop, against the single steps of Keras and other backends."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from companion import training
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.variational import VAE
from companion.training.steps import Steps

KINDS = {
    "dense": (lambda: DenseAutoencoder(6, 2, (5,), "elu", seed=3), (6,)),
    "images": (lambda: ConvolutionalAutoencoder((4, 4, 1), 2, (3,), seed=3), (4, 4, 1)),
}


def compiled(kind):
    model = KINDS[kind][0]()
    model.compile(keras.optimizers.Adam(1e-2), loss="mse", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture
def x(rng):
    return lambda kind, n=20: rng.uniform(size=(n, *KINDS[kind][1])).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_epoch_is_its_single_steps(kind, x, rng):
    model, alone, target = compiled(kind), compiled(kind), x(kind)
    steps = Steps(model)
    data = x(kind).astype(float)  # to be brought to single precision
    for _ in range(2):  # 20 examples in batches of 8 leave one of 4
        order = rng.permutation(20)
        logs = steps.run(data, target, order, 8)
        squares = []
        for rows in np.split(order, [8, 16]):
            x_hat = keras.ops.convert_to_numpy(alone(data[rows]))
            squares.extend((x_hat - target[rows]) ** 2)
            alone.train_on_batch(data[rows], target[rows])
        assert logs["loss"] == pytest.approx(np.mean(squares), rel=1e-4)
    for a, b in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.slow
def test_the_loss_of_an_epoch_is_the_mean_over_examples(x):
    model, data = compiled("dense"), x("dense")
    before = model.get_weights()
    logs = Steps(model, training=False).run(data, data, np.arange(20), 8)
    each = np.mean((keras.ops.convert_to_numpy(model(data)) - data) ** 2, axis=1)
    assert logs == {"loss": pytest.approx(each.mean(), rel=1e-5)}
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_every_step_draws_its_own_noise(x):
    model, data = VAE(6, 2, hidden=(5,), seed=1), x("dense")
    model.compile(keras.optimizers.SGD(0.0), loss=None, jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    steps = Steps(model)
    losses = [steps.run(data, data, np.arange(20), 20)["loss"] for _ in range(5)]
    assert len(set(losses)) == 5


@pytest.mark.slow
def test_fit_gives_the_losses_of_the_epochs_and_of_the_validation(x):
    data, new = x("dense"), x("dense", 9)
    training.seed_everything(0)
    model = KINDS["dense"][0]()
    history = training.fit(model, data, x_val=new, epochs=3, batch_size=20)
    alone = compiled("dense")
    alone.optimizer.learning_rate = 1e-3
    for loss, val_loss in zip(history["loss"], history["val_loss"], strict=True):
        alone.reset_metrics()
        assert loss == pytest.approx(alone.train_on_batch(data, data), rel=1e-5)
        x_hat = keras.ops.convert_to_numpy(alone(new))
        assert val_loss == pytest.approx(np.mean((x_hat - new) ** 2), rel=1e-5)


SAME_COURSE = """
import companion, keras, numpy as np, sys
from companion import training
from companion.autoencoders.dense import DenseAutoencoder

training.seed_everything(7)
x = np.random.default_rng(0).uniform(size=(50, 6)).astype("float32")
model = DenseAutoencoder(6, 2, (5,), "elu")
rng = np.random.default_rng(1)  # Keras draws other weights on each backend
model.set_weights([rng.normal(scale=0.5, size=w.shape) for w in model.get_weights()])
history = training.fit(model, x, x_val=x[:9], epochs=4, batch_size=8, patience=9)
print(*history["loss"], *history["val_loss"])
"""


@pytest.mark.slow
def test_every_backend_takes_the_same_course_from_the_same_seed():
    courses = {}
    for backend in ("tensorflow", "jax", "torch"):
        pytest.importorskip(backend)
        run = subprocess.run(
            [sys.executable, "-c", SAME_COURSE],
            env=os.environ | {"KERAS_BACKEND": backend, "TQDM_DISABLE": "1"},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        courses[backend] = np.array(run.stdout.split(), dtype=float)
    for course in courses.values():
        assert course.size == 8
        np.testing.assert_allclose(course, courses["tensorflow"], rtol=1e-4)


def test_every_epoch_takes_all_examples_in_an_order_of_its_own(monkeypatch, x):
    # Where operations must be deterministic, the shuffling of Keras 3.15 on TensorFlow
    # draws one order and keeps it for all epochs.
    orders, data = [], x("dense")

    def run(self, x, target, order, batch_size):
        orders.append(order)
        return {"loss": 0.0}

    monkeypatch.setattr(Steps, "run", run)
    for seed in (0, 0, 1):
        training.seed_everything(seed)
        training.fit(KINDS["dense"][0](), data, epochs=2)
    assert all(sorted(order) == list(range(20)) for order in orders)
    first, second, again, _, other, _ = map(list, orders)
    assert first != second
    assert first == again
    assert first != other
