"""Codecs and measures on a few molecules; what trains is small."""

import numpy as np
import pytest

from companion import training
from companion.practice import molecule_properties, string_trials
from companion.practice.molecule_strings import SELFIES, SMILES, Alphabet
from companion.practice.string_baselines import MarkovChain

MOLECULES = [f"{'C' * n}{end}" for n in range(1, 7) for end in ("O", "N", "Cl", "Br")]


@pytest.fixture(scope="module")
def trained():
    training.seed_everything(0)
    alphabets = [Alphabet.of(notation, MOLECULES, 8) for notation in (SELFIES, SMILES)]
    trainer = string_trials.Trainer(*alphabets)
    codecs = [trainer.train(a, MOLECULES, 0, epochs=400, beta=0.001) for a in alphabets]
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
    codec = trainer.train(alphabets[0], MOLECULES, 0, epochs=100, beta=50.0)
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
    trainer.train(alphabets[0], MOLECULES, 0, 1, context=0, beta=3.0, dropout=0.5)
    config = trainer.train(alphabets[0], MOLECULES, 0, 1).model.get_config()
    assert (config["context"], config["dropout"]) == (1.0, 0.0)
    assert config["beta"] == pytest.approx(0.1)


def test_alphabets_of_two_lengths_are_refused():
    alphabets = [Alphabet.of(SELFIES, MOLECULES, n) for n in (8, 9)]
    with pytest.raises(ValueError, match="alphabets must have one length"):
        string_trials.Trainer(*alphabets)


def test_copies_are_valid_never_new_and_distributed_as_they_are(rng):
    table = molecule_properties.properties(MOLECULES)
    found = string_trials.measure_set(MOLECULES, MOLECULES, table)
    assert (found["valid"], found["unique"], found["novel"]) == (1, 1, 0)
    assert found["distance"] == found["KS"] == 0
    assert string_trials.measure_set([None], MOLECULES, table)["valid"] == 0


def test_each_method_without_a_model_gives_as_many():
    alphabet = Alphabet.of(SELFIES, MOLECULES, 8)
    chain = MarkovChain(2, len(alphabet.symbols)).fit(alphabet.encode(MOLECULES))
    found = string_trials.without_model(alphabet, MOLECULES, chain, 30, seed=0)
    assert {len(molecules) for molecules in found.values()} == {30}
    assert set(found["copies"]) <= set(MOLECULES)
    assert not set(found["copies and a carbon"]) & set(found["copies"]) - set(MOLECULES)


def test_every_method_generates_once_for_each_seed(trained):
    _, alphabets, codecs = trained
    named = {a.notation.name: [c, c] for a, c in zip(alphabets, codecs, strict=True)}
    chains = {
        a.notation.name: MarkovChain(2, len(a.symbols)).fit(a.encode(MOLECULES))
        for a in alphabets
    }
    made = string_trials.generate(named, chains, MOLECULES, 7)
    assert set(made) == {"copies", "copies and a carbon"} | {
        f"{notation} {method}"
        for notation in ("SELFIES", "SMILES")
        for method in ("autoencoder", "random symbols", "Markov chain")
    }
    for runs in made.values():
        assert [len(molecules) for molecules in runs] == [7, 7]
    # The two seeds draw different codes from one and the same codec.
    assert made["SELFIES autoencoder"][0] != made["SELFIES autoencoder"][1]
