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


def test_shuffling_gives_every_higher_unit_an_order_of_its_own(rng):
    v = rng.normal(size=(5, 12))
    shuffled = es.with_shuffled_feedback(es.Cortex(np.ones((4, 256)), v), rng).feedback
    columns = {tuple(column) for column in v.T}
    assert not columns & {tuple(column) for column in shuffled.T}


def test_start_lies_in_the_window_with_weak_feedback(rng):
    cortex = es.start(3000, 20, rng)
    assert cortex.feedback.std() == pytest.approx(0.1, rel=0.01)
    spread = np.sqrt(np.mean(cortex.filters**2, axis=0)).reshape(16, 16)
    found, wanted = (row[2:8] / row[7] for row in (spread[7], strips.window()[7]))
    np.testing.assert_allclose(found, wanted, rtol=0.1)


@pytest.mark.parametrize("stimulus", [strips.bars, strips.bare_bars])
def test_length_tuning_shows_each_unit_its_best_row_in_each_condition(rng, stimulus):
    u, v = rng.normal(size=(12, 256)) / 16, rng.normal(size=(20, 36))
    cortex, lengths = es.Cortex(u, v), [2, 8, 26]
    tried = {"activity": [], "error": [], "error, no feedback": []}
    for row in range(-4, 5):
        x = strips.through_windows(stimulus(lengths, row))
        lesioned = es.middle_patch(es.without_feedback(cortex), x)[1]
        for name, a in zip(tried, (*es.middle_patch(cortex, x), lesioned), strict=True):
            tried[name].append(np.abs(a))
    chosen = {}
    for name, found in es.length_tuning(cortex, lengths, stimulus).items():
        rows = chosen[name] = np.max(tried[name], axis=1).argmax(axis=0)
        assert rows.max() > 4 > rows.min()  # rows above and below the middle are wanted
        for unit, row in enumerate(rows):
            np.testing.assert_allclose(found[unit], tried[name][row][:, unit])
    assert np.any(chosen["error"] != chosen["error, no feedback"])  # the choice matters


def test_index_and_share_by_hand():
    lengths = [2, 18, 20, 26]  # long bars are those beyond 18
    curves = [[1.0, 4.0, 3.0, 1.0], [1.0, 2.0, 3.0, 3.0], [0.2, 1.0, 0.0, 0.0]]
    np.testing.assert_allclose(es.end_stopping_index(curves, lengths), [0.5, 0.0, 1.0])
    tuned = {"error": np.array([[1.0, 2.0], [2.0, 0.0]])}
    tuned["error, no feedback"] = np.array([[2.0, 3.0], [10.0, 5.0]])
    np.testing.assert_allclose(es.share_left(tuned), [0.25, 0.25])


@pytest.mark.slow
def test_learned_feedback_stops_long_bars_and_its_loss_does_not(rng):
    x = strips.through_windows(strips.natural_strips(photographs.GRAY_TRAIN, 400, rng))
    x = x / np.sqrt(np.mean(x**2))
    cortex = es.start(32, 32, rng)
    settings = {"learning_rate": 0.05, "decay": 0.02, "n_steps": 300, "rng": rng}
    lengths = range(2, 27, 2)
    curves = es.length_tuning(es.train(cortex, x, **settings), lengths)
    index = {name: es.end_stopping_index(c, lengths).mean() for name, c in curves.items()}
    assert index["error"] > index["error, no feedback"] + 0.08
    assert es.share_left(curves).max() < 0.4  # feedback takes away most of every answer


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
