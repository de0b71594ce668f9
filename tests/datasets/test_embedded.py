"""Embedded data against the files they come from and against published counts."""

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from sklearn.datasets import load_breast_cancer, load_digits

from companion.datasets import load
from companion.datasets.embedded import _windows


def merged(data, axis="x"):
    return np.concatenate(
        [getattr(data, f"{axis}_{part}") for part in ("train", "val", "test")]
    )


def rows(array):
    """The rows of an array in one fixed order, so that sets of rows can be compared."""
    array = np.reshape(array, (len(array), -1))
    return array[np.lexsort(array.T)]


def test_digits_are_all_of_scikit_learn_s():
    data = load("digits")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [1077, 360, 360]
    expected = np.column_stack((load_digits().data, load_digits().target))
    found = np.column_stack((16.0 * merged(data.flat()), merged(data, "y")))
    np.testing.assert_array_equal(rows(found), rows(expected))


@pytest.mark.parametrize("name", ["digits", "faces", "breast_cancer"])
def test_splits_are_stratified(name):
    data = load(name)
    share = np.bincount(merged(data, "y")) / len(merged(data))
    for y in (data.y_train, data.y_val, data.y_test):
        # Each class is within one example of its share.
        np.testing.assert_allclose(np.bincount(y), share * len(y), atol=1.0)


def test_faces_are_the_first_hundred():
    import skimage.data

    data = load("faces")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [120, 40, 40]
    images = skimage.data.lfw_subset().astype(np.float32).reshape(200, -1)
    for y, expected in [(1, images[:100]), (0, images[100:])]:
        found = merged(data.flat())[merged(data, "y") == y]
        np.testing.assert_array_equal(rows(found), rows(expected))


def test_breast_cancer_counts_and_sign():
    data = load("breast_cancer")
    assert [len(x) for x in (data.x_train, data.x_val, data.x_test)] == [341, 114, 114]
    # The UCI description counts 357 benign and 212 malignant tumors.
    np.testing.assert_array_equal(np.bincount(merged(data, "y")), [357, 212])
    # Malignant tumors are larger: column 0 is the mean radius.
    assert load_breast_cancer().feature_names[0] == "mean radius"
    malignant = data.y_train == 1
    assert data.x_train[malignant, 0].mean() > data.x_train[~malignant, 0].mean()


def test_breast_cancer_is_standardized_by_training_rows_alone():
    data = load("breast_cancer")
    train = data.x_train.astype(float)
    np.testing.assert_allclose(train.mean(axis=0), 0.0, atol=1e-6)  # float32 rounding
    np.testing.assert_allclose(train.std(axis=0), 1.0, rtol=1e-6)
    # Undone with one scale and shift for all parts, the original rows come back.
    raw = load_breast_cancer().data
    everything = merged(data).astype(float)
    assert np.abs(everything.mean(axis=0)).max() > 1e-3
    for column in range(30):
        order, original = np.sort(everything[:, column]), np.sort(raw[:, column])
        slope, offset = np.polyfit(order, original, 1)
        np.testing.assert_allclose(slope * order + offset, original, atol=1e-5 * slope)


def test_membrane_is_in_millivolts():
    data = load("membrane")
    shapes = [x.shape for x in (data.x_train, data.x_val, data.x_test)]
    assert shapes == [(285, 100), (24, 100), (24, 100)]
    # A cell at rest near -67 mV, and action potentials that end near 0 mV.
    assert data.x_train[0].mean() == pytest.approx(-67.0, abs=1.0)
    assert 0.0 < data.x_test.max() < 10.0


def test_membrane_windows_stand_where_y_says():
    with get_sample_data("membrane.dat") as file:
        trace_mv = 100.0 * np.frombuffer(file.read(), "<f4").astype(float)
    assert len(trace_mv) == 12_000
    # One action potential is one upward crossing of -20 mV.
    assert np.sum((trace_mv[1:] > -20.0) & (trace_mv[:-1] <= -20.0)) == 57
    data = load("membrane")
    for x, y in [
        (data.x_train, data.y_train),
        (data.x_val, data.y_val),
        (data.x_test, data.y_test),
    ]:
        for window, start in zip(x, y, strict=True):
            np.testing.assert_allclose(window, trace_mv[start : start + 100], rtol=1e-6)
    assert data.y_train.max() + 100 <= data.y_val.min()
    assert data.y_val.max() + 100 <= data.y_test.min()


def test_eeg_windows_are_stretches_of_one_channel():
    with get_sample_data("eeg.dat") as file:
        signal = np.frombuffer(file.read(), "<f8").reshape(800, 4)
    # Time first: read the other way, a channel would have no memory from step to step.
    for channel in signal.T:
        assert np.corrcoef(channel[1:], channel[:-1])[0, 1] > 0.8
    np.testing.assert_allclose(signal.std(axis=0), 1.0, atol=0.005)
    data = load("eeg")
    shapes = [x.shape for x in (data.x_train, data.x_val, data.x_test)]
    assert shapes == [(180, 40), (16, 40), (16, 40)]
    starts = [range(0, 441, 10), range(480, 640, 40), range(640, 800, 40)]
    for part, begins in zip(("train", "val", "test"), starts, strict=True):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        expected = [signal[t : t + 40, c] for c in range(4) for t in begins]
        np.testing.assert_array_equal(x, np.float32(expected))
        np.testing.assert_array_equal(y, np.repeat(np.arange(4), len(begins)))


@pytest.mark.parametrize(
    ("n_samples", "n_steps", "hop"), [(100, 7, 3), (55, 5, 1), (40, 8, 8)]
)
def test_no_window_reaches_into_another_part(n_samples, n_steps, hop):
    # A signal that is its own clock: each value is the time at which it was taken.
    clock = np.arange(n_samples, dtype=float)[:, np.newaxis]
    train, val, test = (set(np.ravel(x)) for x, _, _ in _windows(clock, n_steps, hop))
    assert max(train) < min(val)
    assert max(val) < min(test)
    assert max(train) < 0.6 * n_samples
    assert max(val) < 0.8 * n_samples
