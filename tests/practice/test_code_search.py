"""Expected improvement against Monte Carlo, the budget, and searches on a known score."""

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from companion.practice import code_search as search
from companion.practice import string_evolution as evolution
from companion.practice.molecule_strings import SELFIES, Alphabet

MOLECULES = ["C" * n + "O" for n in range(1, 9)] + ["C" * n + "N" for n in range(1, 9)]
ALPHABET = Alphabet.of(SELFIES, MOLECULES, 12)


class Codec:
    """Two numbers are a molecule: so many carbons, and oxygen where the second is high."""

    latent_dim = 2

    def write(self, z):
        n = np.clip(np.round(4 + 2 * z[:, 0]), 1, 12).astype(int)
        return ["C" * a + ("O" if b > 0 else "N") for a, b in zip(n, z[:, 1], strict=True)]

    def encode(self, molecules):
        return np.array(
            [[(len(s) - 5) / 2, 1.0 if s[-1] == "O" else -1.0] for s in molecules]
        )


def oxygen_and_length(smiles):
    return len(smiles) + 5.0 * smiles.count("O")


def test_expected_improvement_is_the_mean_of_what_exceeds_the_best(rng):
    mean, std, best = np.array([0.0, 1.0, -2.0]), np.array([1.0, 0.5, 2.0]), 0.8
    draws = mean + std * rng.standard_normal((400_000, 3))
    expected = np.maximum(draws - best, 0).mean(axis=0)
    np.testing.assert_allclose(
        search.expected_improvement(mean, std, best), expected, rtol=0.02
    )


def test_expected_improvement_at_known_points():
    # At the best itself only the spread counts: std / sqrt(2 pi).
    found = search.expected_improvement([3.0], [2.0], 3.0)
    assert found == pytest.approx(2 / np.sqrt(2 * np.pi))
    # Without spread it is the gain, or nothing.
    np.testing.assert_allclose(
        search.expected_improvement([4.0, 2.0], [0.0, 0.0], 3.0), [1, 0]
    )


@pytest.mark.parametrize(("mean", "std"), [([np.nan], [1.0]), ([0.0], [-1.0])])
def test_improvement_of_no_number_is_refused(mean, std):
    with pytest.raises(ValueError, match="mean, std and best must be finite"):
        search.expected_improvement(mean, std, 0.0)


def test_the_budget_counts_different_molecules():
    calls = []
    scorer = search.Scorer(lambda s: calls.append(s) or len(s), budget=3)
    assert scorer.ask(["C", None, "C", "CC"]) == 2
    assert scorer.ask(["CC", "CCC", "CCCC"]) == 1
    assert scorer.spent
    assert calls == ["C", "CC", "CCC"]
    assert scorer.best(2) == ["CCC", "CC"]
    scorer = search.Scorer({"C": 1, "N": 3, "O": 2}.get, budget=9)
    scorer.ask(["C", "N", "O"])
    np.testing.assert_array_equal(scorer.curve(), [1, 3, 3])
    with pytest.raises(ValueError, match="budget must be an integer"):
        search.Scorer(len, 0)


def started(budget=14):
    scorer = search.Scorer(oxygen_and_length, budget)
    scorer.ask(["CN", "CCCN", "CCO", "CCCCN"])
    return scorer


METHODS = {
    "training": lambda scorer, rng: search.search_training(scorer, MOLECULES, rng),
    "codes": lambda scorer, rng: search.search_codes(scorer, Codec(), rng),
    "Bayesian": lambda scorer, rng: search.search_bayesian(
        scorer, Codec(), rng, 2, spread=2.0
    ),
    "genetic": lambda scorer, rng: evolution.search_evolution(scorer, ALPHABET, rng),
    "screened": lambda scorer, rng: evolution.search_screened(
        scorer, ALPHABET, rng, batch=3
    ),
}


@pytest.mark.parametrize("name", METHODS)
def test_every_search_spends_its_budget_once_and_repeats(name):
    scorers = []
    for _ in range(2):
        scorers.append(started())
        METHODS[name](scorers[-1], np.random.default_rng(3))
    assert len(scorers[0].found) == 14
    assert scorers[0].found == scorers[1].found
    assert scorers[0].curve()[-1] > scorers[0].curve()[3]


def test_bayesian_search_finds_the_best_code_with_few_scores(rng):
    scorer = started(budget=12)
    search.search_bayesian(scorer, Codec(), rng, batch=2, spread=1.0)
    at_random = started(budget=12)
    search.search_codes(at_random, Codec(), np.random.default_rng(0), batch=2)
    assert scorer.curve()[-1] == 18.0  # twelve carbons and an oxygen: the maximum
    assert at_random.curve()[-1] < 18.0


def test_a_space_without_new_molecules_ends_the_search(rng):
    class Stuck(Codec):
        def write(self, z):
            return ["CN"] * len(z)

    for method in (search.search_codes, search.search_bayesian):
        scorer = started()
        method(scorer, Stuck(), rng)
        assert len(scorer.found) == 4


def test_the_most_promising_is_where_nothing_is_known_or_the_score_was_high(rng):
    z, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 3.0])
    kernel = RBF(1.0) + WhiteKernel(1e-4)
    order = search.most_promising(kernel, z, y, np.array([[0.0], [2.5], [1.0]]), 3)
    assert order[0] == 1
    assert sorted(order) == [0, 1, 2]


def test_a_gaussian_process_learns_a_smooth_function(rng):
    z = rng.uniform(-2, 2, (60, 1))
    model = search.gaussian_process(z, np.sin(2 * z[:, 0]))
    x = np.linspace(-1.8, 1.8, 50)[:, None]
    np.testing.assert_allclose(model.predict(x), np.sin(2 * x[:, 0]), atol=0.05)


def test_a_mutation_changes_inserts_or_removes_one_symbol(rng):
    row = np.array([1, 2, 3, 0, 0])
    lengths = set()
    for _ in range(200):
        new = evolution.mutate(row, 5, rng)
        kept = new[new > 0]
        assert new.shape == row.shape
        assert (new[len(kept) :] == 0).all()
        lengths.add(len(kept))
        if len(kept) == 3:
            assert np.sum(new != row) <= 1
    assert lengths == {2, 3, 4}
    for _ in range(50):
        assert np.count_nonzero(evolution.mutate(np.array([1, 2]), 5, rng)) <= 2
        assert np.count_nonzero(evolution.mutate(np.array([4]), 5, rng)) == 1


def test_a_child_begins_as_one_parent_and_ends_as_the_other(rng):
    a = np.tile([1, 2, 3, 0, 0], (3000, 1))
    b = np.tile([4, 5, 6, 7, 0], (3000, 1))
    children = evolution.cross(a, b, rng)
    found = {tuple(child[child > 0]) for child in children}
    # Every beginning, every end but the whole, five symbols at most; nothing is the first.
    starts = [(1, 2, 3)[:n] for n in range(4)]
    ends = [(4, 5, 6, 7)[n:] for n in range(1, 6)]
    expected = {(s + e)[:5] or (1, 2, 3) for s in starts for e in ends}
    assert found == expected
    assert children.shape == a.shape
    lengths = (children > 0).sum(axis=1)
    assert all((row[:n] > 0).all() for row, n in zip(children, lengths, strict=True))
    # One of four beginnings, one of five ends (two are empty), each as often as another.
    whole = (children == [1, 2, 3, 0, 0]).all(axis=1)
    assert np.mean(whole) == pytest.approx(4 / 20, abs=0.03)
    assert np.mean(lengths == 1) == pytest.approx(3 / 20, abs=0.03)


def test_children_come_from_the_best_parents_and_half_are_crossed(rng):
    parents = [np.array([1, 1, 1, 1, 1, 1, 0, 0]), np.array([2, 2, 2, 2, 2, 2, 0, 0])]
    children = [evolution._child(parents, 9, rng) for _ in range(600)]
    both = [{1, 2} <= set(child) for child in children]
    # Half are crossed, half of these with another parent; few end with one side alone, and
    # few get the other symbol by a change.
    assert 0.15 < np.mean(both) < 0.4
    changes = [min(np.sum(c != p) for p in parents) for c in children]
    assert np.mean(np.array(changes) == 0) < 0.2


def test_improvement_in_units_of_the_score_chooses_the_uncertain(rng):
    z, y = np.array([[0.0], [1.0]]), np.array([5.0, 5.2])
    kernel = RBF(0.5) + WhiteKernel(1e-4)
    # Nothing is known far away; near the worse point all is known, and it is worse.
    order = search.most_promising(kernel, z, y, np.array([[0.01], [9.0]]), 2)
    assert order.tolist() == [1, 0]


def test_candidates_lie_around_the_best_and_around_zero(rng):
    z = np.concatenate([np.full((5, 2), 50.0), np.full((30, 2), -50.0)])
    y = np.concatenate([np.ones(5), np.zeros(30)]) + 0.01 * np.arange(35)
    y[30] = 2.0
    codes = search._candidates(z, y, 0.25, rng)
    assert codes.shape == (400, 2)
    free, around = codes[:200], codes[200:]
    np.testing.assert_allclose([free.mean(), free.std()], [0, 1], atol=0.1)
    # The ten best: the one at -50 with 2.0, five at 50, the last four at -50.
    assert np.mean(around[:, 0] > 0) == 0.5
    np.testing.assert_allclose((around - 50 * np.sign(around)).std(), 0.25, rtol=0.1)
