"""Ties and rank agreement on tables made by hand."""

import numpy as np
import pytest

from companion.autoencoders import decision

TABLE = {
    "mean": {"squared error": [4.0]},
    "PCA": {"squared error": [1.5], "anomaly AUC": [0.80]},
    "dense": {"squared error": [1.0, 1.1, 1.2], "anomaly AUC": [0.85, 0.86, 0.87]},
    "tied": {"squared error": [1.19, 1.3, 1.4], "anomaly AUC": [0.70, 0.83, 0.71]},
    "near": {"squared error": [1.22, 1.25, 1.3], "anomaly AUC": [0.81, 0.80, 0.80]},
}


def test_ranges_that_touch_up_to_the_margin_tie():
    # The worst run of the best is 1.2; 3 % of it are 0.036.
    assert decision.tied_for_best(TABLE, "squared error") == ["dense", "tied", "near"]
    assert decision.tied_for_best(TABLE, "squared error", share=0) == ["dense", "tied"]


def test_of_shares_the_larger_is_better_and_the_margin_is_in_points():
    # The worst run of the best is 0.85; 0.83 lies within 0.03, and 0.81 does not.
    assert decision.tied_for_best(TABLE, "anomaly AUC") == ["dense", "tied"]
    assert decision.tied_for_best(TABLE, "anomaly AUC", points=0.05)[0] == "PCA"


def test_the_decision_table_names_pca_even_where_it_does_not_win():
    rows = decision.decide(TABLE, {"copy": "squared error", "odd": "anomaly AUC"})
    assert rows[0] == ["copy", "squared error", "dense, tied, near", "1.00 to 1.40", "1.50"]
    assert rows[1][2:] == ["dense, tied", "0.70 to 0.87", "0.80"]


@pytest.mark.parametrize(
    ("measure", "message"), [("beauty", "measure must be one of"), ("SSIM", "must hold")]
)
def test_measures_that_are_unknown_or_missing_are_refused(measure, message):
    with pytest.raises(ValueError, match=message):
        decision.tied_for_best(TABLE, measure)


def test_agreement_is_one_where_both_measures_order_the_models_alike():
    names = ("PCA", "dense", "near")
    both = decision.agreement(TABLE, ("squared error", "anomaly AUC"), names)
    # Errors order dense, near, PCA; the AUC does too.
    np.testing.assert_allclose(both, np.ones((2, 2)))
    worse = TABLE | {"near": {"squared error": [9.0], "anomaly AUC": [0.99]}}
    both = decision.agreement(worse, ("squared error", "anomaly AUC"), names)
    # Ranks (2, 1, 3) and (3, 2, 1): 1 - 6 (1 + 1 + 4) / (3 * 8) = -0.5.
    assert both[0, 1] == pytest.approx(-0.5)


def test_two_models_have_no_rank_correlation():
    with pytest.raises(ValueError, match="models must name at least three"):
        decision.agreement(TABLE, ("squared error",), ("PCA", "dense"))


def test_one_value_has_no_range():
    assert decision.format_values([1.234], 1) == "1.2"
    assert decision.format_values([1.0, 2.0, 6.0], 1) == "3.0 (1.0 to 6.0)"


def test_a_measure_that_is_not_defined_is_written_as_none():
    rows = decision.measured(TABLE, {"squared error": 1, "anomaly AUC": 2})
    assert rows[0] == ["mean", "4.0", "none"]
    assert rows[2] == ["dense", "1.1 (1.0 to 1.2)", "0.86 (0.85 to 0.87)"]
    assert len(decision.measured(TABLE, {"anomaly AUC": 2})) == 4
