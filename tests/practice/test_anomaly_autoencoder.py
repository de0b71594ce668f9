"""The networks behind the detectors: sizes that share a model, scores, robust training."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from scipy.optimize import minimize

from companion.autoencoders.dense import DenseAutoencoder
from companion.networks import mlp
from companion.practice import anomaly_autoencoder as neural
from companion.practice import anomaly_robust as robust


def rows(seed=0, n=60, n_columns=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) @ rng.normal(size=(2, n_columns)) + 0.1 * rng.normal(
        size=(n, n_columns)
    )


def test_padding_leaves_the_network_as_it_is(rng):
    params = mlp.init([5, 7, 2, 7, 5], rng)
    x = rng.normal(size=(6, 5))
    model = DenseAutoencoder(
        5, 4, hidden=(7,), activation="tanh", output_activation="linear"
    )
    model.set_weights(neural._padded(params, 4))
    expected = mlp.forward(params, x, ["tanh", "linear", "tanh", "linear"])[-1]
    found = keras.ops.convert_to_numpy(model(x.astype("float32")))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    for one, other in zip(neural._cut(model.get_weights(), 2), params, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-7)


def test_added_units_stay_silent_in_training():
    x = rows()
    detector = neural.AutoencoderDetector(2, hidden=8, n_steps=40).fit(x)
    trainer, _ = neural._trainer(5, 5, 8, "tanh")
    arrays = [np.asarray(a) for a in trainer.model.get_weights()]
    assert not arrays[2][:, 2:].any()
    assert not arrays[3][2:].any()
    assert not arrays[4][2:].any()
    # The score is that of the Keras model, on standardized rows.
    z = ((x - x.mean(0)) / x.std(0)).astype("float32")
    x_hat = keras.ops.convert_to_numpy(trainer.model(z))
    expected = np.sum((z - x_hat) ** 2, axis=1)
    np.testing.assert_allclose(detector.score(x), expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(
        detector.reconstruct(x), x_hat * x.std(0) + x.mean(0), atol=1e-4
    )


def test_equal_seeds_give_equal_detectors_whatever_came_between():
    x = rows()
    for make in (neural.AutoencoderDetector, neural.VAEDetector):
        first = make(2, hidden=8, n_steps=30, seed=1).fit(x)
        scores = first.score(x)
        other = make(2, hidden=8, n_steps=30, seed=2).fit(x)
        again = make(2, hidden=8, n_steps=30, seed=1).fit(x)
        np.testing.assert_allclose(again.score(x), scores, rtol=1e-5)
        assert np.abs(other.score(x) - scores).max() > 1e-3
        # A detector keeps its own weights while others are trained.
        np.testing.assert_allclose(first.score(x), scores, rtol=1e-5)


def test_both_is_residual_plus_code():
    x, new = rows(), rows(1)
    made = {
        name: neural.AutoencoderDetector(2, hidden=8, n_steps=30, score_by=name).fit(x)
        for name in neural.SCORES
    }
    residual, code, both = (made[name].score(new) for name in neural.SCORES)
    mean_residual = made["residual"].score(x).mean()
    np.testing.assert_allclose(both, code + 3 * residual / mean_residual, rtol=1e-6)
    # Mahalanobis distances of the rows they were scaled on average to K (n - 1) / n.
    assert made["code"].score(x).mean() == pytest.approx(2 * 59 / 60, rel=1e-3)


def test_training_lowers_the_residual():
    x = rows(n=300)
    errors = [
        neural.AutoencoderDetector(2, hidden=16, n_steps=n).fit(x).score(x).mean()
        for n in (1, 400)
    ]
    assert errors[1] < 0.2 * errors[0]


def test_noise_acts_on_the_input_only():
    # With much noise the best answer shrinks toward the mean; the score itself has none.
    x = rows(n=300)
    quiet, noisy = (
        neural.AutoencoderDetector(2, hidden=16, n_steps=400, noise=noise).fit(x)
        for noise in (0.0, 3.0)
    )
    spread = [np.std(d.reconstruct(x)) for d in (quiet, noisy)]
    assert spread[1] < 0.8 * spread[0]
    np.testing.assert_array_equal(noisy.score(x), noisy.score(x))


def test_vae_score_is_minus_the_elbo_of_independent_gaussians():
    # A decoder that answers zero: -log N(x; 0, sigma^2) + KL, and the KL is zero where
    # the encoder answers zero too.
    x = rows()
    detector = neural.VAEDetector(2, sigma=0.5, hidden=8, n_steps=1).fit(x)
    detector.weights = [np.zeros_like(w) for w in detector.weights]
    z = (x - x.mean(0)) / x.std(0)
    expected = 0.5 * np.sum(z**2, axis=1) / 0.25 + 2.5 * np.log(2 * np.pi * 0.25)
    np.testing.assert_allclose(detector.score(x), expected, rtol=1e-5)
    # An encoder that always answers the means 1.5 and the log-variances 0 adds its KL.
    biases = [i for i, w in enumerate(detector.weights) if w.shape == (4,)]
    detector.weights[biases[0]] = np.array([1.5, 1.5, 0.0, 0.0], "float32")
    np.testing.assert_allclose(detector.score(x), expected + 2 * 1.5**2 / 2, rtol=1e-5)


def test_relu_and_tanh_are_trained_with_their_own_activation():
    x = rows()
    for name in neural.ACTIVATIONS:
        detector = neural.AutoencoderDetector(2, hidden=8, n_steps=40, activation=name)
        detector.fit(x)
        trainer, _ = neural._trainer(5, 5, 8, name)
        z = ((x - x.mean(0)) / x.std(0)).astype("float32")
        expected = np.sum((z - np.asarray(trainer.model(z))) ** 2, axis=1)
        np.testing.assert_allclose(detector.score(x), expected, rtol=1e-3, atol=1e-5)


def recorded_training(monkeypatch):
    """Replace the compiled model by one that notes what it is trained on."""
    notes = []

    def run(noisy, target, order, batch_size):
        notes.append((noisy.copy(), target.copy(), len(order), batch_size))

    def begin(arrays):
        trainer.arrays = arrays

    trainer = SimpleNamespace(
        begin=begin,
        steps=SimpleNamespace(run=run),
        model=SimpleNamespace(get_weights=lambda: trainer.arrays),
    )
    rates = []
    rate = SimpleNamespace(set=lambda start, n_steps: rates.append((start, n_steps)))
    monkeypatch.setattr(neural, "_trainer", lambda *arguments: (trainer, rate))
    return notes, rates


def test_training_sees_noisy_inputs_clean_targets_and_all_steps(monkeypatch):
    notes, rates = recorded_training(monkeypatch)
    x = rows()
    neural.AutoencoderDetector(2, hidden=8, noise=0.3, n_steps=50).fit(x)
    (noisy, target, n, batch_size), z = notes[0], (x - x.mean(0)) / x.std(0)
    assert (n, batch_size, rates) == (50 * 32, 32, [(neural.LEARNING_RATE, 50)])
    assert {r.tobytes() for r in target} == {r.tobytes() for r in z.astype("float32")}
    assert np.std(noisy - target) == pytest.approx(0.3, rel=0.03)


def test_vae_hands_on_its_rate_and_its_samples(monkeypatch):
    x, rates, samples = rows(), [], []
    detector = neural.VAEDetector(2, hidden=8, n_steps=5, n_samples=7, seed=3).fit(x)
    trainer, rate = detector._trainer(x)
    noted = SimpleNamespace(set=lambda *settings: rates.append(settings))
    monkeypatch.setattr(neural, "_vae_trainer", lambda *arguments: (trainer, noted))
    rate.set(neural.LEARNING_RATE, 5)
    detector.fit(x)
    assert rates == [(neural.LEARNING_RATE, 5)]

    def terms(model, x, n_samples, seed):
        samples.append((n_samples, seed))
        return np.zeros(len(x)), np.ones(len(x))

    monkeypatch.setattr(neural, "elbo_terms", terms)
    detector.score(x)
    assert samples == [(7, 3)]


# The robust variant.


def test_rounds_share_the_steps_and_train_on_the_reliable_part(monkeypatch):
    notes, rates = recorded_training(monkeypatch)
    x = rows(n=100)
    robust.RobustAutoencoderDetector(
        2, 0.25, "trim", rounds=3, hidden=8, noise=0.0, n_steps=30
    ).fit(x)
    assert [n for *_, n, _ in notes] == [320, 320, 320]
    assert [n for _, n in rates] == [10, 10, 10]
    sizes = [len({r.tobytes() for r in target}) for _, target, *_ in notes]
    assert sizes == [100, 75, 75]


def test_the_reliable_part_of_shrinking_uses_what_is_made_of_the_low_part():
    x = rows(n=50)
    detector = robust.RobustAutoencoderDetector(2, 0.2, hidden=8, n_steps=20).fit(x)
    z = (x - x.mean(0)) / x.std(0)
    low = 0.5 * z
    residuals = z - detector._layers(low)[-1]
    threshold = np.quantile(np.linalg.norm(residuals, axis=1), 0.8)
    expected = z - robust.shrink_rows(residuals, threshold)
    np.testing.assert_allclose(detector._reliable_part(z, low), expected)


def test_the_scales_are_those_of_the_reliable_part(monkeypatch):
    seen = []
    monkeypatch.setattr(
        robust.RobustAutoencoderDetector, "_learn_scales", lambda self, x: seen.append(x)
    )
    detector = robust.RobustAutoencoderDetector(2, 0.25, "trim", hidden=8, n_steps=20)
    detector.fit(rows(n=100))
    assert [len(x) for x in seen] == [75]


def test_shrink_rows_is_the_minimum_of_what_it_minimizes(rng):
    residuals, threshold = rng.normal(size=(5, 3)), 1.2
    residuals[0] *= 0.1

    for row, found in zip(residuals, robust.shrink_rows(residuals, threshold), strict=True):

        def loss(s, row=row):
            return 0.5 * np.sum((s - row) ** 2) + threshold * np.linalg.norm(s)

        best = min(
            (minimize(loss, start) for start in (row, 0.1 * row)), key=lambda r: r.fun
        )
        np.testing.assert_allclose(found, best.x, atol=2e-3)
        assert loss(found) <= best.fun + 1e-9
    assert not robust.shrink_rows(residuals, threshold)[0].any()


def test_shrink_rows_of_zero_and_by_zero(rng):
    residuals = rng.normal(size=(4, 3))
    np.testing.assert_allclose(robust.shrink_rows(residuals, 0.0), residuals)
    assert not robust.shrink_rows(np.zeros((2, 3)), 1.0).any()
    with pytest.raises(ValueError, match="threshold must not be negative; got -1"):
        robust.shrink_rows(residuals, -1)


@pytest.mark.parametrize("rule", robust.RULES)
def test_one_round_without_suspects_is_the_plain_autoencoder(rule):
    x = rows()
    settings = {"hidden": 8, "n_steps": 30, "seed": 3}
    plain = neural.AutoencoderDetector(2, **settings).fit(x)
    same = robust.RobustAutoencoderDetector(2, 0.0, rule, rounds=1, **settings).fit(x)
    np.testing.assert_allclose(same.score(x), plain.score(x), rtol=1e-5)


def test_trimming_leaves_out_the_planted_rows():
    x = rows(n=200)
    x[:10] += 8.0 * np.random.default_rng(1).choice([-1, 1], size=(10, 5))
    detector = robust.RobustAutoencoderDetector(
        2, 0.05, "trim", hidden=16, n_steps=300, rounds=2
    ).fit(x)
    z = (x - x.mean(0)) / x.std(0)
    kept = detector._reliable_part(z, z)
    assert len(kept) == 190
    planted = {row.tobytes() for row in z[:10]}
    assert not planted & {row.tobytes() for row in kept}


def test_the_low_part_moves_suspects_and_nothing_else():
    x = rows(n=100)
    detector = robust.RobustAutoencoderDetector(2, 0.1, hidden=8, n_steps=40).fit(x)
    z = (x - x.mean(0)) / x.std(0)
    low = detector._reliable_part(z, z)
    moved = np.abs(low - z).max(axis=1) > 1e-9
    assert moved.sum() == 10
    residual = np.linalg.norm(z - detector._layers(z)[-1], axis=1)
    assert set(np.flatnonzero(moved)) == set(np.argsort(residual)[-10:])
    # What is left of a suspect lies as far from its reconstruction as the threshold says.
    left = np.linalg.norm(low - detector._layers(z)[-1], axis=1)
    np.testing.assert_allclose(left[moved], np.quantile(residual, 0.9))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"suspected": 0.6}, r"suspected must be in \[0, 0.5\]; got 0.6"),
        ({"suspected": -0.1}, r"suspected must be in \[0, 0.5\]; got -0.1"),
        ({"rule": "drop"}, "rule must be one of"),
        ({"rounds": 0}, "rounds must be an integer of at least 1; got 0"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        robust.RobustAutoencoderDetector(**settings)
