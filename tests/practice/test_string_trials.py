"""Codecs and measures on a few molecules; what trains is small."""

import numpy as np
import pytest

from companion import training
from companion.practice import string_trials
from companion.practice.molecule_strings import SELFIES, SMILES, Alphabet

MOLECULES = [f"{'C' * n}{end}" for n in range(1, 7) for end in ("O", "N", "Cl", "Br")]


@pytest.fixture(scope="module")
def trained():
    training.seed_everything(0)
    alphabets = [Alphabet.of(notation, MOLECULES, 8) for notation in (SELFIES, SMILES)]
    trainer = string_trials.Trainer(*alphabets)
    settings = {"n_steps": 300, "n_crossed": 1, "beta": 0.001}
    codecs = [trainer.train(a, MOLECULES, 0, **settings) for a in alphabets]
    return trainer, alphabets, codecs


def test_few_molecules_are_learned_by_heart_in_both_notations(trained):
    for codec in trained[2]:
        found = string_trials.measure_code(codec, MOLECULES)
        assert found["reconstructed"] == 1.0
        assert found["nll"] < 0.5
        assert found["bound"] == pytest.approx(found["nll"] + found["KL"])


def test_the_two_codecs_share_one_model_and_not_their_weights(trained):
    first, second = trained[2]
    before = first.encode(MOLECULES)
    second.encode(MOLECULES)
    np.testing.assert_array_equal(first.encode(MOLECULES), before)


def test_a_heavy_kl_empties_the_code(trained):
    trainer, alphabets, _ = trained
    codec = trainer.train(alphabets[0], MOLECULES, 0, n_steps=100, beta=50.0)
    found = string_trials.measure_code(codec, MOLECULES)
    assert found["active"] == 0
    assert found["KL"] < 0.05


def test_equal_seeds_train_equal_models(trained):
    trainer, alphabets, _ = trained
    one, two, other = (trainer.train(alphabets[0], MOLECULES, s, 3) for s in (1, 1, 2))
    np.testing.assert_allclose(one.encode(MOLECULES), two.encode(MOLECULES), atol=1e-5)
    assert np.abs(one.encode(MOLECULES) - other.encode(MOLECULES)).max() > 0.01


def test_the_setting_of_one_training_does_not_reach_the_next(trained):
    trainer, alphabets, _ = trained
    trainer.train(alphabets[0], MOLECULES, 0, 2, beta=3.0, warm_up=0)
    config = trainer.train(alphabets[0], MOLECULES, 0, 8).model.get_config()
    assert config["warm_up_steps"] == 4
    assert config["beta"] == pytest.approx(0.3)


def test_the_step_size_falls_to_zero_with_the_last_step(trained):
    trainer, alphabets, _ = trained
    trainer.train(alphabets[0], MOLECULES, 0, 10)
    rate = trainer._rate
    assert float(rate(0)) == pytest.approx(string_trials.LEARNING_RATE)
    assert float(rate(10)) == pytest.approx(0, abs=1e-9)


def test_crossed_rows_follow_the_rows_and_have_two_parents(rng):
    rows = np.array([[1, 1, 1, 0], [2, 2, 2, 2], [3, 3, 0, 0]])
    found = string_trials.with_crossed(rows, 40, rng)
    assert found.shape == (123, 4)
    np.testing.assert_array_equal(found[:3], rows)
    symbols = [set(row[row > 0]) for row in found[3:]]
    assert max(map(len, symbols)) == 2
    # Row i of every round begins as row i, or is the end of its mate alone.
    mixed = [(row[0], i % 3 + 1) for i, row in enumerate(found[3:]) if len(symbols[i]) == 2]
    assert all(first == own for first, own in mixed)
    assert len({frozenset(one) for one in symbols if len(one) == 2}) == 3


def test_pca_with_all_components_gets_every_row_right_and_with_few_not():
    alphabet = Alphabet.of(SELFIES, MOLECULES, 8)
    found = [
        string_trials.pca_reconstructed(alphabet, MOLECULES, MOLECULES, k) for k in (1, 23)
    ]
    assert found[1] == 1
    assert found[0] < 0.5
    # Of another molecule the last symbol was never seen in training: it cannot come back.
    oxygen = [one for one in MOLECULES if one.endswith("O")]
    rest = [one for one in MOLECULES if not one.endswith("O")]
    assert string_trials.pca_reconstructed(alphabet, rest, oxygen, 5) == 0


def test_alphabets_of_two_lengths_are_refused():
    alphabets = [Alphabet.of(SELFIES, MOLECULES, n) for n in (8, 9)]
    with pytest.raises(ValueError, match="alphabets must have one length"):
        string_trials.Trainer(*alphabets)
