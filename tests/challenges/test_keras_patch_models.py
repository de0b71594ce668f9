"""The deeper models on patches: 64 units, and weights of its own for each seed."""

import numpy as np
import pytest

from companion.challenges import keras_patch_models, patch_models


def test_masked_patches_stay_in_the_range_of_the_model(rng):
    x = keras_patch_models.prepare("masked", 10 * rng.normal(size=(4, 64)))
    assert x.shape == (4, 8, 8, 1)
    assert x.min() >= 0
    assert x.max() <= 1
    np.testing.assert_allclose(
        keras_patch_models.prepare("masked", np.full((1, 64), 1.0)), 0.625
    )


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="name must be one of"):
        keras_patch_models.train("GAN", [], [])
    with pytest.raises(ValueError, match="parts must be one for each of 2; got 1"):
        keras_patch_models.train("VAE", [np.zeros((5, 64))], [0, 1])


@pytest.mark.slow
@pytest.mark.parametrize("name", keras_patch_models.BUILDERS)
def test_each_seed_has_64_units_that_tell_patches_apart(name, monkeypatch):
    monkeypatch.setitem(keras_patch_models.N_STEPS, name, 60)
    x, _, x_test = patch_models.cut(100, 80, 0)
    first, second = keras_patch_models.train(name, [x, x], (0, 1))
    z = first(x_test)
    assert z.shape == (80, 64)
    assert np.any(z.std(axis=0) > 1e-6)
    assert not np.allclose(second(x_test), z)
    np.testing.assert_array_equal(first(x_test), z)
    if name in ("convolutional", "VQ"):  # the noise of the others goes on across seeds
        (alone,) = keras_patch_models.train(name, [x], (1,))
        np.testing.assert_allclose(second(x_test), alone(x_test), atol=1e-3)
