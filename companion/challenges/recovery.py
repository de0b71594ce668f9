"""Are known features found again? Sparse autoencoders and their rivals on one world.

An example is a sum of `n_active` of K unit vectors in D dimensions, each times an amplitude
uniform between 0 and 1. Which vectors, the learner is not told. Every learner returns
directions, one in each row; `recovered` pairs them with the true ones.
"""

import warnings

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA, FastICA
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from companion.brain import known_dictionary, sparse_autoencoder, sparse_coding
from companion.challenges import top_k
from companion.networks import checks

PENALTY = 0.2
N_BATCHES = 1500
BATCH_SIZE = 128
RATE = 1e-2


def draw_features(n, n_atoms, n_features, n_active, rng):
    """Draw centered examples of mean squared length 1, and the features that made them.

    Args:
        n: Number of examples.
        n_atoms: K, the number of true features.
        n_features: D, the dimensions of an example.
        n_active: Features in an example, from 1 to K.
        rng: A `numpy.random.Generator`.

    Returns:
        x: Examples, shape (n, D).
        atoms: The true features, of length 1, shape (K, D).

    Raises:
        ValueError: If a count is below 1, or `n_active` above `n_atoms`.
    """
    checks.check_counts(n=n, n_atoms=n_atoms, n_features=n_features, n_active=n_active)
    _, atoms, code = known_dictionary.draw_world(n, n_atoms, n_features, n_active, rng)
    x = np.where(code != 0, rng.uniform(size=code.shape), 0.0) @ atoms
    x -= x.mean(axis=0)
    return x / np.sqrt(np.mean(np.sum(x**2, axis=1))), atoms


def recovered(found, true):
    """Pair every true feature with a found one of its own, and average their cosines.

    Args:
        found: Learned directions, shape (M, D).
        true: True features, shape (K, D), none zero.

    Returns:
        Mean over the K true features of the absolute cosine with their partner, in the
        pairing with the largest sum; a feature without a partner, as where M < K, counts 0.

    Raises:
        ValueError: If the numbers of columns differ.

    Source:
        Kuhn (1955), the Hungarian method, as in `scipy.optimize.linear_sum_assignment`.
    """
    cosines = _cosines(found, true)
    pairs = linear_sum_assignment(cosines, maximize=True)
    return float(cosines[pairs].sum() / len(true))


def _cosines(found, true):
    found, true = np.asarray(found, dtype=float), np.asarray(true, dtype=float)
    if found.ndim != 2 or true.ndim != 2 or found.shape[1] != true.shape[1]:
        raise ValueError(
            f"found must be (M, D) for true of shape {true.shape}; got {found.shape}"
        )
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit = found / np.where(lengths > 0, lengths, 1.0)  # a dead direction matches nothing
    return np.abs(true / np.linalg.norm(true, axis=1, keepdims=True) @ unit.T)


def start(x, n_atoms, rng):
    """A sparse autoencoder whose atoms are examples of length 1, drawn from x.

    Args:
        x: Examples, shape (n, D).
        n_atoms: Number of code units, at most n.
        rng: A `numpy.random.Generator`.

    Returns:
        A `companion.brain.sparse_autoencoder.SparseAutoencoder` with no bias.

    Raises:
        ValueError: If `n_atoms` is not from 1 to n.
    """
    if not 1 <= n_atoms <= len(x):
        raise ValueError(f"n_atoms must be from 1 to {len(x)}; got {n_atoms}")
    atoms = x[rng.choice(len(x), size=n_atoms, replace=False)]
    atoms = atoms / np.maximum(np.linalg.norm(atoms, axis=1, keepdims=True), 1e-12)
    return sparse_autoencoder.SparseAutoencoder(atoms.T.copy(), np.zeros(n_atoms), atoms)


def train_l1(params, x, *, n_batches, rng, penalty=PENALTY):
    """Train the L1 autoencoder of `companion.brain.sparse_autoencoder` with our settings.

    Args:
        params: A `SparseAutoencoder` to start from.
        x: Examples, shape (n, D).
        n_batches: Number of updates.
        rng: A `numpy.random.Generator` that draws the batches.
        penalty: Price of one unit of activity.

    Returns:
        The trained `SparseAutoencoder`.
    """
    settings = {"n_batches": n_batches, "batch_size": BATCH_SIZE, "learning_rate": RATE}
    return sparse_autoencoder.train(params, x, penalty, rng=rng, **settings)


def learners(n_atoms, n_active, seed):
    """The learners by name: each a function from examples to directions.

    All may use `n_atoms` directions, except PCA and ICA, which have at most D. Top-k is
    told `n_active`. The nulls have learned nothing: directions at random, and examples,
    from which both autoencoders start. The penalty is the best of 0.05, 0.1, 0.15, 0.2,
    0.3 and 0.4 for both learners that have one, by the mean score with 3, 6 and 10 of 24
    active features in 16 dimensions, in worlds of the seeds 100 to 102.

    Args:
        n_atoms: Number of directions to learn.
        n_active: Features in an example.
        seed: Seed of starts and batches.

    Returns:
        Dictionary of functions of x, (n, D), that return directions, (M, D).
    """
    rng = np.random.default_rng(seed)

    def ica(x):
        model = FastICA(whiten="unit-variance", random_state=seed, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(x).mixing_.T

    def fit(trainer, *settings):
        many = {"n_batches": N_BATCHES, "rng": rng}
        return lambda x: trainer(start(x, n_atoms, rng), x, *settings, **many).dictionary

    return {
        "L1 autoencoder": fit(train_l1),
        "top-k autoencoder": fit(top_k.train, n_active),
        "dictionary learning": lambda x: sparse_coding.train(
            x, n_atoms, PENALTY, n_steps=150, rng=rng, nonnegative=True
        ),
        "k-means": lambda x: (
            KMeans(n_atoms, n_init=3, random_state=seed).fit(x).cluster_centers_
        ),
        "ICA": ica,
        "PCA": lambda x: PCA().fit(x).components_,
        "examples": lambda x: start(x, n_atoms, rng).dictionary,
        "random": lambda x: rng.normal(size=(n_atoms, x.shape[1])),
    }


# Matrices this small are multiplied fastest on one thread, above all on a busy machine.
@threadpool_limits.wrap(limits=1, user_api="blas")
def train_all(n_atoms, n_features, n_active, seeds, n=4000):
    """Train every learner in one world for each seed, and score what it recovers.

    Args:
        n_atoms: K, true features and directions to learn.
        n_features: D.
        n_active: Features in an example.
        seeds: Seeds of worlds and learners.
        n: Examples to learn from.

    Returns:
        Dictionary from a learner's name to the scores of `recovered`, (n_seeds,).
    """
    found = {}
    for seed in seeds:
        x, atoms = draw_features(
            n, n_atoms, n_features, n_active, np.random.default_rng(seed)
        )
        for name, learn in learners(n_atoms, n_active, seed).items():
            found.setdefault(name, []).append(recovered(learn(x), atoms))
    return {name: np.array(values) for name, values in found.items()}
