"""Labels that flow along a graph: the closed form, strips by hand, and moved digits."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from companion.challenges import few_labels, label_spreading, pretext


@pytest.fixture(scope="module")
def world():
    return pretext.moved_digits()


def nearest(x, k):
    return np.argsort(cdist(x, x), axis=1)[:, 1 : k + 1]


def test_graph_of_a_chain_is_symmetric_and_normalized():
    near = np.array([[1], [0], [1]])  # 0 - 1 - 2, where 2 is nearest to nobody
    graph = label_spreading.normalized_graph(near).toarray()
    half = 1 / np.sqrt(2)
    np.testing.assert_allclose(graph, [[0, half, 0], [half, 0, half], [0, half, 0]])


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9])
def test_flow_ends_at_the_closed_form(rng, alpha):
    graph = label_spreading.normalized_graph(nearest(rng.normal(size=(40, 3)), 4))
    rows, y = np.array([3, 8, 20]), np.array([1, 0, 2])
    known = np.zeros((40, 3))
    known[rows, y] = 1.0
    system = np.eye(40) - alpha * graph.toarray()
    expected = (1 - alpha) * np.linalg.solve(system, known)
    flow = label_spreading.spread(graph, rows, y, 3, alpha, n_steps=400)
    np.testing.assert_allclose(flow, expected, atol=1e-10)


def test_a_label_walks_along_a_strip():
    along = np.linspace(0.0, 3.0, 30)
    strips = np.concatenate([np.c_[along, 0 * along], np.c_[along, 0 * along + 0.5]])
    graph = label_spreading.normalized_graph(nearest(strips, 3))
    flow = label_spreading.spread(graph, [0, 30], [0, 1], 2, 0.9)
    np.testing.assert_array_equal(flow.argmax(axis=1), np.repeat([0, 1], 30))


def test_answers_are_those_of_the_nearest_images(world, monkeypatch):
    monkeypatch.setattr(label_spreading, "ALPHAS", (0.5,))
    spreading = label_spreading.Spreading(world)
    [found] = spreading.accuracies(5, [3])
    (x, y), _, (x_test, y_test) = world.parts
    rows = few_labels.labeled_rows(world, 5, 3)
    near = np.argsort(cdist(x, x), axis=1)
    near = np.array([[j for j in row if j != i][:7] for i, row in enumerate(near)])
    flow = label_spreading.spread(
        label_spreading.normalized_graph(near), rows, y[rows], 10, 0.5
    )
    of_test = np.argsort(cdist(x_test, x), axis=1)[:, :7]
    expected = np.mean(flow[of_test].sum(axis=1).argmax(axis=1) == y_test)
    assert found == pytest.approx(expected, abs=0.006)  # ties of equal distances


def test_a_label_counts_in_all_places(world):
    spreading = label_spreading.Spreading(world, in_all_places=True)
    assert spreading.graph.shape == (9693, 9693)
    few = spreading.accuracies(1, [0, 1])
    one_place = label_spreading.Spreading(world).accuracies(1, [0, 1])
    assert few.min() > one_place.max() + 0.2


def test_bad_arguments_are_named(rng):
    graph = label_spreading.normalized_graph(nearest(rng.normal(size=(9, 2)), 2))
    with pytest.raises(ValueError, match="alpha must be from 0 to below 1; got 1.0"):
        label_spreading.spread(graph, [0], [0], 2, 1.0)
    with pytest.raises(ValueError, match="n_steps"):
        label_spreading.spread(graph, [0], [0], 2, 0.5, n_steps=0)
