"""Mult-VAE: its likelihood is SciPy's, its noise is given, its weight grows as stated."""

import keras
import numpy as np
import pytest
from scipy.special import gammaln, softmax
from scipy.stats import multinomial

from companion import training
from companion.autoencoders.losses import gaussian_kl
from companion.practice.mult_vae import MultVAE, multinomial_nll

D, K = 7, 3


@pytest.fixture
def x(rng):
    x = (rng.random((5, D)) < 0.5).astype(np.float32)
    x[:, 0] = 1.0
    return x


def test_the_likelihood_is_that_of_scipy_up_to_the_coefficient(rng):
    x, logits = rng.integers(0, 4, (6, D)).astype(float), rng.normal(size=(6, D))
    n = x.sum(axis=1)
    coefficient = gammaln(n + 1) - gammaln(x + 1).sum(axis=1)
    expected = coefficient - multinomial.logpmf(x, n, softmax(logits, axis=1))
    np.testing.assert_allclose(multinomial_nll(x, logits), expected, rtol=1e-5)


def test_large_scores_overflow_nowhere():
    nll = multinomial_nll(np.array([[0.0, 1.0]]), np.array([[1e4, 0.0]]))
    np.testing.assert_allclose(nll, [1e4])


def test_the_loss_is_the_likelihood_plus_the_weighted_kl(x, rng):
    model = MultVAE(D, K, beta=0.3, seed=2)
    out = model.outputs(x, rng.normal(size=(5, K)).astype("float32"), np.ones_like(x))
    nll = np.mean(multinomial_nll(x, out["logits"]))
    kl = np.mean(gaussian_kl(out["z_mean"], out["z_log_var"]))
    found = float(model.compute_loss(x, None, out, training=False))
    assert found == pytest.approx(nll + 0.3 * kl, rel=1e-5)


def test_given_noise_the_code_is_the_sample(x, rng):
    model = MultVAE(D, K, seed=2)
    eps = rng.normal(size=(5, K)).astype("float32")
    out = {k: np.array(v) for k, v in model.outputs(x, eps, np.ones_like(x)).items()}
    z = out["z_mean"] + np.exp(out["z_log_var"] / 2) * eps
    np.testing.assert_allclose(softmax(out["logits"], 1), model.decode(z), atol=1e-6)
    # Outside training the mean stands in for the sample, and nothing is dropped.
    logits = model.outputs(x, np.zeros_like(eps), np.ones_like(x))["logits"]
    np.testing.assert_array_equal(model(x)["logits"], logits)
    np.testing.assert_array_equal(model.scores(x), logits)


def test_only_the_direction_of_the_input_matters(x):
    model = MultVAE(D, K)
    np.testing.assert_allclose(model.encode(x), model.encode(3.0 * x), atol=1e-6)
    # A user without items: finite scores, those of the code that the biases give.
    assert np.isfinite(model.scores(np.zeros((1, D), np.float32))).all()


def test_the_input_has_length_one_and_dropout_keeps_its_mean():
    model = MultVAE(D, 2, dropout=0.5, variational=False, seed=1)
    kernel = model.encoder.layers[0].get_weights()[0]
    x = np.zeros((2000, D), np.float32)
    x[:, :4] = 1.0
    expected = 0.5 * kernel[:4].sum(axis=0)  # 4 entries of 1 / sqrt(4)
    np.testing.assert_allclose(model.encode(x)[0], expected, rtol=1e-5)
    kept = np.array(keras.random.dropout(keras.ops.ones_like(x), 0.5, seed=1))
    assert set(np.unique(kept)) == {0.0, 2.0}
    dropped = np.array(model.posterior(x, kept)[0]).mean(axis=0)
    np.testing.assert_allclose(dropped, expected, atol=0.05)


def test_training_drops_items_at_the_stated_rate():
    model = MultVAE(200, 200, dropout=0.3, variational=False)
    for half in (model.encoder, model.decoder):  # the logits are the input of the encoder
        half.set_weights([np.eye(200), np.zeros(200)])
    x = np.ones((50, 200), np.float32)
    logits = np.array(model(x, training=True)["logits"])
    # Of 10,000 entries; four standard errors.
    assert np.mean(logits == 0) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 10_000))
    np.testing.assert_allclose(logits[logits != 0], 1 / (0.7 * np.sqrt(200)), rtol=1e-5)


def test_the_decoder_mirrors_the_encoder():
    model = MultVAE(D, K, hidden=(6, 4))
    sizes = [w.shape for w in model.get_weights() if w.ndim == 2]
    assert sizes == [(7, 6), (6, 4), (4, 6), (3, 4), (4, 6), (6, 7)]


def test_training_draws_noise_and_measuring_does_not(x):
    model = MultVAE(D, K, seed=3)
    first, second = (np.array(model(x, training=True)["logits"]) for _ in range(2))
    assert np.abs(first - second).max() > 1e-4
    np.testing.assert_array_equal(model(x)["logits"], model(x)["logits"])


def test_the_weight_of_the_kl_grows_in_a_straight_line(x):
    model = MultVAE(D, K, beta=0.4, anneal_steps=8)
    training.seed_everything(0)
    weights = []
    for _ in range(5):
        weights.append(float(model.kl_weight()))
        training.fit(model, x[:4], epochs=1, batch_size=2, loss=None)
    np.testing.assert_allclose(weights, [0.0, 0.1, 0.2, 0.3, 0.4], rtol=1e-5)
    assert float(model.kl_weight()) == pytest.approx(0.4)
    assert MultVAE(D, K, beta=0.4).kl_weight() == 0.4


def test_measuring_takes_no_step(x):
    model = MultVAE(D, K, anneal_steps=8)
    model.compute_loss(x, None, model(x), training=False)
    assert float(model.steps_done) == 0.0


def test_the_denoising_variant_has_no_kl(x):
    model = MultVAE(D, K, variational=False)
    out = model(x)
    assert set(out) == {"logits"}
    nll = float(np.mean(multinomial_nll(x, out["logits"])))
    assert float(model.compute_loss(x, None, out)) == pytest.approx(nll)
    assert model.encode(x).shape == (5, K)


def test_it_learns_which_items_go_together(rng):
    groups = rng.integers(2, size=300)
    x = np.zeros((300, D), np.float32)
    for row, group in enumerate(groups):
        x[row, rng.permutation(3)[:2] + 3 * group] = 1.0
    training.seed_everything(0)
    model = MultVAE(D, 2, seed=0)
    training.fit(model, x, epochs=40, learning_rate=0.02, loss=None)
    scores = model.scores(np.eye(D, dtype=np.float32)[[0, 3]])
    assert scores[0, 1:3].min() > scores[0, 3:].max() + 1.0
    assert scores[1, 4:6].min() > scores[1, [0, 1, 2, 6]].max() + 1.0


@pytest.mark.parametrize("settings", [{}, {"variational": False, "hidden": (4,)}])
def test_saved_and_loaded_it_is_the_same(x, tmp_path, settings):
    model = MultVAE(D, K, anneal_steps=3, seed=4, **settings)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.scores(x), model.scores(x))
    assert loaded.get_config() == model.get_config()
    assert (loaded.anneal_steps, loaded.seed) == (3, 4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be .*; got 0"),
        ({"hidden": (4, 0)}, r"hidden\[1\] must be .*; got 0"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\); got 1.0"),
        ({"beta": -0.1}, "beta must not be negative; got -0.1"),
        ({"anneal_steps": -1}, "anneal_steps must not be negative; got -1"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        MultVAE(**{"n_items": D} | settings)
