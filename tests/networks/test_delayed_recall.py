"""The recall task, and what remembers."""

import numpy as np
import pytest

from companion.networks import delayed_recall as recall
from companion.networks import lstm, recurrent
from companion.networks import sequence_learning as learning


def test_only_the_first_step_tells_the_bit(rng):
    x, bit = recall.draw(6, (4000,), rng)
    assert x.shape == (4000, 7, 2)
    np.testing.assert_array_equal(x[:, 0, 0] > 0, bit == 1)
    np.testing.assert_array_equal(np.abs(x[:, 0, 0]), 1.0)
    np.testing.assert_array_equal(x[:, :, 1], np.eye(7)[[0] * 4000])
    # Standard error of a correlation of independent numbers: 1 / sqrt(4000) = 0.016.
    noise = x[:, 1:, 0]
    assert np.abs(np.corrcoef(noise.T, bit)[-1, :-1]).max() < 0.07
    assert noise.std() == pytest.approx(recall.NOISE, rel=0.02)
    assert np.mean(bit) == pytest.approx(0.5, abs=0.04)


def test_held_out_parts_differ_and_repeat():
    validation, test = recall.held_out(5, "validation"), recall.held_out(5, "test")
    assert not np.array_equal(validation[0], test[0])
    np.testing.assert_array_equal(test[0], recall.held_out(5, "test")[0])


def test_a_lag_below_one_is_refused(rng):
    with pytest.raises(ValueError, match="lag must be an integer of at least 1; got 0"):
        recall.draw(0, (3,), rng)


def test_the_networks_are_of_nearly_equal_size():
    sizes = [
        learning.count_parameters(
            learning.init(n.cell, 2, n.n_hidden, 2, [0], **n.settings)
        )
        for n in recall.NETWORKS.values()
    ]
    window = 2 * recall.WINDOW * 16 + 16 + 16 * 2 + 2
    assert max(*sizes, window) < 1.02 * min(*sizes, window)


def test_accuracy_counts_right_answers():
    # A readout that always says class 1.
    layer = recurrent.init(2, 3, np.random.default_rng(0))
    params = layer, (np.zeros((3, 2)), np.array([0.0, 1.0]))
    x = np.zeros((4, 6, 2))
    assert recall.accuracy(recurrent, params, x, np.array([1, 1, 1, 0])) == 0.75


def test_a_cell_set_by_hand_holds_the_bit():
    # The marker opens the input gate; the forget gate is open at every other time.
    w_x = np.array([[0.0, 0.0, 5.0, 0.0], [40.0, 0.0, 0.0, 0.0]])
    layer = w_x, np.zeros((1, 4)), np.array([-20.0, 20.0, 0.0, 20.0])
    params = layer, (np.array([[-1.0, 1.0]]), np.zeros(2))
    assert recall.accuracy(lstm, params, *recall.held_out(200, "test")) == 1.0


def test_training_stops_when_the_task_is_solved():
    _, (values, _) = recall.train(recall.NETWORKS["GRU"], 2, [0, 1])
    assert 10 < len(values) < recall.N_UPDATES
    assert np.mean(values[-10:]) < recall.ENOUGH


def test_a_window_sees_the_bit_only_inside_it():
    assert recall.window_accuracy(recall.WINDOW - 1, [0]) > 0.99
    assert recall.window_accuracy(3, [0]) > 0.99
    # 1000 test sequences: the standard error of chance is 0.016.
    assert recall.window_accuracy(recall.WINDOW, [0]) == pytest.approx(0.5, abs=0.06)


def test_the_lstm_recalls_where_elman_networks_trained_alike_guess():
    seeds, lag = range(5), 40
    assert np.all(recall.train_and_test(recall.NETWORKS["LSTM"], lag, seeds) > 0.9)
    elman = recall.Network(recurrent, 17, recall.NETWORKS["LSTM"].learning_rate)
    # The mean of five accuracies at chance has a standard error of 0.007.
    assert np.all(np.abs(recall.train_and_test(elman, lag, seeds) - 0.5) < 0.06)


def test_clipping_saves_a_descent_with_exploding_gradients():
    clipped, (_, lengths) = recall.descend(1.0, [0, 1, 2])
    unclipped, _ = recall.descend(np.inf, [0, 1, 2])
    assert lengths.max() > 10
    assert np.all(clipped > 0.9)
    assert np.all(unclipped < 0.8)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(recall.NETWORKS))
def test_the_chosen_settings_are_the_best_on_validation_sequences(name):
    chosen = recall.NETWORKS[name]
    bias = next((v for k, v in chosen.settings.items() if k.endswith("_bias")), None)
    found = recall.search(name, range(100, 105))
    # Equal settings differ by chance; a better one must be clearly better.
    assert found[chosen.learning_rate, bias] > max(found.values()) - 0.03
