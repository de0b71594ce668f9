"""Letters, vowels, and the one classifier that learns from whatever is turned into rows."""

import numpy as np
import pytest
from scipy import signal

from companion import datasets
from companion.networks import four_kinds, letters, vowels

# Letters.


def test_letter_groups_by_hand():
    assert letters.groups("No") == ["n", "o", "_n", "no", "o_", "_no", "no_"]
    assert letters.groups("a b", longest=2) == ["a", "_a", "a_", "b", "_b", "b_"]


def test_vocabulary_counts_texts_not_occurrences():
    # x occurs four times in one text; a stands in two texts.
    assert letters.vocabulary(["xxxx", "a", "ab"], 2, longest=1) == ["a", "b"]
    assert letters.vocabulary(["ba"], 9, longest=1) == ["a", "b"]


def test_counts_by_hand_and_unknown_groups_are_ignored():
    counts = letters.count(["aba", "zz"], ["a", "ab", "b"], longest=2)
    np.testing.assert_array_equal(counts, [[2, 1, 1], [0, 0, 0]])


def test_names_spelled_alike_or_missing_are_left_out():
    names = {
        "one": {"k": "Kurd", "m": "Mi", "p": "Peru", "q": "Q"},
        "two": {"p": "PERU", "m": "Mo", "k": "Kard"},
        "three": {"m": "Mo", "k": "Kord", "p": "Pero"},
    }
    texts, labels, keys = letters.names_in_languages(names)
    assert texts == ["kurd", "kard", "kord", "mi", "pero"]
    np.testing.assert_array_equal(labels, [0, 1, 2, 0, 2])
    np.testing.assert_array_equal(keys, ["k", "k", "k", "m", "p"])


def test_vocabulary_must_have_a_size():
    with pytest.raises(
        ValueError, match="n_groups must be an integer of at least 1; got 0"
    ):
        letters.vocabulary(["a"], 0)


# Vowels.


def test_filter_is_that_of_scipy_and_one_at_zero():
    formants = (500.0, 1500.0, 2500.0)
    f = np.array([0.0, 100, 480, 500, 1490, 3000])
    expected = np.ones(f.size)
    for peak, width in zip(formants, (60.0, 90.0, 150.0), strict=True):
        # A resonance of second order in angular frequency.
        center, damping = 2 * np.pi * peak, 2 * np.pi * width
        _, h = signal.freqs([center**2], [1, damping, center**2], 2 * np.pi * f)
        expected *= np.abs(h)
    np.testing.assert_allclose(vowels.filter_gain(f, formants), expected, rtol=1e-9)
    assert vowels.filter_gain([0.0], formants) == pytest.approx(1.0)


def test_harmonics_of_a_vowel_have_the_amplitudes_of_source_times_filter():
    pitch, formants = 125.0, (500.0, 1500.0, 2500.0)  # 8 periods in 64 ms
    sound = vowels.speak(formants, pitch, np.zeros(200))
    amplitude = 2 * np.abs(np.fft.rfft(sound)) / sound.size
    k = np.arange(1, 32)
    expected = vowels.filter_gain(k * pitch, formants) / k
    np.testing.assert_allclose(amplitude[8 * k], expected, rtol=1e-9)
    assert sound.shape == (512,)
    others = np.setdiff1d(np.arange(amplitude.size), 8 * k)
    assert amplitude[others].max() < 1e-12


def test_table_of_formants_rises_from_men_to_children():
    table = np.array(list(vowels.FORMANTS_HZ.values()))
    assert table.shape == (3, 10, 3)
    assert (np.diff(table, axis=2) > 0).all()  # F1 < F2 < F3
    # Shorter tracts, higher resonances, with no exception but two that hardly move.
    assert (np.diff(table, axis=0) > 0).mean() > 0.95
    np.testing.assert_array_equal(vowels.FORMANTS_HZ["men"][0], (270, 2290, 3010))
    np.testing.assert_array_equal(vowels.FORMANTS_HZ["children"][-1], (560, 1820, 2160))


def test_speakers_scatter_around_the_averages(rng):
    spoken = vowels.draw(3000, rng, spread=0.05, noise=0.0)
    np.testing.assert_allclose(spoken.sound.std(axis=1), 1.0)
    heed = spoken.labels == 0
    logs = np.log(spoken.formants_hz[heed])
    averages = np.log([f[0] for f in vowels.FORMANTS_HZ.values()])
    nearest = np.abs(logs[:, np.newaxis] - averages).sum(axis=2).argmin(axis=1)
    assert (logs - averages[nearest]).std() == pytest.approx(0.05, rel=0.1)
    assert np.bincount(spoken.labels, minlength=10).min() > 200


def test_noise_is_as_strong_as_asked(rng):
    quiet = vowels.draw(200, np.random.default_rng(5), noise=0.0).sound
    noisy = vowels.draw(200, np.random.default_rng(5), noise=0.3).sound
    assert (noisy - quiet).std() == pytest.approx(0.3, rel=0.02)


def test_spectrum_of_a_tone_stands_in_its_band():
    t_s = np.arange(512) / vowels.SAMPLING_HZ
    tone = np.sin(2 * np.pi * 1030.0 * t_s)[np.newaxis]
    spectrum = vowels.spectrum_db(tone)
    assert spectrum.shape == (1, 64)
    assert spectrum.argmax() == 1030 // 62.5
    # 1000 Hz is the first of the four frequencies in its band, and is not spread below.
    whole = vowels.spectrum_db(np.sin(2 * np.pi * 1000.0 * t_s)[np.newaxis])
    assert whole.argmax() == 16
    # Ten times the amplitude is 20 dB.
    np.testing.assert_allclose(vowels.spectrum_db(10 * tone) - spectrum, 20.0)
    with pytest.raises(ValueError, match="n_bands must divide 256; got 60"):
        vowels.spectrum_db(tone, n_bands=60)


def test_ideal_listener_knows_averages_and_is_beaten_by_nobody(rng):
    table = np.array(list(vowels.FORMANTS_HZ.values()), dtype=float)
    pitch = np.array(list(vowels.PITCH_HZ.values()))
    for group in range(3):
        answer = vowels.ideal_listener(table[group], np.full(10, pitch[group]))
        np.testing.assert_array_equal(answer, np.arange(10))
    spoken = vowels.draw(4000, rng)
    ideal = np.mean(
        vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz) == spoken.labels
    )
    assert 0.85 < ideal < 1.0
    off = np.log(spoken.formants_hz)[:, np.newaxis, np.newaxis] - np.log(table)
    nearest = np.sum(off**2, axis=3).min(axis=1).argmin(axis=1)  # deaf to the pitch
    assert ideal > np.mean(nearest == spoken.labels)
    # A listener who believes in a wrong spread is not better.
    other = vowels.ideal_listener(spoken.formants_hz, spoken.pitch_hz * 1.3)
    assert ideal > np.mean(other == spoken.labels)


# The classifier.


def test_standardizing_uses_the_training_part_only():
    train = np.array([[0.0, 5], [2, 5]])
    task = four_kinds.Task(train, [0, 1], train + 4, [0, 1], train * 3, [0, 1])
    ready = four_kinds.standardized(task)
    np.testing.assert_array_equal(ready.x_train, [[-1, 0], [1, 0]])
    np.testing.assert_array_equal(ready.x_val, [[3, 4], [5, 4]])
    np.testing.assert_array_equal(ready.x_test, [[-1, 10], [5, 10]])


def test_no_thing_is_both_trained_on_and_tested():
    pairs = {"one": "a", "two": "b"}
    names = {
        language: {f"k{i:02d}": f"{letter}{i:02d}" for i in range(20)}
        for language, letter in pairs.items()
    }
    task = four_kinds.from_names(names, np.random.default_rng(0), n_groups=99)
    assert [len(y) for y in (task.y_train, task.y_val, task.y_test)] == [24, 8, 8]
    # Each thing comes in both languages, so every part has as many of each.
    for labels in (task.y_train, task.y_val, task.y_test):
        assert labels.mean() == 0.5


def test_digits_are_flat_and_learned():
    task = four_kinds.from_dataset(datasets.load("digits"))
    assert task.x_train.shape == (1077, 64)
    assert task.n_classes == 10
    params = four_kinds.train(task, (32,), seed=0, epochs=8, learning_rate=3e-3)
    assert four_kinds.accuracy(params, task.x_test, task.y_test) > 0.92


def test_vowels_are_learned_above_chance_and_below_the_ideal(rng):
    task, ideal = four_kinds.from_vowels(600, rng, n_val=50, n_test=500)
    assert task.x_train.shape == (600, 64)
    params = four_kinds.train(task, (32,), seed=0, epochs=15, learning_rate=3e-3)
    assert 0.4 < four_kinds.accuracy(params, task.x_test, task.y_test) < ideal


def test_accuracy_by_hand():
    params = [np.eye(2)], [np.zeros(2)]
    x = np.array([[2.0, 1], [0, 1], [3, 4], [5, 4]])
    assert four_kinds.accuracy(params, x, np.array([0, 1, 0, 0])) == 0.75


def test_settings_are_chosen_on_validation_and_reported_on_the_test():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)  # XOR, which needs hidden units
    flipped = 1 - y[200:]
    task = four_kinds.Task(x[:100], y[:100], x[100:200], y[100:200], x[200:], flipped)
    choices = [
        {"hidden": hidden, "epochs": 60, "learning_rate": 0.02} for hidden in [(), (16,)]
    ]
    chosen, test = four_kinds.tuned_accuracies(task, choices, [0, 1])
    assert chosen["hidden"] == (16,)  # though the flipped test part would prefer none
    assert (test < 0.2).all()
    alone = four_kinds.train(task, seed=1, **chosen)
    assert test[1] == four_kinds.accuracy(alone, x[200:], flipped)


def test_the_first_examples_are_kept_and_the_rest_of_the_task_stays():
    x = np.arange(12.0).reshape(6, 2)
    task = four_kinds.Task(x, np.arange(6), x, np.arange(6), x, np.arange(6))
    less = four_kinds.first(task, 4)
    np.testing.assert_array_equal(less.x_train, x[:4])
    np.testing.assert_array_equal(less.y_train, np.arange(4))
    assert less.x_test is x
    assert less.x_val is x
