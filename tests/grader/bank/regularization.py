"""Answers to the questions of `regularization`."""

ANSWERS = {
    "stopped": {
        "right": [
            """
def descend(h, a):
    w = 0.0
    for _ in range(n_steps):
        w -= rate * h * (w - a)
    return w


def lowest(loss):
    return float(minimize_scalar(loss, bounds=(-5, 5), method="bounded", options=fine).x)


from scipy.optimize import brentq, minimize_scalar

fine = {"xatol": 1e-9}
w1, w2 = descend(curvature, minimum), descend(flat_curvature, flat_minimum)


def with_l2(strength, h, a):
    return lowest(lambda w: 0.5 * h * (w - a) ** 2 + strength * w**2)


l2 = brentq(lambda s: with_l2(s, curvature, minimum) - w1, 1e-3, 50)
l1 = abs(curvature * (w1 - minimum))
stopped = np.array([w1, l2, l1, w2, with_l2(l2, flat_curvature, flat_minimum)])
""",
            """
left = np.exp(n_steps * np.log(1 - rate * curvature))  # share of the distance
l2 = curvature / 2 * left / (1 - left)
l1 = curvature * left * abs(minimum)
left_too = np.exp(n_steps * np.log(1 - rate * flat_curvature))
small = flat_minimum - flat_minimum * 2 * l2 / (flat_curvature + 2 * l2)
stopped = (minimum - left * minimum, l2, l1, flat_minimum - left_too * flat_minimum, small)
stopped = tuple(round(float(v), 4) for v in stopped)
""",
        ],
        "wrong": [
            (
                "not the weight",
                """
def on_the_way(h, a):
    return a * (1 - rate * h) ** n_steps


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "a power, not an exponential",
                """
def on_the_way(h, a):
    return a * (1 - np.exp(-rate * h * n_steps))


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "half a square has no factor 2",
                """
def on_the_way(h, a):
    return a * (1 - (1 - 2 * rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "count the steps",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** (n_steps - 1))


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "L2 penalty has a factor 2",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / weight
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "how hard the loss pulls",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = (minimum - weight) / (2 * weight)
l1 = abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "with the same force at any weight",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = 2 * l2
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "whatever the sign of the weight",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = -curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "not the same for every curvature",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * flat_curvature / (flat_curvature + 2 * l2)
stopped = [weight, l2, l1, second, second]
""",
            ),
            (
                "depends on its curvature",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum * weight / minimum
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
            (
                "has a curvature of its own",
                """
def on_the_way(h, a):
    return a * (1 - (1 - rate * h) ** n_steps)


weight, second = on_the_way(curvature, minimum), on_the_way(flat_curvature, flat_minimum)
l2 = curvature * (minimum - weight) / (2 * weight)
l1 = curvature * abs(minimum - weight)
shrunk = flat_minimum / (1 + 2 * l2)
stopped = [weight, l2, l1, second, shrunk]
""",
            ),
        ],
    },
    "two_paths": {
        "right": [
            """
# From the curved path alone: where is half of the weight left?
curve = paths[int(np.argmax([np.ptp(np.diff(path)) for path in paths]))]
a = curve[0]
left = curve / a
fit = np.polyfit(strengths, 1 / left, 1)[0]  # a / w = 1 + 2 lambda / h
h = 2 / fit
two_paths = [a, h, h * abs(a), 4.5 * h]
two_paths = tuple(round(float(v), 2) for v in two_paths)
""",
            """
from scipy.optimize import curve_fit


def by_l2(strength, a, h):
    return a * h / (h + 2 * strength)


fits = [curve_fit(by_l2, strengths, path, [path[0], 1.0], maxfev=20000) for path in paths]
pairs = zip(fits, paths, strict=True)
errors = [np.sum((by_l2(strengths, *found[0]) - path) ** 2) for found, path in pairs]
a, h = fits[int(np.argmin(errors))][0]
two_paths = np.array([a, h, abs(a) * h, h * (10 - 1) / 2])
""",
        ],
        "wrong": [
            (
                "a may be below 0",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [-a, h, h * abs(a), 4.5 * h]
""",
            ),
            (
                "a stiff loss gives way less",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, 1 / h, abs(a) / h, 4.5 / h]
""",
            ),
            (
                "L2 penalty has a factor 2",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h / 2, h * abs(a), 9 * h]
""",
            ),
            (
                "not by a share of a",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h * abs(a), h * abs(a), 4.5 * h]
""",
            ),
            (
                "is |a| long, not 1",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, h, 4.5 * h]
""",
            ),
            (
                "needs a stronger penalty",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, abs(a) / h, 4.5 * h]
""",
            ),
            (
                "L1 is the straight one",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, 4.5 * h, h * abs(a)]
""",
            ),
            (
                "what is left, not what is lost",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, h * abs(a), h / 18]
""",
            ),
            (
                "it does not fall in a straight line",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, h * abs(a), 0.9 * h * abs(a)]
""",
            ),
            (
                "the loss pulls, too",
                """
bends = [np.ptp(np.diff(path)) for path in paths]
line = paths[int(np.argmin(bends))]
a, h = line[0], strengths[-1] / abs(line[0] - line[-1])
two_paths = [a, h, h * abs(a), 5 * h]
""",
            ),
        ],
    },
    "cv_error": {
        "right": [
            """
def cv_error(x, y, folds, strength):
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    total = 0.0
    for fold in set(folds.tolist()):
        n = int(np.sum(folds != fold))
        model = make_pipeline(StandardScaler(), Ridge(alpha=strength * n))
        found = cross_val_predict(model, x, y, groups=folds, cv=LeaveOneGroupOut())
        total += np.sum((found - y)[folds == fold] ** 2)
    return total / len(y)
""",
            """
def cv_error(x, y, folds, strength):
    # Without standardizing: the penalty of a weight is divided by its feature's variance.
    total = 0.0
    for i in range(len(y)):
        seen = [k for k in range(len(y)) if folds[k] != folds[i]]
        rows = np.column_stack([x[seen], np.ones(len(seen))])
        penalty = np.diag([*(strength * np.var(x[seen], axis=0)), 0.0])
        gram = rows.T @ rows / len(seen) + penalty
        both = np.linalg.solve(gram, rows.T @ y[seen] / len(seen))
        total += (np.append(x[i], 1.0) @ both - y[i]) ** 2
    return float(total / len(y))
""",
        ],
        "wrong": [
            (
                "a say in the standardization",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = x.mean(axis=0), x.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        middle = seen.mean(axis=0)
        held, seen = held - middle, seen - middle
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "like those of the training part",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        own = np.maximum(held.std(axis=0), 1e-12)
        held, seen = (held - held.mean(axis=0)) / own, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "before the penalty is paid",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), 1.0
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "root of the mean square",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0, ddof=1)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "is a mean, not a sum",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "the bias goes free",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean() / (1 + strength)
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "the bias is missing",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = 0.0
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "every example counts alike",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.mean([part.mean() for part in squares])
""",
            ),
            (
                "judge on the examples that were held out",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((seen @ w + bias - y_seen) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "not on the one",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        seen, held = x[folds == fold], x[folds != fold]
        y_seen, y_held = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.concatenate(squares).mean()
""",
            ),
            (
                "not its root",
                """
def cv_error(x, y, folds, strength):
    squares = []
    for fold in np.unique(folds):
        held, seen = x[folds == fold], x[folds != fold]
        y_held, y_seen = y[folds == fold], y[folds != fold]
        mean, std = seen.mean(axis=0), seen.std(axis=0)
        held, seen = (held - mean) / std, (seen - mean) / std
        n, width = seen.shape
        bias = y_seen.mean()
        gram = seen.T @ seen + n * strength * np.eye(width)
        w = np.linalg.solve(gram, seen.T @ (y_seen - bias))
        squares.append((held @ w + bias - y_held) ** 2)
    return np.sqrt(np.concatenate(squares).mean())
""",
            ),
            (
                "is not right yet",
                """
def cv_error(x, y, folds, strength):
    return 5.6977778
""",
            ),
        ],
    },
    "committee": {
        "right": [
            """
from itertools import product
from math import exp, log, prod

rows = [[0.0] * 4, [0.0] * 4]
for mask in product((0, 1), repeat=n_units):
    chance = prod(1 - drop if m else drop for m in mask)
    logits = list(biases)
    for m, a, row in zip(mask, activities, weights, strict=True):
        for c in range(4):
            logits[c] += m * a / (1 - drop) * row[c]
    total = sum(exp(v) for v in logits)
    for c in range(4):
        rows[0][c] += chance * exp(logits[c]) / total
        rows[1][c] += chance * log(exp(logits[c]) / total)
rows[1] = [exp(v) for v in rows[1]]
rows[1] = [v / sum(rows[1]) for v in rows[1]]
last = [exp(activities @ weights[:, c] + biases[c]) for c in range(4)]
committee = [rows[0], rows[1], [v / sum(last) for v in last]]
""",
            """
from scipy.special import softmax

# One unit after the other doubles the list of logits and of their chances.
logits, chances = biases[None], np.ones(1)
for a, row in zip(activities, weights, strict=True):
    logits = np.concatenate([logits, logits + a * row / (1 - drop)])
    chances = np.concatenate([drop * chances, (1 - drop) * chances])
log_mean = chances @ (logits - np.log(np.exp(logits).sum(axis=1))[:, None])
one_pass = softmax(activities @ weights + biases)
mean = chances @ softmax(logits, axis=1)
committee = np.array([mean, softmax(log_mean), one_pass]).round(4)
""",
        ],
        "wrong": [
            (
                "units that are kept are scaled up",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1.0, drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "not equally probable",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = np.full(2**n_units, 0.5**n_units)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "the share that is dropped",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), 1 - drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "not the share that is kept",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / drop, 1 - drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "is not the answer without a mask",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
raised = np.exp(chances @ logits)
mean = raised / raised.sum()
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "not the probabilities",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, mean, alone / alone.sum()])
""",
            ),
            (
                "so that it adds up to one",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "nothing is scaled after it",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp((1 - drop) * activities @ weights + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "and nothing is scaled up",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights / (1 - drop) + biases)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "biases are missing",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights)
committee = np.array([mean, geometric, alone / alone.sum()])
""",
            ),
            (
                "is not the answer without a mask",
                """
kept = np.array([[(i >> k) & 1 for k in range(n_units)] for i in range(2**n_units)])
scale, share = 1 / (1 - drop), drop
chances = share ** np.sum(1 - kept, axis=1) * (1 - share) ** np.sum(kept, axis=1)
logits = (activities * kept * scale) @ weights + biases
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
mean, geometric = chances @ p, np.exp(chances @ np.log(p))
geometric = geometric / geometric.sum()
alone = np.exp(activities @ weights + biases)
committee = np.array([mean, geometric, mean])
""",
            ),
        ],
    },
}
