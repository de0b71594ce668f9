"""Each paper's module on a few enlarged digits: what it returns, and how it measures."""

import dataclasses

import keras
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import bernoulli

from companion import datasets, training
from companion.datasets import download
from companion.datasets.cache import cache_folder
from reproductions import burda2016, hinton2006, vandenoord2017, vincent2010
from reproductions.resumable import Progress

SMALL = {
    hinton2006: {
        "hidden": [40, 20],
        "latent_dim": 3,
        "epochs": 12,
        "last_epochs_undeformed": 5,
        "batch_size": 16,
    },
    burda2016: {
        "hidden": [20],
        "latent_dim": 2,
        "epochs_vae": 2,
        "epochs_iwae": 2,
        "warm_up_steps": 5,
        "nll_samples": 20,
        "nll_images": 25,
    },
    vincent2010: {"latent_dim": 12, "epochs": 2, "labels": 100},
    vandenoord2017: {"n_entries": 16, "filters": [4, 4], "epochs": 2},
}


def enlarged(x):
    """Enlarge 8 by 8 digits to the 28 by 28 pixels of MNIST, with an empty border."""
    large = np.kron(x[..., 0], np.ones((1, 3, 3), "float32"))
    return np.pad(large, ((0, 0), (2, 2), (2, 2)))[..., None]


@pytest.fixture
def small_mnist(monkeypatch):
    digits = datasets.load("digits")
    images = {
        name: enlarged(getattr(digits, name)[:n])
        for name, n in {"x_train": 300, "x_val": 50, "x_test": 100}.items()
    }
    labels = {
        name.replace("x", "y"): getattr(digits, name.replace("x", "y")) for name in images
    }
    labels = {name: y[: len(images[name.replace("y", "x")])] for name, y in labels.items()}
    small = dataclasses.replace(digits, **images, **labels)
    monkeypatch.setattr(datasets, "load", lambda name: small)
    for module, settings in SMALL.items():
        for key, value in settings.items():
            monkeypatch.setitem(module.RECIPE, key, value)
    return small


def run(module, tmp_path, seed=0):
    training.seed_everything(seed)
    return module.run(seed, Progress(seed, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("module", SMALL, ids=lambda module: module.PAPER.name)
def test_run_returns_what_the_paper_promises(small_mnist, tmp_path, module):
    value, extras = run(module, tmp_path)
    assert set(module.PAPER.also) <= set(extras)
    assert np.isfinite([value, *extras.values()]).all()
    baselines = module.baselines()
    assert baselines
    assert set(module.PAPER.published_baselines) <= {*baselines, "PCA-30"}


@pytest.mark.slow
def test_hinton_learns_more_than_the_mean(small_mnist, tmp_path):
    value, extras = run(hinton2006, tmp_path)
    assert value < hinton2006.baselines()["mean"]
    assert extras["training squared error"] < hinton2006.baselines()["mean"]


def test_hinton_error_is_summed_over_pixels(small_mnist):
    model = hinton2006.build(784, seed=0)
    x = small_mnist.flat().x_test
    logits = keras.ops.convert_to_numpy(model(x))
    by_hand = np.mean([np.sum((a - expit(b)) ** 2) for a, b in zip(x, logits, strict=True)])
    assert hinton2006.error(model, x) == pytest.approx(by_hand, rel=1e-5)


def test_hinton_learning_rate_rises_then_falls(small_mnist):
    schedule = hinton2006.schedule(350)
    per_epoch = 22  # 350 images in batches of 16
    rates = [float(schedule(step)) for step in (0, per_epoch, 12 * per_epoch)]
    np.testing.assert_allclose(rates, [4e-5, 2e-3, 1e-5], rtol=1e-5)


@pytest.mark.slow
def test_hinton_deforms_all_but_the_last_epochs(small_mnist, tmp_path, monkeypatch):
    amplitudes, rng = [], Progress.rng

    def note(progress, epoch):
        amplitudes.append(epoch)
        return rng(progress, epoch)

    class Noted(hinton2006.WarpedTraining):
        def fit(self, *arguments, **settings):
            amplitudes.append(float(self.amplitude.value))
            return super().fit(*arguments, **settings)

    monkeypatch.setattr(Progress, "rng", note)
    monkeypatch.setattr(hinton2006, "WarpedTraining", Noted)
    run(hinton2006, tmp_path)
    assert amplitudes[::2] == list(range(12))
    assert amplitudes[1::2] == [1.0] * 7 + [0.0] * 5


def test_hinton_trains_on_all_images_and_measures_on_the_others(small_mnist):
    x_train, x_test = hinton2006.images()
    assert len(x_train) == 350
    np.testing.assert_array_equal(x_test, small_mnist.flat().x_test)


@pytest.mark.slow
def test_burda_gain_is_the_difference_and_bounds_are_in_order(small_mnist, tmp_path):
    value, extras = run(burda2016, tmp_path)
    gain = value - extras["IWAE, k = 5"]
    assert extras["gain of the IWAE"] == pytest.approx(gain)
    assert value < extras["minus ELBO, vae"] + 0.5
    assert extras["IWAE, k = 5"] < extras["minus ELBO, iwae"] + 0.5


def test_burda_baseline_is_the_likelihood_of_scipy(small_mnist):
    data = small_mnist.flat()
    rate = np.concatenate((data.x_train, data.x_val)).mean(0, dtype=float)
    x = burda2016.binarized(data.x_test[::4], 0)
    expected = -bernoulli.logpmf(x, np.clip(rate, 1e-3, 1 - 1e-3)).sum(axis=1).mean()
    assert burda2016.baselines()["independent pixels"] == pytest.approx(expected)


def test_burda_binarization_keeps_the_mean_and_depends_on_the_seed(rng):
    x = rng.random((100, 784))
    once, other = burda2016.binarized(x, 0), burda2016.binarized(x, 1)
    assert set(np.unique(once)) == {0.0, 1.0}
    assert once.mean() == pytest.approx(x.mean(), abs=0.01)
    assert (once != other).any()
    np.testing.assert_array_equal(once, burda2016.binarized(x, 0))


@pytest.mark.slow
def test_vincent_value_is_the_difference_of_the_errors(small_mnist, tmp_path):
    value, extras = run(vincent2010, tmp_path)
    ordinary = extras["test error in %, ordinary"]
    assert value == pytest.approx(ordinary - extras["test error in %, denoising"])
    assert 0.0 <= min(ordinary, extras["test error in %, untrained"]) <= 100.0


def test_vincent_both_autoencoders_start_from_the_same_weights(small_mnist):
    ordinary, denoising = (vincent2010.autoencoder(784, share, 3) for share in (0.0, 0.25))
    for a, b in zip(ordinary.get_weights(), denoising.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_vincent_likeness_tells_smooth_filters_from_noise(small_mnist, rng):
    model = vincent2010.autoencoder(784, 0.0, 0)
    noise = rng.normal(size=(784, 12))
    model.weights[0].assign(noise)
    assert vincent2010.likeness_of_neighbors(model) == pytest.approx(0.0, abs=0.05)
    waves = np.sin(np.linspace(0.0, 6.0, 28))[:, None] * np.cos(np.linspace(0.0, 9.0, 28))
    model.weights[0].assign(np.repeat(waves.reshape(784, 1), 12, axis=1))
    assert vincent2010.likeness_of_neighbors(model) > 0.9


def test_vandenoord_batches_do_not_matter(small_mnist):
    model = vandenoord2017.autoencoder((28, 28, 1), seed=0)
    whole, parts = (
        vandenoord2017.in_batches(model, small_mnist.x_test, n) for n in (100, 7)
    )
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_allclose(whole[1], parts[1], atol=1e-6)
    assert whole[0].shape == (100, 7, 7)
    assert whole[1].shape == small_mnist.x_test.shape


MNIST = [cache_folder() / "mnist" / f.name for f in download.COLLECTIONS["mnist"].files]


@pytest.mark.slow
@pytest.mark.skipif(
    not all(path.is_file() for path in MNIST),
    reason=f"mnist is not in the cache {cache_folder()}",
)
def test_pca_30_is_the_number_of_the_paper():
    baseline = hinton2006.baselines()["PCA-30"]
    published = hinton2006.PAPER.published_baselines["PCA-30"]
    assert published == 13.87
    assert round(baseline, 2) == published
