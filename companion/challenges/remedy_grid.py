"""What regularization buys on one small autoencoder: a grid for each remedy, chosen fairly.

All remedies are trained from the same training sets and the same initial weights. The
strength with the lowest mean error on *validation* images is kept; test images are looked
at only for what was kept. A grid whose best strength lies at an end is refused: it is too
short.
"""

from dataclasses import dataclass

import numpy as np

from companion.autoencoders.pca import PCA, MeanPredictor
from companion.challenges import apart
from companion.metrics import linear_probe_accuracy

GRIDS = {
    "weight decay": ("decay", (0.03, 0.3, 3.0)),
    "dropout": ("dropout", (0.003, 0.03, 0.3)),
    "input noise": ("noise", (0.05, 0.2, 0.8)),
    "contractive": ("contraction", (3e-5, 3e-4, 3e-3)),
    "sparse": ("sparsity", (1e-4, 1e-2, 1e-1)),
}


@dataclass(frozen=True)
class Setting:
    """One autoencoder and its data.

    Args:
        n: Training images of each seed.
        width: Units of each hidden layer.
        latent_dim: Code units.
        n_steps: Updates.
    """

    n: int = 60
    width: int = 32
    latent_dim: int = 8
    n_steps: int = 500


def training_sets(data, n, seeds):
    """Numbers of the training images of each seed."""
    return [np.random.default_rng(s).permutation(len(data.x_train))[:n] for s in seeds]


def fit(data, setting, seeds, name=None, strengths=(0.0,)):
    """Train one autoencoder for each seed and each strength of one remedy, side by side.

    Args:
        data: A flat `companion.datasets.Dataset`.
        setting: A `Setting`.
        seeds: One training set and one start for each.
        name: A name of `GRIDS`, or None for no remedy.
        strengths: Of the remedy.

    Returns:
        last: Parameters after the last step; a list, one entry for each strength.
        stopped: Those with the lowest validation error on the way, or `last` if a remedy
            is named: only training without one is watched.
    """
    x, x_val = (np.asarray(part, dtype=float) for part in (data.x_train, data.x_val))
    n, everyone = len(seeds), [*seeds] * len(strengths)
    sizes = [64, setting.width, setting.latent_dim, setting.width, 64]
    given = {GRIDS[name][0]: np.repeat(strengths, n)} if name else {}
    watch = None if name else lambda params: apart.errors(params, x_val).mean(axis=1)
    found = apart.train(
        apart.init(sizes, everyone),
        x,
        x,
        training_sets(data, setting.n, everyone),
        activations=apart.AUTOENCODER,
        loss="mse",
        n_steps=setting.n_steps,
        learning_rate=1e-2,
        remedies=apart.Remedies(**given),
        watch=watch,
        every=25,
    )
    return tuple(
        [_members(params, i * n, (i + 1) * n) for i in range(len(strengths))]
        for params in found
    )


def _members(params, first, end):
    return tuple([array[first:end] for array in part] for part in params)


def choose(scores, strengths):
    """The strength with the lowest mean score.

    Args:
        scores: Validation errors, (n_strengths, n_seeds).
        strengths: The grid, ascending.

    Returns:
        Its number in the grid.

    Raises:
        ValueError: If it is the first or the last: another might be better.
    """
    best = int(np.argmin(np.mean(scores, axis=1)))
    if best in (0, len(strengths) - 1):
        raise ValueError(f"strengths must go beyond the best one; got {strengths}")
    return best


def probe(encode, data, rows):
    """Accuracy of a linear classifier on codes, trained on the same few images."""
    x, x_test = (np.asarray(part, dtype=float) for part in (data.x_train, data.x_test))
    few = encode(x[rows]), data.y_train[rows]
    return linear_probe_accuracy(*few, encode(x_test), data.y_test)


def _measures(params, data, rows):
    x_train, x_test = (np.asarray(p, dtype=float) for p in (data.x_train, data.x_test))
    train, probes = apart.errors(params, x_train), []
    for member, r in enumerate(rows):
        encoder = _members(
            [part[: apart.CODE_LAYER] for part in params], member, member + 1
        )

        def encode(x, encoder=encoder):
            return apart.forward(encoder, x, apart.AUTOENCODER[: apart.CODE_LAYER])[-1][0]

        probes.append(probe(encode, data, r))
    return {
        "train MSE": np.array([train[m, r].mean() for m, r in enumerate(rows)]),
        "test MSE": apart.errors(params, x_test).mean(axis=1),
        "probe accuracy": np.array(probes),
    }


def _linear(model_of, data, rows):
    x_train, x_test = (np.asarray(p, dtype=float) for p in (data.x_train, data.x_test))
    found = {"train MSE": [], "test MSE": [], "probe accuracy": []}
    for r in rows:
        model = model_of().fit(x_train[r])
        for name, x in (("train MSE", x_train[r]), ("test MSE", x_test)):
            found[name].append(np.mean((model.reconstruct(x) - x) ** 2))
        if isinstance(model, PCA):
            found["probe accuracy"].append(probe(model.encode, data, r))
    return {name: np.array(values) for name, values in found.items() if values}


def compare(data, setting, seeds, grids=GRIDS):
    """Train everything, choose by validation images, and measure what was chosen.

    Args:
        data: A flat `companion.datasets.Dataset`.
        setting: A `Setting`.
        seeds: At least three.
        grids: As `GRIDS`.

    Returns:
        results: Method to measure to values over seeds.
        validation: Remedy to mean validation errors over its grid, (n_strengths,).
        chosen: Remedy to the strength that was kept.

    Raises:
        ValueError: If a best strength stands at an end of its grid.
    """
    rows = training_sets(data, setting.n, seeds)
    x_val = np.asarray(data.x_val, dtype=float)
    (last,), (stopped,) = fit(data, setting, seeds)
    results = {
        "mean predictor": _linear(MeanPredictor, data, rows),
        "PCA": _linear(lambda: PCA(setting.latent_dim), data, rows),
        "no remedy": _measures(last, data, rows),
        "early stopping": _measures(stopped, data, rows),
    }
    validation, chosen = {}, {}
    validation["no remedy"] = apart.errors(last, x_val).mean()
    for name, (_, strengths) in grids.items():
        trained, _ = fit(data, setting, seeds, name, strengths)
        scores = [apart.errors(params, x_val).mean(axis=1) for params in trained]
        best = choose(scores, strengths)
        validation[name], chosen[name] = np.mean(scores, axis=1), strengths[best]
        results[name] = _measures(trained[best], data, rows)
    return results, validation, chosen
