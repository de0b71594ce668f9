"""Counts of known molecules, and R2 on planted relations."""

import numpy as np
import pytest

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
    assert prediction.counts(["ClCBr"])[0, list(prediction.COUNTS).index("halogens")] == 2


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
    y = np.concatenate([np.arange(10.0), -np.arange(10.0)])
    # Fitted on the rising half, tested on the falling one: worse than the mean.
    found = prediction.held_out_r2("ridge", x, y, np.arange(10), np.arange(10, 20))
    assert found < 0


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
