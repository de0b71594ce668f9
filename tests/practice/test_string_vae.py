"""The string autoencoder: its loss in closed form, its decoder's order, its settings."""

import keras
import numpy as np
import pytest
from scipy.stats import norm

from companion.practice.string_vae import StringVAE

LENGTH, SYMBOLS, CODES = 6, 5, 3


def build(**settings):
    sizes = {"width": 8, "n_before": 2}
    return StringVAE(LENGTH, SYMBOLS, CODES, **sizes | settings)


def rows(rng, n=4):
    return np.eye(SYMBOLS, dtype="float32")[rng.integers(0, SYMBOLS, (n, LENGTH))]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("hidden", [0, 16])
def test_the_loss_is_cross_entropy_plus_weighted_kl(rng, hidden):
    model, x = build(beta=0.7, hidden=hidden), rows(rng)
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
    model, x = build(), rows(rng, 1)
    z = rng.normal(size=(1, CODES)).astype("float32")
    before = array(model.logits(z, x))
    for t in range(LENGTH):
        changed = x.copy()
        changed[0, t] = np.roll(changed[0, t], 1)
        moved = np.abs(array(model.logits(z, changed)) - before).max(axis=-1)[0] > 1e-7
        # Two symbols back: places t + 1 and t + 2 change, and no other.
        np.testing.assert_array_equal(np.flatnonzero(moved), np.arange(t + 1, LENGTH)[:2])


@pytest.mark.parametrize("hidden", [0, 16])
def test_writing_takes_the_most_probable_symbol_each_time(rng, hidden):
    model = build(hidden=hidden)
    z = 3 * rng.normal(size=(5, CODES)).astype("float32")
    written = model.write(z)
    assert written.shape == (5, LENGTH)
    logits = array(model.logits(z, np.eye(SYMBOLS, dtype="float32")[written]))
    np.testing.assert_array_equal(logits.argmax(axis=-1), written)


def test_logits_are_those_of_the_formula(rng):
    model, x = build(), rows(rng, 2)
    z = rng.normal(size=(2, CODES)).astype("float32")
    part = z @ array(model.decoder[0].kernel) + array(model.decoder[0].bias)
    part = part.reshape(2, LENGTH, 8)
    before = x @ array(model.embed_before.kernel)
    w = array(model.look_back.kernel).reshape(2, -1, 8)
    out, bias = (array(v) for v in model.to_logits.weights)
    for t in range(LENGTH):
        hidden = part[:, t].copy()
        for back in (1, 2):
            if t >= back:
                hidden += before[:, t - back] @ w[-back]
        expected = np.maximum(hidden, 0) @ out + bias
        np.testing.assert_allclose(array(model.logits(z, x))[:, t], expected, atol=1e-5)


def test_without_hidden_layers_codes_are_linear_in_the_rows(rng):
    model, x = build(), rows(rng, 2)
    middle = array(model.encode(x.mean(axis=0, keepdims=True)))
    np.testing.assert_allclose(middle[0], array(model.encode(x)).mean(axis=0), atol=1e-5)
    curved = build(hidden=16)
    middle = array(curved.encode(x.mean(axis=0, keepdims=True)))
    assert np.abs(middle[0] - array(curved.encode(x)).mean(axis=0)).max() > 1e-3


def test_codes_are_drawn_with_their_spread_in_training_only(rng):
    model, x = build(), np.repeat(rows(rng, 1), 4000, axis=0)
    quiet = array(model(x)["logits"])
    np.testing.assert_allclose(quiet[0], quiet[1], atol=1e-6)
    # A linear decoder turns Gaussian codes into Gaussian parts of h.
    mean, log_var = (array(v)[0] for v in model.posterior(x[:1]))
    seen = []
    model.logits = lambda z, before: seen.append(array(z)) or before
    model(x, training=True)
    np.testing.assert_allclose(seen[0].mean(axis=0), mean, atol=0.1)
    np.testing.assert_allclose(seen[0].std(axis=0), np.exp(log_var / 2), rtol=0.1)


def test_drawn_symbols_follow_their_probabilities(rng):
    model = build()
    z = np.repeat(rng.normal(size=(1, CODES)), 4000, axis=0).astype("float32")
    logits = array(model.logits(z[:1], np.zeros((1, LENGTH, SYMBOLS), "float32")))[0, 0]
    p = np.exp(logits) / np.exp(logits).sum()
    found = np.bincount(model.write(z, rng)[:, 0], minlength=SYMBOLS) / 4000
    np.testing.assert_allclose(found, p, atol=0.03)


def test_the_weight_of_the_kl_grows_in_a_straight_line():
    model = build(beta=0.5, warm_up_steps=4)
    found = [float(model._kl_weight(True)) for _ in range(6)]
    np.testing.assert_allclose(found, [0.125, 0.25, 0.375, 0.5, 0.5, 0.5])
    assert float(model._kl_weight(False)) == 0.5
    model.set(beta=2.0)
    assert float(model._kl_weight(True)) == 2.0


def test_a_saved_model_is_the_same_model(rng, tmp_path):
    model, x = build(beta=0.3, warm_up_steps=7, seed=3), rows(rng)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        array(again(x)["logits"]), array(model(x)["logits"]), atol=1e-6
    )
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beta": -1}, "beta and warm_up_steps"),
        ({"beta": float("nan")}, "beta and warm_up_steps"),
        ({"warm_up_steps": -1}, "beta and warm_up_steps"),
        ({"hidden": -1}, "hidden must be an integer"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)
