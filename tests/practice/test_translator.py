"""The translator: against NumPy in float64, against the layer of Keras, and by what must
not change: padding, the future, and the other members."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from companion import training
from companion.practice import translator
from companion.practice.translator import Translator
from companion.practice.translator_text import END, PAD, START

N_SOURCE, N_TARGET, S, T, U, K = 9, 8, 5, 4, 3, 2
SIZES = (N_SOURCE, N_TARGET, S, T, U, K)


def build(seeds=(0,), attention=True, length=S):
    model = Translator(N_SOURCE, N_TARGET, length, T, U, K, attention, seeds)
    rng = np.random.default_rng(5)  # biases start at zero, which would hide them
    for variable in model.trainable_variables:
        if "bias" in variable.name:
            variable.assign(rng.normal(size=variable.shape))
    return model


def draw(rng, n, members=1, length=S):
    source = rng.integers(4, N_SOURCE, size=(n, members, length))
    target = rng.integers(4, N_TARGET, size=(n, members, T))
    for row in range(n):
        source[row, :, length - row % 3 :] = PAD
        target[row, :, T - 1 - row % 2 :] = PAD
        target[row, :, T - 1 - row % 2] = END
    return np.concatenate([source, target], axis=2)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def one_step(state, i, again, bias):
    s = state @ again + bias
    u, r = (sigmoid(i[k * U : (k + 1) * U] + s[k * U : (k + 1) * U]) for k in (0, 1))
    new = np.tanh(i[2 * U :] + r * s[2 * U :])
    return u * state + (1 - u) * new


def by_hand(model, member, pair):
    """Logits of one pair, symbol by symbol, reading only what is no padding."""
    w = {v.name: np.asarray(v, dtype=float)[member] for v in model.variables}
    x, y = pair[: model.source_length], pair[model.source_length :]
    x = x[x != PAD]
    states = []
    for direction, symbols in enumerate((x, x[::-1])):
        state, found = np.zeros(U), []
        for symbol in symbols:
            i = w["read"][direction, symbol]
            state = one_step(
                state, i, w["read_again"][direction], w["read_bias"][direction, 0]
            )
            found.append(state)
        states.append(found)
    z = np.concatenate([states[0][-1], states[1][-1]]) @ w["to_code"] + w["to_code_bias"][0]
    h = np.array([np.r_[f, b] for f, b in zip(states[0], states[1][::-1], strict=True)])
    state, logits = np.tanh(z @ w["from_code"] + w["from_code_bias"][0]), []
    for before in (START, *y[:-1]):
        state = one_step(state, w["write"][before], w["write_again"], w["write_bias"][0])
        scores = np.exp(h @ (state @ w["match"]))
        seen = (scores / scores.sum()) @ h * w["looks"].item()
        mixed = np.tanh(np.r_[state, seen] @ w["mix"] + w["mix_bias"][0])
        logits.append(mixed @ w["to_logits"] + w["to_logits_bias"][0])
    return z, np.array(logits)


@pytest.mark.parametrize("attention", [True, False])
def test_outputs_equal_the_equations(rng, attention):
    model, pairs = build((0, 1), attention), draw(rng, 6, members=2)
    out = model(pairs)
    for member in (0, 1):
        for i, pair in enumerate(pairs[:, member]):
            z, logits = by_hand(model, member, pair)
            np.testing.assert_allclose(out["z"][member, i], z, atol=1e-5)
            np.testing.assert_allclose(out["logits"][member, i], logits, atol=1e-5)


def test_gru_equals_the_layer_of_keras(rng):
    layer = keras.layers.GRU(U, return_sequences=True)
    x = rng.normal(size=(4, 6, 5)).astype("float32")
    layer(x)
    kernel, again, bias = (rng.normal(size=w.shape) for w in layer.get_weights())
    layer.set_weights([kernel, again, bias])
    inputs = (x @ kernel + bias[0]).astype("float32")[None]
    states = translator.gru(
        keras.ops.convert_to_tensor(inputs),
        again[None].astype("float32"),
        bias[1][None, None].astype("float32"),
    )
    np.testing.assert_allclose(np.stack(states, axis=2)[0], layer(x), atol=1e-5)


def test_padding_changes_nothing(rng):
    short, long = build(), build(length=S + 4)
    pairs = draw(rng, 6)
    wider = np.concatenate(
        [pairs[:, :, :S], np.full((6, 1, 4), PAD), pairs[:, :, S:]], axis=2
    )
    long.set_weights(short.get_weights())
    for name, value in short(pairs).items():
        np.testing.assert_allclose(value, long(wider)[name], atol=1e-6)


def test_the_future_is_not_seen(rng):
    model, pairs = build(), draw(rng, 6)
    changed = pairs.copy()
    changed[:, :, S + 2] = (changed[:, :, S + 2] + 1) % N_TARGET
    a, b = (np.asarray(model(p)["logits"]) for p in (pairs, changed))
    np.testing.assert_array_equal(a[:, :, :3], b[:, :, :3])
    assert np.abs(a[:, :, 3] - b[:, :, 3]).max() > 1e-4


def test_loss_is_the_cross_entropy_of_what_is_no_padding(rng):
    model, pairs = build((0, 1)), draw(rng, 6, members=2)
    y_pred = model(pairs)
    total = 0.0
    for member in (0, 1):
        for pair in pairs[:, member]:
            _, logits = by_hand(model, member, pair)
            log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            total -= sum(row[s] for row, s in zip(log_p, pair[S:], strict=True) if s != PAD)
    loss = float(model.compute_loss(pairs, pairs, y_pred))
    assert loss == pytest.approx(total / 6, rel=1e-5)


def test_without_attention_only_the_code_counts(rng):
    model, pairs = build(attention=False), draw(rng, 6)
    z, h = model.encode(np.transpose(pairs, (1, 0, 2))[:, :, :S])
    states = model.write_on(model.start(z), np.full((1, 6, 1), START))
    source = np.transpose(pairs, (1, 0, 2))[:, :, :S]
    a, b = (np.asarray(model.logits(states, c, source)) for c in (h, h * 0 + 9))
    np.testing.assert_array_equal(a, b)
    with_attention = build()
    a, b = (with_attention.logits(states, c, source) for c in (h, h * 0 + 9))
    assert np.abs(np.asarray(a) - np.asarray(b)).max() > 1e-3


def trained(seeds, attention, pairs):
    model = Translator(*SIZES, attention, seeds)
    training.seed_everything(0)
    history = training.fit(
        model, pairs, loss=None, epochs=3, batch_size=8, learning_rate=0.01
    )
    return model, history


def test_members_train_as_if_alone(rng):
    pairs = draw(rng, 24)
    both, _ = trained((3, 4), (True, False), np.repeat(pairs, 2, axis=1))
    for member, (seed, attention) in enumerate(((3, True), (4, False))):
        alone, history = trained((seed,), attention, pairs)
        for together, single in zip(both.weights, alone.weights, strict=True):
            np.testing.assert_allclose(together[member], single[0], atol=1e-5)
        assert history["loss"][-1] < history["loss"][0]


def test_members_see_their_own_pairs_only(rng):
    pairs = draw(rng, 6, members=2)
    model = build((0, 1))
    changed = pairs.copy()
    changed[:, 1] = draw(rng, 6)[:, 0]
    a, b = (np.asarray(model(p)["logits"]) for p in (pairs, changed))
    np.testing.assert_array_equal(a[0], b[0])
    assert np.abs(a[1] - b[1]).max() > 1e-3


def test_saved_and_loaded_again(tmp_path, rng):
    model, pairs = build((0, 1), (True, False)), draw(rng, 4, members=2)
    model.save(tmp_path / "translator.keras")
    again = keras.saving.load_model(tmp_path / "translator.keras")
    np.testing.assert_allclose(again(pairs)["logits"], model(pairs)["logits"], atol=1e-6)
    assert again.get_config() == model.get_config()


def test_seeds_decide_the_weights():
    a, b, c = (Translator(*SIZES, seeds=s).get_weights() for s in ((1, 2), (2,), (3,)))
    np.testing.assert_array_equal(a[0][1], b[0][0])
    assert np.abs(b[0] - c[0]).max() > 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 0}, "units must be an integer of at least 1; got 0"),
        ({"latent_dim": 2.5}, "latent_dim must be an integer of at least 1; got 2.5"),
        ({"seeds": ()}, "seeds must name at least one member; got \\(\\)"),
        ({"attention": (True, False)}, "attention must be one value or one for each of 1"),
    ],
)
def test_bad_sizes_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Translator(**{**dict(zip(NAMES, SIZES, strict=True)), **change})


NAMES = ("n_source", "n_target", "source_length", "target_length", "units", "latent_dim")
BACKEND_RUN = """
import numpy as np, sys
from companion import training
from companion.practice.translator import Translator
from companion.practice.translator_search import translate
rng = np.random.default_rng(0)
pairs = rng.integers(4, 8, size=(24, 1, 9))
model = Translator(9, 8, 5, 4, 3, 2, seeds=(0, 1))
pairs = np.repeat(pairs, 2, axis=1)
before = np.asarray(__import__("keras").ops.convert_to_numpy(model(pairs)["logits"]))
training.seed_everything(0)
training.fit(model, pairs, loss=None, epochs=2, batch_size=8, learning_rate=0.01)
after = __import__("keras").ops.convert_to_numpy(model(pairs)["logits"])
written = translate(model, pairs[:, 0, :5], 2)
np.savez(sys.argv[1], before=before, after=after, written=written)
"""


@pytest.mark.slow
def test_backends_agree_before_and_after_training(tmp_path):
    found = {}
    for backend in ("tensorflow", "jax", "torch"):
        path = tmp_path / f"{backend}.npz"
        command = [sys.executable, "-c", BACKEND_RUN, str(path)]
        env = os.environ | {"KERAS_BACKEND": backend}
        subprocess.run(command, env=env, check=True, capture_output=True)
        found[backend] = dict(np.load(path))
    for other in ("jax", "torch"):
        for name in ("before", "after", "written"):
            np.testing.assert_allclose(
                found[other][name], found["tensorflow"][name], atol=1e-5
            )
