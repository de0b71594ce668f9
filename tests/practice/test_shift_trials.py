"""Repeated trainings of one model, beside trainings made by hand."""

import keras
import numpy as np
import pytest

from companion.practice import shift_trials

STEPS = {"n_steps": 3, "learning_rate": 0.02}


def small_model():
    layers = keras.layers
    return keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])


@pytest.fixture(scope="module")
def trial():
    return shift_trials.Trials(small_model())


@pytest.fixture
def task(rng):
    return rng.normal(size=(50, 4, 4, 1)).astype("float32"), rng.integers(0, 3, size=50)


def weights_after(trial):
    return lambda predict: np.concatenate([w.ravel() for w in trial.model.get_weights()])


def test_the_rate_falls_along_a_half_cosine():
    rate = shift_trials.Falling()
    for start, n_steps in ((0.3, 7), (0.02, 100)):
        rate.set(start, n_steps)
        theirs = keras.optimizers.schedules.CosineDecay(start, n_steps)
        for step in (0, 1, 5, n_steps, n_steps + 3):
            assert float(rate(step)) == pytest.approx(float(theirs(step)), abs=1e-7)


def test_new_weights_are_drawn_for_kernels_only(rng, trial):
    kernel, bias = shift_trials.new_weights(trial.model, rng)
    assert kernel.shape == (16, 3)
    assert np.std(kernel) == pytest.approx(np.sqrt(2 / 19), rel=0.2)
    np.testing.assert_array_equal(bias, 0.0)


def test_a_training_is_adam_on_batches_of_32_of_the_subset(trial, task):
    x, y = task
    found = trial.repeat(task, weights_after(trial), seeds=(3, 4), n=20, **STEPS)
    for seed, weights in zip((3, 4), found, strict=True):
        rows = np.random.default_rng(seed).permutation(50)[:20]
        rng, alone = np.random.default_rng([seed, 1]), small_model()
        alone.set_weights(shift_trials.new_weights(alone, rng))
        rate = keras.optimizers.schedules.CosineDecay(0.02, 3)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        alone.compile(keras.optimizers.Adam(rate), loss)
        order = np.concatenate([rng.permutation(20) for _ in range(5)])[:96]
        for batch in order.reshape(3, 32):
            alone.train_on_batch(x[rows][batch], y[rows][batch])
        expected = np.concatenate([w.ravel() for w in alone.get_weights()])
        # Adam divides by small gradients, which magnifies their rounding.
        np.testing.assert_allclose(weights, expected, atol=1e-5)


def test_a_training_leaves_nothing_to_the_next(trial, task):
    first, other, again = (
        trial.repeat(task, weights_after(trial), seeds=(seed,), **STEPS)
        for seed in (1, 2, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_all_examples_serve_where_no_number_is_given(trial, task, monkeypatch):
    sizes = []
    monkeypatch.setattr(
        shift_trials, "draw_epochs", lambda n, *rest: sizes.append(n) or np.zeros(32, int)
    )
    trial.repeat(task, weights_after(trial), seeds=(1,), **STEPS)
    trial.repeat(task, weights_after(trial), seeds=(1,), n=20, **STEPS)
    assert sizes == [50, 20]


def test_predictions_are_the_largest_logits(trial, task):
    trial.model.set_weights([np.eye(16)[:, :3], np.zeros(3)])
    x, _ = task
    np.testing.assert_array_equal(trial.predict(x), x[:, 0, :3, 0].argmax(axis=1))


def test_the_better_rate_is_chosen_by_what_is_measured(trial, task, monkeypatch):
    calls = []

    def repeat(training, measure, **settings):
        calls.append((training, measure, settings))
        return np.array(
            {0.1: [0.2, 0.4], 0.2: [0.3, 0.35], 0.3: [0.0, 0.1]}[settings["learning_rate"]]
        )

    monkeypatch.setattr(trial, "repeat", repeat)
    chosen = trial.choose_rate(task, max, (0.1, 0.2, 0.3), seeds=(7,), n=20, n_steps=3)
    assert chosen == 0.2
    for (training, measure, settings), rate in zip(calls, (0.1, 0.2, 0.3), strict=True):
        assert training is task
        assert measure is max
        assert settings == {"learning_rate": rate, "seeds": (7,), "n": 20, "n_steps": 3}


def test_what_cannot_be_trained_is_refused(trial, task):
    x, y = task
    with pytest.raises(ValueError, match="classes must have 50 rows, as images; got 2"):
        trial.repeat((x, y[:2]), None, seeds=(0,), **STEPS)
    with pytest.raises(ValueError, match="n_steps must be an integer of at least 1; got 0"):
        trial.repeat(task, None, seeds=(0,), n_steps=0, learning_rate=0.1)
