"""Pruning: its schedule, its masks, the price of places, and a training."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from companion import datasets
from companion.challenges import pruning, small_trials
from companion.networks import stacked


def test_schedule_by_hand():
    # A half left: of the way from 1 to 0.2 an eighth, (1/2)^3, remains.
    assert pruning.kept(0, 100, 300, 0.2) == 1.0
    assert pruning.kept(100, 100, 300, 0.2) == 1.0
    assert pruning.kept(200, 100, 300, 0.2) == pytest.approx(0.2 + 0.8 / 8)
    assert pruning.kept(300, 100, 300, 0.2) == pytest.approx(0.2)
    assert pruning.kept(999, 100, 300, 0.2) == pytest.approx(0.2)


@given(share=st.floats(0.01, 1.0), seed=st.integers(0, 99))
def test_the_largest_are_marked_and_as_many_as_wanted(share, seed):
    scores = np.random.default_rng(seed).normal(size=(2, 5, 8))
    marked = pruning.largest(scores, np.array([share, 1.0]))
    assert marked[0].sum() == max(1, round(share * 40))
    assert marked[1].all()
    if not marked[0].all():
        assert scores[0][marked[0]].min() >= scores[0][~marked[0]].max()


def test_equal_scores_are_not_all_marked():
    assert pruning.largest(np.zeros((1, 4, 5)), np.array([0.25])).sum() == 5


@pytest.fixture
def small():
    x = np.random.default_rng(0).random((100, 6))
    return stacked.init([6, 8, 2, 8, 6], (0, 0, 1, 1)), x


def test_pruned_members_keep_their_share_of_each_layer(small):
    params, x = small
    shares = np.array([0.5, 0.25, 1.0, 0.25])
    random = np.array([False, False, False, True])
    trained = pruning.train(
        params, x, n_steps=90, learning_rate=0.01, shares=shares, random=random
    )
    for w in trained[0]:
        np.testing.assert_allclose((w != 0).mean(axis=(1, 2)), shares, atol=0.02)
    np.testing.assert_allclose(pruning.shares_kept(trained), shares, atol=0.02)


def test_pruning_by_size_takes_the_small_weights_first(small):
    params, x = small
    whole = pruning.train(params, x, n_steps=90, learning_rate=1e-6)
    half = pruning.train(
        params, x, n_steps=90, learning_rate=1e-6, shares=np.array([0.5] * 4)
    )
    for a, b in zip(whole[0], half[0], strict=True):
        kept = b[0] != 0
        assert np.abs(a[0][kept]).min() >= np.abs(a[0][~kept]).max() - 1e-4


def test_the_connections_are_fixed_in_the_last_third(small):
    params, x = small
    shares = np.array([0.3] * 4)
    early = pruning.train(params, x, n_steps=90, learning_rate=0.01, shares=shares)
    again = pruning.train(params, x, n_steps=90, learning_rate=0.01, shares=shares)
    for a, b in zip(early[0], again[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert (np.abs(early[0][0]) > 0).mean() == pytest.approx(0.3, abs=0.02)


def test_arguments_are_left_unchanged_and_members_apart(small):
    params, x = small
    before = [w.copy() for w in params[0]]
    shares = np.array([0.5, 0.25, 1.0, 0.25])
    together = pruning.train(params, x, n_steps=60, learning_rate=0.01, shares=shares)
    for a, b in zip(before, params[0], strict=True):
        np.testing.assert_array_equal(a, b)
    alone = tuple([a[1:2] for a in arrays] for arrays in params)
    alone = pruning.train(alone, x, n_steps=60, learning_rate=0.01, shares=shares[1:2])
    np.testing.assert_allclose(together[0][1][1], alone[0][1][0], rtol=1e-9)


@given(share=st.floats(0.01, 1.0))
def test_places_cost_the_entropy_of_the_mask(share):
    places = entropy([share, 1 - share], base=2)
    assert pruning.sparse_bits(share, 8) == pytest.approx(places + 8 * share)


def test_bytes_of_integers_agree_with_scipy_and_zlib(rng):
    q = np.where(rng.random(5000) < 0.2, rng.integers(-127, 128, 5000), 0)
    counts = np.unique(q, return_counts=True)[1]
    expected = 5000 * entropy(counts, base=2) / 8
    assert pruning.entropy_bytes(q) == pytest.approx(expected)
    packed = zlib.compress(q.astype(np.int8).tobytes(), 9)
    assert pruning.zipped_bytes(q) == len(packed)
    assert pruning.entropy_bytes(q) < pruning.zipped_bytes(q) < 5000
    assert pruning.entropy_bytes(np.arange(256) - 128) == pytest.approx(256)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pruning.kept(0, 1, 2, 0.0), "final must lie above 0"),
        (lambda: pruning.kept(0, 2, 2, 0.5), "end must be above start, 2; got 2"),
        (lambda: pruning.zipped_bytes([0, 200]), "symbols must fit into 8 bits"),
        (lambda: pruning.sparse_bits(0.0, 8), "share must lie above 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_eight_bits_round_every_column_by_half_a_step_at_most(rng):
    params = stacked.init([6, 8, 2, 8, 6], (0, 1))
    params[0][0][0, :3] = 0.0
    rounded, integers = small_trials.in_eight_bits(params)
    for w, r in zip(params[0], rounded[0], strict=True):
        step = np.abs(w).max(axis=1, keepdims=True) / 127
        assert (np.abs(w - r) <= 0.501 * step).all()
        np.testing.assert_allclose(r / step, np.rint(r / step), atol=1e-4)
    assert (rounded[0][0][0, :3] == 0).all()
    assert [q.size for q in integers] == [2 * (48 + 16)] * 2


def test_pca_in_eight_bits_costs_a_byte_a_number_and_little_error():
    data = datasets.load("digits").flat()
    mse, n_bytes = small_trials.of_pca_in_eight_bits(data)
    assert n_bytes == 9 * 64
    assert mse == pytest.approx(small_trials.of_baselines(data)["PCA"], rel=0.01)


@pytest.mark.slow
def test_by_size_beats_random_and_a_narrow_network_of_as_many_weights():
    data = datasets.load("digits").flat()
    networks = small_trials.train_pruned(data, (0, 1, 2), shares=(0.25, 0.05))
    found = small_trials.of_networks(networks, data.x_test)
    mse = {name: values[:, 0].mean(axis=1) for name, values in found.items()}
    assert (mse["by size"] < mse["at random"]).all()
    assert mse["by size"][0] < mse["narrow"][0]
    baselines = small_trials.of_baselines(data)
    assert mse["by size"][0] < baselines["PCA"] < mse["by size"][1] < baselines["mean"]
    for values in found.values():
        np.testing.assert_allclose(values[:, 1], values[:, 0], rtol=0.02)
