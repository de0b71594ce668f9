"""Dead entries, and trainings that share one compiled model."""

import numpy as np
import pytest

from companion import datasets
from companion.autoencoders.codebooks import (
    OUT_OF_REACH,
    CodebookTrainer,
    code_vectors,
    decode_indices,
    image_indices,
    moves,
    reseed_dead,
)
from companion.autoencoders.quantized import VQAutoencoder, perplexity


def build(seed, n_entries=6):
    return VQAutoencoder((8, 8, 1), n_entries, code_dim=3, filters=(4, 5), seed=seed)


@pytest.fixture
def x(rng):
    return rng.uniform(size=(70, 8, 8, 1)).astype("float32")


def test_rows_of_indices_are_the_grid_row_by_row(x):
    model = build(3)
    rows, grid = image_indices(model, x), np.asarray(model.indices(x))
    assert rows.shape == (70, 4)
    np.testing.assert_array_equal(rows[:, 1], grid[:, 0, 1])
    np.testing.assert_array_equal(rows[:, 2], grid[:, 1, 0])
    x_hat = np.asarray(model(x)["x_hat"])
    np.testing.assert_allclose(decode_indices(model, rows), x_hat, atol=1e-6)
    vectors = code_vectors(model, x)
    np.testing.assert_allclose(vectors[4 * 5 + 2], np.asarray(model.encoder(x))[5, 1, 0])


def test_only_dead_entries_move_and_they_move_to_code_vectors(rng):
    vectors = rng.normal(size=(30, 2))
    codebook = np.array([[0.0, 0.0], [50.0, 50.0], [1.0, 0.0], [-60.0, 0.0]])
    moved, dead = reseed_dead(codebook, vectors, rng)
    np.testing.assert_array_equal(dead, [False, True, False, True])
    np.testing.assert_array_equal(moved[~dead], codebook[~dead])
    for entry in moved[dead]:
        assert np.abs(vectors - entry).sum(axis=1).min() == 0
    assert codebook[1, 0] == 50.0  # the argument is left as it was


def test_dead_entries_are_those_that_brute_force_finds(rng):
    vectors, codebook = rng.normal(size=(20, 2)), 2.0 * rng.normal(size=(15, 2))
    near = np.linalg.norm(vectors[:, None] - codebook, axis=2).argmin(axis=1)
    _, dead = reseed_dead(codebook, vectors, rng)
    np.testing.assert_array_equal(dead, ~np.isin(np.arange(15), near))


def test_moves_are_root_mean_square_distances(x):
    before, after = build(3), build(3)
    after.encoder.layers[-1].bias.assign([3.0, 0.0, 4.0])  # every vector moves by 5
    after.codebook.assign(after.codebook + np.arange(6)[:, None] * [2.0, 1.0, 2.0])
    dead = ~np.isin(np.arange(6), image_indices(after, x))
    assert 0 < dead.sum() < 6
    lengths = 3.0 * np.arange(6)
    expected = [5.0] + [np.sqrt(np.mean(part**2)) for part in (lengths, lengths[dead])]
    np.testing.assert_allclose(moves(before, after, x), expected, rtol=1e-5)


def test_entries_out_of_reach_are_no_entries(x):
    """A codebook of 4 of 6 entries trains exactly as a codebook of 4."""
    small = CodebookTrainer(lambda seed: build(seed, 4), (0,))
    large = CodebookTrainer(build, (0,))
    runs = [
        small.train(x, n_rounds=1, batch_size=8),
        large.train(x, n_rounds=1, n_entries=4, batch_size=8),
    ]
    np.testing.assert_array_equal(runs[0].indices(x), runs[1].indices(x))
    assert runs[0].errors(x) == pytest.approx(runs[1].errors(x), rel=1e-5)
    np.testing.assert_allclose(runs[0].perplexities, runs[1].perplexities)
    entries = next(runs[1].each()).codebook.numpy()
    np.testing.assert_array_equal(entries[4:], OUT_OF_REACH)


def test_a_run_does_not_depend_on_the_runs_before_it(x):
    trainer = CodebookTrainer(build, (0, 1))
    first = trainer.train(x, n_rounds=2, batch_size=8)
    again = trainer.train(x, n_rounds=2, batch_size=8)
    alone = CodebookTrainer(build, (1,)).train(x, n_rounds=2, batch_size=8)
    np.testing.assert_allclose(first.errors(x), again.errors(x), rtol=1e-6)
    np.testing.assert_allclose(first.errors(x)[1:], alone.errors(x), rtol=1e-6)
    assert first.perplexities.shape == (2, 3)
    assert len(np.unique(first.errors(x))) == 2


def test_every_run_starts_at_the_data_of_its_seed(x):
    """Hidden entries stay hidden, and the start and the errors are those of the model."""
    trainer = CodebookTrainer(build, (0, 1))
    runs = trainer.train(x, n_rounds=2, start="reseed", n_entries=4, batch_size=8)
    for i, (seed, model) in enumerate(zip((0, 1), runs.each(), strict=True)):
        np.testing.assert_array_equal(model.codebook.numpy()[4:], OUT_OF_REACH)
        x_hat = np.asarray(model(x)["x_hat"])
        assert runs.errors(x)[i] == pytest.approx(np.mean((x - x_hat) ** 2), rel=1e-4)
        fresh = build(seed, 4)
        fresh.start_at_data(x, seed)
        first = perplexity(image_indices(fresh, x), 4)
        assert runs.perplexities[i, 0] == pytest.approx(first)


def test_every_run_has_an_order_of_images_of_its_own(x):
    same = CodebookTrainer(lambda seed: build(3), (0, 1))
    errors = same.train(x, n_rounds=1, start="random", batch_size=8).errors(x)
    assert errors[0] != errors[1]


def test_rounds_are_as_long_as_they_are_told(x):
    trainer = CodebookTrainer(build, (0,))
    trainer.train(x, n_rounds=3, batch_size=8, n_steps=5)
    assert int(trainer.model.optimizer.iterations) == 15


@pytest.mark.slow
def test_reseeding_keeps_more_of_the_codebook_in_use():
    data = datasets.load("digits")
    trainer = CodebookTrainer(
        lambda seed: VQAutoencoder((8, 8, 1), 64, 4, (8, 8), seed=seed), (0,)
    )
    use = {
        start: trainer.train(data.x_train, n_rounds=3, start=start).perplexities[0, -1]
        for start in ("random", "reseed")
    }
    assert use["reseed"] > 1.5 * use["random"]


def test_settings_that_make_no_sense_are_refused(x):
    trainer = CodebookTrainer(build, (0,))
    with pytest.raises(ValueError, match="n_entries at most 6; got 'data' and 7"):
        trainer.train(x, n_entries=7)
    with pytest.raises(ValueError, match="got 'zero' and 6"):
        trainer.train(x, start="zero")
    with pytest.raises(ValueError, match="n_rounds must be an integer.*got 0"):
        trainer.train(x, n_rounds=0)
    with pytest.raises(ValueError, match="n_steps must be an integer.*got 0"):
        trainer.train(x, n_steps=0)
    with pytest.raises(ValueError, match="seeds must name at least one run"):
        CodebookTrainer(build, ())
