"""The sequence autoencoder against its equations in NumPy, and training in turns."""

import keras
import numpy as np
import pytest

from companion.autoencoders import symbols
from companion.autoencoders.sequence import SequenceAutoencoder
from companion.autoencoders.turns import Turns
from companion.training.again import draw_epochs


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def gru_step(h, x, kernel, recurrent, bias):
    """One step of a gated recurrent unit: h is (batch, U), x is (batch, V)."""
    from_input = np.split(x @ kernel + bias[0], 3, axis=1)
    from_state = np.split(h @ recurrent + bias[1], 3, axis=1)
    update = sigmoid(from_input[0] + from_state[0])
    reset = sigmoid(from_input[1] + from_state[1])
    candidate = np.tanh(from_input[2] + reset * from_state[2])
    return update * h + (1.0 - update) * candidate


def layers_of(model):
    return [model.reader, model.writer, model.to_code, model.to_state, model.to_logits]


def copy_layers(source, target):
    for a, b in zip(layers_of(source), layers_of(target), strict=True):
        b.set_weights(a.get_weights())


@pytest.fixture
def x(rng):
    return np.eye(5, dtype="float32")[rng.integers(5, size=(7, 4))]


@pytest.fixture
def model(rng):
    model = SequenceAutoencoder(4, 5, 3, units=6)
    for layer in layers_of(model):
        layer.set_weights([0.7 * rng.normal(size=w.shape) for w in layer.get_weights()])
    return model


@pytest.mark.parametrize("reverse", [True, False])
def test_code_and_logits_equal_the_equations(x, model, reverse):
    twin = SequenceAutoencoder(4, 5, 3, units=6, reverse=reverse)
    copy_layers(model, twin)
    reader, writer, code, state, read = (layer.get_weights() for layer in layers_of(twin))
    h = np.zeros((7, 6))
    for t in (3, 2, 1, 0) if reverse else (0, 1, 2, 3):
        h = gru_step(h, x[:, t], *reader)
    z = h @ code[0] + code[1]
    g, before, logits = np.tanh(z @ state[0] + state[1]), np.zeros((7, 5)), []
    for t in range(4):
        g = gru_step(g, before, *writer)
        logits.append(g @ read[0] + read[1])
        before = x[:, t]
    logits = np.stack(logits, axis=1)
    output = twin(x)
    np.testing.assert_allclose(array(twin.encode(x)), z, atol=1e-5)
    np.testing.assert_allclose(array(output["z"]), z, atol=1e-5)
    np.testing.assert_allclose(array(output["logits"]), logits, atol=1e-5)

    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    for y in (x, np.roll(x, 1, axis=2)):
        nll = -np.log(np.sum(p * y, axis=-1)).sum(axis=1).mean()
        loss = float(array(twin.compute_loss(x, y, output)))
        assert loss == pytest.approx(nll, rel=1e-5)


def test_reader_and_writer_draw_their_own_weights():
    model = SequenceAutoencoder(4, 5, 3, units=6)
    for a, b in zip(model.reader.get_weights(), model.writer.get_weights(), strict=True):
        assert np.abs(a - b).max() > 0.1 or not a.any()


def test_greedy_decoding_feeds_back_what_it_wrote(model, rng):
    z = rng.normal(size=(9, 3)).astype("float32")
    p = array(model.decode(z))
    np.testing.assert_allclose(p.sum(axis=-1), 1.0, atol=1e-5)
    # Given its own choices as the true past, teacher forcing predicts the same.
    own = np.eye(5, dtype="float32")[p.argmax(axis=-1)]
    logits = array(model.logits(z, own)).astype(float)
    forced = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(p, forced, atol=1e-5)
    assert len(np.unique(p.argmax(axis=-1))) > 1


def test_a_symbol_never_sees_itself_or_what_follows(model, x, rng):
    z = rng.normal(size=(7, 3)).astype("float32")
    other = x.copy()
    other[:, 2] = np.roll(x[:, 2], 1, axis=1)
    change = np.abs(array(model.logits(z, x)) - array(model.logits(z, other)))
    assert change[:, :3].max() == 0.0
    assert change[:, 3].min(axis=0).max() > 1e-4


def test_reverse_is_the_forward_reader_on_the_turned_sequence(model, x):
    forward = SequenceAutoencoder(4, 5, 3, units=6, reverse=False)
    copy_layers(model, forward)
    turned = array(forward.encode(x[:, ::-1]))
    np.testing.assert_allclose(array(model.encode(x)), turned, atol=1e-6)
    assert np.abs(array(forward.encode(x)) - turned).max() > 1e-2


def test_one_set_of_weights_serves_every_length(model, x):
    longer = SequenceAutoencoder(9, 5, 3, units=6)
    assert longer.count_params() == model.count_params()
    longer.set_weights(model.get_weights())
    z = array(model.encode(x))
    np.testing.assert_allclose(
        array(longer.decode(z))[:, :4], array(model.decode(z)), atol=1e-6
    )


@pytest.mark.parametrize("reverse", [True, False])
def test_saved_and_reloaded_model_answers_the_same(x, tmp_path, reverse):
    model = SequenceAutoencoder(4, 5, 3, units=6, reverse=reverse, seed=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config()["reverse"] is reverse
    np.testing.assert_array_equal(array(loaded(x)["logits"]), array(model(x)["logits"]))


def test_sequence_autoencoder_names_bad_sizes():
    with pytest.raises(
        ValueError, match="latent_dim must be an integer of at least 1; got 0"
    ):
        SequenceAutoencoder(4, 5, 0)


@pytest.mark.slow
def test_a_trained_model_writes_what_it_read(rng):
    truth = np.array([[i, j] for i in range(4) for j in range(4)])
    x = np.eye(4, dtype="float32")[truth]
    model = SequenceAutoencoder(2, 4, 4, units=16)
    Turns(model, 400).train(model, x, batch_size=16)
    np.testing.assert_array_equal(symbols.copy(model, x), truth)


@pytest.mark.slow
def test_turns_train_a_narrow_model_as_it_would_train_alone(rng):
    x = np.eye(5, dtype="float32")[rng.integers(5, size=(64, 3))]
    turns = Turns(SequenceAutoencoder(3, 5, 6, units=8), 40)
    turns.train(SequenceAutoencoder(3, 5, 6, units=8, seed=7), x, batch_size=8)
    narrow = SequenceAutoencoder(3, 5, 2, units=8, reverse=False, seed=1)
    alone = SequenceAutoencoder(3, 5, 2, units=8, reverse=False, seed=1)
    start = array(narrow.reader.cell.kernel)
    turns.train(narrow, x, batch_size=8, seed=4)
    Turns(alone, 40).train(alone, x, batch_size=8, seed=4)
    for a, b in zip(narrow.get_weights(), alone.get_weights(), strict=True):
        # The same 40 steps in matrices of another width: rounding differs.
        np.testing.assert_allclose(a, b, atol=2e-4)
    assert np.abs(start - array(narrow.reader.cell.kernel)).max() > 0.05
    assert np.abs(array(turns.template.to_code.kernel)[:, 2:]).max() == 0.0
    assert np.abs(array(turns.template.to_state.kernel)[2:]).max() == 0.0


def test_turns_equal_a_loop_written_out(rng):
    x = np.eye(5, dtype="float32")[rng.integers(5, size=(20, 2))]
    model, twin = (SequenceAutoencoder(2, 5, 2, units=4, seed=1) for _ in range(2))
    Turns(SequenceAutoencoder(2, 5, 2, units=4), 6).train(model, x, batch_size=8, seed=4)
    twin.compile(keras.optimizers.Adam(0.02), loss=None, run_eagerly=True)
    rows = draw_epochs(20, 6 * 8, np.random.default_rng(4)).reshape(6, 8)
    for step, batch in enumerate(rows):
        twin.optimizer.learning_rate = 0.02 * (1 - step / 6)
        twin.train_on_batch(x[batch], x[batch])
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        # Two ways through the same six steps differ by rounding.
        np.testing.assert_allclose(a, b, atol=2e-5)


def test_turns_name_what_they_refuse(x):
    turns = Turns(SequenceAutoencoder(4, 5, 2, units=6), 1)
    with pytest.raises(ValueError, match="model must have weights that fit into"):
        turns.train(SequenceAutoencoder(4, 5, 3, units=6), x)
    with pytest.raises(ValueError, match="n_steps must be an integer of at least 1; got 0"):
        Turns(turns.template, 0)
    with pytest.raises(ValueError, match="x_train must be finite; got 100 NaN"):
        turns.train(SequenceAutoencoder(4, 5, 2, units=6), np.full((5, 4, 5), np.nan))
