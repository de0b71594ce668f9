"""The table of methods: what is bold, and what is refused."""

import numpy as np
import pytest

from companion import page, scores

MEASURES = {"error": ("lower", 2), "AUC": ("higher", 3)}


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(page, "_show", found.append)
    return found


def test_the_best_and_what_lies_within_its_spread_are_bold(shown):
    results = {
        # Mean 0.30, standard deviation 0.02: a mean of 0.31 is within, one of 0.33 is not.
        "ours": {"error": [0.28, 0.30, 0.32], "AUC": 0.9},
        "near": {"error": [0.31, 0.31], "AUC": 0.9001},
        "far": {"error": [0.33, 0.33]},
    }
    scores.show(results, MEASURES)
    assert shown == [
        "| method | error | AUC |\n"
        "| :--- | ---: | ---: |\n"
        "| ours | **0.30 ± 0.02** | 0.900 |\n"
        "| near | **0.31 ± 0.00** | **0.900** |\n"
        "| far | 0.33 ± 0.00 | – |"
    ]


def test_only_the_spread_of_the_best_counts(shown):
    results = {"a": {"AUC": [0.9, 0.9]}, "b": {"AUC": [0.6, 1.0]}}
    scores.show(results, {"AUC": ("higher", 1)})
    assert "| a | **0.9 ± 0.0** |" in shown[0]
    assert "| b | 0.8 ± 0.3 |" in shown[0]


@pytest.mark.parametrize(
    ("results", "measures", "message"),
    [
        ({}, MEASURES, "at least one method"),
        ({"a": {"mse": 1.0}}, MEASURES, "must name all of a; got no {'mse'}"),
        ({"a": {"error": [1.0, np.nan]}}, MEASURES, "error of a must be finite"),
        ({"a": {"error": []}}, MEASURES, "error of a must be finite"),
        ({"a": {"error": 1.0}}, {"error": ("less", 1)}, "higher or lower; got 'less'"),
    ],
)
def test_wrong_scores_are_refused_before_anything_is_shown(
    shown, results, measures, message
):
    with pytest.raises(ValueError, match=message):
        scores.show(results, measures)
    assert not shown
