"""Changes of images, and the statistics that compare readers."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import roc_auc_score

from companion import datasets
from companion.challenges import apart, stacked_cnn
from companion.challenges import moved_digits as md

SHIFT, ROTATION, NOISE = md.STRENGTHS


def test_a_shift_by_a_pixel_goes_a_quarter_to_each_side(rng):
    x = np.zeros((4, 8, 8))
    x[:, 3, 3] = 1.0
    moved = md.changed(x.reshape(4, 64), SHIFT, 1.0, rng).reshape(4, 8, 8)
    places = [tuple(np.argwhere(image)[0]) for image in moved]
    assert places == [(4, 3), (2, 3), (3, 4), (3, 2)]


def test_half_the_images_turn_each_way(rng):
    x = np.tile(rng.random((1, 64)), (2, 1))
    moved = md.changed(x, ROTATION, 90.0, rng).reshape(2, 8, 8)
    image = x[0].reshape(8, 8)
    np.testing.assert_allclose(moved[0], np.rot90(image), atol=1e-6)
    np.testing.assert_allclose(moved[1], np.rot90(image, -1), atol=1e-6)


def test_noise_has_its_standard_deviation(rng):
    x = np.full((200, 64), 0.5)
    moved = md.changed(x, NOISE, 0.1, rng)
    assert np.std(moved) == pytest.approx(0.1, rel=0.03)


def test_no_change_of_strength_zero(rng):
    x = rng.random((8, 64))
    for kind in md.STRENGTHS:
        np.testing.assert_allclose(md.changed(x, kind, 0.0, rng), x, atol=1e-6)
    with pytest.raises(ValueError, match="kind must be one of"):
        md.changed(x, "blur", 1.0, rng)


def test_a_chain_is_one_network_after_the_other(rng):
    first, second = apart.init([6, 5, 4], [0, 1]), apart.init([4, 3], [2, 3])
    x = rng.random((7, 6))
    whole = apart.forward(md.chain(first, second), x, ("relu", "linear", "linear"))[-1]
    codes = apart.forward(first, x, ("relu", "linear"))[-1]
    np.testing.assert_allclose(whole, apart.forward(second, codes, ("linear",))[-1])


def test_correlation_and_interval_are_those_of_scipy(rng):
    a = rng.normal(size=20)
    b = a + rng.normal(size=20)
    expected = pearsonr(a, b)
    interval = expected.confidence_interval(0.95)
    np.testing.assert_allclose(
        md.correlation(a, b), (expected.statistic, interval.low, interval.high)
    )
    with pytest.raises(ValueError, match="four pairs"):
        md.correlation(a[:3], b[:3])


def test_auc_is_that_of_scikit_learn_with_ties(rng):
    score, event = rng.integers(0, 5, 60), rng.random(60) < 0.3
    assert md.auc(score, event) == pytest.approx(roc_auc_score(event, score))
    with pytest.raises(ValueError, match="event must happen sometimes"):
        md.auc(score, np.zeros(60))


def test_all_readers_get_equally_many_updates_at_their_own_rate(monkeypatch):
    data, calls = datasets.load("digits").flat(), []

    def note(original):
        def train(params, x, target, rows, **settings):
            calls.append((len(rows[0]), settings["n_steps"], settings["learning_rate"]))
            found = original(params, x, target, rows, **settings | {"n_steps": 1})
            return found

        return train

    for module in (apart, stacked_cnn):
        monkeypatch.setattr(module, "train", note(module.train))
    md.fit(data, [0], n=30, width=4, latent_dim=2, n_steps=17)
    rates = [md.RATES[name] for name in list(md.RATES)[:3]]
    rates += [0.01, 0.01, md.RATES["codes"], md.RATES["codes"]]  # two autoencoders first
    assert calls == [(30, 17, rate) for rate in rates]


def test_trained_readers_beat_guessing_and_noise_training_denoises(rng):
    data = datasets.load("digits").flat()
    readers = md.fit(data, [0, 1], n=200, width=16, latent_dim=8, n_steps=400)
    assert list(readers.params) == [
        "logistic regression",
        "hidden layer",
        "convolutional",
        "codes, plain",
        "codes, denoising",
    ]
    x, y = np.asarray(data.x_test, dtype=float), data.y_test
    for name in readers.params:
        assert readers.right(name, x, y).mean() > 0.6
        doubt = readers.doubt(name, x)
        assert np.all((doubt >= -1e-12) & (doubt <= 0.9 + 1e-12))
    noisy = md.changed(x, NOISE, 0.3, rng)
    errors = {
        name: np.mean((apart.forward(params, noisy, apart.AUTOENCODER)[-1] - x) ** 2)
        for name, params in readers.autoencoders.items()
    }
    assert errors["denoising"] < errors["plain"]
