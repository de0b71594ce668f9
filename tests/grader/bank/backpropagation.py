"""Answers to the assignment `backpropagation`."""

START = """
s = x @ w1 + b1
a = np.where(s > 0, s, 0)
error = a @ w2 + b2 - targets
C, e = np.mean(error**2), 2 * error / 3
d = e * w2[0] * (s[:, 0] > 0)
"""
SHAKE = """
h, g = 1e-4, gradient(theta)
V = np.random.default_rng(3).normal(size=(6000, len(theta)))
rises = np.array([cost(theta + h * v) - cost(theta - h * v) for v in V]) / (2 * h)
E = rises[:, None] * V
q = np.mean(np.sum((E - g) ** 2, axis=1)) / (g @ g)
c = np.mean(E @ g / np.sqrt(np.sum(E**2, axis=1) * (g @ g)))
"""
RESIDUAL = """
def residual_backward(x, w, b, v, grad_y):
    a = np.tanh(x @ w + b)
    back = grad_y @ v.T
    delta = back * (1 - a * a)
    return {}
"""
LENGTHS = """
def example_lengths(inputs, deltas):
    n = len(deltas[0])
    pairs = list(zip(inputs, deltas))
    a2 = [np.square(a).sum(axis=1) for a, _ in pairs]
    d2 = [np.square(d).sum(axis=1) for _, d in pairs]
    return {}
"""
ANSWERS = {
    "by_hand": {
        "right": [
            """
def loss(first, bias, out):
    weights, biases = w1.astype(float), b1.astype(float)
    weights[:, 0], biases[0] = first, bias
    hidden = np.maximum(x @ weights + biases, 0)
    return np.mean((hidden @ [out, w2[1]] + b2 - targets) ** 2)


point = np.array([*w1[:, 0], b1[0], w2[0]], dtype=float)


def at(point):
    return loss(point[:2], point[2], point[3])


slopes = [(at(point + 1e-6 * e) - at(point - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
by_hand = [at(point), slopes[3], *slopes[:3]]
""",
            """
totals = [0.0] * 5
for (left, right), target in zip(x, targets):
    sums = [left * w1[0, j] + right * w1[1, j] + b1[j] for j in range(2)]
    units = [max(value, 0) for value in sums]
    error = units[0] * w2[0] + units[1] * w2[1] + b2 - target
    totals[0] += error**2 / 3
    totals[1] += 2 * error * units[0] / 3
    if sums[0] > 0:
        blame = 2 * error * w2[0] / 3
        totals[2] += blame * left
        totals[3] += blame * right
        totals[4] += blame
by_hand = totals
""",
        ],
        "wrong": [
            (hint, f"{START}by_hand = {values}\n")
            for hint, values in [
                (
                    "the cost is a mean over the three examples",
                    "[3 * C, 3 * e @ a[:, 0], *(3 * d @ x), 3 * d.sum()]",
                ),
                (
                    "a square has the slope 2 (y - t)",
                    "[C, e @ a[:, 0] / 2, *(d @ x / 2), d.sum() / 2]",
                ),
                (
                    "the error is the output less the target",
                    "[C, -e @ a[:, 0], *(-d @ x), -d.sum()]",
                ),
                (
                    "must add up to its W2 times its slope",
                    "[C, e @ a[:, 0], *(e * w2[0] @ x), np.sum(e) * w2[0]]",
                ),
                (
                    "must add up to its W2 times its slope",
                    "[C, e @ a[:, 0], *(d / w2[0] @ x), np.sum(d) / w2[0]]",
                ),
                (
                    "the squares of this cost are not halved",
                    "[C / 2, e @ a[:, 0] / 2, *(d @ x / 2), d.sum() / 2]",
                ),
            ]
        ],
    },
    "residual_backward": {
        "right": [
            """
def residual_backward(x, w, b, v, grad_y):
    grad_x, grad_w = np.array(grad_y, dtype=float), np.zeros_like(w)
    grad_b, grad_v = np.zeros_like(b), np.zeros_like(v)
    for n in range(len(x)):
        a = np.tanh(x[n] @ w + b)
        for j in range(len(a)):
            d = (grad_y[n] @ v[j]) / np.cosh(x[n] @ w[:, j] + b[j]) ** 2
            grad_x[n] += d * w[:, j]
            grad_w[:, j] += d * x[n]
            grad_b[j] += d
            grad_v[j] += a[j] * grad_y[n]
    return grad_x, grad_w, grad_b, grad_v
""",
            """
def residual_backward(x, w, b, v, grad_y):
    a = np.tanh(np.einsum("nd,dm->nm", x, w) + b)
    d = np.einsum("nd,md,nm->nm", grad_y, v, (1 - a) * (1 + a))
    by_x = grad_y + np.einsum("nm,dm->nd", d, w)
    by_w, by_v = np.einsum("nd,nm->dm", x, d), np.einsum("nm,nd->md", a, grad_y)
    return [by_x, by_w, np.einsum("nm->m", d), by_v]
""",
        ],
        "wrong": [
            (hint, RESIDUAL.format(values))
            for hint, values in [
                (
                    "comes back beside it as well",
                    "(delta @ w.T, x.T @ delta, delta.sum(axis=0), a.T @ grad_y)",
                ),
                (
                    "the error passes the slope of tanh",
                    "(grad_y + back @ w.T, x.T @ back, back.sum(axis=0), a.T @ grad_y)",
                ),
                (
                    "every example adds to the slope",
                    "(grad_y + delta @ w.T, x.T @ delta, delta.mean(axis=0), a.T @ grad_y)",
                ),
                (
                    "every example adds to the slope",
                    "(grad_y + delta @ w.T, x.T @ delta / len(x), delta.sum(axis=0),"
                    " a.T @ grad_y)",
                ),
                (
                    "V meets the output of tanh",
                    "(grad_y + delta @ w.T, x.T @ delta, delta.sum(axis=0),"
                    " (x @ w + b).T @ grad_y)",
                ),
                (
                    "return a tuple of four",
                    "(grad_y + delta @ w.T, x.T @ delta, a.T @ grad_y)",
                ),
            ]
        ],
    },
    "example_lengths": {
        "right": [
            """
def example_lengths(inputs, deltas):
    n, found = len(deltas[0]), []
    for i in range(n):
        total = 0.0
        for a, d in zip(inputs, deltas):
            total += np.sum(np.outer(a[i], n * d[i]) ** 2) + np.sum((n * d[i]) ** 2)
        found.append(total**0.5)
    return found
""",
            """
def example_lengths(inputs, deltas):
    n = deltas[0].shape[0]
    pieces = []
    for a, d in zip(inputs, deltas):
        with_one = np.hstack([a, np.ones((n, 1))])
        pieces.append((with_one[:, :, None] * (n * d)[:, None, :]).reshape(n, -1))
    return np.linalg.norm(np.hstack(pieces), axis=1)
""",
        ],
        "wrong": [
            (hint, LENGTHS.format(values))
            for hint, values in [
                (
                    "delta belongs to the mean",
                    "np.sqrt(sum((1 + a) * d for a, d in zip(a2, d2)))",
                ),
                (
                    "the biases have slopes as well",
                    "n * np.sqrt(sum(a * d for a, d in zip(a2, d2)))",
                ),
                (
                    "layers add up as squares",
                    "n * sum(np.sqrt((1 + a) * d) for a, d in zip(a2, d2))",
                ),
                (
                    "a length is the root",
                    "n**2 * sum((1 + a) * d for a, d in zip(a2, d2))",
                ),
                (
                    "is not right yet",
                    "np.array([31.1126984, 11.8321596] * n)[:n]",
                ),
            ]
        ],
    },
    "shaken": {
        "right": [
            """
draws, g = np.random.default_rng(11), gradient(theta)
squares, cosines = [], []
for _ in range(6000):
    v = draws.normal(size=len(g))
    estimate = (cost(theta + 1e-4 * v) - cost(theta - 1e-4 * v)) / 2e-4 * v
    off = estimate - g
    squares.append(off @ off / (g @ g))
    cosines.append(estimate @ g / np.sqrt(estimate @ estimate * (g @ g)))
shaken = [len(g), np.mean(squares), np.mean(cosines), 100 * np.mean(squares)]
""",
            """
from scipy.special import gammaln

P = n_hidden * n_in + n_hidden + n_hidden + 1
cosine = np.exp(gammaln(P / 2) - gammaln((P + 1) / 2)) / np.sqrt(np.pi)
shaken = np.array([P, P + 1, cosine, 100 * (P + 1)])
""",
        ],
        "wrong": [
            (
                "count all parameters",
                f"{SHAKE}shaken = [n_hidden * (n_in + 1), q, c, 100 * q]\n",
            ),
            (
                "directions of length one",
                f"{SHAKE}unit = V / np.linalg.norm(V, axis=1, keepdims=True)\n"
                "E = (unit @ g)[:, None] * unit\n"
                "q = np.mean(np.sum((E - g) ** 2, axis=1)) / (g @ g)\n"
                "shaken = [len(g), q, c, 100 * q]\n",
            ),
            (
                "the squared error is asked for",
                f"{SHAKE}r = np.mean(np.linalg.norm(E - g, axis=1)) / np.linalg.norm(g)\n"
                "shaken = [len(g), r, c, 100 * q]\n",
            ),
            (
                "not the angle",
                f"{SHAKE}shaken = [len(g), q, np.degrees(np.arccos(c)), 100 * q]\n",
            ),
            (
                "not of its square",
                f"{SHAKE}c = np.mean((E @ g) ** 2 / np.sum(E**2, axis=1)) / (g @ g)\n"
                "shaken = [len(g), q, c, 100 * q]\n",
            ),
            (
                "a squared error of a hundredth",
                f"{SHAKE}shaken = [len(g), q, c, 10 * q]\n",
            ),
            (
                "has an M-th of the squared error",
                f"{SHAKE}shaken = [len(g), q, c, (q / 0.01) ** 2 / q]\n",
            ),
        ],
    },
}
