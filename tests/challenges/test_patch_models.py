"""Quick models on patches: data, seeds, and what is known of PCA and of networks."""

import numpy as np
import pytest

from companion.challenges import likeness, patch_models, units
from companion.networks import losses, mlp


@pytest.fixture(scope="module")
def patches():
    return patch_models.cut(400, 300, seed=0)


def test_patches_are_balanced_centered_and_scaled(patches):
    x, labels, x_test = patches
    assert x.shape == (3600, 64)
    assert x_test.shape == (300, 64)
    assert np.bincount(labels).tolist() == [400] * 9
    np.testing.assert_allclose(x.mean(axis=1), 0.0, atol=1e-12)
    assert np.mean(x**2) == pytest.approx(1.0)


def test_gray_patches_have_their_power_in_low_frequencies():
    gray, white = (patch_models.cut(200, 50, 0, whitened)[0] for whitened in (False, True))
    shares = [
        np.sort(np.linalg.eigvalsh(x.T @ x))[-5:].sum() / np.sum(x**2)
        for x in (gray, white)
    ]
    assert shares[0] > 1.5 * shares[1]


def test_pixels_pca_and_turned_pca_differ_in_looks_alone(patches):
    x, labels, x_test = patches
    targets = likeness.references(0)[0](x_test)
    names = ("raw pixels", "PCA", "PCA, turned")
    runs = [patch_models.LEARNERS[n](x, labels, 64, 0) for n in names]
    found = [likeness.of_responses(run(x_test), targets) for run in runs]
    for other in found[1:]:
        assert other["CKA simple"] == pytest.approx(found[0]["CKA simple"], abs=1e-9)
    shares = [units.gabor_shapes(units.driving_fields(r, 64, 0))[1] for r in runs[1:]]
    assert shares[0] > shares[1] + 0.15


@pytest.mark.parametrize("name", patch_models.LEARNERS)
def test_learners_repeat_and_have_their_units(name, patches):
    x, labels, x_test = patches
    learn = patch_models.LEARNERS[name]
    first, second = (learn(x, labels, 32, 1)(x_test) for _ in range(2))
    assert first.shape == (300, 32)
    np.testing.assert_array_equal(first, second)


def test_sanger_finds_the_subspace_of_pca(patches):
    x, labels, x_test = patches
    z, principal = (
        patch_models.LEARNERS[n](x, labels, 4, 0)(x_test) for n in ("Sanger's rule", "PCA")
    )
    cosines = [abs(np.corrcoef(z[:, i], principal[:, i])[0, 1]) for i in range(4)]
    assert min(cosines) > 0.98


def test_the_networks_learn_their_tasks(patches):
    x, labels, _ = patches
    for target, n_out, loss in ((x, 64, losses.mse), (labels, 9, losses.cross_entropy)):
        params = patch_models._network(x, target, n_out, 64, 0, loss)
        output = mlp.forward(params, x, ["relu", "linear"])[-1]
        chance, _ = loss(np.zeros((len(x), n_out)), target)
        assert loss(output, target)[0] < 0.85 * chance
