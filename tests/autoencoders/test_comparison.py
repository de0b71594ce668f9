"""The models of the comparison, its data, and which measure is defined for which model."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from companion import datasets
from companion.autoencoders import comparison, decision, evaluation, measures, trial
from companion.autoencoders.dense import DenseAutoencoder
from companion.training.again import draw_epochs


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits").flat()


@pytest.fixture(scope="module")
def prepared(data):
    return trial.prepare(data, odd_class=9)


def test_the_odd_class_is_nowhere_but_among_the_odd_images(data, prepared):
    labels = np.concatenate((data.y_train, data.y_val, data.y_test))
    assert 9 not in prepared.y_train
    assert 9 not in prepared.y_test
    assert len(prepared.x_odd) == np.sum(labels == 9)
    with pytest.raises(ValueError, match="odd_class must be a class of the data; got 10"):
        trial.prepare(data, odd_class=10)


@pytest.mark.parametrize("part", ["hidden", "hidden_val"])
def test_half_of_the_patches_are_hidden_as_a_whole(prepared, part):
    patches = getattr(prepared, part).reshape(-1, 4, 2, 4, 2).transpose(0, 1, 3, 2, 4)
    counts = patches.reshape(-1, 16, 4).sum(axis=2)
    assert set(np.unique(counts)) == {0, 4}
    np.testing.assert_array_equal((counts == 4).sum(axis=1), 8)


def test_hidden_pixels_are_those_that_the_masked_model_does_not_see(prepared):
    model = evaluation.build(0)["masked"]
    images = prepared.x_test[:5].reshape(-1, 8, 8, 1)
    mask = keras.ops.convert_to_numpy(model.outputs(images, prepared.order[:5])["mask"])
    hidden = prepared.hidden[:5].reshape(-1, 4, 2, 4, 2)[:, :, 0, :, 0].reshape(-1, 16)
    np.testing.assert_array_equal(mask, hidden)


def test_every_class_gets_equally_many_labels(prepared):
    for rows in prepared.few:
        counts = np.bincount(prepared.y_train[rows], minlength=9)
        np.testing.assert_array_equal(counts, trial.LABELS_PER_CLASS)
        assert len(set(rows.tolist())) == len(rows)


def test_fitted_gaussian_has_the_moments_of_the_codes(rng):
    z = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3)) + 2.0
    drawn = comparison.fitted_gaussian(z, rng.normal(size=(200_000, 3)))
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.1)


@pytest.fixture(scope="module")
def trained(prepared):
    return evaluation.train(prepared.x_train, (0, 3), n_steps=34, learning_rate=3e-3)[0]


@pytest.mark.slow
def test_a_model_learns_in_company_what_it_learns_alone(prepared, trained):
    rng = np.random.default_rng(3)
    halves = [draw_epochs(len(prepared.x_train), 17 * 64, rng) for _ in range(2)]
    alone = DenseAutoencoder(64, 8, seed=3)
    alone.compile(keras.optimizers.Adam(3e-3), loss="mse")
    batches = prepared.x_train[np.concatenate(halves)]
    alone.fit(batches, batches, batch_size=64, shuffle=False, verbose=0)
    for found, expected in zip(
        trained[1]["dense"].get_weights(), alone.get_weights(), strict=True
    ):
        # Adam divides a gradient by its size, and so enlarges what float32 rounds where it
        # is nearly 0; other batches change weights by more than 0.01.
        np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.slow
def test_measures_are_there_where_they_are_defined_and_nowhere_else(prepared, trained):
    table = decision.values_of(comparison.measure_all(prepared, trained))
    assert set(table["masked"]) >= {"probe", "error in holes"}
    assert "squared error" not in table["masked"]
    assert {name for name in table if "bound" in table[name]} == {"PCA", "VAE"}
    blocks = table.pop("k-means of blocks")["error at equal bits"]
    assert len(blocks) == 3
    # A table with more components than eight, and one without a network, are better.
    assert max(blocks) < table["all components"]["error at equal bits"][0] < 1.0
    assert {len(v) for row in table.values() for v in row.values()} <= {1, 2}
    # Equal images in the data make ties among the neighbors.
    assert table["raw pixels"]["trustworthiness"][0] == pytest.approx(1.0, abs=1e-4)
    # Gaussian noise of standard deviation 0.3 on 64 pixels.
    assert table["raw pixels"]["error of denoised"][0] == pytest.approx(5.76, rel=0.02)
    assert table["PCA"]["error at equal bits"] == [1.0]
    assert table["PCA"]["parameters"] == [64 + 8 * 64]
    for name, row in table.items():
        if name not in (*decision.YARDSTICKS, "masked", "VAE, fitted density"):
            assert row["squared error"][0] < 2 * table["mean"]["squared error"][0]


@pytest.mark.slow
def test_codes_of_every_model_decode_to_what_the_model_reconstructs(prepared, trained):
    x = prepared.x_test[:7]
    for name, model in trained[0].items():
        coder = evaluation.coder(model)
        assert coder.encode(x).ndim == 2
        if coder.decode is None:
            continue
        shape = (-1, 8, 8, 1) if evaluation.wants_images(model) else (-1, 64)
        whole = keras.ops.convert_to_numpy(model.decode(model.encode(x.reshape(shape))))
        np.testing.assert_allclose(
            coder.reconstruct(x), whole.reshape(-1, 64), atol=1e-5, err_msg=name
        )


def same(x):
    return x


@pytest.fixture
def small(rng):
    """A trial of few random images: the odd ones are far, the noise is a shift by 1."""
    x, hidden = rng.uniform(size=(40, 64)), rng.random((40, 64)) < 0.5
    return SimpleNamespace(
        x_train=rng.uniform(size=(40, 64)), x_val=x[:20], x_test=x,
        x_odd=rng.uniform(size=(30, 64)) + 2.0, noisy=x + 1.0,
        hidden=hidden, hidden_val=hidden[:20],
        order=rng.random((40, 16)).astype("float32"),
        y_train=np.arange(40) % 2, y_test=np.arange(40) % 2, few=[np.array([0, 1])],
        features=lambda x: x[:, :3],
    )  # fmt: skip


def value(run):
    return decision.values_of({"model": {"measure": [run]}})["model"]["measure"][0]


def test_reconstructions_are_judged_by_the_clean_whole_normal_image(small):
    coder = evaluation.Coder(same, lambda z: np.full_like(z, 0.5), 0, None)  # always gray
    found = comparison.of_reconstructions(small, coder)
    gray = np.sum((small.x_test - 0.5) ** 2, axis=1)
    np.testing.assert_allclose(found["squared error"], gray)
    np.testing.assert_allclose(found["error of denoised"], gray)
    holes = np.sum(small.hidden * (small.x_test - 0.5) ** 2, axis=1)
    np.testing.assert_allclose(found["error in holes"], holes)
    assert value(found["anomaly AUC"]) == 1.0  # the odd ones are far from gray
    copy = evaluation.Coder(same, same, 0, None)  # a copy cannot know what is hidden
    found = comparison.of_reconstructions(small, copy)
    mean = small.x_train.mean(axis=0)
    holes = np.sum(small.hidden * (small.x_test - mean) ** 2, axis=1)
    np.testing.assert_allclose(found["error in holes"], holes)


def test_all_test_images_count_for_the_structural_similarity(small):
    def decode(z):
        return np.where(np.arange(len(z))[:, None] < 39, z, 1 - z)  # the last is inverted

    found = comparison.of_reconstructions(small, evaluation.Coder(same, decode, 0, None))
    assert found["SSIM"] < 1 - 0.5 / 40


def test_the_masked_model_is_judged_in_the_holes_alone(small):
    gray = SimpleNamespace(outputs=lambda x, order: {"x_hat": np.full_like(x, 0.5)})
    found = comparison.of_masked(small, evaluation.Coder(same, None, 0, gray))
    expected = np.sum(small.hidden * (small.x_test - 0.5) ** 2, axis=1)
    np.testing.assert_allclose(found["error in holes"], expected)


def test_error_at_equal_bits_is_divided_by_that_of_the_reference(small):
    coder = evaluation.Coder(lambda x: x[:, :8], lambda z: np.tile(z, 8), 0, None)
    bits, errors = comparison.curve_of(small, coder)
    found = comparison.at_equal_bits(small, "dense", coder, (bits, 2 * errors))
    assert found["error at equal bits"] == pytest.approx(0.5)
    assert comparison.at_equal_bits(small, "dense", coder, ([1.0], [1.0])) == {}


def test_the_vae_decodes_its_prior_and_others_a_fitted_density(small):
    coder = evaluation.Coder(lambda x: x[:, :2] + 7.0, same, 0, None)
    prior, fitted = (
        comparison.generate(small, name, coder, 5000, np.random.default_rng(0))
        for name in ("VAE", "dense")
    )
    np.testing.assert_allclose(prior.mean(axis=0), 0.0, atol=0.06)
    np.testing.assert_allclose(fitted.mean(axis=0), 7.5, atol=0.2)


def test_the_bound_of_pca_is_the_score_of_scikit_learn(rng):
    world = SimpleNamespace(
        x_train=rng.uniform(size=(600, 64)), x_test=rng.uniform(size=(40, 64))
    )
    score = PCA(8, svd_solver="full").fit(world.x_train).score(world.x_test)
    found = comparison.bound(world, "PCA", None)["bound"]
    assert found.mean() == pytest.approx(score, rel=0.01)  # n - 1 there, n here
    assert comparison.bound(world, "dense", None) == {}


def test_few_labels_are_few_and_keep_the_spread_of_their_draws(small, monkeypatch):
    sizes, hits = [], [[1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]

    def probe(z, y, z_test, y_test):
        sizes.append(len(z))
        return np.array(hits[len(sizes) - 1])

    monkeypatch.setattr(measures, "probe_hits", probe)
    monkeypatch.setattr(comparison, "plane_quality", lambda *_: (0.0, 0.0))
    small.few = [np.array([0, 1]), np.array([2, 3])]
    found = comparison.of_codes(small, same)
    assert sizes == [2, 2, 40]
    images, draws = found["probe, few labels"]
    np.testing.assert_allclose(images, [1, 0.5, 0.5, 0])
    np.testing.assert_allclose(draws, [-0.25, 0.25])
    np.testing.assert_allclose(found["probe"], 1.0)


def test_a_model_of_images_gets_rows_as_images_and_its_own_loss(rng):
    member = evaluation.build(0)["convolutional"]
    x = rng.uniform(size=(3, 64)).astype("float32")
    images, rows = x.reshape(-1, 8, 8, 1), evaluation.FromRows(member, (8, 8, 1))
    np.testing.assert_array_equal(rows(x), member(images))
    expected = np.mean((images - np.asarray(member(images))) ** 2)
    assert float(rows.compute_loss(x, x, rows(x))) == pytest.approx(expected, rel=1e-5)


def test_pca_counts_its_mean_among_the_parameters(rng):
    counts = evaluation.baselines(rng.uniform(size=(30, 64)))
    assert counts["mean"].n_parameters == 64
    assert counts["PCA"].n_parameters == 64 + 8 * 64


def test_vq_starts_at_the_data_and_every_stage_is_kept(prepared, monkeypatch):
    seeds, steps = [], []
    start = evaluation.VQAutoencoder.start_at_data

    def noted(self, x, seed):
        seeds.append(seed)
        return start(self, x, seed=seed)

    def train(self, x, n_steps, batch_size, rng):
        steps.append(n_steps)  # a training that adds 1 to every weight
        self.model.set_weights([w + 1 for w in self.model.get_weights()])

    monkeypatch.setattr(evaluation.VQAutoencoder, "start_at_data", noted)
    monkeypatch.setattr(evaluation.TrainedAgain, "train", train)
    trained, halfway = evaluation.train(prepared.x_train, (0, 3), n_steps=8)
    assert (seeds, steps) == ([0, 3], [4, 4, 4, 4])
    for seed, end, middle in zip((0, 3), trained, halfway, strict=True):
        first = evaluation.build(seed)["dense"].get_weights()
        for a, b, c in zip(
            first, middle["dense"].get_weights(), end["dense"].get_weights(), strict=True
        ):
            np.testing.assert_allclose(b, a + 1, atol=1e-6)
            np.testing.assert_allclose(c, a + 2, atol=1e-6)
    stages = comparison.convergence(prepared, halfway, trained)
    assert {len(v) for row in stages.values() for v in row} == {2}
    x_hat = evaluation.coder(halfway[1]["tied"]).reconstruct(prepared.x_test)
    expected = np.sum((x_hat - prepared.x_test) ** 2, axis=1).mean()
    assert stages["tied"][0][1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (np.zeros((4, 63)), {}, r"x_train must have shape \(batch, 64\)"),
        (np.zeros((4, 64)), {"n_steps": 0}, "n_steps must be an integer of at least 1"),
    ],
)
def test_unusable_data_and_counts_are_refused(x, settings, message):
    with pytest.raises(ValueError, match=message):
        evaluation.train(x, (0,), **settings)
