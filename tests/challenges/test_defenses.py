"""Defended classifiers: what is trained on is what was asked, and it holds better."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import apart, attacks, defenses, moved_digits


def test_batches_are_attacked_by_the_gradient_of_the_training_network(rng):
    params = apart.init([6, 5, 3], [0, 1])
    x, labels = np.full((2, 4, 6), 0.5), rng.integers(0, 3, (2, 4))
    changed = defenses.on_attacked(0.1)(params, x, labels)
    outputs = apart.forward(params, x, apart.CLASSIFIER)
    grad = apart.slope("cross_entropy", outputs[-1], labels)
    grad = apart.input_gradient(params, outputs, grad, apart.CLASSIFIER)
    np.testing.assert_allclose(changed, 0.5 + 0.1 * np.sign(grad))


def test_training_on_attacks_helps_against_attacks_more_than_noise_does():
    data, seeds = datasets.load("digits").flat(), range(3)
    small = {"n": 400, "width": 32, "n_steps": 200}
    readers = moved_digits.fit(data, seeds, **small)
    defended = defenses.fit(data, seeds, **small)
    every = defenses.all_classifiers(readers, defended)
    assert "convolutional" not in every
    x, y = np.asarray(data.x_test, dtype=float), data.y_test
    found = {
        name: defenses.under_attack(*every[name], x, y, 0.1)
        for name in ("hidden layer", *defended)
    }
    for values in found.values():
        assert values["PGD"].mean() <= values["FGSM"].mean() + 0.01
        assert values["FGSM"].mean() < values["random"].mean() - 0.05
    robust = {name: values["PGD"].mean() for name, values in found.items()}
    assert robust["trained on attacks"] > robust["trained on noise"] + 0.05
    assert robust["trained on noise"] > robust["hidden layer"]


def test_denoise_first_reads_the_reconstruction():
    data = datasets.load("digits").flat()
    small = {"n": 100, "width": 16, "n_steps": 50}
    readers = moved_digits.fit(data, [0], **small)
    params, names = defenses.all_classifiers(readers, {})["denoise first"]
    x = np.asarray(data.x_test[:20], dtype=float)
    x_hat = apart.forward(readers.autoencoders["denoising"], x, apart.AUTOENCODER)[-1]
    expected = apart.forward(readers.params["hidden layer"], x_hat, apart.CLASSIFIER)[-1]
    np.testing.assert_allclose(apart.forward(params, x, names)[-1], expected)


def test_the_stretch_of_a_doubling_is_two(rng, monkeypatch):
    monkeypatch.setattr(apart, "AUTOENCODER", ("linear",))
    params = ([2.0 * np.eye(4)[None]], [np.ones((1, 1, 4))])
    x = rng.random((5, 4))
    changed = attacks.at_random(x, 0.1, "l2", rng)
    assert defenses.stretch(params, x, changed)[0] == pytest.approx(2.0)
