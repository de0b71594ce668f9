"""Answers to the questions of `convolution`."""

ANSWERS = {
    "one_pixel": {
        "right": [
            """
from companion.networks import convolution

# Solve for the ten unknowns: the layer is linear in its weights and its bias.
image = np.zeros((1, 7, 7, 1))
image[0, row, column, 0] = brightness
columns = []
for k in range(9):
    one = np.eye(9)[k].reshape(3, 3, 1, 1)
    columns.append(convolution.forward(image, one, np.zeros(1), 1, "same").ravel())
system = np.stack([np.ones(49), *columns], axis=1)
solved = np.linalg.lstsq(system, feature_map.ravel(), rcond=None)[0]
everywhere = np.full((1, 7, 7, 1), float(brightness))
predicted = convolution.forward(
    everywhere, solved[1:].reshape(3, 3, 1, 1), solved[:1], 1, "same"
)[0, :, :, 0]
one_pixel = np.append(solved, [predicted[3, 3], predicted[0, 0]])
""",
            """
b = np.median(feature_map)
k = {}
for u in range(3):
    for v in range(3):
        k[u, v] = (feature_map[row + 1 - u, column + 1 - v] - b) / brightness
one_pixel = [float(b)] + [float(k[u, v]) for u in range(3) for v in range(3)]
one_pixel.append(float(b + sum(brightness * w for w in k.values())))
inside = [k[1, 1], k[1, 2], k[2, 1], k[2, 2]]
one_pixel.append(float(b + brightness * sum(inside)))
""",
        ],
        "wrong": [
            (
                "turned by 180 degrees",
                """
b = np.median(feature_map)
k = (feature_map[row - 1 : row + 2, column - 1 : column + 2] - b) / brightness
one_pixel = [b, *k.ravel(), b + brightness * k.sum(), b + brightness * k[1:, 1:].sum()]
""",
            ),
            (
                "turned by 180 degrees",
                """
b = np.median(feature_map)
k = (feature_map[row - 1 : row + 2, column - 1 : column + 2] - b) / brightness
k = k[::-1, ::-1]
one_pixel = [b, *k.ravel(), b + brightness * k.sum(), b + brightness * k[:2, :2].sum()]
""",
            ),
            (
                "rows and columns are exchanged",
                """
b = np.median(feature_map)
k = (feature_map[row - 1 : row + 2, column - 1 : column + 2] - b) / brightness
k = k[::-1, ::-1].T
one_pixel = [b, *k.ravel(), b + brightness * k.sum(), b + brightness * k[1:, 1:].sum()]
""",
            ),
            (
                "how bright was the pixel",
                """
b = np.median(feature_map)
k = feature_map[row - 1 : row + 2, column - 1 : column + 2] - b
k = k[::-1, ::-1]
one_pixel = [b, *k.ravel(), b + k.sum(), b + k[1:, 1:].sum()]
""",
            ),
            (
                "still added to them",
                """
b = np.median(feature_map)
k = feature_map[row - 1 : row + 2, column - 1 : column + 2] / brightness
k = k[::-1, ::-1]
one_pixel = [b, *k.ravel(), b + brightness * k.sum(), b + brightness * k[1:, 1:].sum()]
""",
            ),
            (
                "lies on the zeros around",
                """
b = np.median(feature_map)
k = (feature_map[row - 1 : row + 2, column - 1 : column + 2] - b) / brightness
k = k[::-1, ::-1]
one_pixel = [b, *k.ravel(), b + brightness * k.sum(), b + brightness * k.sum()]
""",
            ),
            (
                "added once",
                """
b = np.median(feature_map)
around = feature_map[row - 1 : row + 2, column - 1 : column + 2]
k = (around - b)[::-1, ::-1] / brightness
one_pixel = [b, *k.ravel(), around.sum(), around[:2, :2].sum()]
""",
            ),
            (
                "missing in the prediction",
                """
b = np.median(feature_map)
k = (feature_map[row - 1 : row + 2, column - 1 : column + 2] - b) / brightness
k = k[::-1, ::-1]
one_pixel = [b, *k.ravel(), brightness * k.sum(), brightness * k[1:, 1:].sum()]
""",
            ),
            (
                "twelve numbers",
                """
one_pixel = feature_map[row - 1 : row + 2, column - 1 : column + 2]
""",
            ),
        ],
    },
    "seen": {
        "right": [
            """
def seen(unit, side, layers):
    # Ask each pixel for all units that it reaches.
    reached = [{pixel} for pixel in range(side)]
    n = side
    for window, stride, padding in layers:
        units = (n + 2 * padding - window) // stride + 1
        for pixel in range(side):
            reached[pixel] = {
                i
                for i in range(units)
                for below in reached[pixel]
                if 0 <= below - (i * stride - padding) < window
            }
        n = units
    pixels = [pixel for pixel in range(side) if unit in reached[pixel]]
    return [pixels[0], pixels[-1]]
""",
            """
def seen(unit, side, layers):
    if not layers:
        return unit, unit
    *below, (window, stride, padding) = layers
    n = side
    for k, s, p in below:
        n = (n + 2 * p - k) // s + 1
    start = unit * stride - padding
    there = [i for i in range(start, start + window) if 0 <= i < n]
    ends = [seen(i, side, below) for i in (there[0], there[-1])]
    return np.array([ends[0][0], ends[1][1]])
""",
            """
from companion.networks import convolution


def seen(unit, side, layers):
    x = np.eye(side).reshape(side, 1, side, 1)
    for window, stride, padding in layers:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (0, 0)))
        x = convolution.forward(x, np.ones((1, window, 1, 1)), np.zeros(1), stride)
        x = (x > 0).astype(float)
    pixels = np.nonzero(x[:, 0, unit, 0])[0]
    return int(pixels.min()), int(pixels.max())
""",
        ],
        "wrong": [
            (
                "not the one after it",
                """
def seen(unit, side, layers):
    sizes = [side]
    for k, s, p in layers:
        sizes.append((sizes[-1] + 2 * p - k) // s + 1)
    first, last = unit, unit
    for (k, s, p), n in zip(layers[::-1], sizes[-2::-1]):
        first, last = max(0, first * s - p), min(n - 1, last * s - p + k - 1)
    return first, last + 1
""",
            ),
            (
                "several pixels long",
                """
def seen(unit, side, layers):
    first, size = unit, 1
    for k, s, p in reversed(layers):
        first, size = first * s - p, size + k - 1
    return max(0, first), min(side - 1, max(0, first + size - 1))
""",
            ),
            (
                "begin at the last layer",
                """
def seen(unit, side, layers):
    first = last = unit
    for k, s, p in layers:
        first, last = first * s - p, last * s - p + k - 1
    return max(0, first), min(side - 1, last)
""",
            ),
            (
                "padding moves every window",
                """
def seen(unit, side, layers):
    first = last = unit
    for k, s, p in reversed(layers):
        first, last = first * s, last * s + k - 1
    return min(side - 1, first), min(side - 1, last)
""",
            ),
            (
                "no pixels outside",
                """
def seen(unit, side, layers):
    first = last = unit
    for k, s, p in reversed(layers):
        first, last = first * s - p, last * s - p + k - 1
    return first, last
""",
            ),
            (
                "it sees nothing",
                """
def seen(unit, side, layers):
    first = last = unit
    for k, s, p in reversed(layers):
        first, last = first * s - p, last * s - p + k - 1
    return max(0, first), min(side - 1, last)
""",
            ),
            (
                "not right yet",
                """
def seen(unit, side, layers):
    if side == 40:
        return [(0, 7), None, (12, 19)][unit]
    return [(0, 4), None, None, None, (4, 12)][unit] if unit in (0, 4) else (0, 0)
""",
            ),
        ],
    },
    "as_kernel": {
        "right": [
            """
def as_kernel(w_x, w_h, w_y, length):
    kernel = np.zeros((length, w_x.shape[0], w_y.shape[1]))
    states = np.array(w_x)
    for lag in range(length):
        kernel[length - 1 - lag] = states @ w_y
        states = states @ w_h
    return kernel
""",
            """
def as_kernel(w_x, w_h, w_y, length):
    # The answer to one pulse at a time, from the network itself.
    n_in = len(w_x)
    kernel = []
    for pulse in range(length):
        x = np.zeros((n_in, length, n_in))
        x[np.arange(n_in), pulse, np.arange(n_in)] = 1.0
        h = np.zeros((n_in, len(w_h)))
        for t in range(length):
            h = x[:, t] @ w_x + h @ w_h
        kernel.append(h @ w_y)
    return kernel
""",
            """
def as_kernel(w_x, w_h, w_y, length):
    def build(left, steps):
        if steps == 1:
            return [left @ w_y]
        return [*build(left @ w_h, steps - 1), left @ w_y]

    return np.stack(build(w_x, length))
""",
        ],
        "wrong": [
            (
                "runs the wrong way",
                """
def as_kernel(w_x, w_h, w_y, length):
    power = np.linalg.matrix_power
    return np.array([w_x @ power(w_h, lag) @ w_y for lag in range(length)])
""",
            ),
            (
                "not yet met",
                """
def as_kernel(w_x, w_h, w_y, length):
    power = np.linalg.matrix_power
    return np.array([w_x @ power(w_h, length - u) @ w_y for u in range(length)])
""",
            ),
            (
                "power of its entries",
                """
def as_kernel(w_x, w_h, w_y, length):
    return np.array([w_x @ w_h ** (length - 1 - u) @ w_y for u in range(length)])
""",
            ),
            (
                "are transposed",
                """
def as_kernel(w_x, w_h, w_y, length):
    power = np.linalg.matrix_power
    lags = range(length - 1, -1, -1)
    return np.array([w_x @ power(w_h.T, lag) @ w_y for lag in lags])
""",
            ),
            (
                "shape",
                """
def as_kernel(w_x, w_h, w_y, length):
    power = np.linalg.matrix_power
    lags = range(length - 1, -1, -1)
    return np.array([(w_x @ power(w_h, lag) @ w_y).sum() for lag in lags])
""",
            ),
            (
                "not right yet",
                """
def as_kernel(w_x, w_h, w_y, length):
    kernel = np.resize([1.75, 0.5, 7.0], length)[:, None, None]
    return kernel * np.ones((length, len(w_x), np.shape(w_y)[1]))
""",
            ),
        ],
    },
    "anywhere": {
        "right": [
            """
from scipy.signal import correlate2d


def three_scores(images):
    found = []
    for image in images:
        answers = correlate2d(image, pattern, mode="valid")
        found.append([answers.max(), answers.mean(), answers[4, 4]])
    return np.array(found).T


anywhere = []
for of_train, of_test in zip(three_scores(x_train), three_scores(x_test)):
    ends = [np.mean([s for s, y in zip(of_train, in_train) if y == k]) for k in (0, 1)]
    anywhere.append(float(np.mean((of_test > sum(ends) / 2) == in_test)))
usual = np.bincount(in_train).argmax()
anywhere.append(float((in_test == usual).mean()))
""",
            """
from companion.networks import convolution


def maps(images):
    kernel = pattern[:, :, None, None]
    return convolution.forward(images[..., None], kernel, np.zeros(1)).reshape(-1, 81)


train, test = maps(x_train), maps(x_test)
anywhere = np.empty(4)
for k, score in enumerate([np.max, np.mean, lambda m, axis: np.take(m, 40, axis)]):
    s = score(train, axis=1)
    middle = 0.5 * s[in_train].mean() + 0.5 * s[np.logical_not(in_train)].mean()
    right = np.where(score(test, axis=1) > middle, in_test, ~in_test)
    anywhere[k] = right.sum() / 1000
anywhere[3] = 1 - in_test.sum() / 1000
""",
        ],
        "wrong": [
            (
                "seen the test images",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_test[:, in_test].mean(1) + of_test[:, ~in_test].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, 1 - in_test.mean()]
""",
            ),
            (
                "test images too",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
both = np.append(of_train, of_test, axis=1)
labels = np.append(in_train, in_test)
threshold = (both[:, labels].mean(1) + both[:, ~labels].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, 1 - in_test.mean()]
""",
            ),
            (
                "pattern was turned",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[::-1, ::-1, None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, 1 - in_test.mean()]
""",
            ),
            (
                "not a number or percent",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = 100 * np.append(accuracy, 1 - in_test.mean())
""",
            ),
            (
                "not shares of the 1000",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_train > threshold) == in_train).mean(1)
anywhere = [*accuracy, 1 - in_train.mean()]
""",
            ),
            (
                "does not toss a coin",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, 0.5]
""",
            ),
            (
                "judged on the test images too",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, 1 - in_train.mean()]
""",
            ),
            (
                "answer that is right more often",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test > threshold) == in_test).mean(1)
anywhere = [*accuracy, in_test.mean()]
""",
            ),
            (
                "better than a rule",
                """
from companion.networks import convolution


def scores(images):
    kernel = pattern[..., None, None]
    maps = convolution.forward(images[..., None], kernel, np.zeros(1))
    return np.array([maps.max((1, 2, 3)), maps.mean((1, 2, 3)), maps[:, 4, 4, 0]])


of_train, of_test = scores(x_train), scores(x_test)
threshold = (of_train[:, in_train].mean(1) + of_train[:, ~in_train].mean(1))[:, None] / 2
accuracy = ((of_test < threshold) == in_test).mean(1)
anywhere = [*accuracy, 1 - in_test.mean()]
""",
            ),
        ],
    },
}
