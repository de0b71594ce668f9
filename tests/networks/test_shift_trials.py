"""Shifts, permutations and the training loop, by counting and by known outcomes."""

import numpy as np
import pytest

from companion.networks import optimizers, shift_trials
from companion.networks.parameters import leaves, map_arrays


def test_each_image_gets_a_shift_of_its_own(rng):
    x = shift_trials.on_canvas(rng.uniform(size=(200, 3, 3, 1)))
    moved = shift_trials.randomly_shifted(x, 2, rng)
    steps = [(r, c) for r in range(-2, 3) for c in range(-2, 3)]
    found = set()
    for image, original in zip(moved, x, strict=True):
        candidates = [shift_trials.shifted(original[None], *s)[0] for s in steps]
        matches = [np.array_equal(image, c) for c in candidates]
        assert sum(matches) == 1
        found.add(steps[matches.index(True)])
    assert found == set(steps)


def test_a_shift_goes_down_and_right():
    x = np.zeros((1, 5, 5, 1))
    x[0, 1, 1] = 1.0
    np.testing.assert_array_equal(
        np.argwhere(shift_trials.shifted(x, 2, 1)[0, ..., 0]), [[3, 2]]
    )


def test_one_permutation_serves_all_images(rng):
    x = rng.uniform(size=(6, 4, 4, 1))
    moved = shift_trials.permuted(x, rng).reshape(6, -1)
    flat = x.reshape(6, -1)
    order = [int(np.flatnonzero(flat[0] == value)[0]) for value in moved[0]]
    assert sorted(order) == list(range(16))
    np.testing.assert_array_equal(moved, flat[:, order])


def test_accuracy_counts_every_shift_of_a_length():
    x = shift_trials.on_canvas(np.ones((1, 1, 1, 1)))  # one pixel in 5 x 5

    def in_the_top_row(images):
        return images[:, 0].any(axis=(1, 2)).astype(int)

    y = np.ones(1, int)
    assert shift_trials.accuracy_at(0, in_the_top_row, x, y) == 0.0
    assert shift_trials.accuracy_at(1, in_the_top_row, x, y) == 0.0
    assert shift_trials.accuracy_at(2, in_the_top_row, x, y) == 5 / 16


def test_a_training_is_adam_on_batches_of_32(rng):
    x, y = rng.normal(size=(40, 8, 8, 1)).astype("float32"), rng.integers(0, 3, size=40)
    dense = shift_trials.dense(8, 5, 3)
    trained = shift_trials.train(dense, x, y, n_steps=2, learning_rate=0.01, seed=4)
    draws = np.random.default_rng(4)
    params, state = map_arrays(np.float32, dense.init(draws)), None
    order = np.concatenate([draws.permutation(40), draws.permutation(40)])
    for rows in (order[:32], order[32:64]):
        _, grads = dense.loss_and_grads(params, x[rows], y[rows])
        params, state = optimizers.adam(params, grads, state, 0.01)
    for ours, expected in zip(leaves(trained), leaves(params), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_the_better_rate_is_chosen(rng):
    y = rng.integers(0, 2, size=60)
    x = np.ones((60, 8, 8, 1), "float32") * (2 * y - 1)[:, None, None, None]
    choice = shift_trials.choose_rate(
        shift_trials.convolutional(8, (2, 2), 2),
        (x, y),
        (x, y),
        (1e-9, 0.03),
        n_steps=40,
        seed=0,
    )
    assert choice == 0.03


def test_unequal_lengths_are_refused(rng):
    x = np.zeros((3, 8, 8, 1))
    with pytest.raises(ValueError, match="y must have 3 rows, as x; got 2"):
        shift_trials.train(
            shift_trials.dense(8, 2),
            x,
            np.zeros(2, int),
            n_steps=1,
            learning_rate=0.1,
            seed=0,
        )


def test_repeat_trains_each_seed_on_its_own_subset(rng):
    x, y = rng.normal(size=(50, 8, 8, 1)).astype("float32"), rng.integers(0, 3, size=50)
    dense = shift_trials.dense(8, 4, 3)
    runs = shift_trials.repeat(
        dense, (x, y), (x, y), n=20, rates=(0.02,), seeds=(3, 4), n_steps=3
    )
    for predict, seed in zip(runs, (3, 4), strict=True):
        rows = np.random.default_rng(seed).permutation(50)[:20]
        params = shift_trials.train(
            dense, x[rows], y[rows], n_steps=3, learning_rate=0.02, seed=seed
        )
        np.testing.assert_array_equal(predict(x), dense.logits(params, x).argmax(axis=1))
    share = shift_trials.accuracies(runs, x, y)[1]
    assert share == np.mean(runs[1](x) == y)


def test_what_follows_a_shift_is_matched(rng):
    x = shift_trials.on_canvas(rng.uniform(size=(3, 6, 6, 1)), 6)
    assert shift_trials.unmatched(lambda x: 2 * x, x, 3) == 0
    assert shift_trials.unmatched(lambda x: x[:, :, ::2], x, 2) == 0
    assert shift_trials.unmatched(lambda x: x[:, :, ::2], x, 1) > 0.3
