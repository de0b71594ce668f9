"""One entry point for the data of the course: ``load(name)``.

Three kinds of data stand behind one name each:

- **embedded**: real data that ships inside the course's own dependencies
  (`companion.datasets.embedded`, `companion.datasets.photographs`);
- **worlds**: generated data whose true parameters are known
  (`companion.datasets.worlds`);
- **full size**: MNIST, Fashion-MNIST, CIFAR-10 and four tables with anomalies, downloaded
  once and verified (`companion.datasets.download`, `companion.datasets.tables`).

Only a full-size name may ever use the network. Importing this package loads NumPy and
nothing else that is heavy.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

EMBEDDED = (
    "digits",
    "photographs_gray",
    "photographs_color",
    "scene_patches",
    "faces",
    "breast_cancer",
    "membrane",
    "eeg",
    "wine",
    "imports",
    "dates",
    "names",
    "docstrings",
    "docstring_summaries",
    "molecules",
)
WORLDS = (
    "linear_gaussian",
    "curve",
    "surface",
    "bars",
    "sprites",
    "voices",
    "planted_anomalies",
    "curved_anomalies",
    "ratings",
)
FULL_SIZE = (
    "mnist",
    "fashion_mnist",
    "cifar10",
    "cifar10_part",
    "cardio",
    "thyroid",
    "wdbc",
    "optdigits",
    "movielens_100k",
    "movielens_1m",
    "tatoeba",
    "esol",
    "zinc_5000",
)
# The modules that make what is not in `embedded`, `worlds` or `download`.
MODULES = {
    "docstrings": "texts",
    "docstring_summaries": "texts",
    "photographs_gray": "photographs",
    "photographs_color": "photographs",
    "scene_patches": "scenes",
    "cifar10_part": "cifar_part",
    "voices": "voices",
    "wine": "tables",
    "planted_anomalies": "anomaly_worlds",
    "curved_anomalies": "anomaly_worlds",
    "cardio": "tables",
    "thyroid": "tables",
    "wdbc": "tables",
    "optdigits": "tables",
    "imports": "imports",
    "ratings": "ratings",
    "movielens_100k": "movielens",
    "movielens_1m": "movielens",
    "dates": "phrases",
    "names": "phrases",
    "tatoeba": "tatoeba",
    "molecules": "molecules",
    "esol": "molecules",
    "zinc_5000": "molecules",
}


class DatasetError(RuntimeError):
    """A full-size data set cannot be had; the message says why and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training, validation and test examples of one data set, and where they come from.

    The arrays are fresh on every call of `load`, so changing one changes nothing else.

    Args:
        x_train: Training examples.
        y_train: What is known of each training example: a label, or its true factors.
        x_val: Validation examples, for every choice made along the way.
        y_val: As `y_train`.
        x_test: Test examples, looked at last.
        y_test: As `y_train`.
        name: The name that `load` was given.
        source: Who made the data, and which package or address they come from.
        license: The terms of use, as far as the source states them.
        truth: Parameters of the generator of a world; empty for real data.

    Shapes:
        Images are (n, height, width, channels), float32 in [0, 1]; tables, points and
        signals are (n, D), float32. Texts are (n,), str. Ratings are pairs of user and
        item, (n, 2), int64, with the rating as y. Labels are (n,), int64; factors are
        (n, n_factors), float32.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    name: str
    source: str
    license: str
    truth: Mapping = field(default_factory=dict)

    def flat(self):
        """The same data set with every example as one row, (n, D)."""
        return replace(
            self,
            x_train=self.x_train.reshape(len(self.x_train), -1),
            x_val=self.x_val.reshape(len(self.x_val), -1),
            x_test=self.x_test.reshape(len(self.x_test), -1),
        )

    def __repr__(self):
        shapes = ", ".join(
            f"{part} {getattr(self, f'x_{part}').shape}"
            for part in ("train", "val", "test")
        )
        return f"Dataset({self.name!r}: {shapes})"


def names():
    """Every name that `load` knows: embedded data, then worlds, then full size.

    Returns:
        A tuple of names.
    """
    return EMBEDDED + WORLDS + FULL_SIZE


def load(name):
    """Load one data set; the same call always returns equal arrays.

    Args:
        name: One of `names`.

    Returns:
        A `Dataset`.

    Raises:
        ValueError: If `name` is unknown.
        companion.datasets.DatasetError: If a full-size data set is neither in
            the cache nor to be had from any mirror.
    """
    if name not in names():
        raise ValueError(f"name must be one of {', '.join(names())}; got {name!r}")
    if name in WORLDS and name not in MODULES:
        return importlib.import_module("companion.datasets.worlds").make(name)
    return getattr(_module_of(name), name)()


def collection(name):
    """Return the files of a full-size data set: their names, checksums and addresses.

    Args:
        name: One of `names`.

    Returns:
        A `companion.datasets.cache.Collection`, or None for data that need no download.
    """
    return getattr(_module_of(name), "COLLECTIONS", {}).get(name)


def _module_of(name):
    if name not in MODULES:
        usual = {"worlds": WORLDS, "download": FULL_SIZE, "embedded": EMBEDDED}
        module = next(module for module, known in usual.items() if name in known)
    else:
        module = MODULES[name]
    return importlib.import_module(f"companion.datasets.{module}")
