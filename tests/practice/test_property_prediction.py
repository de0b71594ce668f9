"""Counts of known molecules, and R2 on planted relations."""

import numpy as np
import pytest

from companion.datasets.smiles import scaffolds
from companion.practice import property_prediction as prediction


def test_counts_of_paracetamol():
    found = dict(
        zip(prediction.COUNTS, prediction.counts(["CC(=O)Nc1ccc(O)cc1"])[0], strict=True)
    )
    # PubChem, compound 1983.
    assert found["heavy atoms"] == 11
    assert found["hydrogen bond donors"] == 2
    assert found["hydrogen bond acceptors"] == 2
    assert found["rotatable bonds"] == 1
    assert found["polar surface"] == pytest.approx(49.3, abs=0.05)
    assert found["rings"] == found["aromatic rings"] == 1
    assert found["oxygen and nitrogen"] == 3
    assert found["halogens"] == 0
    assert found["share of sp3 carbon"] == pytest.approx(1 / 8)
    halogens = list(prediction.COUNTS).index("halogens")
    assert prediction.counts(["ClCBr", "FCI"])[:, halogens].tolist() == [2, 2]


def test_counts_that_are_alike_in_paracetamol_are_not_mixed_up():
    # Tetralin has two rings, one aromatic; acetone accepts a hydrogen bond, gives none.
    names = list(prediction.COUNTS)
    tetralin, acetone = prediction.counts(["c1ccc2c(c1)CCCC2", "CC(C)=O"])
    assert tetralin[names.index("rings")] == 2
    assert tetralin[names.index("aromatic rings")] == 1
    assert acetone[names.index("hydrogen bond donors")] == 0
    assert acetone[names.index("hydrogen bond acceptors")] == 1


@pytest.mark.parametrize("model", prediction.MODELS)
def test_a_linear_relation_is_found_and_noise_is_not(rng, model):
    x = rng.normal(size=(300, 3))
    train, test = np.arange(200), np.arange(200, 300)
    y = x @ [1.0, -2.0, 0.5]
    assert prediction.held_out_r2(model, x, y, train, test) > 0.99
    noise = rng.normal(size=300)
    assert prediction.held_out_r2(model, x, noise, train, test) < 0.1


def test_r2_is_measured_on_the_rows_named(rng):
    x = np.arange(20.0)[:, None]
    y = np.concatenate([np.arange(10.0), -2 * np.arange(10.0)])
    # Fitted on the rising half, tested on the falling one: worse than the mean.
    found = prediction.held_out_r2("ridge", x, y, np.arange(10), np.arange(10, 20))
    assert found < 0
    # The truth is -2k, and 10 + k is predicted (ridge shrinks it a little):
    # 1 - sum((10 + 3k)^2) / sum((2k - 9)^2) = 1 - 6265 / 330.
    assert found == pytest.approx(1 - 6265 / 330, rel=0.01)


def test_a_ridge_has_one_strength_for_features_in_any_unit(rng):
    x = rng.normal(size=(60, 40))
    y = x[:, 0] + rng.normal(size=60)
    units = np.logspace(-3, 3, 40)
    found = [prediction.ridge(a, y).predict(a) for a in (x, x * units)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6, atol=1e-9)
    # Forty features and sixty noisy rows need shrinking: inside the grid, not at its end.
    strength = prediction.ridge(x, y)[-1].alpha_
    assert prediction.STRENGTHS[0] < strength < prediction.STRENGTHS[-1]


def test_splits_are_compared_for_every_model_and_feature():
    class Codec:
        def encode(self, smiles):
            return np.array([[s.count("C"), s.count("c")] for s in smiles], float)

    smiles = [f"{'C' * n}{end}" for n in range(1, 13) for end in ("O", "N", "c1ccccc1")]
    y = np.array([s.count("C") for s in smiles], float)
    found = prediction.compare_splits(smiles, y, [Codec(), Codec()], 20, 10)
    assert len(found) == 3 * len(prediction.MODELS)
    for splits in found.values():
        assert list(splits) == ["R2, random split", "R2, scaffold split"]
        assert {len(values) for values in splits.values()} == {2}
    assert min(found["Gaussian process on codes"]["R2, random split"]) > 0.9


def test_rows_of_the_splits_are_those_of_their_seed_and_never_both(monkeypatch):
    smiles = [f"{'C' * n}{end}" for n in range(1, 13) for end in ("O", "N", "C1CC1")]
    calls, y = [], np.arange(36.0)
    monkeypatch.setattr(
        prediction, "held_out_r2", lambda *given: calls.append(given) or 0.0
    )
    monkeypatch.setattr(prediction, "MODELS", {"one": None})

    class Codec:
        def __init__(self, value):
            self.value = value

        def encode(self, some):
            return np.full((len(some), 1), self.value)

    prediction.compare_splits(smiles, y, [Codec(1.0), Codec(2.0)], 12, 8)
    assert [x[0, 0] for _, x, *_ in calls if x.shape[1] == 1] == [1, 1, 2, 2]
    widths = [x.shape[1] for _, x, *_ in calls]
    assert widths == 2 * [1, 1, 1024, 1024, 10, 10]
    (*_, random_train, random_test), (*_, train, test) = calls[:2]
    assert (len(random_train), len(random_test), len(train)) == (12, 8, 12)
    assert not set(random_train) & set(random_test)
    assert not set(train) & set(test)
    skeletons = [set(scaffolds(np.array(smiles)[p])) for p in (train, test)]
    assert not (skeletons[0] & skeletons[1]) - {""}
    assert sorted(train) != list(train)
    assert list(calls[6][3]) != list(random_train)
