"""The committed results say what their modules state, and nothing was typed by hand."""

import importlib
import platform
from copy import deepcopy

import pytest

from reproductions import NAMES, results, run
from reproductions.claims import Paper
from tools.checks import fail_on
from tools.checks.references import bibliography_keys
from tools.execute import ROOT

STORED = results.names()


def paper(name):
    return importlib.import_module(f"reproductions.{name}").PAPER


def test_every_result_belongs_to_a_paper():
    assert set(STORED) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_module_states_its_paper(name):
    stated = paper(name)
    assert isinstance(stated, Paper)
    assert stated.name == name
    assert stated.key in bibliography_keys(ROOT / "references.bib")
    assert len(set(stated.seeds)) >= 3
    epochs = [n for key, n in stated.recipe.items() if key.startswith("epochs")]
    assert stated.epochs % sum(epochs) == 0


@pytest.mark.parametrize("name", STORED)
def test_stored_result_is_sound(name):
    stored = results.load(name)
    fail_on(results.problems(stored, paper(name)))
    assert stored["data_sha256"] == run.data_checksums(stored["dataset"])
    assert platform.node() not in str(stored)


@pytest.mark.parametrize("name", STORED)
def test_stored_result_kept_its_budget(name):
    stored = results.load(name)
    assert max(stored["cpu_seconds"]) <= 60 * stored["budget_cpu_minutes"]


def test_result_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="name must be one of .*; got 'lost1999'"):
        results.load("lost1999")


# Faults planted in a sound result.

SOUND = {
    "paper": "hinton2006reducing",
    "seeds": [0, 1, 2],
    "values": [3.1, 3.0, 2.9],
    "mean": 3.0,
    "std": 0.1,
    "verdict": "reproduced",
    "extras": {"other": [1.0, 2.0, 3.0]},
    "also": {},
    "baselines": {},
    "cpu_seconds": [1.0, 1.0, 1.0],
    "wall_seconds": [1.0, 1.0, 1.0],
    "hardware": {"processor": "a processor", "cores": 2},
    "versions": {},
    "data_sha256": {},
}


@pytest.fixture
def sound():
    stated = paper("hinton2006")
    claim = {key: getattr(stated.claim, key) for key in results.CLAIM_KEYS}
    rest = {key: getattr(stated, key) for key in results.PAPER_KEYS}
    return deepcopy(claim | rest | SOUND)


def test_sound_result_has_no_problem(sound):
    assert results.problems(sound, paper("hinton2006")) == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("published", 3.1, "published of the main claim must be 3.0"),
        ("unit", "mse", "unit of the main claim must be"),
        ("tolerance", 1.0, "tolerance of the main claim must be 0.005"),
        ("mean", 2.9, "mean of the main claim must be 3.0"),
        ("std", 0.0, "std of the main claim must be 0.1"),
        ("verdict", "partly", "verdict of the main claim must be 'reproduced'"),
        ("values", [3.2, 3.0, 2.8], "std of the main claim must be 0.2"),
        ("values", [3.1, 2.9], "values must hold 3 finite numbers"),
        ("seeds", [0, 1], "seeds must be (0, 1, 2)"),
        ("recipe", {}, "recipe must be"),
        ("extras", {"other": [1.0]}, "extras 'other' must hold 3 finite numbers"),
        ("also", {"more": {}}, "also must hold []; got ['more']"),
        ("hardware", {"host": "a"}, "hardware must be processor and cores"),
        ("cpu_seconds", [0.0, 1.0, 1.0], "cpu_seconds must be above 0"),
        ("spread", 1.0, "these keys are missing or unknown: ['spread']"),
    ],
)
def test_fault_in_a_result_is_caught(sound, key, value, message):
    sound[key] = value
    found = results.problems(sound, paper("hinton2006"))
    assert any(message in problem for problem in found), found
