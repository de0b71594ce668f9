"""The fastest settings: when XLA pays, and the fused Adam against Adam in NumPy."""

import os
import subprocess
import sys

import keras
import pytest

from companion.training import engine


@pytest.fixture
def backend(monkeypatch):
    return lambda name: monkeypatch.setattr(keras.backend, "backend", lambda: name)


@pytest.mark.parametrize(
    ("n_examples", "epochs", "compiled"),
    [(10_000, 100, False), (100_000, 100, True), (100_000, 99, False), (1, 10**7, True)],
)
def test_xla_pays_from_a_number_of_parameters_times_examples_times_epochs(
    n_examples, epochs, compiled, backend
):
    backend("tensorflow")
    # 99 * 100 kernel entries and 100 biases: 10^4 parameters, so 10^7 examples.
    model = keras.Sequential([keras.Input((99,)), keras.layers.Dense(100)])
    assert engine.XLA_PAYS_FROM == 1e11
    assert engine.jit_compile(model, n_examples, epochs) == (True if compiled else "auto")


def test_frozen_parameters_do_not_count(backend):
    backend("tensorflow")
    model = keras.Sequential([keras.Input((99,)), keras.layers.Dense(100)])
    model.trainable = False
    assert engine.jit_compile(model, 10**9, 10**9) == "auto"


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_other_backends_decide_themselves(name, backend):
    backend(name)
    model = keras.Sequential([keras.Input((99,)), keras.layers.Dense(100)])
    assert engine.jit_compile(model, 10**9, 10**9) == "auto"


def test_trainings_of_the_chapters_are_far_below():
    # The largest that the digits see: 200 epochs of a network with 14,000 parameters.
    assert engine.XLA_PAYS_FROM / 10 > 1077 * 200 * 14_000


@pytest.mark.parametrize(("name", "steps"), [("tensorflow", 1), ("jax", 32), ("torch", 1)])
def test_one_call_of_keras_takes_many_steps_on_jax(name, steps, backend):
    backend(name)
    assert engine.steps_per_execution() == steps


COMPILED = """
import companion
import keras, numpy as np
from companion import training
from companion.autoencoders.convolutional import ConvolutionalAutoencoder
from companion.autoencoders.dense import DenseAutoencoder
from companion.autoencoders.variational import VAE
from companion.training import engine

keras.utils.set_random_seed(0)
kinds = {
    "dense": (lambda: DenseAutoencoder(64, 3, hidden=(9,)), (64,), "mse"),
    "images": (lambda: ConvolutionalAutoencoder((8, 8, 1), 3, (2,)), (8, 8, 1), "mse"),
    "VAE": (lambda: VAE(64, 3, hidden=(9,)), (64,), None),
}
for name, (build, shape, loss) in kinds.items():
    x = np.random.default_rng(0).uniform(size=(50, *shape)).astype("float32")
    losses, model = [], build()
    n = sum(int(np.prod(v.shape)) for v in model.trainable_variables) * 50 * 4
    for pays_from, compiled in ((n, True), (n + 1, False)):
        engine.XLA_PAYS_FROM = pays_from
        keras.utils.set_random_seed(1)
        model = build()
        history = training.fit(model, x, epochs=4, batch_size=50, loss=loss)
        assert model.jit_compile is compiled, name
        losses.append(history["loss"])
    if loss:  # the noise of a VAE is drawn in another way when compiled
        np.testing.assert_allclose(*losses, rtol=1e-4)
    assert losses[0][-1] < losses[0][0], name
training.seed_everything(0)
engine.XLA_PAYS_FROM = 0
model = kinds["dense"][0]()
training.fit(model, x, epochs=1)
assert model.jit_compile is False  # bit for bit, and no warning
"""


def run_on(backend, code):
    environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error::UserWarning", "-c", code]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_fit_compiles_where_it_pays_and_takes_the_same_course():
    # In a process of its own: what asks for deterministic operations cannot be undone.
    pytest.importorskip("tensorflow")
    run_on("tensorflow", COMPILED)


WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorflow'] = None  # an import would raise"

FUSED = """
import companion
import keras, numpy as np
from companion.networks import mlp, optimizers
from companion.training.engine import FusedAdam, adam

rng = np.random.default_rng(0)
optimizer = adam(0.01)
assert type(optimizer) is FusedAdam
params = [rng.normal(size=(3, 4))], [rng.normal(size=4)]
state = None
variables = [keras.Variable(p[0], dtype="float32") for p in params]
optimizer.build(variables)
for step in range(30):
    # From far above epsilon to far below it, where the place of epsilon decides.
    grads = [[10.0 ** rng.uniform(-9, 1, size=p[0].shape)] for p in params]
    params, state = optimizers.adam(params, tuple(grads), state, 0.01)
    tensors = [keras.ops.convert_to_tensor(g[0], dtype="float32") for g in grads]
    optimizer.apply(tensors, variables)
    for variable, right in zip(variables, params):
        found = keras.ops.convert_to_numpy(variable)
        np.testing.assert_allclose(found, right[0], rtol=1e-5, atol=1e-6)
assert int(optimizer.iterations) == 30
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensorflow", "torch"])
def test_fused_adam_is_adam(name):
    pytest.importorskip(name)
    run_on(name, ("" if name == "tensorflow" else WITHOUT_TENSORFLOW) + FUSED)


# The Adam of Keras 3.15 squares the parts of a gradient that fall on one row before it adds
# them up, so the right values come from Adam in NumPy.
SCATTERED = """
import companion, keras, numpy as np, tensorflow as tf
from companion.networks import mlp, optimizers
from companion.training.engine import FusedAdam

table = keras.Variable(np.arange(12.0).reshape(6, 2), dtype="float32")
optimizer = FusedAdam(keras.optimizers.schedules.PolynomialDecay(0.1, 5, 0.0))
optimizer.build([table])

@tf.function
def step(rows):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table.value, rows) ** 2)
    gradient = tape.gradient(loss, table.value)
    assert isinstance(gradient, tf.IndexedSlices)
    optimizer.apply([gradient], [table])

params = [np.arange(12.0).reshape(6, 2)], []
state = None
for i, rows in enumerate(([0, 1, 1], [1, 5, 2], [0, 0, 0])):
    step(tf.constant(rows))
    gradient = np.zeros((6, 2))
    np.add.at(gradient, rows, 2.0 * params[0][0][rows])
    params, state = optimizers.adam(params, ([gradient], []), state, 0.1 * (1 - i / 5))
np.testing.assert_allclose(table.numpy(), params[0][0], rtol=1e-5, atol=1e-6)
"""


@pytest.mark.slow
def test_fused_adam_takes_scattered_gradients_and_a_schedule():
    pytest.importorskip("tensorflow")
    run_on("tensorflow", SCATTERED)
