"""Codes of texts, and the classifier on them: likelihood, dropping, choice of strength."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import scipy.stats
from keras import ops
from sklearn.linear_model import LogisticRegression

from companion import datasets
from companion.practice import text_codes, text_splits, text_trials
from companion.practice.bag_of_words import tfidf, unit
from companion.practice.text_search import retrieval


@pytest.fixture
def counts(rng):
    return rng.poisson(0.7, size=(30, 12)).astype("float32")


@pytest.fixture(scope="module")
def trainer():
    return text_codes.CodeTrainer(12, 3)


def test_likelihood_is_that_of_scipy_without_its_constant(counts, rng):
    logits = rng.normal(size=counts.shape)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    n = counts.sum(axis=1)
    constant = scipy.special.gammaln(n + 1) - scipy.special.gammaln(counts + 1).sum(axis=1)
    expected = -scipy.stats.multinomial.logpmf(counts, n, p) + constant
    found = text_codes.multinomial_nll(counts, logits.astype("float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, rtol=1e-5)


def test_words_below_the_share_are_dropped():
    model = text_codes.TextAutoencoder(4, 2, dropped=0.5)
    found = model.corrupt(
        np.array([[3.0, 2, 1, 4]], "float32"), np.array([[0.4, 0.5, 0.6, 0]])
    )
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [[0, 2, 1, 0]])


def test_the_model_drops_in_training_only_and_probabilities_sum_to_one(counts):
    model = text_codes.TextAutoencoder(12, 3, seed=1)
    z = ops.convert_to_numpy(model(counts)["z"])
    np.testing.assert_allclose(z, ops.convert_to_numpy(model.encode(counts)), rtol=1e-6)
    assert np.abs(ops.convert_to_numpy(model(counts, training=True)["z"]) - z).max() > 0.01
    p = ops.convert_to_numpy(model.decode(z))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)


def test_the_model_weighs_as_the_formula(counts, rng):
    model, idf = text_codes.TextAutoencoder(12, 3), rng.uniform(1, 2, 12).astype("float32")
    model.idf.assign(idf)
    kernel = ops.convert_to_numpy(model.to_code.kernel)
    expected = tfidf(counts, idf) @ kernel
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.encode(counts)), expected, atol=1e-5
    )
    empty = ops.convert_to_numpy(model.encode(np.zeros((1, 12), "float32")))
    np.testing.assert_array_equal(empty, 0.0)


def test_a_saved_model_is_the_same(counts, tmp_path):
    model = text_codes.TextAutoencoder(12, 3, dropped=0.2, seed=4)
    model.idf.assign(np.arange(12.0))
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    assert again.get_config()["dropped"] == 0.2
    np.testing.assert_array_equal(again.encode(counts), model.encode(counts))


def test_training_repeats_whatever_came_before(trainer, counts):
    idf = np.ones(12)
    first = trainer.train(counts, idf, seed=3, n_steps=5).encode(counts)
    trainer.train(counts, idf, seed=8, n_steps=3, dropped=0.0, latent_dim=1)
    again = trainer.train(counts, idf, seed=3, n_steps=5).encode(counts)
    np.testing.assert_array_equal(first, again)
    assert (
        np.abs(trainer.train(counts, idf, seed=4, n_steps=5).encode(counts) - first).max()
        > 0.01
    )


def test_the_most_frequent_class_of_training_texts_is_named():
    labels = np.array([0, 2, 2, 1, 2]), None, np.array([2, 2, 0, 1])
    assert text_trials.majority(labels) == 0.5


def test_words_are_dropped_in_the_share_that_was_asked_for(trainer, counts):
    idf = np.ones(12)
    few, many = (
        trainer.train(counts, idf, seed=3, n_steps=5, dropped=share).encode(counts)
        for share in (0.0, 0.9)
    )
    assert np.abs(few - many).max() > 0.01


def test_the_coder_is_the_model_and_closed_units_say_nothing(trainer, counts):
    idf = np.linspace(1, 2, 12)
    coder = trainer.train(counts, idf, n_steps=20, latent_dim=2)
    z = ops.convert_to_numpy(trainer.model.encode(counts))
    np.testing.assert_allclose(coder.encode(counts), z[:, :2], atol=1e-5)
    np.testing.assert_array_equal(z[:, 2], 0.0)
    p = ops.convert_to_numpy(trainer.model.decode(z))
    np.testing.assert_allclose(np.exp(coder.log_probabilities(counts)), p, atol=1e-5)


def test_two_kinds_of_texts_are_learned(trainer, rng):
    kinds = rng.integers(2, size=60)
    rates = np.where(np.arange(12) < 6, 2.0, 0.05)
    counts = rng.poisson(np.where(kinds[:, None], rates, rates[::-1]))
    coder = trainer.train(counts, np.ones(12), n_steps=150)
    a, b = text_trials.halves(counts)
    rare = np.log(counts.sum(axis=0) / counts.sum())
    # Half of a text tells the kind, and with it six likely words of twelve.
    assert text_codes.perplexity(b, rare[None] + 0 * b) > 11
    assert text_codes.perplexity(b, coder.log_probabilities(a)) < 8.5


@pytest.mark.parametrize(
    "bad", [np.full((2, 12), np.nan), -np.ones((2, 12)), np.ones((2, 5))]
)
def test_bad_counts_are_refused(trainer, bad):
    with pytest.raises(ValueError, match="counts must be"):
        trainer.train(bad, np.ones(12), n_steps=1)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match=r"dropped must lie in \[0, 1\); got 1"):
        text_codes.TextAutoencoder(4, 2, dropped=1.0)
    with pytest.raises(ValueError, match="latent_dim must be an integer"):
        text_codes.TextAutoencoder(4, 0)


def test_perplexity_of_equally_likely_words_is_their_number():
    assert text_codes.perplexity(np.ones((2, 5)), np.log(np.full(5, 0.2))) == pytest.approx(
        5
    )


def test_few_of_each_takes_as_many_of_every_class(rng):
    labels = np.array([0] * 9 + [1] * 3 + [2] * 5)
    rows = text_trials.few_of_each(labels, 3, rng)
    np.testing.assert_array_equal(labels[rows], [0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert len(set(rows)) == 9
    with pytest.raises(ValueError, match="n_each must be at most 3; got 4"):
        text_trials.few_of_each(labels, 4, rng)


def test_the_strength_is_chosen_on_validation_texts():
    found = np.array([[[0.1, 0.9], [0.8, 0.2]], [[0.6, 0.9], [0.1, 0.4]]])
    assert text_trials.chosen(found) == pytest.approx(0.3)
    assert text_trials.chosen(found[1]) == pytest.approx(0.9)


def test_accuracies_are_those_of_the_classifier_on_the_given_rows(rng):
    labels = [np.arange(n) % 2 for n in (20, 8, 6)]
    x = [rng.normal(size=(len(y), 3)) + y[:, None] for y in labels]
    rows = np.arange(0, 11)
    found = text_trials.accuracies(x, labels, rows, strengths=(0.5, 2.0))
    for strength, pair in zip((0.5, 2.0), found, strict=True):
        model = LogisticRegression(C=strength).fit(x[0][rows], labels[0][rows])
        np.testing.assert_allclose(pair, [model.score(x[i], labels[i]) for i in (1, 2)])


def counted(rng):
    labels = tuple(np.arange(n) % 2 for n in (40, 20, 20))
    counts = tuple(
        rng.poisson(np.where(y[:, None], [3, 1, 0.2], [0.2, 1, 3])).astype("float32")
        for y in labels
    )
    vocabulary = text_trials.Vocabulary(3, 1).fit(["red blue green"])
    return text_trials.Counted(vocabulary, counts, labels)


def test_comparison_finds_what_tells_the_classes_apart(rng):
    data = counted(rng)
    noise = [rng.normal(size=(len(c), 2)) for c in data.counts]
    found = text_trials.compare(
        data, {"good": [data.sparse_tfidf()], "bad": [noise]}, 0, sizes=(2, None)
    )
    assert min(found["good"]) > 0.85
    assert max(found["bad"]) < 0.75
    assert text_trials.majority(data.labels) == 0.5
    both = text_trials.compare(data, {"both": [noise, data.tfidf()]}, 0, sizes=(2, None))
    assert both["both"] == found["good"]  # the better candidate was chosen
    precision = retrieval(data, {"good": [data.tfidf()], "bad": [noise]}, n_best=5)
    assert precision["good"] > 0.85 > precision["bad"]
    assert precision["BM25, customary"] > 0.8


def test_lsa_codes_span_the_singular_vectors(rng):
    data = counted(rng)
    x = data.tfidf()
    axes = np.linalg.svd(x[0])[2][:2]
    for size, codes in zip((1, 2), text_trials.lsa_codes(data, (1, 2), False), strict=True):
        expected = unit(x[2] @ axes[:size].T)
        np.testing.assert_allclose(codes[2] @ codes[2].T, expected @ expected.T, atol=1e-8)
    z = [part @ axes.T for part in x]
    expected = unit(z[1] - z[0].mean(axis=0))
    codes = text_trials.lsa_codes(data, (2,))[0][1]
    np.testing.assert_allclose(codes @ codes.T, expected @ expected.T, atol=1e-8)


def test_learned_codes_are_centered_by_the_training_texts(rng):
    class Stub:
        def encode(self, counts):
            return counts[:, :2]

    data = counted(rng)
    expected = data.counts[2][:, :2] - data.counts[0][:, :2].mean(axis=0)
    expected = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    codes = text_trials.learned_codes(data, Stub())
    np.testing.assert_allclose(codes[2], expected, rtol=1e-5)


def test_halves_share_the_words_of_a_text(counts):
    a, b = text_trials.halves(counts)
    np.testing.assert_array_equal(a + b, counts)
    assert 0.35 < a.sum() / counts.sum() < 0.65


def test_directions_and_their_words_by_hand(rng):
    class Stub:
        to_words = np.array([[3.0, 0.0, -1.0], [0.0, 4.0, 0.0]])

        def encode(self, counts):
            return counts[:, :2]

    data = counted(rng)
    found = text_splits.top_words(Stub(), data.vocabulary, [[2.0, 0.0], [0.0, 1.0]], n=1)
    words = data.vocabulary.words
    assert found[0] == [(words[0], 3.0), (words[2], -1.0)]
    assert found[1][0] == (words[1], 4.0)
    found = text_splits.subject_directions(data, Stub(), [1])[0]
    z = data.counts[0][:, :2]
    np.testing.assert_allclose(
        found, (z[1::2].mean(axis=0) - z[::2].mean(axis=0)) / 2, rtol=1e-5
    )


def test_the_plane_keeps_what_varies_most():
    z = np.array([[0.0, 0, 5], [0, 0, -5], [2, 0, 0], [-2, 0, 0], [9, 9, 9]])
    z += 7.0
    points, kept = text_splits.plane(z, np.array([0, 1, 0, 1, 2]), (0, 1))
    np.testing.assert_allclose(np.abs(points), [[5, 0], [5, 0], [0, 2], [0, 2]], atol=1e-9)
    np.testing.assert_array_equal(kept, [0, 1, 0, 1])


def test_hidden_words_surprise_by_training_frequencies_and_by_what_was_seen(rng):
    train, test = rng.poisson(3.0, size=(2, 40, 6))
    train[:, 5] = 0  # a word that no training text has
    counted = SimpleNamespace(counts=(train, None, test))
    seen, hidden = text_splits.halves(test)
    log_p = np.log((train.sum(axis=0) + 1.0) / (train.sum() + 6.0))

    class Copyist:
        """Expects what it has read, each word once more."""

        def log_probabilities(self, counts):
            np.testing.assert_array_equal(counts, seen)
            return np.log((counts + 1.0) / (counts + 1.0).sum(axis=1, keepdims=True))

    found = text_splits._surprises(counted, Copyist())
    by_hand = np.exp(-np.sum(hidden * log_p) / hidden.sum())
    assert found["frequencies"] == pytest.approx(by_hand)
    log_p = Copyist().log_probabilities(seen)
    by_hand = np.exp(-np.sum(hidden * log_p) / hidden.sum())
    assert found["autoencoder"] == pytest.approx(by_hand)


def test_dealing_at_random_keeps_every_text_once():
    parts = [np.array(list("abcde")), np.arange(5), np.array(["f"]), np.array([5])]
    data = datasets.Dataset(*parts, np.array(["g"]), np.array([6]), "n", "s", "l")
    dealt = text_splits.at_random(data, 3)
    x = [*dealt.x_train, *dealt.x_val, *dealt.x_test]
    y = [*dealt.y_train, *dealt.y_val, *dealt.y_test]
    assert sorted(x) == list("abcdefg") != x
    assert ["abcdefg"[i] for i in y] == x
    assert len(dealt.x_train) == 5


@pytest.mark.slow
def test_a_whole_comparison_on_two_kinds_of_texts(rng):
    def load(seed):
        halves = ["red blue green moss", "iron steel bolt rust"]

        def part(n):
            y = np.arange(n) % 2
            x = [" ".join(rng.choice(halves[k].split(), 5)) for k in y]
            return np.array(x), y

        return datasets.Dataset(*part(40), *part(20), *part(20), "n", "s", "l")

    accuracy, precision, surprise, last = text_splits.train_over_splits(
        load, (0, 1), 4, (2, 4)
    )
    assert accuracy["autoencoder"].shape == (2, 3)
    assert accuracy["autoencoder"][:, 2].min() > 0.9
    assert (accuracy["most frequent subject"] == 0.5).all()
    assert precision["autoencoder"].min() > 0.9
    assert (surprise["autoencoder"] < surprise["frequencies"]).all()
    counted, coder = last
    expected = text_trials.learned_codes(counted, coder)
    again = text_trials.compare(counted, {"autoencoder": [expected]}, 1)
    assert again["autoencoder"] == list(accuracy["autoencoder"][1])
    with pytest.raises(ValueError, match="lsa_sizes must end in 4; got"):
        text_splits.train_over_splits(load, (0,), 4, (4, 8))
