"""Five ways to read digits from 20 training sets each, and test images that were changed.

Each seed draws its own training images and initial weights. A reader of codes is a linear
classifier on the codes of an autoencoder that never saw a label; it is trained on the same
images as the autoencoder.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from companion.challenges import apart, stacked_cnn
from companion.datasets import corruptions
from companion.networks import losses

STRENGTHS = {
    "shift, pixels": (0.25, 0.75, 1.25, 2.0),
    "rotation, degrees": (10.0, 20.0, 40.0, 60.0),
    "noise, standard deviation": (0.15, 0.3, 0.45, 0.6),
}
CODE_READER = ("relu", "linear", "linear")
NOISE = 0.3  # of the denoising autoencoder, on its training images
# The best of 0.01, 0.03, 0.1 and 0.3 on unchanged validation images, after 300 updates.
RATES = {
    "logistic regression": 0.1,
    "hidden layer": 0.01,
    "convolutional": 0.03,
    "codes": 0.1,
}


def changed(x, kind, strength, rng):
    """Change flat images: a quarter to each side, half to each turn, or noise.

    Args:
        x: Images, (n, 64), in [0, 1].
        kind: A name of `STRENGTHS`.
        strength: In the unit of the name.
        rng: A `numpy.random.Generator`, for the noise.

    Returns:
        Images of the shape of `x`, float64.

    Raises:
        ValueError: If `kind` is unknown.
    """
    images = np.reshape(x, (-1, 8, 8, 1))
    if kind == "shift, pixels":
        ways = [(strength, 0), (-strength, 0), (0, strength), (0, -strength)]
        function = corruptions.shift
    elif kind == "rotation, degrees":
        ways, function = [(strength,), (-strength,)], corruptions.rotate
    elif kind == "noise, standard deviation":
        ways, function = [(strength, rng)], corruptions.add_noise
    else:
        raise ValueError(f"kind must be one of {', '.join(STRENGTHS)}; got {kind!r}")
    out = np.empty((len(images), 64))
    for i, way in enumerate(ways):
        part = images[i :: len(ways)]
        out[i :: len(ways)] = function(part, *way).reshape(len(part), 64)
    return out


@dataclass(frozen=True)
class Readers:
    """Trained members; every mapping goes from a name to what it belongs to.

    Args:
        params: The classifiers, CNN included.
        activations: Names of their layers; None for the CNN.
        autoencoders: "plain" and "denoising", with the seeds of the classifiers.
    """

    params: dict
    activations: dict
    autoencoders: dict

    def logits(self, name, x):
        """Logits of every member of a kind for images (n, 64), (n_seeds, n, 10)."""
        with apart.one_thread():
            if self.activations[name] is None:
                return stacked_cnn.forward(self.params[name], x)
            return apart.forward(self.params[name], x, self.activations[name])[-1]

    def right(self, name, x, labels):
        """Which answers are right, (n_seeds, n), bool."""
        return self.logits(name, x).argmax(axis=-1) == labels

    def doubt(self, name, x):
        """One minus the largest probability, (n_seeds, n)."""
        return 1.0 - losses.softmax(self.logits(name, x)).max(axis=-1)


def chain(first, second):
    """Two stacks of networks in a row as one: the second reads what the first answers."""
    return tuple([*a, *b] for a, b in zip(first, second, strict=True))


def encoder(params):
    """The first two layers of autoencoders: images to codes."""
    return tuple(part[: apart.CODE_LAYER] for part in params)


def read_codes(params, x, labels, rows, n_steps):
    """Put a linear classifier on the codes of every autoencoder.

    Args:
        params: Autoencoders of `companion.challenges.apart`.
        x: All images, (n_all, 64).
        labels: Their classes.
        rows: For each member the numbers of its training images.
        n_steps: Updates of the classifiers.

    Returns:
        Encoders and classifiers in one, with the layers `CODE_READER`.
    """
    codes = apart.forward(encoder(params), x, CODE_READER[:2])[-1]
    n_members, n, latent_dim = codes.shape
    heads, _ = apart.train(
        apart.init([latent_dim, 10], [0] * n_members),
        codes.reshape(-1, latent_dim),
        np.tile(labels, n_members),
        [r + n * member for member, r in enumerate(rows)],
        activations=("linear",),
        loss="cross_entropy",
        n_steps=n_steps,
        learning_rate=RATES["codes"],
    )
    return chain(encoder(params), heads)


def fit(data, seeds, *, n=600, width=64, latent_dim=16, n_steps=300):
    """Train all kinds of readers.

    Args:
        data: A flat `companion.datasets.Dataset` of 8 by 8 images.
        seeds: One training set and one start for each.
        n: Images in a training set.
        width: Hidden units of the network and of the autoencoders' layers.
        latent_dim: Code units.
        n_steps: Updates, the same number for every classifier and autoencoder.

    Returns:
        `Readers`.
    """
    x, y = np.asarray(data.x_train, dtype=float), data.y_train
    rows = [np.random.default_rng(seed).permutation(len(x))[:n] for seed in seeds]
    found = {
        name: apart.train(
            apart.init(sizes, seeds),
            x,
            y,
            rows,
            activations=activations,
            loss="cross_entropy",
            n_steps=n_steps,
            learning_rate=RATES[name],
        )[0]
        for name, sizes, activations in (
            ("logistic regression", [64, 10], ("linear",)),
            ("hidden layer", [64, width, 10], apart.CLASSIFIER),
        )
    }
    task = {"n_steps": n_steps, "learning_rate": RATES["convolutional"]}
    found["convolutional"] = stacked_cnn.train(stacked_cnn.init(seeds), x, y, rows, **task)
    sizes = [64, width, latent_dim, width, 64]
    autoencoders = {
        name: apart.train(
            apart.init(sizes, seeds),
            x,
            x,
            rows,
            activations=apart.AUTOENCODER,
            loss="mse",
            n_steps=n_steps,
            learning_rate=1e-2,
            remedies=apart.Remedies(noise=noise),
        )[0]
        for name, noise in (("plain", 0.0), ("denoising", NOISE))
    }
    for name, params in autoencoders.items():
        found[f"codes, {name}"] = read_codes(params, x, y, rows, n_steps)
    activations = {name: CODE_READER for name in found if name.startswith("codes")}
    activations["logistic regression"] = ("linear",)
    activations |= {"hidden layer": apart.CLASSIFIER, "convolutional": None}
    return Readers(found, activations, autoencoders)


def correlation(a, b):
    """Correlation of two measurements over seeds, and its 95 percent interval.

    The interval is Fisher's: normal for ``arctanh r`` with variance 1 / (n - 3).

    Args:
        a: (n,), at least four values that are not all equal.
        b: (n,).

    Returns:
        r, lower, upper.

    Raises:
        ValueError: If there are fewer than four pairs.
    """
    if len(a) != len(b) or len(a) < 4:
        raise ValueError(f"a and b must be four pairs or more; got {len(a)}, {len(b)}")
    r = float(np.corrcoef(a, b)[0, 1])
    half = 1.959964 / np.sqrt(len(a) - 3)
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))


def auc(score, event):
    """Chance that a score is higher where the event happened than where it did not.

    Args:
        score: (n,).
        event: (n,), bool; both cases must occur.

    Returns:
        Area under the ROC curve; equal scores count one half.

    Raises:
        ValueError: If the event happened always or never.
    """
    event = np.asarray(event, dtype=bool)
    n_event, n_other = event.sum(), (~event).sum()
    if not (n_event and n_other):
        raise ValueError(f"event must happen sometimes, not always; got {n_event} of all")
    ranks = rankdata(score)[event].sum() - n_event * (n_event + 1) / 2
    return float(ranks / (n_event * n_other))
