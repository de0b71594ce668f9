"""The verdict: at both sides of each tolerance, in both directions."""

import pytest

from reproductions.claims import VERDICTS, Claim


def claim(**changes):
    settings = {"published": 3.0, "tolerance": 0.1, "partly_tolerance": 0.5}
    return Claim("an error", unit="error", **settings | changes)


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        (0.0, "reproduced"),
        (3.0, "reproduced"),
        (3.1, "reproduced"),
        (3.1001, "partly"),
        (3.5, "partly"),
        (3.5001, "not"),
    ],
)
def test_verdict_where_lower_is_better(mean, verdict):
    assert claim().verdict(mean) == verdict


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        (9.0, "reproduced"),
        (2.9, "reproduced"),
        (2.8999, "partly"),
        (2.5, "partly"),
        (2.4999, "not"),
        (-9.0, "not"),
    ],
)
def test_verdict_where_higher_is_better(mean, verdict):
    assert claim(lower_is_better=False).verdict(mean) == verdict


def test_every_verdict_has_a_name():
    verdicts = [claim().verdict(mean) for mean in (3.0, 3.3, 4.0)]
    assert tuple(verdicts) == VERDICTS


@pytest.mark.parametrize("mean", [float("nan"), float("inf")])
def test_a_run_that_diverged_has_no_verdict(mean):
    with pytest.raises(ValueError, match=f"mean must be finite; got {mean}"):
        claim().verdict(mean)


@pytest.mark.parametrize("tolerance", [-0.1, 0.6])
def test_tolerances_must_be_in_order(tolerance):
    with pytest.raises(ValueError, match=f"partly_tolerance, 0.5; got {tolerance}"):
        claim(tolerance=tolerance)


def test_published_number_must_be_finite():
    with pytest.raises(ValueError, match="published and tolerances must be finite"):
        claim(published=float("nan"))
