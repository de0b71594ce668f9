"""The models of the comparison, its data, and which measure is defined for which model."""

import keras
import numpy as np
import pytest

from companion import datasets
from companion.autoencoders import comparison, evaluation, trial
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


def test_half_of_the_patches_are_hidden_as_a_whole(prepared):
    patches = prepared.hidden.reshape(-1, 4, 2, 4, 2).transpose(0, 1, 3, 2, 4)
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
    return evaluation.train(prepared.x_train, (0, 3), n_steps=33, learning_rate=3e-3)


@pytest.mark.slow
def test_a_model_learns_in_company_what_it_learns_alone(prepared, trained):
    rows = draw_epochs(len(prepared.x_train), 33 * 64, np.random.default_rng(3))
    alone = DenseAutoencoder(64, 8, seed=3)
    alone.compile(keras.optimizers.Adam(3e-3), loss="mse")
    batches = prepared.x_train[rows]
    alone.fit(batches, batches, batch_size=64, shuffle=False, verbose=0)
    for found, expected in zip(
        trained[1]["dense"].get_weights(), alone.get_weights(), strict=True
    ):
        # float32, 33 steps of Adam
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_measures_are_there_where_they_are_defined_and_nowhere_else(prepared, trained):
    table = comparison.measure_all(prepared, trained)
    assert set(table["masked"]) >= {"probe", "error in holes"}
    assert "squared error" not in table["masked"]
    assert {name for name in table if "bound" in table[name]} == {"PCA", "VAE"}
    assert {len(v) for row in table.values() for v in row.values()} <= {1, 2}
    # Equal images in the data make ties among the neighbors.
    assert table["raw pixels"]["trustworthiness"][0] == pytest.approx(1.0, abs=1e-4)
    # Gaussian noise of standard deviation 0.3 on 64 pixels.
    assert table["raw pixels"]["error of denoised"][0] == pytest.approx(5.76, rel=0.02)
    assert table["PCA"]["error at equal bits"] == [1.0]
    assert table["PCA"]["parameters"] == [64 + 8 * 64]
    for name, row in table.items():
        if name not in ("raw pixels", "masked", "mean"):
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
