"""Krenn et al. (2020): every row of SELFIES symbols is a molecule, so every code is one.

Claim: the abstract says that each SELFIES corresponds to a valid molecule, even entirely
random ones. The value is the share of valid molecules among those that a variational
autoencoder of SELFIES writes from codes drawn at random; the same autoencoder of SMILES,
of equal size and training, stands beside it in the extras. A share of 100 is the claim;
99.5 counts as partly reproduced, because a row may also place no atom at all.

What else is measured: the share of held-out molecules that come back whole, also without
the crossed rows and with hidden layers; the distance of the properties of generated from
those of held-out molecules; R2 of a Gaussian process for *measured* solubility (ESOL,
where the autoencoder saw the training molecules alone, and no solubility) from codes,
from fingerprints and from counts; and the QED of the best molecule after 200 evaluations,
by search in the code space and without codes.

What is not compared: the paper trains on QM9 with another network, and looks at how dense
and diverse the code space is.
"""

import keras
import numpy as np

from companion import datasets
from companion.practice import (
    code_search,
    property_prediction,
    string_generation,
    string_trials,
)
from companion.practice import molecule_properties as properties
from companion.practice.molecule_strings import SELFIES, SMILES, Alphabet
from companion.practice.string_baselines import best_chain
from companion.practice.string_evolution import search_evolution, search_screened
from companion.practice.string_vae import StringVAE
from reproductions.claims import Claim, Paper

EPOCHS = 8
PAPER = Paper(
    name="krenn2020",
    key="krenn2020self",
    where="abstract",
    dataset="zinc_5000",
    claim=Claim(
        what="valid molecules from random codes of a SELFIES autoencoder",
        published=100.0,
        unit="percent",
        tolerance=0.0,
        partly_tolerance=0.5,
        lower_is_better=False,
    ),
    recipe={
        "solubility": "esol",
        "latent_dim": 96,
        "width": 32,
        "n_before": 2,
        "beta": 0.3,
        "warm_up": 0.5,
        "n_crossed": 3,
        "batch_size": 64,
        "learning_rate": 8e-3,
        "epochs": EPOCHS,
        "n_generated": 1000,
        "n_fitted": 700,
        "n_start": 50,
        "n_scored": 200,
    },
    epochs=4 * EPOCHS,
    budget_cpu_minutes=15,
)
RECIPE = PAPER.recipe


# What is changed in the recipe, by the name of the training.
VARIANTS = {
    "SELFIES": {},
    "SMILES": {},
    "SELFIES, own rows only": {"crossed": False},
    "SELFIES, hidden layers": {"hidden": 256},
}


def run(seed, progress):
    """Train on SELFIES and on SMILES, and measure everything.

    Args:
        seed: Seed of the weights, the batches and the draws.
        progress: A `reproductions.resumable.Progress`.

    Returns:
        The share of valid molecules in percent, and extras.
    """
    zinc, esol = datasets.load("zinc_5000"), datasets.load("esol")
    molecules = np.concatenate([*parts(zinc), *parts(esol)])
    train = np.concatenate([zinc.x_train, esol.x_train])
    table, extras, codecs = properties.properties(zinc.x_test), {}, {}
    for name, changed in VARIANTS.items():
        notation = SMILES if name == "SMILES" else SELFIES
        alphabet = Alphabet.of(notation, molecules)
        codec = codecs[name] = fitted(name, alphabet, train, seed, progress, **changed)
        found = string_trials.measure_code(codec, zinc.x_test, seed)
        found |= generated(codec, train, table, seed)
        names = ("valid", "unique", "novel", "distance", "reconstructed", "KL", "bound")
        extras |= {f"{name}, {measure}": found.get(measure, 0.0) for measure in names}
    codec = codecs["SELFIES"]
    extras |= solubility(esol, codec) | search(zinc.x_train, codec, seed)
    return 100.0 * extras["SELFIES, valid"], extras


def generated(codec, train, table, seed):
    """Measure molecules from codes drawn from N(0, I)."""
    z = np.random.default_rng(seed).standard_normal(
        (RECIPE["n_generated"], codec.latent_dim)
    )
    return string_generation.measure_set(codec.write(z), train, table)


def parts(data):
    """Training, validation and test molecules of a data set."""
    return data.x_train, data.x_val, data.x_test


def fitted(name, alphabet, train, seed, progress, crossed=True, hidden=0):
    """Train one autoencoder; return it as a codec."""
    rows, n_crossed = alphabet.encode(train), RECIPE["n_crossed"]
    sizes = {name: RECIPE[name] for name in ("latent_dim", "width", "n_before", "beta")}
    n_steps = RECIPE["epochs"] * len(rows) * (1 + n_crossed) // RECIPE["batch_size"]
    model = StringVAE(
        alphabet.length,
        len(alphabet.symbols),
        warm_up_steps=RECIPE["warm_up"] * n_steps,
        hidden=hidden,
        seed=seed,
        **sizes,
    )

    def epoch_data(rng):
        if crossed:
            more = string_trials.with_crossed(rows, n_crossed, rng)
        else:
            more = np.concatenate([rows] * (1 + n_crossed))
        x = alphabet.one_hot(more[rng.permutation(len(more))])
        return x, x

    rate = keras.optimizers.schedules.CosineDecay(RECIPE["learning_rate"], n_steps)
    progress.fit(
        name,
        model,
        epoch_data,
        epochs=RECIPE["epochs"],
        batch_size=RECIPE["batch_size"],
        optimizer=keras.optimizers.Adam(rate),
    )
    return string_trials.Codec(alphabet, model, model.get_weights())


def solubility(esol, codec):
    """R2 on the test molecules of ESOL, from each kind of feature."""
    molecules = np.concatenate(parts(esol))
    y = np.concatenate([esol.y_train, esol.y_val, esol.y_test])
    features = {
        "codes": codec.encode(molecules),
        "fingerprints": properties.fingerprints(molecules),
        "counts": property_prediction.counts(molecules),
    }
    train = np.arange(len(esol.x_train))[: RECIPE["n_fitted"]]
    test = np.arange(len(molecules) - len(esol.x_test), len(molecules))
    return {
        f"R2 of solubility, {model} on {name}": property_prediction.held_out_r2(
            model, feature, y, train, test
        )
        for name, feature in features.items()
        for model in property_prediction.MODELS
    }


def search(pool, codec, seed):
    """Best QED after equally many evaluations, by method."""
    methods = {
        "training molecules": (code_search.search_training, pool),
        "random codes": (code_search.search_codes, codec),
        "Bayesian, codes": (code_search.search_bayesian, codec),
        "genetic": (search_evolution, codec.alphabet),
        "genetic, screened": (search_screened, codec.alphabet),
    }
    best = {}
    for name, (method, what) in methods.items():
        rng = np.random.default_rng(seed)
        scorer = code_search.Scorer(properties.drug_likeness, RECIPE["n_scored"])
        scorer.ask([str(s) for s in rng.choice(pool, RECIPE["n_start"], replace=False)])
        method(scorer, what, rng)
        best[f"best QED, {name}"] = float(scorer.curve()[-1])
    return best


def baselines():
    """Measure generators without a code, on the same molecules.

    Returns:
        Shares and distances, by name.
    """
    zinc = datasets.load("zinc_5000")
    alphabet = Alphabet.of(SELFIES, np.concatenate(parts(zinc)))
    rows = alphabet.encode(zinc.x_train), alphabet.encode(zinc.x_val)
    chain = best_chain(*rows, len(alphabet.symbols), orders=(4, 8, 10), weights=(30,))
    table = properties.properties(zinc.x_test)
    generated = string_generation.without_model(
        alphabet, zinc.x_train, chain, RECIPE["n_generated"], 0
    )
    found = {"nll of the Markov chain, nats": chain.nll(alphabet.encode(zinc.x_test))}
    for name, molecules in generated.items():
        measured = string_generation.measure_set(molecules, zinc.x_train, table)
        found |= {
            f"{name}, {m}": measured[m] for m in ("valid", "unique", "novel", "distance")
        }
    return found
