"""Tables of shares against hand-made counts, and code lengths against entropies."""

from itertools import product

import numpy as np
import pytest
import scipy.stats

from companion.autoencoders.index_priors import (
    TablePrior,
    chosen_strength,
    copied_share,
    judge_rows,
)
from companion.autoencoders.samples import frechet_distance, neighbor_test_accuracy

ROWS = np.array([[0, 1], [0, 1], [0, 2], [2, 0]])


def test_shares_are_the_counts_drawn_towards_the_shorter_context():
    prior = TablePrior(3, 1, strength=2.0).fit(ROWS)
    first = (np.array([3, 0, 1]) + 2 / 3) / 6
    np.testing.assert_allclose(prior.shares([]), first)
    anywhere = (np.array([1, 2, 1]) + 2 / 3) / 6
    np.testing.assert_allclose(prior.shares([0]), (np.array([0, 2, 1]) + 2 * anywhere) / 5)
    np.testing.assert_allclose(prior.shares([1]), anywhere)  # 1 never came first


def test_looking_at_nothing_at_all_is_the_uniform_prior():
    bits = TablePrior(3, -1).fit(ROWS).bits([[2, 2], [0, 1]])
    np.testing.assert_allclose(bits, 2 * np.log2(3))


@pytest.mark.parametrize("n_previous", [-1, 0, 1, 2])
def test_probabilities_of_all_rows_sum_to_one(rng, n_previous):
    rows = rng.integers(0, 3, size=(20, 3))
    prior = TablePrior(3, n_previous).fit(rows)
    every = np.array(list(product(range(3), repeat=3)))
    assert np.sum(2.0 ** -prior.bits(every)) == pytest.approx(1.0)


def test_bits_of_many_independent_numbers_reach_their_entropy(rng):
    shares = [0.5, 0.3, 0.15, 0.05]
    rows = rng.choice(4, p=shares, size=(4000, 2))
    bits = TablePrior(4, 0).fit(rows[:3000]).bits(rows[3000:]).mean()
    assert bits == pytest.approx(2 * scipy.stats.entropy(shares, base=2), rel=0.03)


def test_looking_back_pays_only_if_there_is_something_to_see(rng):
    copied = np.repeat(rng.integers(0, 4, size=(500, 1)), 2, axis=1)
    alone, pairs = (TablePrior(4, k).fit(copied).bits(copied).mean() for k in (0, 1))
    assert alone == pytest.approx(4.0, rel=0.02)
    assert pairs == pytest.approx(2.0, rel=0.05)


def test_drawn_rows_have_the_shares_of_the_tables(rng):
    prior = TablePrior(3, 1).fit(ROWS)
    drawn = prior.sample(4000, rng)
    assert drawn.shape == (4000, 2)
    counts = np.bincount(drawn[:, 0], minlength=3) / 4000
    np.testing.assert_allclose(counts, prior.shares([]), atol=0.03)
    after = drawn[drawn[:, 0] == 0, 1]
    counts = np.bincount(after, minlength=3) / len(after)
    np.testing.assert_allclose(counts, prior.shares([0]), atol=0.04)


def test_tables_are_forgotten_when_others_are_fitted():
    prior = TablePrior(3, 1).fit(ROWS)
    assert prior.shares([0])[1] > 0.5
    np.testing.assert_allclose(prior.fit(ROWS[3:]).shares([0]), prior.shares([1]))


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="n_previous .* 2 must be .* got 0"):
        TablePrior(3, -2)
    with pytest.raises(ValueError, match="strength must be above 0; got 0"):
        TablePrior(3, 0, strength=0)
    with pytest.raises(ValueError, match="lie from 0 to 2; got values from 0 to 3"):
        TablePrior(3, 0).fit([[0, 3]])
    with pytest.raises(ValueError, match="must be .n, P., not empty"):
        TablePrior(3, 0).fit([1, 2])


def test_copies_are_counted_as_rows():
    assert copied_share([[0, 1], [1, 0], [0, 2], [1, 1]], ROWS) == 0.5


def test_rows_of_the_data_pass_and_rows_of_noise_fail(rng):
    x = rng.normal(size=(200, 3)) * [1.0, 2.0, 3.0]
    images = np.concatenate([x, 30 + rng.normal(size=(50, 3))])
    train, test = np.arange(100)[:, None], np.arange(100, 150)[:, None]

    def judge(rows):
        return judge_rows(rows, test, train, lambda r: images[r[:, 0]], images[100:150])

    good, bad = judge(np.arange(150, 200)[:, None]), judge(np.arange(200, 250)[:, None])
    assert 0.35 < good[0] < 0.65
    assert bad[0] == 1.0
    assert bad[1] > 2000 > 10 > good[1]  # three features, each about 30 away
    assert good[2] == 0.0
    assert judge(train[:50])[2] == 1.0


def test_rows_are_judged_against_the_right_images(rng):
    rows, test, train = (rng.integers(0, 9, (40, 1)) for _ in range(3))
    x_test, pictures = rng.normal(size=(40, 3)) + 2.0, rng.normal(size=(9, 3))
    found = judge_rows(rows, test, train, lambda r: pictures[r[:, 0]], x_test)
    made, coded = pictures[rows[:, 0]], pictures[test[:, 0]]
    assert found[0] == neighbor_test_accuracy(coded, made)
    assert found[1] == pytest.approx(frechet_distance(x_test, made))


def test_rows_by_chance_want_strong_smoothing_and_copies_want_little(rng):
    chance = rng.integers(0, 6, size=(2, 300, 2))
    copied = np.repeat(chance[:, :, :1], 2, axis=2)
    assert chosen_strength(chance[:, :150], chance[:, 150:], 6, 1) == 200.0
    assert chosen_strength(copied[:, :150], copied[:, 150:], 6, 1) == 0.2


def test_a_table_looks_at_the_numbers_right_before_its_place(rng):
    rows = rng.integers(0, 4, size=(500, 3))
    rows[:, 2] = rows[:, 1]
    bits = TablePrior(4, 1).fit(rows).bits(rows).mean()
    assert bits == pytest.approx(4.0, rel=0.04)
    after = TablePrior(4, 1).fit(rows).shares([0, 3])
    assert after.argmax() == 3
    # A pair that was never seen is left with what the nearer number tells.
    fewer = rows[(rows[:, 0] != 0) | (rows[:, 1] != 3)]
    unseen = TablePrior(4, 2).fit(fewer).shares([0, 3])
    np.testing.assert_allclose(unseen, TablePrior(4, 1).fit(fewer).shares([0, 3]))
