"""The same models on TensorFlow, JAX and PyTorch, and saved and loaded again."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import companion.autoencoders
from tests.autoencoders import every_model

SCRIPT = Path(__file__).parent / "every_model.py"
BACKENDS = ("tensorflow", "jax", "torch")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What each backend answers, asked in a process of its own."""
    folder, processes = tmp_path_factory.mktemp("answers"), {}
    for backend in BACKENDS:
        environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, SCRIPT, folder / f"{backend}.npz"]
        processes[backend] = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True
        )
    for backend, process in processes.items():
        _, errors = process.communicate()
        assert process.returncode == 0, f"{backend}: {errors}"
    return {name: np.load(folder / f"{name}.npz") for name in processes}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_every_model_answers_alike_on_every_backend(answers, backend):
    expected, found = answers["tensorflow"], answers[backend]
    assert set(found.files) == set(expected.files)
    for name in expected.files:
        np.testing.assert_allclose(
            found[name], expected[name], rtol=1e-5, atol=1e-5, err_msg=name
        )


@pytest.mark.slow
def test_one_step_of_training_changes_the_weights(answers):
    rng = np.random.default_rng(0)
    model = every_model.with_given_weights(every_model.MODELS["dense"][0](), rng)
    after = [answers["tensorflow"][f"dense: weight {i} after a step"] for i in range(8)]
    weights = every_model.in_order(model)
    changed = [
        (keras.ops.convert_to_numpy(before.value) != weight).any()
        for before, weight in zip(weights, after, strict=True)
    ]
    assert all(changed[:4])  # the decoder; all hidden units may be silent elsewhere


def test_no_model_of_the_package_is_left_out():
    package = companion.autoencoders
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    tested = {type(build()).__name__ for build, _ in every_model.MODELS.values()}
    # These train other models, and are no autoencoders themselves.
    helpers = {"SideBySide", "FromRows"}
    assert set(every_model.model_classes(modules)) - helpers == tested


@pytest.mark.parametrize("name", every_model.MODELS)
def test_saving_and_loading_keep_every_answer(name, tmp_path):
    build, shape = every_model.MODELS[name]
    rng = np.random.default_rng(1)
    model = every_model.with_given_weights(build(), rng)
    x = rng.uniform(size=(3, *shape)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded.encode(x), model.encode(x))
    before, after = model(x), loaded(x)
    before, after = ((a if isinstance(a, dict) else {"x": a}) for a in (before, after))
    for key in before:
        np.testing.assert_array_equal(after[key], before[key], err_msg=key)
