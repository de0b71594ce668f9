"""Rosenblatt's rule: by hand, against scikit-learn, and within its bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import LinearSVC

from companion.networks import perceptron
from reproductions.networks import perceptron as reproduction

XOR = perceptron.with_bias([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR_LABELS = np.array([-1, 1, 1, -1])


def separable(seed, n_inputs, n_points, gap):
    """Points with a bias on either side of a random teacher, none nearer than `gap`."""
    rng = np.random.default_rng(seed)
    teacher = rng.normal(size=n_inputs + 1)
    x = perceptron.with_bias(rng.normal(size=(n_points, n_inputs)))
    score = x @ teacher / np.linalg.norm(teacher)
    keep = np.abs(score) > gap
    keep[np.argmax(np.abs(score))] = True  # never empty
    return x[keep], np.sign(score[keep]), teacher


# The rule, step by step on paper.


def test_three_presentations_by_hand():
    # (1, 0): 0 counts as a mistake, w = (1, 0). (1, 1): w.x = 1, wrong, w = (0, -1).
    # (0, 1): wrong again, w = (0, 0); the second epoch goes the same way.
    x, y = np.array([[1.0, 0], [1, 1], [0, 1]]), np.array([1, -1, 1])
    once = perceptron.train(x, y, epochs=1)
    np.testing.assert_array_equal(once.weights, [0, 0])
    assert once.mistakes == [3]
    # w after each presentation: (1, 0), (0, -1), (0, 0).
    np.testing.assert_allclose(once.average, [1 / 3, -1 / 3])
    # (1, 0) is wrong on the last two (a score of zero is wrong), (0, -1) on two as well.
    np.testing.assert_array_equal(once.pocket, [1, 0])


def test_the_score_zero_is_answered_minus_one():
    answers = perceptron.predict(np.array([1.0, 0]), [[0, 5], [2, 0], [-2, 0]])
    np.testing.assert_array_equal(answers, [-1, 1, -1])


def test_bias_is_the_last_weight_on_a_constant_input():
    x = perceptron.with_bias([[3.0, 4.0]])
    np.testing.assert_array_equal(x, [[3, 4, 1]])
    assert perceptron.radius(x) == pytest.approx(np.sqrt(26))  # the 1 counts


def test_radius_is_the_longest_row_not_the_largest_entry():
    assert perceptron.radius(np.array([[3.0, 4.0], [4.5, 0.0]])) == pytest.approx(5.0)


def test_margin_by_hand_and_without_the_length_of_the_separator():
    x, y = np.array([[2.0, 0], [-1, 5], [3, 3]]), np.array([1, -1, 1])
    for length in (1.0, 7.0):
        assert perceptron.margin(length * np.array([1.0, 0]), x, y) == pytest.approx(1.0)
    assert perceptron.margin(np.array([-1.0, 0]), x, y) == pytest.approx(-3.0)


def test_training_stops_after_the_first_epoch_without_mistake():
    x, y, _ = separable(0, n_inputs=3, n_points=40, gap=0.1)
    trained = perceptron.train(x, y, epochs=1000)
    assert trained.mistakes.count(0) == 1
    assert (perceptron.predict(trained.weights, x) == y).all()
    assert perceptron.n_wrong(trained.pocket, x, y) == 0


# Novikoff's bound.

settings = {
    "seed": st.integers(0, 10**6),
    "n_inputs": st.integers(1, 12),
    "n_points": st.integers(1, 60),
    "gap": st.floats(0.02, 0.8),
}


@given(**settings)
def test_mistakes_stay_within_the_bound_of_any_separator(seed, n_inputs, n_points, gap):
    x, y, teacher = separable(seed, n_inputs, n_points, gap)
    shuffled = perceptron.train(x, y, epochs=10**5, rng=np.random.default_rng(seed))
    for trained in (shuffled, perceptron.train(x, y, epochs=10**5)):
        for separator in (teacher, perceptron.widest_separator(x, y)):
            bound = perceptron.mistake_bound(separator, x, y)
            assert sum(trained.mistakes) <= bound * (1 + 1e-9)


@given(**settings)
def test_no_separator_has_a_wider_margin_than_the_widest(seed, n_inputs, n_points, gap):
    x, y, teacher = separable(seed, n_inputs, n_points, gap)
    widest = perceptron.widest_separator(x, y)
    assert np.linalg.norm(widest) == pytest.approx(1.0)
    best = perceptron.margin(widest, x, y)
    found = perceptron.train(x, y, epochs=10**5).weights
    for other in (teacher, found, widest + 0.01 * teacher / np.linalg.norm(teacher)):
        assert perceptron.margin(other, x, y) <= best * (1 + 1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_the_widest_margin_is_that_of_a_support_vector_machine(seed):
    x, y, _ = separable(seed, n_inputs=4, n_points=50, gap=0.3)
    machine = LinearSVC(C=1e4, loss="hinge", fit_intercept=False, tol=1e-8, max_iter=10**6)
    w = machine.fit(x, y).coef_[0]
    theirs = perceptron.margin(w, x, y)
    ours = perceptron.margin(perceptron.widest_separator(x, y), x, y)
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_the_bound_is_reached_by_two_opposite_examples():
    # R = gamma, so at most one mistake; the first presentation from zero is one.
    x, y = np.array([[3.0, 0], [-3, 0]]), np.array([1, -1])
    widest = perceptron.widest_separator(x, y)
    np.testing.assert_allclose(widest, [1, 0], atol=1e-12)
    assert perceptron.mistake_bound(widest, x, y) == pytest.approx(1.0)
    assert perceptron.train(x, y, epochs=5).mistakes == [1, 0]


def test_the_bound_squares_the_ratio_of_lengths():
    x, y = np.array([[1.0, 0], [-1, 0], [1, 3]]), np.array([1, -1, 1])
    assert perceptron.mistake_bound([1.0, 0], x, y) == pytest.approx(10.0)


@pytest.mark.parametrize("gap", [0.05, 0.5])
def test_the_teacher_separates_its_data_with_the_gap(gap, rng):
    x, y, teacher = perceptron.teacher_data(300, 4, gap, rng)
    assert x.shape[1] == 5
    assert (x[:, -1] == 1).all()
    assert gap < perceptron.margin(3 * teacher, x, y) < gap + 0.1
    assert np.linalg.norm(teacher) == pytest.approx(1.0)
    assert set(y) == {-1.0, 1.0}
    with pytest.raises(ValueError, match="gap must leave at least one point; got 99"):
        perceptron.teacher_data(10, 4, 99, rng)


# Without separability.


def test_on_xor_the_rule_cycles_for_ever():
    first = perceptron.train(XOR, XOR_LABELS, epochs=30)
    later = perceptron.train(XOR, XOR_LABELS, epochs=31)
    assert len(first.mistakes) == 30
    np.testing.assert_array_equal(first.weights, later.weights)
    assert set(later.mistakes[5:]) == {4}


def test_the_pocket_keeps_the_best_weights_of_the_way():
    rng = np.random.default_rng(1)
    x, y, _ = separable(1, n_inputs=3, n_points=80, gap=0.0)
    y[rng.permutation(len(y))[:12]] *= -1
    trained = perceptron.train(x, y, epochs=20, rng=rng)
    kept = perceptron.n_wrong(trained.pocket, x, y)
    assert kept < perceptron.n_wrong(trained.weights, x, y)
    # Replayed with the same order, no weights on the way are wrong less often.
    rng = np.random.default_rng(1)
    rng.permutation(len(y))
    w, fewest, total = np.zeros(4), len(x), np.zeros(4)
    for _ in range(20):
        for i in rng.permutation(len(x)):
            if y[i] * (x[i] @ w) <= 0:
                w += y[i] * x[i]
            fewest = min(fewest, np.sum(y * (x @ w) <= 0))
            total += w
    assert kept == fewest
    np.testing.assert_allclose(trained.average, total / (20 * len(x)))


def test_xor_has_no_separator_of_any_margin():
    with pytest.raises(ValueError, match="found no vector that separates"):
        perceptron.widest_separator(XOR, XOR_LABELS)
    with pytest.raises(ValueError, match="must separate the data; got the margin"):
        perceptron.mistake_bound(np.array([1.0, 1, -0.5]), XOR, XOR_LABELS)


# Another library, and errors.


def test_scikit_learn_makes_the_same_steps():
    for parity in reproduction.parities():
        assert parity.holds, parity


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1.0, 2.0], [1, -1], "x must be"),
        (np.zeros((0, 2)), [], "x must be"),
        ([[np.nan, 1.0]], [1], "x must be finite"),
        ([[1.0, 2.0]], [0], r"y must be 1 labels, each \+1 or -1"),
        ([[1.0, 2.0]], [1, -1], "y must be 1 labels"),
    ],
)
def test_data_that_no_unit_can_learn_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        perceptron.train(x, y, epochs=1)


def test_epochs_must_be_a_count():
    with pytest.raises(ValueError, match="epochs must be an integer of at least 1; got 0"):
        perceptron.train(XOR, XOR_LABELS, epochs=0)


def test_a_narrow_margin_is_found_at_any_scale():
    x, y = np.array([[1.0, 1e-3], [1.0, -1e-3]]), np.array([1, -1])
    for scale in (1e-4, 1.0, 1e4):
        np.testing.assert_allclose(
            perceptron.widest_separator(scale * x, y), [0, 1], atol=1e-6
        )


def test_points_of_the_teacher_are_standard_normal(rng):
    x, _, _ = perceptron.teacher_data(4000, 3, 0.0, rng)
    np.testing.assert_allclose(x[:, :-1].std(axis=0), 1.0, rtol=0.06)
    np.testing.assert_allclose(x[:, :-1].mean(axis=0), 0.0, atol=0.08)


def test_a_small_score_on_the_right_side_is_no_mistake():
    # (1, 0) moves w from zero to (1, 0); then (1e-4, 0) scores 1e-4, which is right.
    trained = perceptron.train(np.array([[1.0, 0.0], [1e-4, 0.0]]), [1, 1], epochs=5)
    assert trained.mistakes == [1, 0]
