"""What the network sees and answers, by hand; and that training brings it near."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from companion.practice import audio_trials, noise_filters
from companion.practice import frame_denoiser as fd
from companion.practice.spectrogram import mix, snr_db, sound_of, spectrum


@pytest.fixture
def pair(rng):
    """Tones after a pause, and the same with noise."""
    clean = np.sin(np.arange(3000) * 2 * np.pi * np.array([[0.05], [0.11]]))
    clean[:, :1200] = 0.0
    return clean, mix(clean, rng.normal(size=clean.shape), 5.0)


def test_features_are_five_windows_and_the_magnitudes_of_the_middle(pair):
    x, scale = fd.inputs(pair[1])
    amplitudes = spectrum(pair[1])
    power = noise_filters.noise_power(amplitudes)
    features = np.log(1.0 + np.abs(amplitudes) ** 2 / power) / 4.0
    assert x.shape == (*amplitudes.shape[:2], 6 * 129)
    for i in range(5):
        np.testing.assert_allclose(
            x[1, 10, i * 129 : (i + 1) * 129], features[1, 10 + i - 2], rtol=1e-5
        )
    np.testing.assert_allclose(x[0, 0, :129], features[0, 0], rtol=1e-5)  # the edge again
    np.testing.assert_allclose(x[..., 645:] * scale, np.abs(amplitudes), rtol=1e-5)
    np.testing.assert_allclose(np.mean(x[..., 645:] ** 2, axis=(1, 2)), 1.0, rtol=1e-5)


def test_the_targets_make_the_best_sound_of_noisy_phases(pair):
    clean, noisy = pair
    y, (_, scale) = fd.targets(clean, noisy), fd.inputs(noisy)
    amplitudes, wanted = spectrum(noisy), spectrum(clean)
    phases = amplitudes / np.abs(amplitudes)
    best = np.abs(wanted - y * scale * phases)
    for factor in (0.9, 1.1):
        assert (np.abs(wanted - factor * y * scale * phases) >= best - 1e-5).all()


@pytest.mark.parametrize("answer", fd.ANSWERS)
def test_the_answer_is_a_magnitude_or_a_gain(rng, answer):
    model = fd.FrameDenoiser(4, answer, hidden=8, seed=3)
    x = rng.random((6, 774)).astype("float32")
    (w1, b1, w2, b2), (w3, b3, w4, b4) = (
        p.get_weights() for p in (model.encoder, model.decoder)
    )
    z = np.maximum(x[:, :645] @ w1 + b1, 0.0) @ w2 + b2
    s = np.maximum(z @ w3 + b3, 0.0) @ w4 + b4
    expected = np.log1p(np.exp(s)) if answer == "magnitude" else expit(s) * x[:, 645:]
    np.testing.assert_allclose(model(x), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.encode(x), z, rtol=1e-4, atol=1e-5)


def test_seeds_and_saving(tmp_path, rng):
    x = rng.random((3, 774)).astype("float32")
    model = fd.FrameDenoiser(4, "magnitude", hidden=8, seed=1)
    other = fd.FrameDenoiser(4, "magnitude", hidden=8, seed=2)
    assert not np.allclose(model(x), other(x))
    # Layers of equal shape, in both halves, start from numbers of their own.
    square = fd.FrameDenoiser(129, hidden=129, seed=1)
    last, first = square.encoder.get_weights()[2], square.decoder.get_weights()[0]
    assert not np.allclose(last, first)
    below, above = square.encoder.get_weights()[2], square.decoder.get_weights()[2]
    assert not np.allclose(below, above)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent_dim": 0}, "latent_dim"),
        ({"latent_dim": 2, "hidden": 1.5}, "hidden"),
        ({"latent_dim": 2, "answer": "phase"}, "answer must be one of .*; got 'phase'"),
    ],
)
def test_settings_that_make_no_model_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        fd.FrameDenoiser(**settings)


def test_a_gain_of_one_gives_the_sound_back(pair):
    model = fd.FrameDenoiser(2, hidden=4)
    *first, bias = model.decoder.get_weights()
    model.decoder.set_weights([*(0 * w for w in first), np.full_like(bias, 50.0)])
    np.testing.assert_allclose(fd.denoise(model, pair[1]), pair[1], atol=1e-5)


def test_the_filters_of_the_trials_are_those_of_the_module(pair):
    clean, noisy = pair
    amplitudes = spectrum(noisy)
    gain = noise_filters.wiener(amplitudes, noise_filters.noise_power(amplitudes), 0.9)
    found = audio_trials.filtered("wiener", noisy, memory=0.9)
    np.testing.assert_allclose(found, sound_of(gain * amplitudes, 3000))
    settings = audio_trials.choose("wiener", clean, noisy)
    best = snr_db(clean, audio_trials.filtered("wiener", noisy, **settings)).mean()
    for memory in audio_trials.CANDIDATES["wiener"]["memory"]:
        tried = audio_trials.filtered("wiener", noisy, memory=memory, least=0.01)
        assert snr_db(clean, tried).mean() <= best


def test_each_sound_gets_its_kind_and_its_snr():
    clean = np.random.default_rng(1).normal(size=(4, 4000))
    noisy = audio_trials.disturb(clean, ["crackle", "hum"], (3.0, 6.0), 0, None)
    found = snr_db(clean, noisy)
    assert ((found >= 3.0) & (found <= 6.0)).all()
    assert len(np.unique(found.round(6))) == 4
    rare = np.mean(np.abs(noisy - clean) > 1e-9, axis=1) < 0.05
    assert rare.tolist() == [True, False, True, False]


def test_training_adds_to_the_snr(pair):
    clean, noisy = pair
    runs = list(audio_trials.train(fd.FrameDenoiser(8, hidden=16), *pair, (4,), 150))
    found = audio_trials.gains_db(runs, clean, {"tones": noisy})["tones"]
    assert found.shape == (1, 2)
    assert (found > 3.0).all()
    added = snr_db(clean, fd.denoise(runs[0], noisy)) - snr_db(clean, noisy)
    np.testing.assert_allclose(found[0], added)


def test_each_seed_has_weights_and_an_order_of_its_own(pair):
    model = fd.FrameDenoiser(8, hidden=16)
    runs = audio_trials.train(model, *pair, seeds=(4, 5, 4), n_steps=1)
    ends = [run.get_weights()[0] for run in runs]
    np.testing.assert_array_equal(ends[0], ends[2])
    for end, seed in zip(ends, (4, 5), strict=False):
        start = fd.FrameDenoiser(8, hidden=16, seed=seed).get_weights()[0]
        # One step of Adam at the rate 0.002 moves no weight by more.
        assert 0.0 < np.abs(end - start).max() < 0.0021


def test_the_order_of_the_windows_is_drawn_by_the_seed(pair, monkeypatch):
    class Recorder:
        orders = []

        def __init__(self, *_):
            self.steps = self

        def begin(self, weights):
            pass

        def run(self, x, y, order, batch_size):
            self.orders.append(order)

    monkeypatch.setattr(audio_trials, "TrainedAgain", Recorder)
    list(audio_trials.train(fd.FrameDenoiser(8, hidden=16), *pair, (4, 5, 4), 10))
    a, b, c = Recorder.orders
    np.testing.assert_array_equal(a, c)
    assert not np.array_equal(a, b)
