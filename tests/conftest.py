"""Shared by all tests: the Keras backend, the random generator, Hypothesis."""

import os
import random

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # before the first `import keras`
os.environ.setdefault("TQDM_DISABLE", "1")
# Tests run side by side: threads of small matrix products would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

import companion  # noqa: F401  (its settings come before TensorFlow's import)

# The first call of a compiled function is slow, which would look like a slow example.
hypothesis.settings.register_profile("companion", deadline=None, derandomize=True)
hypothesis.settings.load_profile("companion")


@pytest.fixture(autouse=True)
def order_of_batches():
    """Seed what `training.fit` draws the order from, for tests that seed nothing."""
    random.seed(0)


@pytest.fixture
def rng():
    """A generator of its own for each test, so that their order never matters."""
    return np.random.default_rng(0)
