"""The string autoencoder: its loss in closed form, its decoder's order, its settings."""

import keras
import numpy as np
import pytest
from scipy.stats import norm

from companion.practice.string_vae import StringVAE

LENGTH, SYMBOLS, CODES = 6, 5, 3


def build(**settings):
    sizes = {"hidden": 16, "width": 8, "n_before": 2}
    return StringVAE(LENGTH, SYMBOLS, CODES, **sizes | settings)


def rows(rng, n=4):
    return np.eye(SYMBOLS, dtype="float32")[rng.integers(0, SYMBOLS, (n, LENGTH))]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_the_loss_is_cross_entropy_plus_weighted_kl(rng):
    model, x = build(beta=0.7, context=1), rows(rng)
    found = {name: array(value) for name, value in model(x).items()}
    odds = np.exp(found["logits"].astype(float))
    p = odds / odds.sum(axis=-1, keepdims=True)
    nll = -np.log(p[x == 1]).sum() / len(x)
    # KL of a Gaussian by numerical integration, not by the formula.
    mean, std = found["z_mean"], np.exp(0.5 * found["z_log_var"])
    grid = np.linspace(-12, 12, 20001)[:, None, None]
    q = norm(mean, std)
    kl = np.trapezoid(
        q.pdf(grid) * (q.logpdf(grid) - norm.logpdf(grid)), dx=24 / 20000, axis=0
    )
    loss = float(model.compute_loss(x, x, model(x), training=False))
    assert loss == pytest.approx(nll + 0.7 * kl.sum() / len(x), rel=1e-4)


def test_the_decoder_never_sees_the_symbol_it_predicts(rng):
    model, x = build(context=1), rows(rng, 1)
    z = rng.normal(size=(1, CODES)).astype("float32")
    before = array(model.logits(z, x))
    for t in range(LENGTH):
        changed = x.copy()
        changed[0, t] = np.roll(changed[0, t], 1)
        moved = np.abs(array(model.logits(z, changed)) - before).max(axis=-1)[0] > 1e-7
        # Two symbols back: places t + 1 and t + 2 change, and no other.
        np.testing.assert_array_equal(np.flatnonzero(moved), np.arange(t + 1, LENGTH)[:2])


def test_without_context_the_places_are_independent(rng):
    model = build(context=0)
    z = rng.normal(size=(2, CODES)).astype("float32")
    np.testing.assert_array_equal(*(array(model.logits(z, rows(rng, 2))) for _ in range(2)))


@pytest.mark.parametrize("context", [0, 1])
def test_writing_takes_the_most_probable_symbol_each_time(rng, context):
    model = build(context=context)
    z = rng.normal(size=(5, CODES)).astype("float32")
    written = model.write(z)
    assert written.shape == (5, LENGTH)
    logits = array(model.logits(z, np.eye(SYMBOLS, dtype="float32")[written]))
    np.testing.assert_array_equal(logits.argmax(axis=-1), written)


def test_drawn_symbols_follow_their_probabilities(rng):
    model = build(context=1)
    z = np.repeat(rng.normal(size=(1, CODES)), 4000, axis=0).astype("float32")
    logits = array(model.logits(z[:1], np.zeros((1, LENGTH, SYMBOLS), "float32")))[0, 0]
    p = np.exp(logits) / np.exp(logits).sum()
    found = np.bincount(model.write(z, rng)[:, 0], minlength=SYMBOLS) / 4000
    np.testing.assert_allclose(found, p, atol=0.03)


def test_all_symbols_wiped_out_is_no_context(rng):
    blind, x = build(context=1, dropout=1.0), rows(rng)
    z = {"z_mean": 0, "z_log_var": 0}
    trained = blind(x, training=True)
    assert set(trained) == {"logits", *z}
    blind.set(context=0)
    # The same noise: both models draw from generators that stand at the same place.
    other = build(context=0)
    np.testing.assert_allclose(
        array(other(x, training=True)["logits"]), array(trained["logits"])
    )


def test_the_weight_of_the_kl_grows_in_a_straight_line():
    model = build(beta=0.5, warm_up_steps=4)
    found = [float(model._kl_weight(True)) for _ in range(6)]
    np.testing.assert_allclose(found, [0.125, 0.25, 0.375, 0.5, 0.5, 0.5])
    assert float(model._kl_weight(False)) == 0.5
    model.set(beta=2.0)
    assert float(model._kl_weight(True)) == 2.0


def test_a_saved_model_is_the_same_model(rng, tmp_path):
    model, x = build(context=1, beta=0.3, dropout=0.2, seed=3), rows(rng)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        array(again(x)["logits"]), array(model(x)["logits"]), atol=1e-6
    )
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": 2}, "context must be 0 or 1"),
        ({"dropout": 1.5}, "dropout lie in"),
        ({"beta": -1}, "beta and warm_up_steps"),
        ({"beta": float("nan")}, "beta and warm_up_steps"),
        ({"warm_up_steps": -1}, "beta and warm_up_steps"),
        ({"hidden": 0}, "hidden must be an integer"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)
