"""What the trials of the privacy chapter return: names, sizes, and directions."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import (
    federated,
    leakage_trials,
    membership,
    membership_trials,
    privacy_trials,
    private_sgd,
)
from companion.challenges.gradient_leakage import psnr_each
from companion.networks import mlp


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits").flat()


@pytest.fixture
def setting(digits, rng):
    params = mlp.init([64, 32, 10], rng)
    return params, digits.x_test.astype(float), digits.y_test.astype(int)


def test_defenses_are_ordered_as_their_noise_and_pruning_are(setting, digits):
    params, x, labels = setting
    found = leakage_trials.behind_defenses(params, x[:6], labels[:6], digits.x_train)
    psnr = {name: psnr_each(x[:6], x_hat).mean() for name, x_hat in found.items()}
    assert psnr["nothing"] == psnr["clip to a hundredth"] == 100.0
    noises = [psnr[f"noise {share:g}"] for share in (0.003, 0.01, 0.03, 0.1)]
    assert noises == sorted(noises, reverse=True)
    assert psnr["prune 90%"] > psnr["prune 99%"]
    assert psnr["no gradient: nearest image"] > psnr["no gradient: mean image"]


def test_noise_is_stated_in_lengths_of_the_gradient(setting):
    params, x, labels = setting
    grads = leakage_trials.gradient_of(params, x[:1], labels[:1])
    length = np.sqrt(sum(np.sum(g**2) for part in grads for g in part))
    noise = leakage_trials.noise_of(0.5)(grads)[0][0] - grads[0][0]
    assert noise.std() == pytest.approx(0.5 * length, rel=0.05)


def test_batches_are_found_by_matching_and_less_by_quotients(setting):
    params, x, labels = setting
    found = leakage_trials.batches(params, x, labels, (1, 4), 2)
    assert set(found) == set(leakage_trials.ATTACKS)
    assert {tuple(v.shape for v in values) for values in found.values()} == {
        ((2, 1), (2, 4))
    }
    assert min(values[0].min() for values in found.values()) > 25
    assert found["squared"][1].min() > found["quotients"][1].max()


def test_each_image_of_a_batch_has_a_psnr_of_its_own(setting):
    # By brute force: the best quotient for every image. A few exact images lift the mean
    # of the batch above 25 dB, although most were not found.
    params, x, labels = setting
    x, labels = x[:32], labels[:32]
    found = leakage_trials.batch_psnr(params, x, labels, how="quotients", relu=True)
    grads = leakage_trials.gradient_of(params, x, labels, ["relu", "linear"])
    units = [u for u in range(32) if grads[1][0][u] != 0]
    images = [np.clip(grads[0][0][:, u] / grads[1][0][u], 0, 1) for u in units]
    error = [min(np.mean((image - one) ** 2) for image in images) for one in x]
    expected = np.minimum(100.0, -10.0 * np.log10(np.maximum(error, 1e-30)))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_gradient_is_recognized_by_its_distance_to_those_of_all_candidates(setting):
    params, x, labels = setting
    x, labels = x[:30], labels[:30]
    whole = leakage_trials.recognized(params, x, labels, 10, lambda grads: grads)
    assert whole.shape == (10,)
    assert whole.all()
    wrong = leakage_trials.gradient_of(params, x[[4]], labels[[4]])
    sent = leakage_trials.recognized(params, x, labels, 10, lambda grads: wrong)
    np.testing.assert_array_equal(np.flatnonzero(sent), [4])
    # In every direction between two gradients the noise is ten times a gradient's length.
    loud = leakage_trials.recognized(params, x, labels, 10, leakage_trials.noise_of(10.0))
    assert loud.mean() < 0.5


def test_classifiers_of_few_images_leak_more_and_permuted_members_nothing():
    found = membership_trials.trained_classifiers(((40, 0.0), (400, 0.0)), n_models=4)
    auc = {name: measures["AUC"].mean() for name, measures in found.items()}
    assert list(auc) == ["40 images", "membership permuted", "400 images"]
    assert auc["40 images"] > auc["400 images"] + 0.1
    assert auc["membership permuted"] == pytest.approx(0.5, abs=0.06)


def test_larger_codes_of_few_images_leak_more():
    found = membership_trials.trained_autoencoders((40,), (4, 32), n_models=2, epochs=30)
    assert set(found) == {(n, 40, k) for n in ("PCA", "autoencoder") for k in (4, 32)}
    for name in ("PCA", "autoencoder"):
        assert found[name, 40, 32]["AUC"].min() > found[name, 40, 4]["AUC"].max()


def test_members_found_at_rates_are_a_curve_from_few_to_all(rng):
    is_member = membership.draw_members(3, 200, 80, 0)
    scores = is_member + rng.normal(size=is_member.shape)
    found = membership_trials.found_at_rates(scores, is_member, [0.0, 0.1, 0.5, 0.99])
    assert (np.diff(found) > 0).all()
    assert found[-1] > 0.98


def test_privacy_costs_accuracy_and_more_where_images_are_few(digits):
    many, few = (
        privacy_trials.privacy_curve(digits, (0, 1), n, steps=30) for n in (1077, 200)
    )
    for name in privacy_trials.NETWORKS:
        epsilons = [f"ε = {e}" for e in ("0.5", "1", "2", "4", "8")]
        rest = ["clipped, no noise", "not clipped", "not private"]
        assert list(many[name]) == epsilons + rest
        assert many[name]["ε = 8"].mean() > many[name]["ε = 0.5"].mean() + 0.05
        assert many[name]["not private"].min() > 0.9
        cost = [curve[name]["not private"] - curve[name]["ε = 2"] for curve in (many, few)]
        assert cost[1].mean() > cost[0].mean() + 0.1


def test_each_column_is_trained_with_its_own_noise_bound_steps_and_rate(
    digits, monkeypatch
):
    asked = []

    def record(data, sigma, seeds, *, hidden, rows, bound, steps, rate, learning_rate):
        asked.append((len(hidden), rows, sigma > 0, bound, steps, learning_rate))
        return np.zeros(len(seeds)), {}

    monkeypatch.setattr(privacy_trials, "private_accuracy", record)
    privacy_trials.privacy_curve(digits, (0,), 200, steps=30)
    assert asked[0] == (0, 200, True, 1.0, 30, 1 / 4)
    assert asked[5:8] == [
        (0, 200, False, 1.0, 30, 16),
        (0, 200, False, np.inf, 30, 4),
        (0, 200, False, np.inf, 150, 2),
    ]
    assert asked[8] == (1, 200, True, 1.0, 30, 1 / 8)
    assert len(asked) == 16
    with pytest.raises(ValueError, match="n_images must be one of .* got 300"):
        privacy_trials.privacy_curve(digits, (0,), 300)


@pytest.mark.slow
def test_rates_are_better_on_validation_images_than_the_ones_beside_them(digits):
    """Where the curve is steep in the rate: 200 images, a hidden layer, epsilon 4."""
    x, labels = digits.x_train[:200].astype(float), digits.y_train[:200].astype(int)
    x_val, y_val = digits.x_val.astype(float), digits.y_val.astype(int)
    chosen = privacy_trials.RATES["hidden layer", 200][3]
    sigma, accuracy = privacy_trials.noise_for(4, 0.5, 60), {}
    for rate in (chosen / 4, chosen, 4 * chosen):
        runs = []
        for seed in range(3):
            rng = np.random.default_rng(200 + seed)
            trained = private_sgd.train(
                mlp.init([64, 64, 10], rng),
                x,
                labels,
                steps=60,
                rate=0.5,
                bound=1.0,
                noise_multiplier=sigma,
                learning_rate=rate,
                rng=rng,
                activations=["relu", "linear"],
            )
            runs.append(federated.accuracy(trained, x_val, y_val, ["relu", "linear"]))
        accuracy[rate] = np.mean(runs)
    assert max(accuracy, key=accuracy.get) == chosen


def test_members_hide_better_behind_more_noise(digits):
    found = privacy_trials.members_under_privacy(
        digits, range(3), (2,), n_images=50, steps=150
    )
    assert list(found) == ["ε = 2", "clipped, no noise", "not private"]
    assert found["ε = 2"]["AUC"].mean() < found["not private"]["AUC"].mean() - 0.05
    assert (
        found["ε = 2"]["test accuracy"].mean()
        < found["not private"]["test accuracy"].mean()
    )


def test_a_canary_scores_the_clipped_length_in_the_steps_it_takes_part(setting, rng):
    _, x, labels = setting
    game = {"runs": 200, "steps": 4, "rate": 0.5, "bound": 0.5, "sigma": 0.01, "rng": rng}
    inside = privacy_trials.canary_scores(x[:4], labels[:4], takes_part=True, **game)
    outside = privacy_trials.canary_scores(x[:4], labels[:4], takes_part=False, **game)
    # Half of four steps with a length of 0.5, and a noise of 0.01 * 0.5 * 2.
    assert inside.mean() == pytest.approx(1.0, abs=0.1)
    assert abs(outside.mean()) < 0.005
    assert outside.std() == pytest.approx(0.01, rel=0.2)
