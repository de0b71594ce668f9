"""What the stored speed of the brain's models says, and that both sides do the same."""

import numpy as np
import pytest

from companion.brain import networks
from reproductions.bench import brain, brain_speed

RESULT = {
    "network": {
        "variants": {
            "companion": {"seconds": [1.0, 9.0, 2.0], "rate_hz": [40.0, 41.0, 42.0]},
            "Brian2": {"seconds": [3.0, 5.0, 4.0], "rate_hz": [39.0, 39.5, 40.0]},
        }
    },
    "dictionary": {
        "runs": {
            "companion": [
                {"steps": 1, "seconds": [1.0], "objective": 9.0},
                {"steps": 2, "seconds": [2.0, 2.5, 3.0], "objective": 7.0},
                {"steps": 4, "seconds": [4.0], "objective": 6.0},
            ],
            "scikit-learn": [
                {"steps": 1, "seconds": [5.0], "objective": 8.0},
                {"steps": 3, "seconds": [15.0], "objective": 7.0},
                {"steps": 9, "seconds": [45.0], "objective": 5.0},
            ],
        }
    },
}


def test_network_times_are_medians_by_the_companions():
    assert brain_speed.network_rows(RESULT) == [
        ["companion", "2.00", "1.00", "41.0"],
        ["Brian2", "4.00", "2.00", "39.5"],
    ]


def test_libraries_are_compared_where_the_companion_reaches_as_much():
    assert brain_speed.equal_objective(RESULT) == [(1, 5.0, 2.5), (3, 15.0, 2.5)]


@pytest.mark.slow
def test_both_networks_fire_at_the_same_rate():
    params = networks.NetworkParams()
    weights_mv = networks.random_weights(params, np.random.default_rng(0))
    ours = brain.companion_network(params, weights_mv, networks.simulate_network)
    theirs = brain.brian2_network(params, weights_mv, "numpy")
    assert np.mean([ours(), ours()]) == pytest.approx(theirs(), rel=0.1)


@pytest.mark.slow
def test_both_libraries_lower_the_same_objective():
    x = np.random.default_rng(0).laplace(size=(500, brain.SIDE**2))
    none = brain.objective(x, np.eye(brain.ATOMS, brain.SIDE**2))
    for library in brain.STEPS:
        assert brain.objective(x, brain.learn(library, x, 10)) < none


def test_stored_speed_meets_what_the_course_promises():
    result = brain_speed.load()
    network = result["network"]
    assert network["n_neurons"] >= 1000
    assert np.median(network["variants"]["companion"]["seconds"]) <= 2.0
    assert result["dictionary"]["n_patches"] == 10_000
    pairs = brain_speed.equal_objective(result)
    assert len(pairs) >= 3
    assert all(ours <= theirs and ours <= 20.0 for _, theirs, ours in pairs)
