"""The rest of inference by other routes, learning by slopes, the index by hand."""

from dataclasses import replace

import numpy as np
import pytest

from companion.brain import end_stopping as es
from companion.brain import predictive_coding as pc
from companion.brain import strips
from companion.datasets import photographs


@pytest.fixture
def cortex(rng):
    u, v = rng.normal(size=(4, 256)) / 16, 0.3 * rng.normal(size=(5, 12))
    return es.Cortex(u, v, variance_code=0.7, variance_pixel=0.4)


def test_settle_ends_where_inference_ends(cortex, rng):
    x = rng.normal(size=(6, 3, 256))
    h, r = es.settle(cortex, x)
    begin = [np.zeros((6, 5)), np.zeros((6, 12)), x.reshape(6, -1)]
    net = es.hierarchy(cortex)
    activities, energies = pc.infer(net, begin, rate=0.1, n_steps=1500)
    np.testing.assert_allclose(h, activities[0], atol=1e-8)
    np.testing.assert_allclose(r, activities[1], atol=1e-8)
    assert np.all(np.diff(energies) <= 1e-12)


def test_settle_is_the_mean_of_the_gaussian_posterior(cortex, rng):
    # x is Gaussian: condition h and r on it by their joint covariance.
    x = rng.normal(size=(3, 3, 256))
    v, blocks = es.hierarchy(cortex).weights
    cov_r = v.T @ v + 0.7 * np.eye(12)
    cov_x = blocks.T @ cov_r @ blocks + 0.4 * np.eye(768)
    explained = np.linalg.solve(cov_x, x.reshape(3, -1).T)
    h, r = es.settle(cortex, x)
    np.testing.assert_allclose(h, (v @ blocks @ explained).T, atol=1e-10)
    np.testing.assert_allclose(r, (cov_r @ blocks @ explained).T, atol=1e-10)


def test_without_feedback_each_patch_is_on_its_own(cortex, rng):
    x = rng.normal(size=(4, 3, 256))
    lesioned = es.without_feedback(cortex)
    activity, error = es.middle_patch(lesioned, x)
    alone = pc.posterior_mean(cortex.filters, 0.4 / 0.7, x[:, 1])
    np.testing.assert_allclose(activity, alone, atol=1e-10)
    np.testing.assert_array_equal(error, activity)
    x[:, 0] += 5.0
    np.testing.assert_allclose(es.middle_patch(lesioned, x)[0], activity, atol=1e-10)
    assert np.abs(es.middle_patch(cortex, x)[0] - activity).max() > 0.01


def test_middle_error_is_the_second_third_of_the_code(cortex, rng):
    x = rng.normal(size=(4, 3, 256))
    activities = [*es.settle(cortex, x), x.reshape(4, -1)]
    code_error = pc.errors(es.hierarchy(cortex), activities)[0] * 0.7
    np.testing.assert_allclose(es.middle_patch(cortex, x)[1], code_error[:, 4:8])


def test_a_step_of_learning_goes_down_the_slope_of_the_energy(cortex, rng):
    x = rng.normal(size=(8, 3, 256))
    unit = cortex.filters / np.linalg.norm(cortex.filters, axis=1, keepdims=True)
    cortex = replace(cortex, filters=unit)
    activities = [*es.settle(cortex, x), x.reshape(8, -1)]
    slopes = pc.weight_gradients(es.hierarchy(cortex), activities)
    moved = es.learn(cortex, x, rate=1e-6, decay=0.3)
    change = (moved.feedback - cortex.feedback) / 1e-6
    np.testing.assert_allclose(change, -slopes[0] - 0.3 * cortex.feedback, atol=1e-7)
    blocks = slopes[1].reshape(3, 4, 3, 256)
    shared = -sum(blocks[j, :, j] for j in range(3)) * 0.4 / 3  # a mean over the patches
    along = np.sum(shared * unit, axis=1, keepdims=True)  # length 1 leaves the rest
    change = (moved.filters - unit) / 1e-6
    np.testing.assert_allclose(change, shared - along * unit, atol=1e-5)


def test_training_takes_falling_steps_and_keeps_the_lengths(rng):
    x = rng.normal(size=(50, 3, 256))
    cortex = es.start(4, 3, rng, variance_pixel=0.5)
    settings = {"learning_rate": 0.1, "decay": 0.02, "n_steps": 2, "batch_size": 50}
    trained = es.train(cortex, x, **settings, rng=np.random.default_rng(3))
    draws = np.random.default_rng(3)
    expected = es.learn(cortex, x[draws.integers(50, size=50)], 0.1, 0.02)
    expected = es.learn(expected, x[draws.integers(50, size=50)], 0.05, 0.02)
    np.testing.assert_allclose(trained.filters, expected.filters)
    np.testing.assert_allclose(trained.feedback, expected.feedback)
    np.testing.assert_allclose(np.linalg.norm(trained.filters, axis=1), 1.0)


def test_shuffled_feedback_keeps_the_strengths_of_every_higher_unit(cortex, rng):
    shuffled = es.with_shuffled_feedback(cortex, rng).feedback
    assert not np.allclose(shuffled, cortex.feedback)
    np.testing.assert_allclose(np.sort(shuffled), np.sort(cortex.feedback))


def test_length_tuning_shows_each_unit_its_best_row(cortex):
    lengths, rows = [2, 8, 26], [-3, 0, 2]
    curves = es.length_tuning(cortex, lengths, scale=2.0, rows=rows)
    for unit in range(4):
        tried = []
        for row in rows:
            x = 2.0 * strips.through_windows(strips.bars(lengths, row))
            lesioned = es.middle_patch(es.without_feedback(cortex), x)[1]
            full = es.middle_patch(cortex, x)
            tried.append([np.abs(a[:, unit]) for a in (*full, lesioned)])
        best = max(tried, key=lambda answers: answers[2].max())
        for name, answer in zip(curves, best, strict=True):
            np.testing.assert_allclose(curves[name][unit], answer)


def test_index_and_driven_units_by_hand():
    curves = np.array([[1.0, 4.0, 1.0], [1.0, 2.0, 3.0], [0.2, 1.0, 0.0]])
    np.testing.assert_allclose(es.end_stopping_index(curves), [0.75, 0.0, 1.0])
    np.testing.assert_array_equal(es.driven(curves, share=0.5), [True, True, False])


@pytest.mark.slow
def test_learned_feedback_stops_long_bars_and_its_loss_does_not(rng):
    x = strips.through_windows(strips.natural_strips(photographs.GRAY_TRAIN, 400, rng))
    scale = 1.0 / np.sqrt(np.mean(x**2))
    cortex = es.start(32, 32, rng)
    cortex = es.train(
        cortex, scale * x, learning_rate=0.05, decay=0.02, n_steps=300, rng=rng
    )
    curves = es.length_tuning(cortex, range(2, 27, 2), scale)
    index = {name: es.end_stopping_index(c).mean() for name, c in curves.items()}
    assert index["error"] > index["error, no feedback"] + 0.08


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: es.Cortex(c.filters, c.feedback[:, :11]), "feedback must be"),
        (lambda c: replace(c, variance_code=0.0), "variances must be above 0"),
        (lambda c: es.settle(c, np.ones((2, 2, 256))), "x must be"),
        (
            lambda c: es.train(c, None, learning_rate=0.0, decay=0, n_steps=1, rng=None),
            "must be in range; got",
        ),
    ],
)
def test_end_stopping_refuses(cortex, call, message):
    with pytest.raises(ValueError, match=message):
        call(cortex)
