"""Searching for translations, against trying every one of them."""

from itertools import product

import numpy as np
import pytest
from keras import ops

from companion.practice.translator import Translator
from companion.practice.translator_search import attention, search, translate
from companion.practice.translator_text import END, PAD, START, UNKNOWN

N_TARGET, S, T = 7, 4, 3  # a translation is written with END and the symbols 4, 5, 6


@pytest.fixture(scope="module")
def model():
    model = Translator(8, N_TARGET, S, T, 4, 3, seeds=(0, 1))
    rng = np.random.default_rng(1)
    # Steep, so that the likeliest first symbol need not begin the likeliest translation.
    model.set_weights(
        [rng.normal(size=w.shape) for w in model.get_weights()[:-1]]
        + [1.0 + 0 * model.get_weights()[-1]]
    )
    return model


@pytest.fixture
def source(rng):
    source = rng.integers(4, 8, size=(12, S))
    source[::3, 2:] = PAD
    return source.astype("int32")


def everything():
    """All translations of at most T symbols, as rows; without END only if T are full."""
    rows = []
    for n in range(T + 1):
        for text in product((4, 5, 6), repeat=n):
            row = [*text, END][:T]
            rows.append(row + [PAD] * (T - len(row)))
    return np.array(rows)


def log_p_of(model, source, rows):
    """Log-probability of each row, by teacher forcing, where special symbols are closed."""
    n = len(rows)
    pairs = np.concatenate([np.repeat(source[None], n, 0), rows], axis=1)
    pairs = np.repeat(pairs[:, None], 2, axis=1)
    logits = np.array(model(pairs)["logits"], dtype=float)
    logits[..., [PAD, START, UNKNOWN]] = -1e9
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    log_p = np.take_along_axis(log_p, np.repeat(rows[None], 2, 0)[..., None], axis=-1)
    return np.sum(log_p[..., 0] * (rows != PAD), axis=-1)


def test_a_wide_beam_finds_the_best_of_all(model, source):
    rows = everything()
    found, log_p = search(model, source, width=3**T)
    greedy, greedy_log_p = search(model, source)
    for i, text in enumerate(source):
        all_log_p = log_p_of(model, text, rows)
        for member in (0, 1):
            np.testing.assert_array_equal(
                found[member, i], rows[all_log_p[member].argmax()]
            )
            assert log_p[member, i] == pytest.approx(all_log_p[member].max(), abs=1e-4)
    assert (greedy != found).any()
    assert (greedy_log_p <= log_p + 1e-4).all()


def test_greedy_takes_the_likeliest_symbol_every_time(model, source):
    found, _ = search(model, source)
    for i, text in enumerate(source):
        for member in (0, 1):
            row = [PAD] * T
            for t in range(T):
                pair = np.array([[[*text, *row]] * 2])
                logits = np.array(model(pair)["logits"])[member, 0, t]
                logits[[PAD, START, UNKNOWN]] = -1e9
                row[t] = int(logits.argmax())
                if row[t] == END:
                    break
            assert found[member, i].tolist() == row


def test_beams_take_their_states_along(source):
    """A beam reports the log-probability of what it has written, as read afresh."""
    length = 7
    model = Translator(8, N_TARGET, S, length, 4, 3, seeds=(0, 1))
    rng = np.random.default_rng(2)
    weights = [rng.normal(size=w.shape) for w in model.get_weights()]
    model.set_weights([*weights[:-1], np.ones_like(weights[-1])])
    closed = np.where(np.arange(N_TARGET) == END, -9.0, 0.0)  # long translations
    model.to_logits_bias.assign(np.broadcast_to(closed, model.to_logits_bias.shape))
    for width in (2, 3):
        found, log_p = search(model, source, width)
        assert (found != END).all()
        for i, text in enumerate(source):
            for member in (0, 1):
                right = log_p_of(model, text, found[member, i][None])[member, 0]
                assert log_p[member, i] == pytest.approx(right, abs=1e-4)


def test_members_may_translate_other_texts(model, source):
    both = translate(model, np.stack([source, source[::-1]]), width=2)
    np.testing.assert_array_equal(both[0], translate(model, source, width=2)[0])
    np.testing.assert_array_equal(both[1], translate(model, source, width=2)[1][::-1])


def test_attention_is_a_distribution_over_what_is_no_padding(model, source):
    weights = attention(model, source, np.full((12, T), 5))
    assert weights.shape == (2, 12, T, S)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-5)
    padded = np.moveaxis(weights, 2, 0)[:, :, source == PAD]
    assert padded.size
    np.testing.assert_array_equal(padded, 0)


def test_attention_is_that_of_the_state_after_the_symbol_before(model, source):
    target = np.array([[5, 4, 6]] * 12)
    weights = attention(model, source, target)
    both = np.repeat(source[None], 2, 0)
    z, h = model.encode(both)
    before = np.repeat([[[START, 5, 4]]], 12, axis=1).repeat(2, axis=0)
    states = np.array(model.write_on(model.start(z), before))
    match = ops.convert_to_numpy(model.match)[:, None]
    scores = states @ match @ np.swapaxes(h, 2, 3)
    scores = np.where(both[:, :, None] == PAD, -np.inf, scores)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    expected = raised / raised.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(weights, expected, atol=1e-5)
    # The last symbol is never read: what it is changes nothing.
    other = attention(model, source, np.array([[5, 4, END]] * 12))
    np.testing.assert_array_equal(weights, other)


@pytest.mark.parametrize(
    ("shape", "width", "message"),
    [
        ((12, S + 1), 1, r"source must have shape \(n, 4\); got \(12, 5\)"),
        ((S,), 1, r"source must have shape \(n, 4\); got \(4,\)"),
        ((12, S), 0, "width must be an integer of at least 1; got 0"),
    ],
)
def test_bad_arguments_are_refused(model, shape, width, message):
    with pytest.raises(ValueError, match=message):
        translate(model, np.full(shape, 4), width)
