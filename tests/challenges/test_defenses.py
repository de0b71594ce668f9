"""Defended classifiers: what is trained on is what was asked, and it holds better."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import apart, apart_gradients, attacks, defenses, moved_digits


def test_batches_are_attacked_by_the_gradient_of_the_training_network(rng):
    params = apart.init([6, 5, 3], [0, 1])
    x, labels = np.full((2, 4, 6), 0.5), rng.integers(0, 3, (2, 4))
    changed = defenses.on_attacked(0.1)(params, x, labels)
    outputs = apart.forward(params, x, apart.CLASSIFIER)
    grad = apart_gradients.slope("cross_entropy", outputs[-1], labels)
    grad = apart_gradients.input_gradient(params, outputs, grad, apart.CLASSIFIER)
    np.testing.assert_allclose(changed, 0.5 + 0.1 * np.sign(grad))


@pytest.mark.parametrize("norm", attacks.NORMS)
def test_attacked_accuracies_of_linear_classifiers_have_a_closed_form(rng, norm):
    # The score w . x of class 1 against 0; an answer falls if its margin is below
    # epsilon times the dual norm of w.
    x, labels = 0.4 + 0.2 * rng.random((400, 64)), rng.integers(0, 2, 400)
    epsilon = {"linf": 0.006, "l2": 0.04}[norm]  # so that about half of the answers fall
    w = rng.normal(size=(2, 64))
    bias = -(x @ w.T).mean(axis=0)
    kernels = np.stack([np.zeros_like(w), w], axis=-1)
    shifts = np.stack([np.zeros(2), bias], axis=-1)[:, None]
    params, sign = ([kernels], [shifts]), 2 * labels - 1
    found = defenses.under_attack(params, ("linear",), x, labels, epsilon, norm, n_steps=3)
    assert list(found) == ["unchanged", "random", "FGSM", "PGD"]
    for member in range(2):
        margin = sign * (x @ w[member] + bias[member])
        worst = attacks.linear_margin(margin, w[member], epsilon, norm)
        assert found["unchanged"][member] == pytest.approx(np.mean(margin > 0))
        assert 0.1 < np.mean(worst > 0) < np.mean(margin > 0) - 0.05
        for name in ("FGSM", "PGD"):
            assert found[name][member] == pytest.approx(np.mean(worst > 0))
        if norm == "linf":
            alone = defenses.under_pgd(params, ("linear",), x, labels, epsilon)
            assert alone[member] == pytest.approx(np.mean(worst > 0))
    changed = attacks.at_random(x, epsilon, norm, np.random.default_rng(0))
    answers = (changed @ w.T + bias > 0).T
    np.testing.assert_allclose(found["random"], np.mean(answers == labels, axis=1))


def test_defenses_are_trained_as_the_undefended_classifier_but_for_one_thing(monkeypatch):
    data, calls = datasets.load("digits").flat(), []

    def train(params, x, target, rows, **settings):
        calls.append((params, rows, settings))
        return params, None

    monkeypatch.setattr(apart, "train", train)
    defenses.fit(data, [2, 3], n=50, width=7, n_steps=9, epsilon=0.25)
    (start, rows, noisy), (other, _, attacked) = calls
    assert [len(set(r)) for r in rows] == [50, 50]
    for params in (start, other):
        np.testing.assert_array_equal(params[0][0], apart.init([64, 7, 10], [2, 3])[0][0])
    assert noisy.pop("remedies") == apart.Remedies(noise=0.25)
    x, labels = np.full((2, 1, 64), 0.5), np.zeros((2, 1), int)
    moved = attacked.pop("change")(start, x, labels) - x
    np.testing.assert_allclose(np.abs(moved), 0.25)
    assert noisy == attacked
    assert noisy["learning_rate"] == moved_digits.RATES["hidden layer"]
    assert noisy["n_steps"] == 9


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


def test_the_stretch_is_a_mean_over_images_of_ratios_of_lengths(monkeypatch):
    monkeypatch.setattr(apart, "AUTOENCODER", ("linear",))
    params = ([np.diag([3.0, 1.0])[None]], [np.zeros((1, 1, 2))])
    x = np.zeros((2, 2))
    changed = np.array([[0.1, 0.0], [0.3, 0.4]])  # 3 times, and sqrt(0.97) / 0.5
    expected = (3.0 + np.hypot(0.9, 0.4) / 0.5) / 2
    assert defenses.stretch(params, x, changed) == pytest.approx([expected])
