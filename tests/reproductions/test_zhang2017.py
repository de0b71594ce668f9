"""A residual network against filters, with a few updates instead of thousands."""

import numpy as np
import pytest

from companion import training
from reproductions import zhang2017
from reproductions.resumable import Progress


@pytest.fixture(autouse=True)
def short(monkeypatch):
    settings = {"steps_per_epoch": 2, "epochs": 1, "filters": 4, "depth": 2}
    for key, value in (settings | {"test_side": 64}).items():
        monkeypatch.setitem(zhang2017.RECIPE, key, value)


@pytest.mark.slow
def test_the_gain_is_over_the_best_filter(tmp_path):
    training.seed_everything(0)
    value, extras = zhang2017.run(0, Progress(0, tmp_path))
    best = max(zhang2017.baselines().values())
    assert value == extras["PSNR in dB, residual network, noisy"] - best
    assert len(extras) == 6
    assert np.isfinite(list(extras.values())).all()
    # Two updates leave the start of this network nearly as it was: a filter.
    assert extras["PSNR in dB, sparse autoencoder, noisy"] > best - 1.0


@pytest.mark.slow
def test_filters_beat_doing_nothing():
    found = zhang2017.baselines()
    nothing = found.pop("PSNR in dB, nothing")
    assert nothing == pytest.approx(20 * np.log10(255 / 25), abs=0.3)
    assert min(found.values()) > nothing
    assert len(found) == 5
