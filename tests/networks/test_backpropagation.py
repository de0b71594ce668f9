"""Backpropagation through any depth: differences, frameworks, and a hand-worked network."""

import numpy as np
import pytest

from companion.networks import gradient_check, losses, mlp
from companion.networks.finite_differences import gradient
from companion.networks.parameters import leaves
from reproductions.networks import backpropagation as twins

ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear")
DEPTHS = {1: [4, 3], 2: [4, 6, 3], 3: [4, 6, 5, 3], 6: [4, 5, 6, 5, 6, 5, 3]}


def case(seed, sizes, loss, gain=1.0):
    rng = np.random.default_rng(seed)
    weights, biases = mlp.init(sizes, rng)
    # Small biases: saturated units would leave slopes too small for a difference.
    params = [gain * w for w in weights], [0.3 * rng.normal(size=b.shape) for b in biases]
    x = 0.5 * rng.normal(size=(5, sizes[0]))
    if loss is losses.cross_entropy:
        return params, x, rng.integers(sizes[-1], size=5)
    return params, x, rng.normal(size=(5, sizes[-1]))


def away_from_kinks(params, x, activations):
    """Whether no unit comes within a step (6e-6) of the kink of a ReLU, times 20."""
    sums = [
        mlp.forward((params[0][:n], params[1][:n]), x, [*activations[: n - 1], "linear"])[
            -1
        ]
        for n in range(1, len(activations) + 1)
    ]
    names = zip(activations, sums, strict=True)
    return all(np.abs(s).min() > 1e-4 for name, s in names if name == "relu")


@pytest.mark.parametrize("loss", [losses.mse, losses.cross_entropy])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_every_gradient_lies_within_1e_7_of_a_central_difference(hidden, depth, loss, rng):
    last = ACTIVATIONS if loss is losses.mse else ("linear",)
    # A sigmoid's slope is at most 1/4: six of them leave slopes of 1e-5 of the loss, of
    # which a difference keeps too few digits. Larger weights make up for it.
    gain = 4.0 if hidden == "sigmoid" else 1.0
    for name in last:
        activations = [hidden] * (depth - 1) + [name]
        seeds = iter(range(100))
        params, x, target = case(next(seeds), DEPTHS[depth], loss, gain)
        while not away_from_kinks(params, x, activations):
            params, x, target = case(next(seeds), DEPTHS[depth], loss, gain)
        _, grads = mlp.loss_and_grads(params, x, target, activations, loss)

        def value(p, activations=activations, x=x, target=target):
            return mlp.loss_and_grads(p, x, target, activations, loss)[0]

        # A direction nearly at a right angle to the gradient leaves no digits either: of
        # 20 directions, no case has more than 3 above 1e-7.
        draws = [gradient_check.largest_error(value, params, grads, rng) for _ in "123"]
        assert np.median(draws) < 1e-7


@pytest.mark.parametrize("loss", [losses.mse, losses.cross_entropy])
def test_every_single_entry_matches_a_forward_difference(loss):
    params, x, target = case(3, [3, 4, 3], loss)
    _, grads = mlp.loss_and_grads(params, x, target, loss=loss)
    tried = gradient(lambda p: mlp.loss_and_grads(p, x, target, loss=loss)[0], params, 1e-7)
    for grad, numeric in zip(leaves(grads), leaves(tried), strict=True):
        np.testing.assert_allclose(grad, numeric, atol=2e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_stack_of_single_units_is_a_product_of_slopes(name):
    # y = f(w3 f(w2 f(w1 x))): dC/dw1 = 2 (y - t) f'(s3) w3 f'(s2) w2 f'(s1) x.
    w = [0.7, 1.3, 0.9]
    params = [np.array([[v]]) for v in w], [np.zeros(1)] * 3
    functions = {
        "relu": (lambda s: max(s, 0.0), lambda s: float(s > 0)),
        "tanh": (np.tanh, lambda s: 1 / np.cosh(s) ** 2),
        "sigmoid": (
            lambda s: 1 / (1 + np.exp(-s)),
            lambda s: np.exp(-s) / (1 + np.exp(-s)) ** 2,
        ),
        "linear": (lambda s: s, lambda s: 1.0),
    }
    f, slope = functions[name]
    x, target = 0.8, 0.3
    sums, a = [], x
    for v in w:
        sums.append(v * a)
        a = f(sums[-1])
    chain = 2 * (a - target) * slope(sums[2]) * w[2] * slope(sums[1]) * w[1]
    expected = chain * slope(sums[0]) * x
    _, (grads, _) = mlp.loss_and_grads(
        params, np.array([[x]]), np.array([[target]]), [name] * 3
    )
    assert grads[0][0, 0] == pytest.approx(expected, rel=1e-12)


def test_backward_is_the_column_convention_transposed(rng):
    # Columns: delta_l = (W_(l+1)^T delta_(l+1)) * f'(z_l), dC/dW_l = delta_l a_(l-1)^T.
    params, x, target = case(5, [4, 6, 5, 3], losses.mse)
    outputs = mlp.forward(params, x)
    _, grad_output = losses.mse(outputs[-1], target)
    grads, grad_biases = mlp.backward(params, outputs, grad_output)
    columns = [w.T for w in params[0]]
    a = [o.T for o in outputs]
    delta = grad_output.T
    for layer in (2, 1, 0):
        np.testing.assert_allclose(grads[layer].T, delta @ a[layer].T, atol=1e-14)
        np.testing.assert_allclose(grad_biases[layer], delta @ np.ones(5), atol=1e-14)
        delta = (columns[layer].T @ delta) * (1 - a[layer] ** 2)


def test_the_gradient_check_sees_a_fault_in_any_one_array(rng):
    params, x, target = case(7, [4, 5, 3], losses.cross_entropy)

    def value(p):
        return mlp.loss_and_grads(p, x, target, loss=losses.cross_entropy)[0]

    _, grads = mlp.loss_and_grads(params, x, target, loss=losses.cross_entropy)
    for faulty in range(4):
        wrong = [g * (1.01 if i == faulty else 1) for i, g in enumerate(leaves(grads))]
        nested = wrong[:2], wrong[2:]
        assert gradient_check.largest_error(value, params, nested, rng) == pytest.approx(
            0.01 / 1.01, rel=1e-4
        )


def test_backward_changes_none_of_its_arguments():
    params, x, target = case(8, [4, 5, 3], losses.mse)
    outputs = mlp.forward(params, x)
    _, grad_output = losses.mse(outputs[-1], target)
    given = [*leaves(params), *outputs, grad_output]
    before = [array.copy() for array in given]
    mlp.backward(params, outputs, grad_output)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradients_have_the_precision_of_the_weights(name):
    params, x, target = case(9, [4, 5, 3], losses.mse)
    single = tuple([a.astype("float32") for a in part] for part in params)
    _, grads = mlp.loss_and_grads(single, x, target, [name, name])
    assert {g.dtype for g in leaves(grads)} == {np.dtype("float32")}


@pytest.mark.parametrize("case_of", list(twins.cases()))
def test_gradients_agree_with_pytorch(case_of):
    pytest.importorskip("torch")
    _, grads = mlp.loss_and_grads(*case_of)
    for ours, theirs in zip(
        leaves(grads), leaves(twins.torch_gradients(*case_of)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def read_only(params):
    for array in leaves(params):
        array.setflags(write=False)
    return params


def test_the_gradient_check_sees_a_sign_and_touches_no_parameter(rng):
    params, x, target = case(10, [4, 5, 3], losses.mse)
    read_only(params)

    def value(p):
        return mlp.loss_and_grads(p, x, target)[0]

    _, grads = mlp.loss_and_grads(params, x, target)
    negative = tuple([-g for g in part] for part in grads)
    assert gradient_check.largest_error(value, params, grads, rng) < 1e-7
    assert gradient_check.largest_error(value, params, negative, rng) == pytest.approx(
        2, rel=1e-6
    )


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_large_logits_neither_overflow_nor_lose_the_gradient(shift):
    logits, labels = np.array([[0.0, 1.0, 3.0]]), np.array([1])
    value, grad = losses.cross_entropy(logits + shift, labels)
    p = np.exp(logits) / np.exp(logits).sum()
    assert value == pytest.approx(-np.log(p[0, 1]), abs=1e-10)
    np.testing.assert_allclose(grad, p - [[0, 1, 0]], atol=1e-10)
