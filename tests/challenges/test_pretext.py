"""Digits in all places, and four tasks that make their own targets."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import pretext
from companion.networks.moved_images import on_canvas, shifted


@pytest.fixture(scope="module")
def world():
    return pretext.moved_digits()


@pytest.fixture(scope="module")
def canvas():
    return on_canvas(datasets.load("digits").x_train, 1)


def places(image):
    """All nine places of one centered image, as a set of bytes."""
    steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    return {shifted(image[None], *step).tobytes() for step in steps}


def test_every_image_stands_in_every_place_once(world, canvas):
    assert world.x.shape == (9 * 1077, 100)
    for i in (0, 500, 1076):
        rows = world.x[world.number == i]
        assert {row.tobytes() for row in rows} == places(canvas[i])


def test_labeled_images_stand_in_one_of_their_places(world, canvas):
    x, y = world.parts[0]
    np.testing.assert_array_equal(y, datasets.load("digits").y_train)
    assert all(x[i].tobytes() in places(canvas[i]) for i in range(0, 1077, 50))
    assert [len(part[0]) for part in world.parts] == [1077, 360, 360]


def test_all_places_are_drawn_about_equally_often(canvas):
    one = np.repeat(canvas[:1], 900, axis=0)
    rows = pretext.placed(one, 1, np.random.default_rng(0))
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    assert len(counts) == 9
    assert counts.min() > 60  # 100 are expected, with a standard deviation of 9.4


def test_places_follow_the_seed(world):
    same, other = (pretext.moved_digits(seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(same.parts[2][0], world.parts[2][0])
    assert (other.parts[2][0] != world.parts[2][0]).any()
    np.testing.assert_array_equal(other.x, world.x)


def test_kept_classes_are_the_only_unlabeled_ones(world):
    kept = pretext.moved_digits(keep=(5, 6))
    y = world.parts[0][1]
    n = np.isin(y, (5, 6)).sum()
    assert len(kept.x) == 9 * n
    assert kept.number.max() == n - 1
    np.testing.assert_array_equal(kept.x[:n], world.x[:1077][np.isin(y, (5, 6))])


def test_labeled_images_are_shown_in_all_places(world, canvas):
    x, y = pretext.everywhere(world, [3, 700])
    shown = {row.tobytes() for row in x}
    assert shown == places(canvas[3]) | places(canvas[700])
    of_three = [row.tobytes() in places(canvas[3]) for row in x]
    labels = world.parts[0][1]
    np.testing.assert_array_equal(y, np.where(of_three, labels[3], labels[700]))


def test_both_views_of_a_pair_show_the_same_image(world):
    pairs = pretext.pairs_of_views(world, np.random.default_rng(0))
    np.testing.assert_array_equal(pairs[:, 0], world.x)
    for row in (0, 5000, 9000):
        of_image = world.x[world.number == world.number[row]]
        assert (of_image == pairs[row, 1]).all(axis=1).any()
    equal = (pairs[:, 0] == pairs[:, 1]).all(axis=1).mean()
    assert equal == pytest.approx(1 / 9, abs=0.02)


@pytest.mark.parametrize("task", [*pretext.TASKS, "attraction"])
def test_encoder_is_that_of_the_model(world, task):
    model, x = pretext.build(task, 100, seed=4), world.x[:20]
    code = pretext.encoder(model.get_weights())(x)
    assert code.shape == (20, 48)
    np.testing.assert_allclose(code, model.encode(x), rtol=1e-4, atol=1e-6)


def test_projected_codes_are_those_that_the_loss_compares(world):
    model = pretext.build("contrastive", 100, seed=4)
    pairs = pretext.pairs_of_views(world, np.random.default_rng(0))[:20]
    found = pretext.projected(model.get_weights())(pairs[:, 1])
    np.testing.assert_allclose(found, model(pairs)[:, 1], rtol=1e-4, atol=1e-6)


def test_all_tasks_begin_with_equally_large_weights(world):
    scales = [pretext.build(task, 100).get_weights()[0].std() for task in pretext.TASKS]
    np.testing.assert_allclose(scales, scales[0], rtol=0.02)


def test_each_task_damages_as_it_says():
    plain, denoising, masked = (pretext.build(t, 100) for t in pretext.TASKS[:3])
    assert (plain.amount, denoising.corruption, denoising.amount) == (0, "gaussian", 0.3)
    assert (masked.corruption, masked.amount) == ("masking", 0.5)
    assert pretext.build("masked", 100, hidden_share=0.9).amount == 0.9
    assert not pretext.build("attraction", 100).negatives


def test_stops_are_moments_of_one_training(world):
    [[early, late]] = pretext.pretrain("plain", world, [2], 40, stops=(15,))
    for end, stopped in ((15, early), (40, late)):
        [[alone]] = pretext.pretrain("plain", world, [2], end)
        for a, b in zip(stopped[0], alone[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    assert late[1] < early[1]


def test_every_seed_begins_with_its_own_weights(world):
    runs = pretext.pretrain("plain", world, [3, 4], 1)
    for seed, [(weights, _)] in zip([3, 4], runs, strict=True):
        start = pretext.build("plain", 100, seed).get_weights()
        moved = max(np.abs(a - b).max() for a, b in zip(weights, start, strict=True))
        assert 0 < moved < 1.1 * pretext.LEARNING_RATE  # one step of Adam


def test_a_training_does_not_depend_on_those_before_it(world):
    runs = pretext.pretrain("masked", world, [0, 1], 5)
    again = pretext.pretrain("masked", world, [1, 0], 5)[::-1]
    for run, same in zip(runs, again, strict=True):
        assert run[0][1] == pytest.approx(same[0][1], rel=1e-5)
        np.testing.assert_allclose(run[0][0][0], same[0][0][0], rtol=1e-4, atol=1e-6)


def test_the_contrastive_loss_falls_below_guessing(world):
    runs = pretext.pretrain("contrastive", world, [0, 1], 60, stops=(30,))
    guess = np.log(2 * pretext.BATCH_SIZE - 1)
    assert [len(run) for run in runs] == [2, 2]
    assert all(run[1][1] < run[0][1] < guess for run in runs)
    assert (runs[0][1][0][0] != runs[1][1][0][0]).any()


def test_bad_arguments_are_named(world):
    with pytest.raises(ValueError, match="task must be among .*; got 'rotation'"):
        pretext.build("rotation", 100)
    with pytest.raises(ValueError, match="n_steps"):
        pretext.pretrain("plain", world, [0], 0)
