"""SELFIES against SMILES, on a few alcohols and amines instead of the full-size sets."""

import dataclasses

import numpy as np
import pytest

from companion import datasets, training
from reproductions import krenn2020
from reproductions.resumable import Progress


@pytest.fixture
def small(monkeypatch):
    data = datasets.load("molecules")
    parts = {"train": 90, "val": 10, "test": 30}
    short = {
        f"{letter}_{part}": getattr(data, f"{letter}_{part}")[:n]
        for part, n in parts.items()
        for letter in "xy"
    }
    small = dataclasses.replace(data, **short)
    monkeypatch.setattr(datasets, "load", lambda name: small)
    settings = {"hidden": 8, "width": 8, "latent_dim": 2, "epochs": 1, "n_generated": 20}
    settings |= {"n_fitted": 40, "n_start": 10, "n_scored": 20}
    for key, value in settings.items():
        monkeypatch.setitem(krenn2020.RECIPE, key, value)
    return small


@pytest.mark.slow
def test_run_measures_both_notations_and_every_search(small, tmp_path):
    training.seed_everything(0)
    value, extras = krenn2020.run(0, Progress(0, tmp_path))
    assert value == 100 * extras["SELFIES, valid"]
    assert np.isfinite(list(extras.values())).all()
    assert sum(name.startswith("best QED") for name in extras) == 5
    assert sum(name.startswith("R2 of solubility") for name in extras) == 6


@pytest.mark.slow
def test_baselines_are_those_without_a_code(small):
    found = krenn2020.baselines()
    assert found["random symbols, valid"] > 0.9
    assert found["copies, novel"] == 0
