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


def test_each_network_learns_at_the_rate_chosen_for_it():
    rates = {}

    class Recorded:
        def fit(self, name, model, draw, *, optimizer, **settings):
            rates[name] = optimizer.learning_rate
            x, target = draw(np.random.default_rng(0))
            assert len(x) == len(target) == 2 * settings["batch_size"]

    patches = np.zeros((2, 32, 32, 1), np.float32)
    for name, model in zhang2017.networks(0).items():
        zhang2017.train(name, model, patches, Recorded())
    first = {name: float(rate) for name, rate in rates.items()}
    assert first.pop("sparse_autoencoder") == pytest.approx(4e-3)
    assert first.pop("sparse_autoencoder_12_by_12") == pytest.approx(4e-3)
    assert list(first.values()) == pytest.approx([1e-3, 1e-3])


@pytest.mark.slow
def test_the_gain_is_over_the_best_filter(tmp_path):
    training.seed_everything(0)
    value, extras = zhang2017.run(0, Progress(0, tmp_path))
    found = zhang2017.baselines()
    best = max(v for name, v in found.items() if "filling" not in name)
    assert value == extras["PSNR in dB, residual network, noisy"] - best
    assert len(extras) == 12
    assert np.isfinite(list(extras.values())).all()
    # Two updates leave this network near its start: a filter.
    assert extras["PSNR in dB, sparse autoencoder, noisy"] > best - 3.0


@pytest.mark.slow
def test_filters_beat_doing_nothing():
    found = zhang2017.baselines()
    nothing = found.pop("PSNR in dB, nothing")
    filling = [found.pop(name) for name in list(found) if "filling" in name]
    assert len(filling) == 2
    assert nothing == pytest.approx(20 * np.log10(255 / 25), abs=0.3)
    assert min(found.values()) > nothing
    assert len(found) == 5
