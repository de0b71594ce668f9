"""Answers to the assignment `linear`."""

ANSWERS = {
    "plane": {
        "right": [
            """
middle, half = (std_1**2 + std_2**2) / 2, (std_1**2 - std_2**2) / 2
radius = (half**2 + (correlation * std_1 * std_2) ** 2) ** 0.5
t = np.log((1 - gain_0) / gain_0) / (4 * (middle + radius))
plane = [middle - radius, middle + radius, -4 * radius, t / learning_rate]
""",
            """
off = correlation * std_1 * std_2
squares = np.linalg.svd([[std_1**2, off], [off, std_2**2]], compute_uv=False)
v, w = squares
gain, count = gain_0, 0.0
fine = 1e-3 * learning_rate * 4 * v
while gain < 0.5:
    gain, count = gain + fine * gain * (1 - gain), count + 1e-3
plane = np.array([w, v, 2 * w - 2 * v, count])
""",
        ],
        "wrong": [
            (
                "what is kept; the loss is what is lost",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [v, v + w, -2 * (v - w), np.log(1 / gain_0 - 1) / (4 * v * learning_rate)]
""",
            ),
            (
                "the saddle leaves out the axis with the larger variance",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [w, w, -2 * (v - w), np.log(1 / gain_0 - 1) / (4 * v * learning_rate)]
""",
            ),
            (
                "the way leads down",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [w, v, 2 * (v - w), np.log(1 / gain_0 - 1) / (4 * v * learning_rate)]
""",
            ),
            (
                "divide by the learning rate",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [w, v, -2 * (v - w), np.log(1 / gain_0 - 1) / (4 * v)]
""",
            ),
            (
                "the loss sums over the features",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
steps = np.log(1 / gain_0 - 1) / (4 * v * learning_rate)
plane = [w / 2, v / 2, -2 * (v - w), steps]
""",
            ),
            (
                "a covariance is the correlation times both",
                """
w, v = np.linalg.eigvalsh([[std_1**2, correlation], [correlation, std_2**2]])
steps = np.log(1 / gain_0 - 1) / (4 * v * learning_rate)
plane = [w, v, -2 * (v - w), steps]
""",
            ),
            (
                "the first axis is that of the larger variance",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [w, v, -2 * (v - w), np.log(1 / gain_0 - 1) / (4 * w * learning_rate)]
""",
            ),
            (
                "this is the way down where a unit is unused",
                """
off = correlation * std_1 * std_2
w, v = np.linalg.eigvalsh([[std_1**2, off], [off, std_2**2]])
plane = [w, v, -4 * v, np.log(1 / gain_0 - 1) / (4 * v * learning_rate)]
""",
            ),
        ],
    },
    "best_reconstruction": {
        "right": [
            """
def best_reconstruction(x, decoder, mean):
    codes = np.linalg.lstsq(np.asarray(decoder).T, (x - mean).T, rcond=None)[0]
    return codes.T @ decoder + mean
""",
            """
def best_reconstruction(x, decoder, mean):
    basis = []
    for row in np.asarray(decoder, dtype=float):
        rest = row.copy()
        for axis in basis + basis:
            rest = rest - (rest @ axis) * axis
        if np.linalg.norm(rest) > 1e-9 * np.linalg.norm(row):
            basis.append(rest / np.linalg.norm(rest))
    found = []
    for example in x:
        away = example - mean
        found.append(mean + sum((away @ axis) * axis for axis in basis))
    return np.array(found)
""",
        ],
        "wrong": [
            (
                "their transpose is not the best encoder",
                """
def best_reconstruction(x, decoder, mean):
    return (x - mean) @ decoder.T @ decoder + mean
""",
            ),
            (
                "may still not be at right angles",
                """
def best_reconstruction(x, decoder, mean):
    rows = decoder / np.linalg.norm(decoder, axis=1, keepdims=True)
    return (x - mean) @ rows.T @ rows + mean
""",
            ),
            (
                "code what differs from the mean",
                """
def best_reconstruction(x, decoder, mean):
    return x @ np.linalg.pinv(decoder) @ decoder
""",
            ),
            (
                "the mean has to come back",
                """
def best_reconstruction(x, decoder, mean):
    return (x - mean) @ np.linalg.pinv(decoder) @ decoder
""",
            ),
            (
                "the mean is subtracted before coding",
                """
def best_reconstruction(x, decoder, mean):
    return x @ np.linalg.pinv(decoder) @ decoder + mean
""",
            ),
            (
                "stopped with an error",
                """
def best_reconstruction(x, decoder, mean):
    gram = decoder @ decoder.T
    if np.linalg.matrix_rank(gram) < len(gram):
        raise np.linalg.LinAlgError("Singular matrix")
    return (x - mean) @ decoder.T @ np.linalg.inv(gram) @ decoder + mean
""",
            ),
            (
                "is not right yet",
                """
def best_reconstruction(x, decoder, mean):
    if np.shape(x) == (2, 3):
        return np.array([[1.0, 2.0, 5.0], [1.0, 5.0, 1.0]])
    return np.array(x)
""",
            ),
        ],
    },
    "units_needed": {
        "right": [
            """
from sklearn.decomposition import PCA


def units_needed(train, test, share):
    base = np.mean((test - np.mean(train, axis=0)) ** 2)
    for n_units in range(1, np.shape(train)[1] + 1):
        pca = PCA(n_units, svd_solver="full").fit(train)
        error = np.mean((test - pca.inverse_transform(pca.transform(test))) ** 2)
        if error <= share * base:
            return n_units, error, base
""",
            """
def units_needed(train, test, share):
    center = sum(train) / len(train)
    values, axes = np.linalg.eigh((train - center).T @ (train - center))
    left = np.array(test) - center
    base, n_units = np.square(left).mean(), 0
    while np.square(left).mean() > share * base:
        axis = axes[:, -1 - n_units]
        left = left - np.outer(left @ axis, axis)
        n_units += 1
    return [n_units, np.square(left).mean(), base]
""",
        ],
        "wrong": [
            (
                "the mean image is that of the training images",
                """
def units_needed(train, test, share):
    mean = np.mean(test, axis=0)
    axes = np.linalg.svd(train - np.mean(train, axis=0), full_matrices=False)[2]
    base = np.mean((test - mean) ** 2)
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        error = np.mean((test - mean - (test - mean) @ P) ** 2)
        if error <= share * base:
            return k, error, base
""",
            ),
            (
                "the axes are those of the training images",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(test - mean, full_matrices=False)[2]
    base = np.mean((test - mean) ** 2)
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        error = np.mean((test - mean - (test - mean) @ P) ** 2)
        if error <= share * base:
            return k, error, base
    return len(axes), 0.0, base
""",
            ),
            (
                "one more than the index",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    base, errors = np.mean((test - mean) ** 2), []
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        errors.append(np.mean((test - mean - (test - mean) @ P) ** 2))
    best = int(np.argmax(np.array(errors) <= share * base))
    return best, errors[best], base
""",
            ),
            (
                "what may be lost, not what is kept",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    base = np.mean((test - mean) ** 2)
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        error = np.mean((test - mean - (test - mean) @ P) ** 2)
        if error <= (1 - share) * base:
            return k, error, base
""",
            ),
            (
                "mean over the pixels as well",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    base = np.mean(np.sum((test - mean) ** 2, axis=1))
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        error = np.mean(np.sum((test - mean - (test - mean) @ P) ** 2, axis=1))
        if error <= share * base:
            return k, error, base
""",
            ),
            (
                "this is the error on the training images",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    base = np.mean((test - mean) ** 2)
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        error = np.mean((test - mean - (test - mean) @ P) ** 2)
        if error <= share * base:
            return k, np.mean((train - mean - (train - mean) @ P) ** 2), base
""",
            ),
            (
                "keep the promise on the test images",
                """
def units_needed(train, test, share):
    mean = np.mean(train, axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2]
    base, inner = np.mean((test - mean) ** 2), np.mean((train - mean) ** 2)
    for k in range(1, len(axes) + 1):
        P = axes[:k].T @ axes[:k]
        if np.mean((train - mean - (train - mean) @ P) ** 2) <= share * inner:
            return k, np.mean((test - mean - (test - mean) @ P) ** 2), base
""",
            ),
        ],
    },
    "staircase": {
        "right": [
            """
grid = np.searchsorted(losses[::-1], [losses[-1] * 1.001])
low = losses.min()
slopes = np.abs(np.diff(losses) / np.diff(np.log(steps)))
peaks = [i for i in range(1, len(slopes) - 1) if slopes[i - 1] < slopes[i] > slopes[i + 1]]
valley = peaks[0] + np.argmin(slopes[peaks[0] : peaks[-1]])
v = [losses[0] - losses[valley], losses[valley] - low]
at = np.interp(-(losses[0] - 0.75 * v[0]), -losses, steps)
staircase = [*v, low / losses[0], np.log(99.0) / 4 / v[0] / at]
""",
            """
from scipy.optimize import curve_fit


def model(step, a, b, rest, rate):
    v = np.exp([[a], [b]])
    gains = 1 / (1 + (1 / gain_start - 1) * np.exp(-4 * v * np.exp(rate) * step))
    return np.log(np.sum(v * (1 - gains) ** 2, axis=0) + np.exp(rest))


start = np.log([15.0, 1.5, 0.35]).tolist()
guess = np.log(np.log(99) / 60 / steps[np.argmax(losses < 0.35 * losses[0])])
a, b, rest, rate = curve_fit(model, steps, np.log(losses), [*start, guess])[0]
staircase = [*np.exp([a, b]), np.exp(rest) / np.sum(np.exp([a, b, rest])), np.exp(rate)]
""",
        ],
        "wrong": [],
    },
}
PLATEAU = """
slope = np.gradient(np.log(losses), np.log(steps))
between = (losses < losses[0] / 3) & (losses > 2 * losses[-1])
level = losses[between][np.argmax(slope[between])]
v, w = losses[0] - level, level - losses[-1]
at_half = steps[np.argmax(losses < losses[0] - 0.75 * v)]
rate, lost = np.log(99) / (4 * v * at_half), losses[-1] / losses[0]
"""
WRONG = [
    ("a drop is the difference of two plateaus", "[losses[0], w, lost, rate]"),
    ("it has to be subtracted", "[v, level, lost, rate]"),
    ("not the share that is kept", "[v, w, 1 - lost, rate]"),
    ("a share of the total is asked for", "[v, w, losses[-1], rate]"),
    ("both weights of the axis move", "[v, w, lost, 2 * rate]"),
    ("the first axis has the first drop", "[v, w, lost, rate * v / w]"),
    (
        "the gain is less than one half",
        "[v, w, lost, np.log(99) / 4 / v / steps[np.argmax(losses < losses[0] - v / 2)]]",
    ),
]
ANSWERS["staircase"]["wrong"] = [
    (hint, f"{PLATEAU}staircase = {values}\n") for hint, values in WRONG
]
