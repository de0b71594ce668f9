"""Ties and rank agreement on tables made by hand."""

import numpy as np
import pytest

from companion.autoencoders import decision

TABLE = {
    "mean": {"squared error": [4.0]},
    "PCA": {"squared error": [1.5], "anomaly AUC": [0.80]},
    "dense": {"squared error": [1.0, 1.1, 1.2], "anomaly AUC": [0.85, 0.86, 0.87]},
    "tied": {"squared error": [1.0, 1.3, 1.6], "anomaly AUC": [0.70, 0.88, 0.71]},
    "near": {"squared error": [1.22, 1.25, 1.3], "anomaly AUC": [0.81, 0.80, 0.80]},
}


def test_who_is_not_worse_in_nearly_all_draws_of_seeds_ties():
    # All draws of "near" are at least 1.22 and those of "dense" at most 1.2.
    assert decision.tied_for_best(TABLE, "squared error", share=0) == ["dense", "tied"]
    # Their means are 0.16 apart, less than 20 % of 1.1; PCA is at least 0.3 apart.
    near = decision.tied_for_best(TABLE, "squared error", share=0.2)
    assert near == ["dense", "tied", "near"]


def test_of_shares_the_larger_is_better_and_the_margin_is_in_points():
    # The means over seeds of "near" are 0.04 to 0.07 below those of "dense".
    assert decision.tied_for_best(TABLE, "anomaly AUC") == ["dense", "tied"]
    assert "near" in decision.tied_for_best(TABLE, "anomaly AUC", points=0.07)


def test_differences_are_taken_on_the_same_images(rng):
    hard = 10 * rng.random(300)  # images differ far more than models
    table = {"a": {"squared error": [hard]}, "b": {"squared error": [hard + 0.5]}}
    assert decision.tied_for_best(table, "squared error") == ["a"]
    # Without the pairing the same numbers are no evidence: 2 * 2.9 / sqrt(300) = 0.33 is
    # the spread of a difference of means.
    table["b"]["squared error"] = [rng.permutation(hard) + 0.5]
    assert decision.tied_for_best(table, "squared error") == ["a", "b"]


def test_draws_spread_as_the_standard_error_of_the_paired_mean(rng):
    one, two = rng.normal(size=(2, 400))
    drawn = decision.drawn_anew({"a": [one], "b": [two + 0.9 * one]}, n_draws=4000)
    difference = drawn["b"] - drawn["a"]
    expected = np.std(two - 0.1 * one) / np.sqrt(400)
    assert difference.std() == pytest.approx(expected, rel=0.05)
    assert difference.mean() == pytest.approx(np.mean(two - 0.1 * one), abs=0.005)


def test_parts_of_one_run_are_drawn_apart_and_added(rng):
    images, labels = rng.normal(size=300), rng.normal(size=7)
    drawn = decision.drawn_anew({"a": [(images, labels)]}, n_draws=4000)["a"]
    assert drawn.mean() == pytest.approx(images.mean() + labels.mean(), abs=0.02)
    variance = images.var() / 300 + labels.var() / 7
    assert drawn.std() == pytest.approx(np.sqrt(variance), rel=0.05)
    values = decision.values_of({"a": {"m": [(images, labels), 2.0]}})["a"]["m"]
    np.testing.assert_allclose(values, [images.mean() + labels.mean(), 2.0])


def test_the_margin_of_a_bound_is_a_nat_wherever_its_zero_lies():
    for zero in (-500.0, 0.0, 500.0):
        table = {
            n: {"bound": [zero + v]} for n, v in {"a": 3.0, "b": 2.1, "c": 1.9}.items()
        }
        assert decision.tied_for_best(table, "bound") == ["a", "b"]


def test_the_best_model_has_the_best_mean_and_not_the_luckiest_seed():
    table = {
        "lucky": {"squared error": [1.0, 5.0, 5.0]},
        "steady": {"squared error": [3.0, 3.1, 3.2]},
        "bad": {"squared error": [3.9, 3.9, 3.9]},  # 0.8 behind, and 0.2 behind "lucky"
    }
    tied = decision.tied_for_best(table, "squared error", share=0.1)
    assert tied == ["lucky", "steady"]
    ranks = {
        "a": {"squared error": [9.0, 1.0, 1.0], "PSNR": [30.0]},
        "b": {"squared error": [5.0, 5.0, 5.0], "PSNR": [20.0]},
        "c": {"squared error": [1.0, 9.0, 9.0], "PSNR": [10.0]},
    }
    both = decision.agreement(ranks, ("squared error", "PSNR"), ("a", "b", "c"))
    np.testing.assert_allclose(both, 1.0)


def test_errors_and_distances_are_better_if_smaller_and_nothing_else_is():
    smaller = {m for m, larger in decision.LARGER_IS_BETTER.items() if not larger}
    named = {m for m in decision.LARGER_IS_BETTER if "error" in m or "distance" in m}
    assert smaller == named


def test_the_decision_table_names_yardsticks_apart_and_pca_always():
    table = TABLE | {"copies": {"squared error": [0.1]}}
    rows = decision.decide(table, {"copy": "squared error", "odd": "anomaly AUC"})
    assert rows[0][2:] == ["copies", "dense, tied", "1.00 to 1.60", "1.50"]
    assert rows[1][2:] == ["dense, tied", "dense, tied", "0.70 to 0.88", "0.80"]


def test_stages_are_written_as_ranges():
    rows = decision.stage_rows({"a": ([1.0, 3.0], [0.5])}, digits=1)
    assert rows == [["a", "2.0 (1.0 to 3.0)", "0.5"]]


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


def test_a_measure_that_is_not_defined_is_written_as_a_dash():
    rows = decision.measured(TABLE, {"squared error": 1, "anomaly AUC": 2})
    assert rows[0] == ["mean", "4.0", "–"]
    assert rows[2] == ["dense", "1.1 (1.0 to 1.2)", "0.86 (0.85 to 0.87)"]
    assert len(decision.measured(TABLE, {"anomaly AUC": 2})) == 4
