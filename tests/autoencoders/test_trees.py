"""The world of trees against counting, and what training and testing make of a tree."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest

from companion.autoencoders import recursive, trees
from companion.networks import optimizers


def test_number_of_trees_is_catalans():
    assert [len(trees.all_trees(0, n)) for n in range(6)] == [1, 1, 2, 5, 14, 42]
    assert len(set(trees.all_trees(0, 5))) == 42


def test_every_sequence_of_the_grammar_and_its_entropy(rng):
    rules = trees.grammar(rng)
    pairs = [tuple(pair) for pair in rules.reshape(-1, 2)]
    assert len(set(pairs)) == trees.N_SYMBOLS * trees.N_RULES
    # Expand ((0, 1), 2) by hand: 8 starts, 2 choices at each of two nodes.
    expected = Counter()
    for start, first, second in product(range(8), range(2), range(2)):
        left, third = rules[start, first]
        expected[(*rules[left, second], third)] += 1 / 32
    entropy = -sum(p * math.log(p) for p in expected.values())
    assert trees.entropy(3) == pytest.approx(entropy)
    drawn = Counter(map(tuple, trees.sample(rules, ((0, 1), 2), 6400, rng).tolist()))
    assert set(drawn) == {tuple(map(int, word)) for word in expected}
    # 200 of each are expected, with a standard deviation of 14.
    assert min(drawn.values()) > 130
    assert max(drawn.values()) < 270


def test_what_trees_can_grow_is_what_they_are_seen_to_grow(rng):
    rules, shapes = trees.grammar(rng), [((0, 1), (2, 3)), (0, ((1, 2), 3))]
    for tree in shapes:
        found = trees.grown(rules, [tree])
        assert len(found) == 8 * 2**3
        # 64 sequences, 6400 draws: one is missed with a probability below 1e-40.
        drawn = trees.sample(rules, tree, 6400, rng).tolist()
        assert found == set(map(tuple, drawn))
    assert trees.grown(rules, shapes) == trees.grown(rules, shapes[:1]) | found


def test_sequences_of_a_training_tree_are_known_and_others_mostly_not(rng):
    rules, tree, other = trees.grammar(rng), ((0, 1), (2, 3)), (0, (1, (2, 3)))
    assert trees.known_share(rules, [tree, other], 3 * [tree], n=20) == 1.0
    known, drawn = trees.grown(rules, [tree]), np.random.default_rng(99)
    rows = trees.sample(rules, other, 500, drawn).tolist()
    by_hand = sum(tuple(row) in known for row in rows) / 500
    assert trees.known_share(rules, [tree], [other], n=500) == by_hand < 0.5


def test_trees_that_a_model_is_given(rng):
    tree = ((0, 1), (2, (3, 4)))
    assert trees.same(tree, rng) == tree
    assert trees.chain(tree, rng) == ((((0, 1), 2), 3), 4)
    drawn = {trees.any_tree(tree, rng) for _ in range(400)}
    assert drawn == set(trees.all_trees(0, 4))


@pytest.mark.slow
def test_short_sequences_come_back_whole_and_chance_does_not(rng):
    rules = trees.grammar(rng)
    params = trees.train(
        rules, [((0, 1), 2)], trees.same, latent_dim=12, seed=0, n_steps=400
    )
    leaves, wholes = trees.accuracies(params, rules, [((0, 1), 2)], trees.same)
    assert leaves > 0.98
    assert wholes > 0.95
    untrained = recursive.init(8, 12, rng)
    assert trees.accuracies(untrained, rules, [((0, 1), 2)], trees.same)[0] < 0.5


def test_accuracy_counts_leaves_and_wholes(monkeypatch, rng):
    rules, tree = trees.grammar(rng), ((0, 1), 2)
    expected = trees.sample(rules, tree, 100, np.random.default_rng(99))
    wrong = expected.copy()
    wrong[:25, 1] = (wrong[:25, 1] + 1) % 8
    monkeypatch.setattr(recursive, "decode", lambda *_: wrong)
    params = recursive.init(8, 3, rng)
    leaves, wholes = trees.accuracies(params, rules, [tree], trees.same)
    assert leaves == pytest.approx(1 - 25 / 300)
    assert wholes == pytest.approx(0.75)


def test_known_sequences_are_not_counted(monkeypatch, rng):
    rules, tree = trees.grammar(rng), ((0, 1), 2)
    rows = trees.sample(rules, tree, 100, np.random.default_rng(99))
    known, wrong = {tuple(row) for row in rows[:40].tolist()}, rows.copy()
    counted = np.array([tuple(row) not in known for row in rows.tolist()])
    assert 0 < counted.sum() < 100
    wrong[~counted] = (wrong[~counted] + 1) % 8
    wrong[np.flatnonzero(counted)[0], 2] += 1
    monkeypatch.setattr(recursive, "decode", lambda *_: wrong)
    params = recursive.init(8, 3, rng)
    found = trees.accuracies(params, rules, [tree], trees.same, known=known)
    n = counted.sum()
    assert found == (pytest.approx(1 - 1 / (3 * n)), pytest.approx(1 - 1 / n))


def test_baselines_of_two_leaves_by_hand(rng):
    rules = trees.grammar(rng)
    found = trees.baseline_accuracies(rules, [(0, 1)], [(0, 1)], latent_dim=16, n=400)
    assert found["PCA"] == (1.0, 1.0)
    words = trees.sample(rules, (0, 1), 400, np.random.default_rng(99))
    counts = [np.bincount(column, minlength=8) for column in rules.reshape(-1, 2).T]
    best = [np.flatnonzero(c > 0.8 * c.max()) for c in counts]
    guesses = [[np.mean(words[:, i] == s) for s in best[i]] for i in (0, 1)]
    low, high = (np.mean([f(g) for g in guesses]) for f in (min, max))
    assert low <= found["most frequent symbol"][0] <= high
    # The mean of two leaves tells which they are, not always in which order.
    assert found["most frequent symbol"][0] < found["mean of the leaves"][0] <= 1.0


def recorded(monkeypatch, module, name):
    """Let a function be called as before, and note its arguments."""
    calls, function = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *a: calls.append(a) or function(*a))
    return calls


def test_training_draws_every_tree_and_uses_what_is_given(monkeypatch, rng):
    both, drawn = [((0, 1), 2), (0, (1, 2))], []
    gradients = recorded(monkeypatch, recursive, "loss_and_grads")
    steps = recorded(monkeypatch, optimizers, "adam")

    def mirrored(tree, rng):
        drawn.append(tree)
        return tree[::-1]

    trees.train(trees.grammar(rng), both, mirrored, latent_dim=3, seed=0, n_steps=30)
    assert set(drawn) == set(both)
    assert [tree for _, tree, _ in gradients] == [tree[::-1] for tree in drawn]
    assert [rate for *_, rate in steps] == [0.01] * 20 + [0.0025] * 10


def test_a_code_is_unfolded_along_the_tree_that_folded_it(monkeypatch, rng):
    calls = recorded(monkeypatch, recursive, "decode")
    params = recursive.init(8, 3, rng)
    trees.accuracies(params, trees.grammar(rng), [(0, (1, 2))], trees.chain, n=5)
    assert [tree for _, tree, _ in calls] == [((0, 1), 2)]


def test_a_random_tree_is_drawn_for_each_test_tree_and_leaves_the_sequences(
    monkeypatch, rng
):
    encoded = recorded(monkeypatch, recursive, "encode")
    params, rules = recursive.init(8, 3, rng), trees.grammar(rng)
    tests = 30 * [((0, 1), (2, 3))]
    for given in (trees.same, trees.any_tree):
        trees.accuracies(params, rules, tests, given, n=5)
    assert {tree for _, tree, _ in encoded[30:]} == set(trees.all_trees(0, 3))
    for (*_, first), (*_, second) in zip(encoded[:30], encoded[30:], strict=True):
        np.testing.assert_array_equal(first, second)


def test_baselines_are_tested_on_the_sequences_of_the_models(monkeypatch, rng):
    rules, draws = trees.grammar(rng), []
    sample = trees.sample

    def noted(rules, tree, n, rng):
        draws.append((rng.bit_generator.state["state"]["state"], n))
        return sample(rules, tree, n, rng)

    monkeypatch.setattr(trees, "sample", noted)
    trees.baseline_accuracies(rules, [(0, 1)], [(0, 1)], 3, n=50)
    trees.accuracies(recursive.init(8, 3, rng), rules, [(0, 1)], trees.same, n=50)
    (start, n_train), *tests = draws
    assert n_train == 6000
    assert tests[0] == tests[1]
    assert tests[0][0] != start


def test_a_world_tests_on_trees_that_it_never_trains_on():
    rules, settings = trees.world(3)
    for name, size, n_train in (("one tree", 8, 1), ("many trees", 6, 28)):
        train, test = settings[name]
        assert len(set(train)) == len(train) == n_train
        assert len(test) == 42
        assert {recursive.n_leaves(tree) for tree in train + test} == {size}
    many, unseen = map(set, settings["many trees"])
    assert many | unseen == set(trees.all_trees(0, 5))
    assert not many & unseen
    other, other_settings = trees.world(4)
    assert not np.array_equal(rules, other)
    assert set(other_settings["many trees"][1]) != unseen


def test_a_comparison_trains_and_tests_each_model_in_its_setting():
    given = {"chain": trees.chain, "random tree": trees.any_tree}
    found = trees.train_and_compare(3, given, latent_dim=4, n_steps=3)
    rules, settings = trees.world(3)
    for setting, (train, test) in settings.items():
        base = trees.baseline_accuracies(rules, train, test, 4, n=35)
        names = [name for where, name in found if where == setting]
        assert names == [*base, *given]
        assert all(found[setting, name] == share for name, share in base.items())
        for name, show in given.items():
            params = trees.train(rules, train, show, latent_dim=4, seed=3, n_steps=3)
            expected = trees.accuracies(params, rules, test, show, n=35)
            assert found[setting, name] == expected
