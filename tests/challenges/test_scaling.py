"""Batches, precision and streams, against closed forms and limits of the system."""

import numpy as np
import pytest

from companion import datasets
from companion.challenges import scaling_batches as batches
from companion.challenges import scaling_precision as precision
from companion.challenges import scaling_stream as stream
from companion.networks import mlp, optimizers


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits").flat()


@pytest.mark.parametrize(
    ("rule", "times"),
    [("fixed", 1), ("square root", 2), ("linear", 4), ("linear, warm-up", 4)],
)
def test_rules_for_a_batch_four_times_as_large(rule, times):
    assert batches.learning_rate(rule, 64) == pytest.approx(0.2 * times)
    assert batches.learning_rate(rule, 16) == pytest.approx(0.2)


def test_warm_up_rises_from_the_base_rate_along_a_line():
    rates = [batches.warm_rate(1.0, seen, 100) for seen in (0, 25, 50, 100, 500)]
    np.testing.assert_allclose(rates, [0.2, 0.4, 0.6, 1.0, 1.0])
    assert batches.warm_rate(1.0, 0, 0) == 1.0


def test_linear_steps_add_up_where_the_gradient_stands_still(rng):
    """Why the rule: k small steps along one gradient are one step k times as long."""
    params, grads = [[rng.random((3, 2))], []], [[rng.random((3, 2))], []]
    small, state = params, None
    for _ in range(4):
        small, state = optimizers.gradient_descent(small, grads, state, 0.1)
    large, _ = optimizers.gradient_descent(params, grads, None, 0.4)
    np.testing.assert_allclose(small[0][0], large[0][0], rtol=1e-12)


def test_training_is_that_of_the_library_of_the_course(digits):
    """The same loop as `mlp.train`, on a number of rows that the batch divides."""
    x = digits.x_train[:960].astype(float)
    losses, seconds = batches.train(x, x[:50], 32, "linear", 0, 3)
    rng = np.random.default_rng(0)
    params, _ = mlp.train(
        mlp.init(batches.SIZES, rng),
        x,
        x,
        optimizer=optimizers.momentum,
        epochs=3,
        batch_size=32,
        learning_rate=0.4,
        rng=rng,
    )
    wanted = np.mean((mlp.forward(params, x[:50])[-1] - x[:50]) ** 2)
    assert losses[-1] == pytest.approx(wanted, rel=1e-9)
    assert seconds.min() >= 0
    assert (np.diff(seconds) >= 0).all()


def test_a_training_that_diverges_is_infinite(digits):
    x = digits.x_train.astype(float)
    with np.errstate(over="ignore", invalid="ignore"):
        losses, _ = batches.train(x, x, 1024, "linear", 0, 30)
    assert np.isinf(losses[-1])


def test_train_each_keeps_rules_and_sizes_apart(digits):
    x = digits.x_train[:200].astype(float)
    losses, seconds = batches.train_each(x, x, (16, 64), ("fixed", "linear"), (0, 1), 2)
    assert set(losses) == set(seconds)
    assert losses["linear", 64].shape == (2, 2)
    for size, rule in ((64, "linear"), (16, "linear"), (16, "fixed")):
        alone, _ = batches.train(x, x, size, rule, 1, 2)
        np.testing.assert_allclose(losses[rule, size][1], alone)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rule": "cubic"}, "rule must be one of"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"batch_size": 2000}, "batch_size must be at most 1077"),
        ({"epochs": 0}, "epochs must be"),
    ],
)
def test_bad_settings_are_refused(digits, settings, message):
    x = digits.x_train
    good = {"batch_size": 32, "rule": "linear", "seed": 0, "epochs": 1}
    with pytest.raises(ValueError, match=message):
        batches.train(x, x, **good | settings)


@pytest.fixture(scope="module")
def gradients(digits):
    x = digits.x_train[:256].astype(float)
    params = mlp.init(batches.SIZES, np.random.default_rng(0))
    return params, x, mlp.loss_and_grads(params, x, x)[1]


def test_half_precision_is_right_to_its_digits(gradients):
    params, x, exact = gradients
    off = precision.relative_error(precision.half_gradient(params, x), exact)
    assert 1e-5 < off < 20 * np.finfo(np.float16).eps


def test_weights_have_half_precision_too(gradients):
    params, x, _ = gradients
    exact = precision.cast(precision.cast(params, np.float16), float)
    near = tuple([array * (1 + 1e-5) for array in arrays] for arrays in exact)
    one, other = (precision.half_gradient(p, x) for p in (exact, near))
    for a, b in zip([*one[0], *one[1]], [*other[0], *other[1]], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_tiny_scale_loses_all_and_a_huge_one_overflows(gradients):
    params, x, exact = gradients
    gone = precision.half_gradient(params, x, 2.0**-30)
    assert precision.lost_share(gone, exact) == 1.0
    assert precision.relative_error(gone, exact) == pytest.approx(1.0)
    huge = precision.half_gradient(params, x, 2.0**40)
    assert precision.relative_error(huge, exact) == float("inf")


def test_a_power_of_two_changes_nothing_where_nothing_is_lost(gradients):
    params, x, _ = gradients
    one, other = (precision.half_gradient(params, x, 2.0**k) for k in (8, 12))
    for a, b in zip(one[0], other[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-9)


def test_lost_entries_are_counted():
    exact = ([np.array([1.0, 1e-9, 0.0, 2.0])], [np.array([1e-9])])
    rounded = ([np.float16([1.0, 1e-9, 0.0, 2.0])], [np.float16([1e-9])])
    assert precision.lost_share(rounded, exact) == pytest.approx(2 / 4)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_scale_that_is_not_positive_is_refused(gradients, scale):
    with pytest.raises(ValueError, match="scale must be above 0"):
        precision.half_gradient(*gradients[:2], scale)


@pytest.fixture
def file(digits, rng, tmp_path):
    path = tmp_path / "rows"
    stream.write_rows(path, digits.x_train, 1000, rng, chunk=300)
    return path


def test_the_file_holds_the_rows(file, digits):
    assert file.stat().st_size == 1000 * 64
    x = stream.all_rows(file, 64)
    assert x.dtype == np.float32
    off = x[:5, np.newaxis] - digits.x_train
    near = np.take_along_axis(
        off, np.abs(off).mean(axis=-1).argmin(axis=1)[:, None, None], 1
    )
    assert 0.02 < np.abs(near).mean() < 0.05  # half of the noise is clipped at the edges


def test_the_stream_gives_what_memory_holds(file):
    batches_ = stream.batches_from_file(file, 64, 128)
    assert len(batches_) == 7
    x = stream.all_rows(file, 64)
    for index in (0, 3, 6):
        part, target = batches_[index]
        np.testing.assert_array_equal(part, x[128 * index : 128 * (index + 1)])
        assert target is part


@pytest.mark.parametrize("size", [0, 100])
def test_a_file_of_broken_rows_is_refused(tmp_path, size):
    path = tmp_path / "rows"
    path.write_bytes(b"\0" * size)
    with pytest.raises(ValueError, match=f"rows of 64 bytes; got {size} bytes"):
        stream.batches_from_file(path, 64, 10)


def test_run_refuses_what_it_does_not_know(file):
    with pytest.raises(ValueError, match="route must be one of"):
        stream.run("tape", file, 10)
    with pytest.raises(ValueError, match="limit_mib must not be negative; got -1"):
        stream.run("stream", file, -1)


@pytest.mark.skipif(not stream.AVAILABLE, reason="reads Linux's account of memory")
def test_peak_memory_sees_an_array():
    with stream.peak_memory(every_s=0.001) as peak:
        array = np.ones(256 * stream.MIB, dtype=np.uint8)
        assert array.sum() == 256 * stream.MIB
    assert 254 < peak["mib"] < 280


@pytest.mark.slow
@pytest.mark.skipif(not stream.AVAILABLE, reason="the limit is enforced on Linux only")
def test_under_the_limit_only_the_stream_trains(digits, rng, tmp_path):
    path = tmp_path / "rows"
    stream.write_rows(path, digits.x_train, 2**20, rng)  # 64 MiB; 256 MiB as float32
    memory, streamed = (stream.run(route, path, 192) for route in stream.ROUTES)
    assert memory["outcome"] == "MemoryError"
    assert streamed["outcome"] == "trained"
    assert streamed["peak_mib"] < 96
    assert streamed["test_mse"] < np.mean(
        (digits.x_test - digits.x_train.mean(axis=0)) ** 2
    )
