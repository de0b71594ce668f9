"""Bahdanau, Cho and Bengio (2015): a code of fixed size is a bottleneck of translation.

Claim: the abstract conjectures that a vector of fixed length is a bottleneck of the
encoder-decoder, and lets the decoder search the source instead. The paper shows it with
BLEU on English-French sentences of millions of words. Here one translator with attention
and one without, equal otherwise, learn some 9,000 short English-Chinese sentences of
Tatoeba, character by character, for minutes. The value is what attention adds to chrF on
test sentences. No number of the paper is this one, so the threshold is ours, set before
the seeds were run: 2 points of chrF. Any smaller gain counts as partly reproduced.

What is not compared: the size of everything; the attention is Luong's (2015), after the
recurrent unit and not before. All texts have at most 32 English and 15 Chinese characters.
The quality is poor, as the exact matches among the extras say. Further extras: BLEU by
sacreBLEU with its Chinese tokenization, and the same kind of network on names of
languages, territories and currencies, which are no sentences and have no grammar.
"""

import keras
import numpy as np
from sacrebleu.metrics import BLEU

from companion import datasets
from companion.practice.translator import Translator
from companion.practice.translator_baselines import Copy, MostFrequent, Nearest, WordByWord
from companion.practice.translator_measures import measures
from companion.practice.translator_search import translate
from companion.practice.translator_text import Alphabet, side_by_side
from reproductions.claims import Claim, Paper

EPOCHS = 10
NAME_EPOCHS = 40
PAPER = Paper(
    name="bahdanau2015",
    key="bahdanau2015neural",
    where="abstract and section 5",
    dataset="tatoeba",
    claim=Claim(
        what="chrF on test sentences, with attention minus without",
        published=2.0,
        unit="points of chrF",
        tolerance=0.0,
        partly_tolerance=2.0,
        lower_is_better=False,
        threshold=True,
    ),
    recipe={
        "units": 96,
        "latent_dim": 96,
        "longest_english": 32,
        "longest_chinese": 15,
        "longest_names": [24, 10],
        "batch_size": 64,
        "learning_rate": 4e-3,
        "epochs": EPOCHS,
        "name_epochs": NAME_EPOCHS,
    },
    epochs=EPOCHS + NAME_EPOCHS,
    budget_cpu_minutes=10,
)
RECIPE = PAPER.recipe


def pairs(name, longest):
    """Load pairs that are short enough: (x, y) for training and for the test."""
    data = datasets.load(name)
    parts = []
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        lengths = np.char.str_len(x), np.char.str_len(y)
        short = (lengths[0] <= longest[0]) & (lengths[1] <= longest[1])
        parts.append((x[short], y[short]))
    return parts


def run(seed, progress):
    """Train a translator with attention beside one without, and measure both.

    Args:
        seed: Seed of the weights and of the order of the sentences.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The difference of chrF in points; as extras, all measures of both translators, and
        of a translator of names.
    """
    longest = RECIPE["longest_english"], RECIPE["longest_chinese"]
    found = learned("sentences", pairs("tatoeba", longest), (True, False), seed, progress)
    (names,) = learned(
        "names", pairs("names", RECIPE["longest_names"]), (True,), seed, progress
    )
    extras = {
        f"{measure}, {kind}": value
        for kind, own in zip(("attention", "no attention"), found, strict=True)
        for measure, value in own.items()
    }
    extras |= {f"{measure}, names": value for measure, value in names.items()}
    return found[0]["chrF"] - found[1]["chrF"], extras


def learned(part, data, attention, seed, progress):
    """Train one translator for each kind of attention; measure each on the test pairs."""
    (x, y), (x_test, y_test) = data
    source, target = Alphabet(x), Alphabet(y)
    lengths = max(map(len, x)), max(map(len, y)) + 1
    model = Translator(
        len(source),
        len(target),
        *lengths,
        RECIPE["units"],
        RECIPE["latent_dim"],
        attention,
        (seed,) * len(attention),
    )
    symbols = side_by_side(
        source.encode(x.tolist(), lengths[0]), target.encode_targets(y.tolist(), lengths[1])
    )
    symbols = np.repeat(symbols, len(attention), axis=1)
    epochs = RECIPE["epochs" if part == "sentences" else "name_epochs"]
    n_steps = -(-len(x) // RECIPE["batch_size"]) * epochs
    rate = keras.optimizers.schedules.CosineDecay(RECIPE["learning_rate"], n_steps)

    def epoch_data(rng):
        chosen = symbols[rng.permutation(len(symbols))]
        return chosen, chosen

    progress.fit(
        part,
        model,
        epoch_data,
        epochs=epochs,
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(rate),
    )
    written = translate(model, source.encode(x_test.tolist(), lengths[0]))
    return [measured(target.decode(rows), y_test) for rows in written]


def measured(translations, truth):
    """All measures of `translator_measures`, and BLEU by sacreBLEU for Chinese."""
    bleu = BLEU(tokenize="zh").corpus_score(translations.tolist(), [truth.tolist()])
    found = measures(translations, truth)
    found["exact match"] *= 100
    return {f"{name}, %" if "match" in name else name: v for name, v in found.items()} | {
        "BLEU": bleu.score
    }


def baselines():
    """Measure what needs no network.

    Returns:
        All measures of each baseline, by name.
    """
    found = {}
    longest = RECIPE["longest_english"], RECIPE["longest_chinese"]
    for name, limits in (("tatoeba", longest), ("names", RECIPE["longest_names"])):
        train, (x_test, y_test) = pairs(name, limits)
        models = {
            "copy": Copy(),
            "most frequent": MostFrequent(),
            "nearest": Nearest(),
            "word by word": WordByWord(),
        }
        for method, model in models.items():
            own = measured(model.fit(*train).translate(x_test), y_test)
            kind = "" if name == "tatoeba" else ", names"
            found |= {f"{m}, {method}{kind}": float(value) for m, value in own.items()}
    return found
