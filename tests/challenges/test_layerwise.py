"""Layers trained one after another: a start from which deep networks can be trained."""

import numpy as np
import pytest

from companion.challenges import deep, layerwise


def test_layers_trained_one_by_one_are_a_start_worth_having(rng):
    angles = rng.uniform(0, 2 * np.pi, size=200)
    x = 0.5 + 0.4 * np.stack([np.cos(angles + k) for k in range(5)], axis=1)
    shape = deep.Shape(5, 2, 8, 2)
    start = layerwise.pretrain(shape, x, (0, 1), epochs=40)
    assert [a[0].shape for a in start] == [a[0].shape for a in deep.init(shape, (0, 1))]
    assert np.all(deep.errors(shape, start, x) < 0.3 * np.var(x))


def test_a_layer_back_undoes_its_layer(rng):
    x = rng.uniform(0.2, 0.8, size=(300, 3))
    shape = deep.Shape(3, 3, 12, 0)
    start = layerwise.pretrain(shape, x, (0,), epochs=150)
    states, _, _ = deep.forward(shape, start, x)
    assert np.mean((states[3] - states[1]) ** 2) < 0.05 * np.var(states[1])


@pytest.mark.parametrize("remedy", [{"skip": True}, {"normalize": True}])
def test_only_plain_networks_are_built_layer_by_layer(remedy, rng):
    x = rng.uniform(size=(9, 5))
    with pytest.raises(ValueError, match="shape must be plain"):
        layerwise.pretrain(deep.Shape(5, 2, 4, 2, **remedy), x, (0,), epochs=1)
