"""The game on known densities, by closed forms, quadrature, differences and PyTorch."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from companion.networks import adversarial_game as game
from reproductions.networks import adversarial as twins

GRID = np.linspace(-15.0, 15.0, 6001)
DATA = game.Mixture((0.6, 0.4), (-1.5, 1.5), (0.5, 0.8))
GENERATED = game.Mixture((1.0,), (0.5,), (1.2,))


def on_grid(mixture):
    return mixture.density(GRID)


def best_logits(data=DATA, generated=GENERATED):
    return data.log_density(GRID) - generated.log_density(GRID)


def test_the_density_of_a_mixture_is_the_weighted_sum_of_scipys():
    expected = 0.6 * norm(-1.5, 0.5).pdf(GRID) + 0.4 * norm(1.5, 0.8).pdf(GRID)
    np.testing.assert_allclose(on_grid(DATA), expected, rtol=1e-12)
    expected = 0.6 * norm(-1.5, 0.5).cdf(GRID) + 0.4 * norm(1.5, 0.8).cdf(GRID)
    np.testing.assert_allclose(DATA.distribution(GRID), expected, rtol=1e-12)


def test_samples_of_a_mixture_follow_its_distribution(rng):
    x = DATA.sample(20_000, rng)
    assert x.shape == (20_000, 1)
    shares = [(x <= point).mean() for point in (-2.0, -1.0, 0.0, 1.5)]
    # Four standard errors of a share of 20000.
    np.testing.assert_allclose(
        shares, DATA.distribution(np.array([-2.0, -1.0, 0.0, 1.5])), atol=0.015
    )
    np.testing.assert_array_equal(x, np.round(x, 6))


def test_no_discriminator_on_the_grid_has_a_larger_value(rng):
    p, q, logits = on_grid(DATA), on_grid(GENERATED), best_logits()
    largest = game.value(GRID, p, q, logits)
    for scale in rng.uniform(0.1, 5.0, size=20):
        other = logits + 0.1 * rng.normal() * np.sin(scale * GRID)
        assert game.value(GRID, p, q, other) < largest


def test_the_value_of_a_coin_is_minus_log_4():
    found = game.value(GRID, on_grid(DATA), on_grid(GENERATED), np.zeros_like(GRID))
    assert found == pytest.approx(-np.log(4), abs=1e-10)


def test_the_best_discriminator_is_the_share_of_the_data():
    p, q = on_grid(DATA), on_grid(GENERATED)
    middle = np.abs(GRID) < 4.0
    found = game.optimal_discriminator(DATA.log_density(GRID), GENERATED.log_density(GRID))
    np.testing.assert_allclose(found[middle], (p / (p + q))[middle], rtol=1e-12)
    far = game.optimal_discriminator(np.array([-2000.0]), np.array([-3000.0]))
    np.testing.assert_array_equal(far, 1.0)  # where both densities underflow


def test_the_value_of_the_game_is_that_of_adaptive_quadrature():
    def integrand(x):
        p, q = DATA.density(x), GENERATED.density(x)
        return p * np.log(p / (p + q)) + q * np.log(q / (p + q))

    expected = quad(integrand, -9.0, 9.0, limit=200)[0]
    assert game.value(
        GRID, on_grid(DATA), on_grid(GENERATED), best_logits()
    ) == pytest.approx(expected, abs=1e-6)


def test_the_value_is_twice_the_divergence_minus_log_4():
    p, q = on_grid(DATA), on_grid(GENERATED)
    divergence = game.jensen_shannon(GRID, p, q)
    assert game.value(GRID, p, q, best_logits()) == pytest.approx(
        2 * divergence - np.log(4), abs=1e-10
    )


def test_equal_densities_leave_one_half_and_minus_log_4():
    p = on_grid(DATA)
    d = game.optimal_discriminator(DATA.log_density(GRID), DATA.log_density(GRID))
    np.testing.assert_array_equal(d, 0.5)
    assert game.value(GRID, p, p, best_logits(DATA, DATA)) == pytest.approx(
        -np.log(4), abs=1e-10
    )
    assert game.jensen_shannon(GRID, p, p) == pytest.approx(0.0, abs=1e-12)


def test_densities_apart_have_the_divergence_log_2_and_a_value_of_zero():
    near = game.Mixture((1.0,), (-8.0,), (0.3,))
    far = game.Mixture((1.0,), (8.0,), (0.3,))
    p, q = on_grid(near), on_grid(far)
    assert game.jensen_shannon(GRID, p, q) == pytest.approx(np.log(2), abs=1e-9)
    assert game.value(GRID, p, q, best_logits(near, far)) == pytest.approx(0.0, abs=1e-9)


def test_losses_and_slopes_agree_with_pytorch():
    losses, slopes = twins.losses_and_slopes()
    assert losses < 1e-12
    assert slopes < 1e-12


def test_slopes_are_the_slopes_of_the_losses():
    logits, step = np.linspace(-5.0, 5.0, 41), 1e-5
    up, down = (game.generator_losses(logits + side) for side in (step, -step))
    for name, slope in game.generator_slopes(logits).items():
        np.testing.assert_allclose(slope, (up[name] - down[name]) / (2 * step), atol=1e-9)


def test_the_divergence_agrees_with_scipy():
    assert twins.divergence() < 1e-12


def test_the_divergence_is_finite_where_neither_density_is():
    # Uniform on [0, 2] and on [1, 3]: half of each overlaps, so log(2) / 2.
    x = np.arange(-0.9995, 4.0, 0.001)
    p, q = 0.5 * ((x > 0) & (x < 2)), 0.5 * ((x > 1) & (x < 3))
    found = game.jensen_shannon(x, p, q)
    assert found == pytest.approx(0.5 * np.log(2), abs=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: game.Mixture((0.5,), (0, 1), (1,)), "equally many; got 1, 2 and 1"),
        (lambda: game.Mixture((0.5, 0.6), (0, 1), (1, 1)), r"got \(0.5, 0.6\)"),
        (lambda: game.Mixture((1.0,), (0,), (0.0,)), r"above 0; got \(0.0,\)"),
        (lambda: game.value([0], [1], [1], [np.nan]), "got 1 NaN"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
