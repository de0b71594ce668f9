"""An interrupted training in NumPy ends with the same bits, and stops when it is enough."""

import numpy as np
import pytest

from reproductions.array_training import advance
from reproductions.resumable import Progress


class Cut(Exception):
    """Stands for a training that was interrupted."""


def noise(params, epoch, rng):
    weights, biases = params
    moved = [w + rng.normal(size=w.shape).astype(w.dtype) for w in weights]
    return (moved, [b + epoch for b in biases]), moved[0].sum()


@pytest.fixture
def start():
    return [np.zeros((2, 3), np.float32), np.ones((3, 1), np.float32)], [
        np.zeros(3),
        np.zeros(1),
    ]


def test_an_interrupted_training_ends_the_same(start, tmp_path):
    whole, measured = advance(Progress(3, tmp_path / "a"), "x", start, noise, 6)

    def cut(params, epoch, rng):
        if epoch == 4:
            raise Cut
        return noise(params, epoch, rng)

    with pytest.raises(Cut):
        advance(Progress(3, tmp_path / "b"), "x", start, cut, 6)
    again, same = advance(Progress(3, tmp_path / "b"), "x", start, noise, 6)
    assert measured == same
    for one, two in zip([*whole[0], *whole[1]], [*again[0], *again[1]], strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


def test_parts_and_seeds_draw_differently(start, tmp_path):
    found = {
        (seed, part): advance(Progress(seed, tmp_path / f"{seed}"), part, start, noise, 1)[
            1
        ][0]
        for seed in (0, 1)
        for part in ("ab", "c")
    }
    assert len(set(found.values())) == 4


def test_it_ends_when_the_measure_is_reached_and_the_bar_is_full(start, tmp_path):
    class Bar:
        n = 0

        def update(self, n):
            self.n += n

    def one(params, epoch, rng):
        return params, epoch

    bar = Bar()
    progress = Progress(0, tmp_path, bar)
    _, measured = advance(progress, "x", start, one, 10, enough=3)
    assert measured == [0, 1, 2, 3]
    assert bar.n == 10
    again = Bar()
    advance(Progress(0, tmp_path, again), "x", start, one, 10, enough=3)
    assert again.n == 10


def test_the_clock_of_an_earlier_run_is_counted(start, tmp_path):
    advance(Progress(0, tmp_path), "x", start, noise, 2)
    with np.load(tmp_path / "x.npz") as stored:
        spent = stored["arr_1"]
    assert Progress(0, tmp_path).seconds()[1] >= spent[1]
