"""Label spreading: classes flow from labeled examples along a graph of neighbors.

Two examples are joined, W_ij = 1, if either is among the k nearest of the other. With the
degrees d on the diagonal of D and the one-hot classes Y, zero where there is no label::

    S = D^(-1/2) W D^(-1/2),      F <- alpha S F + (1 - alpha) Y

ends at F = (1 - alpha) (I - alpha S)^(-1) Y for alpha < 1. A new example takes the class
with the largest sum of F over its k nearest.
"""

import numpy as np
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from companion.challenges import few_labels
from companion.networks.checks import check_counts

ALPHAS = (0.5, 0.9)
N_NEIGHBORS = 7
N_STEPS = 100


def normalized_graph(near):
    """Join every example with its neighbors, and divide by the roots of the degrees.

    Args:
        near: Rows of the k nearest of each example, itself left out, shape (n, k).

    Returns:
        S, a sparse symmetric matrix, (n, n).
    """
    n, k = near.shape
    joined = sparse.csr_matrix((np.ones(n * k), near.ravel(), np.arange(n + 1) * k), (n, n))
    joined = joined.maximum(joined.T)
    root = sparse.diags(1.0 / np.sqrt(joined.sum(axis=1).A1))
    return (root @ joined @ root).tocsr()


def spread(graph, rows, y, n_classes, alpha, n_steps=N_STEPS):
    """Let labels flow.

    Args:
        graph: S of `normalized_graph`, (n, n).
        rows: Which examples have labels, (n_labeled,).
        y: Their classes, integers from 0, (n_labeled,).
        n_classes: How many classes there are.
        alpha: Share that comes from the neighbors, from 0 to below 1.
        n_steps: Rounds of the flow.

    Returns:
        F, shape (n, n_classes); 0 where no label has come.

    Raises:
        ValueError: If `alpha` is out of its range or `n_steps` no count.

    Source:
        Zhou et al. (2003), Learning with local and global consistency, section 2.
    """
    check_counts(n_steps=n_steps)
    if not 0 <= alpha < 1:
        raise ValueError(f"alpha must be from 0 to below 1; got {alpha}")
    known = np.zeros((graph.shape[0], n_classes))
    known[rows, y] = 1.0 - alpha
    flowing = known
    for _ in range(n_steps):
        flowing = alpha * (graph @ flowing) + known
    return flowing


class Spreading:
    """A graph of the unlabeled images, made once, and the answers that labels give on it.

    Args:
        world: A `companion.challenges.pretext.World`.
        in_all_places: Whether the graph holds the training images in all their places,
            and a label counts for all of them; otherwise in one place.
    """

    def __init__(self, world, in_all_places=False):
        self.world, self.in_all_places = world, in_all_places
        x, y = world.parts[0]
        pool = world.x if in_all_places else x
        self.number = world.number if in_all_places else np.arange(len(x))
        search = NearestNeighbors(n_neighbors=N_NEIGHBORS, algorithm="brute").fit(pool)
        self.graph = normalized_graph(search.kneighbors(return_distance=False))
        self.near = [
            search.kneighbors(images, return_distance=False)
            for images, _ in world.parts[1:]
        ]

    def accuracies(self, n_each, seeds):
        """Spread labels and judge the answers; arguments as in `few_labels.probe`."""
        y, found = self.world.parts[0][1], []
        for seed in seeds:
            rows = few_labels.labeled_rows(self.world, n_each, seed)
            rows = np.flatnonzero(np.isin(self.number, rows))
            classes = y[self.number[rows]]
            flows = [spread(self.graph, rows, classes, 10, alpha) for alpha in ALPHAS]
            found.append([self._judged(flow) for flow in flows])
        return few_labels.chosen(np.swapaxes(found, 0, 1))

    def _judged(self, flow):
        return [
            np.mean(flow[near].sum(axis=1).argmax(axis=1) == y)
            for near, (_, y) in zip(self.near, self.world.parts[1:], strict=True)
        ]
