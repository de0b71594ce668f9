"""Trainings of the game: what a step changes, what is drawn, and what repeats."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from companion.networks import adversarial_game, gan_training
from companion.networks.gan import GAN, GRID
from companion.networks.gan_training import (
    Game,
    draws_from,
    train_and_follow,
    train_behind,
    train_discriminators,
)
from reproductions.networks import adversarial as twins


def small_gan(**settings):
    return GAN(2, noise_dim=3, hidden=(8,), discriminator_hidden=(8,), **settings)


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_a_hundred_steps_agree_with_two_adams_in_pytorch(loss):
    assert twins.training_difference(loss) < 1e-12


@pytest.mark.parametrize("still", ["generator", "discriminator"])
def test_a_rate_of_zero_holds_one_network_still(rng, still):
    gan = small_gan()
    game = Game(gan)
    rates = {f"{name}_rate": 1e-2 for name in ("generator", "discriminator")}
    game.begin(0, **rates | {f"{still}_rate": 0.0})
    before = [w.copy() for w in getattr(gan, still).get_weights()]
    all_before = gan.get_weights()
    game.train(lambda n, rng: rng.normal(size=(n, 2)), 3, 16)
    for ours, start in zip(getattr(gan, still).get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, start)
    changed = [np.any(a != b) for a, b in zip(gan.get_weights(), all_before, strict=True)]
    assert sum(changed) == 4


def test_a_game_begun_again_repeats_to_the_bit():
    game = Game(small_gan(pack=2))
    ends = []
    for seed in (1, 2, 1):
        game.begin(seed)
        game.train(lambda n, rng: rng.normal(size=(n, 2)), 4, 8)
        ends.append(game.generate(5))
    np.testing.assert_array_equal(ends[0], ends[2])
    assert np.any(ends[0] != ends[1])


def test_another_optimizer_takes_its_own_step(rng):
    x, gan = rng.normal(size=(16, 2)), small_gan()
    game = Game(gan, keras.optimizers.SGD)
    game.begin(3, 0.1, 0.2)
    before, z = gan.get_weights(), np.random.default_rng(3).normal(size=(16, 3))
    with tf.GradientTape() as tape:
        loss = gan.compute_loss(z, x, gan(z))
    expected = tape.gradient(loss, [v.value for v in gan.trainable_variables])
    game.train(lambda n, rng: x, 1, 16)
    for i, (old, new, grad) in enumerate(
        zip(before, gan.get_weights(), expected, strict=True)
    ):
        rate = 0.1 if i < len(gan.generator.weights) else 0.2
        np.testing.assert_allclose(new, old - rate * grad, rtol=1e-5, atol=1e-7)


def test_draws_are_rows_of_the_data_all_as_likely(rng):
    x = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    drawn = draws_from(x)(3000, rng)
    assert drawn.shape == (3000, 2)
    np.testing.assert_array_equal(drawn[:, 1], drawn[:, 0] + 1)
    counts = np.bincount(drawn[:, 0].astype(int))[::2]
    np.testing.assert_allclose(counts, 1000, atol=110)


def test_accuracy_counts_right_answers_of_both_kinds():
    gan = GAN(1, discriminator_hidden=())
    gan.discriminator.set_weights([np.array([[1.0]]), np.array([0.0])])  # s(x) = x
    game = Game(gan)
    assert game.accuracy(np.array([[1.0], [2.0]]), np.array([[-1.0], [3.0]])) == 0.75
    assert game.accuracy(np.array([[-1.0]]), np.array([[0.0], [-2.0], [-3.0]])) == 0.5


def test_a_trained_discriminator_is_within_5_percent_where_the_densities_have_mass():
    """The error is a mean over x weighted by the density of all that was seen."""
    data = adversarial_game.Mixture((0.6, 0.4), (-1.5, 1.5), (0.5, 0.8))
    generated = adversarial_game.Mixture((1.0,), (0.5,), (1.2,))
    grid = np.linspace(-12.0, 12.0, 2401)
    p, q = data.density(grid), generated.density(grid)
    found = train_discriminators(data, generated, grid, seeds=range(3), n_steps=600)
    errors = np.abs(expit(found) - p / (p + q))
    seen = 0.5 * (p + q) * (grid[1] - grid[0])
    assert np.all(errors @ seen < 0.05)
    # Far from all samples the answer is free, and wrong.
    assert np.all(errors[:, seen < 1e-9].max(axis=1) > 0.3)


def test_following_a_training_measures_before_and_after_every_part(rng):
    x = rng.normal(size=(16, 2))
    game = Game(small_gan())
    game.begin(5)
    found = train_and_follow(game, draws_from(x), [2, 1], np.mean, n_samples=9)
    game.begin(5)
    expected = [game.generate(9).mean()]
    for part in (2, 1):
        game.train(draws_from(x), part)
        expected.append(game.generate(9).mean())
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("grid", [GRID, 2.0**-12, None])
def test_weights_stay_on_the_grid_that_is_asked_for(rng, grid):
    x, ends, start = rng.normal(size=(16, 2)), [], None
    for kind in (grid, None):
        game = Game(small_gan(), grid=kind)
        game.begin(1)
        start = start or game.gan.get_weights()
        game.gan.set_weights(start)  # both from one place, so that one step is between them
        game.train(lambda n, rng: x, 1, 16)
        ends.append(game.gan.get_weights())
    step = grid or GRID
    for weights in (start, ends[0]):
        rests = [np.abs(w / step - np.round(w / step)).max() for w in weights]
        assert (max(rests) == 0) == (grid is not None or weights is start)
    for ours, free in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, free, atol=0.51 * step)


def test_fresh_optimizers_forget_what_the_generator_saw_while_it_stood_still(rng):
    x, ends = rng.normal(size=(16, 2)), []
    for n_before in (1, 5):
        game = Game(small_gan())
        game.begin(1, 0.0, 0.0)
        game.train(lambda n, rng: np.tile(x, (n // 16, 1)), n_before, 16)
        game.refresh(1e-2, 1e-2)
        game._rng = np.random.default_rng(3)
        game.train(lambda n, rng: x, 1, 16)
        ends.append(game.gan.get_weights())
    for ours, expected in zip(*ends, strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_generator_behind_starts_from_its_first_weights_before_a_trained_judge():
    game = Game(small_gan())

    def draw(n, rng):
        return rng.normal(size=(n, 2)) + 3.0

    logits, means = train_behind(game, draw, (1e-2, 1e-2), (4, 5), (1, 2), n_ahead=30)
    assert (logits.shape, means.shape) == ((2, 1000), (2, 3))
    game.begin(5)
    assert means[1, 0] == game.generate(1000).mean()
    untrained = game.gan.logits(game.generate(1000))
    assert logits[1].mean() < np.mean(untrained) - 0.1
    assert np.all(means[:, 1] != means[:, 0])


def test_a_generator_of_rate_zero_stays_where_it_was_behind_a_discriminator():
    game = Game(small_gan())
    draw = draws_from(np.ones((4, 2)))
    _, means = train_behind(game, draw, (0.0, 1e-2), (4,), (3,), n_ahead=2)
    assert means[0, 1] == means[0, 0]


def test_a_batch_size_that_cannot_be_packed_is_named():
    with pytest.raises(ValueError, match="pack = 3; got 64"):
        Game(small_gan(pack=3)).train(None, 1, 64)


def test_a_game_begins_with_the_weights_of_its_seed():
    game = Game(small_gan(seed=0))
    game.begin(9)
    expected = small_gan(seed=9).get_weights()
    for ours, theirs in zip(game.gan.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_training_that_goes_on_draws_anew():
    drawn = []

    def draw(n, rng):
        drawn.append(rng.normal(size=(n, 2)))
        return drawn[-1]

    game = Game(small_gan())
    game.begin(2)
    for _ in range(2):
        game.train(draw, 1, 4)
    assert np.abs(drawn[0] - drawn[1]).max() > 0.1


def test_generated_examples_come_from_normal_noise_of_the_seed():
    game = Game(small_gan())
    z = np.random.default_rng(4).normal(size=(7, 3))
    np.testing.assert_allclose(game.generate(7, seed=4), game.gan(z), rtol=1e-6)


class Points:
    """A density whose samples are all one number, and how many were drawn."""

    def __init__(self, point):
        self.point, self.n_drawn = point, 0

    def sample(self, n, rng):
        self.n_drawn += n
        return np.full((n, 1), self.point)


def test_discriminators_see_each_sample_once_and_start_from_weights_of_their_seed():
    p_data, p_g = Points(1.0), Points(-1.0)
    found = train_discriminators(p_data, p_g, np.array([5.0]), (0, 1), 3, batch_size=8)
    # Two seeds, three steps, half of eight samples of each kind.
    assert (p_data.n_drawn, p_g.n_drawn) == (24, 24)
    # The samples are the same for both, so only the weights can differ.
    assert found[0, 0] != pytest.approx(found[1, 0], rel=1e-3)


def test_the_rate_of_the_discriminators_falls_to_zero(monkeypatch):
    rates = []

    class Recorder(gan_training.TrainedAgain):
        def __init__(self, model, learning_rate, loss=None):
            rates.extend(float(learning_rate(step)) for step in (0, 2, 4))
            super().__init__(model, learning_rate, loss)

    monkeypatch.setattr(gan_training, "TrainedAgain", Recorder)
    train_discriminators(Points(1.0), Points(-1.0), np.array([0.0]), (0,), 4, 8)
    np.testing.assert_allclose(rates, [1e-2, 0.5e-2, 0.0], atol=1e-9)
