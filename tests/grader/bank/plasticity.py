"""Answers to the questions of `plasticity`."""

ANSWERS = {
    "runaway": {
        "right": [
            """
from scipy.optimize import brentq

covariance = sd**2 * np.array([[1.0, correlation], [correlation, 1.0]])


def growth(baseline, direction):
    product = covariance + baseline**2 * np.ones((2, 2))
    return direction @ product @ direction / (direction @ direction)


apart, together = np.array([1.0, -1.0]), np.array([1.0, 1.0])
switch = brentq(lambda b: growth(b, together) - growth(b, apart), 0.0, 10.0)
q = np.linalg.eigvalsh(covariance + (2 * switch) ** 2)[-1]
exponent = np.log(1 + learning_rate * np.linalg.eigvalsh(covariance)[-1])
runaway = (exponent, switch, 3 / np.log10(1 + learning_rate * q))
""",
            """
def lengths(baseline, n_steps):
    q = sd**2 * np.array([[1.0, correlation], [correlation, 1.0]]) + baseline**2
    w, found = np.array([1.0, 0.5]), []
    for _ in range(n_steps):
        w = w + learning_rate * q @ w
        found.append(np.linalg.norm(w))
    return np.array(found)


b = sd * (-correlation) ** 0.5
exponent, faster = (np.diff(np.log(lengths(x, 300)))[-1] for x in (0.0, 2 * b))
runaway = np.array([exponent, b, np.log(1000) / faster])
""",
        ],
        "wrong": [
            (
                "not the factor",
                """
q = sd**2 * (1 - correlation)
steps = np.log(1000) / np.log(1 + learning_rate * sd**2 * (1 - 7 * correlation))
runaway = [1 + learning_rate * q, sd * np.sqrt(-correlation), steps]
""",
            ),
            (
                "no root of a negative number",
                """
with np.errstate(invalid="ignore"):
    switch = sd * np.sqrt(correlation)
steps = np.log(1000) / np.log(1 + learning_rate * sd**2 * (1 - 7 * correlation))
runaway = [np.log(1 + learning_rate * sd**2 * (1 - correlation)), switch, steps]
""",
            ),
            (
                "feed another direction",
                """
q = sd**2 * (1 + correlation)
steps = np.log(1000) / np.log(1 + learning_rate * sd**2 * (1 - 7 * correlation))
runaway = [np.log(1 + learning_rate * q), sd * np.sqrt(-correlation), steps]
""",
            ),
            (
                "of the whole factor",
                """
q = sd**2 * (1 - 7 * correlation)
exponent = learning_rate * sd**2 * (1 - correlation)
runaway = [exponent, sd * np.sqrt(-correlation), np.log(1000) / (learning_rate * q)]
""",
            ),
            (
                "adds to both inputs",
                """
switch = np.sqrt(sd**2 * (1 - correlation) - sd**2 * (1 + correlation))
q = sd**2 * (1 + correlation) + (2 * switch) ** 2
exponent = np.log(1 + learning_rate * sd**2 * (1 - correlation))
runaway = [exponent, switch, np.log(1000) / np.log(1 + learning_rate * q)]
""",
            ),
            (
                "four times the square",
                """
switch = sd * np.sqrt(-correlation)
q = sd**2 * (1 + correlation) + 2 * 2 * switch**2
exponent = np.log(1 + learning_rate * sd**2 * (1 - correlation))
runaway = [exponent, switch, np.log(1000) / np.log(1 + learning_rate * q)]
""",
            ),
            (
                "variance of its own",
                """
switch = sd * np.sqrt(-correlation)
q = 2 * (2 * switch) ** 2
exponent = np.log(1 + learning_rate * sd**2 * (1 - correlation))
runaway = [exponent, switch, np.log(1000) / np.log(1 + learning_rate * q)]
""",
            ),
            (
                "same base",
                """
switch = sd * np.sqrt(-correlation)
q = sd**2 * (1 - 7 * correlation)
exponent = np.log(1 + learning_rate * sd**2 * (1 - correlation))
runaway = [exponent, switch, np.log10(1000) / np.log(1 + learning_rate * q)]
""",
            ),
            (
                "natural logarithm",
                """
switch = sd * np.sqrt(-correlation)
q = sd**2 * (1 - 7 * correlation)
exponent = np.log10(1 + learning_rate * sd**2 * (1 - correlation))
runaway = [exponent, switch, 3 / np.log10(1 + learning_rate * q)]
""",
            ),
        ],
    },
    "soft_bounds": {
        "right": [
            """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    lags_ms, path = np.asarray(lags_ms, dtype=float), np.empty(len(lags_ms))
    up = a_plus * np.exp(-np.abs(lags_ms) / tau_plus_ms)
    down = a_minus * np.exp(-np.abs(lags_ms) / tau_minus_ms)
    share = np.select([lags_ms > 0, lags_ms < 0], [up, down], 0.0)
    aims = np.where(lags_ms > 0, 1.0, 0.0)
    for i, (part, aim) in enumerate(zip(share, aims)):
        weight = (1 - part) * weight + part * aim
        path[i] = weight
    return path
""",
            """
from functools import reduce


def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    def after(path, lag):
        w = path[-1]
        if lag > 0:
            return [*path, 1 - (1 - w) * (1 - a_plus * np.exp(-lag / tau_plus_ms))]
        return [*path, w * (1 - (lag < 0) * a_minus * np.exp(lag / tau_minus_ms))]

    return reduce(after, list(lags_ms), [weight])[1:]
""",
        ],
        "wrong": [
            (
                "shrink with the way that is left",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    weights = []
    for lag in lags_ms:
        if lag > 0:
            weight += a_plus * np.exp(-lag / tau_plus_ms)
        elif lag < 0:
            weight -= a_minus * np.exp(lag / tau_minus_ms)
        weights.append(weight)
    return weights
""",
            ),
            (
                "spike behind less that before",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    weights = []
    for lag in lags_ms:
        if lag < 0:
            weight += a_plus * np.exp(lag / tau_plus_ms) * (1 - weight)
        elif lag > 0:
            weight -= a_minus * np.exp(-lag / tau_minus_ms) * weight
        weights.append(weight)
    return weights
""",
            ),
            (
                "weight that the pair before it left",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    lags = np.asarray(lags_ms, dtype=float)
    up = a_plus * np.exp(-np.abs(lags) / tau_plus_ms) * (1 - weight)
    down = -a_minus * np.exp(-np.abs(lags) / tau_minus_ms) * weight
    return weight + np.cumsum(np.select([lags > 0, lags < 0], [up, down], 0.0))
""",
            ),
            (
                "same moment change nothing",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    weights = []
    for lag in lags_ms:
        if lag >= 0:
            weight += a_plus * np.exp(-lag / tau_plus_ms) * (1 - weight)
        else:
            weight -= a_minus * np.exp(lag / tau_minus_ms) * weight
        weights.append(weight)
    return weights
""",
            ),
            (
                "not the change",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    changes = []
    for lag in lags_ms:
        change = 0.0
        if lag > 0:
            change = a_plus * np.exp(-lag / tau_plus_ms) * (1 - weight)
        elif lag < 0:
            change = -a_minus * np.exp(lag / tau_minus_ms) * weight
        weight += change
        changes.append(change)
    return changes
""",
            ),
            (
                "not right yet",
                """
def soft_bounds(weight, lags_ms, a_plus, a_minus, tau_plus_ms, tau_minus_ms):
    return np.resize([0.5183940, 0.4802526, 0.4802526], len(lags_ms))
""",
            ),
        ],
    },
    "bump_reading": {
        "right": [
            """
end = errors_at_cue[-20:].mean()
above = next(n for n, e in enumerate(errors_at_cue, start=1) if e > 0.5 * end)
bump_reading = (end, above, np.exp(np.log(end) / delay), 1 / (above / delay))
""",
            """
read_height = round(float(errors_at_cue.max()), 2)
read_trial = float(np.interp(read_height / 2, errors_at_cue, np.arange(1, 151)))
bump_reading = [read_height, round(read_trial)]
bump_reading += [read_height ** (1 / delay), delay / round(read_trial)]
""",
        ],
        "wrong": [
            (
                "one step discounts less",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > h / 2)
bump_reading = [h, n, h, delay / n]
""",
            ),
            (
                "what does it say about one trial",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > h / 2)
bump_reading = [h, n, h ** (1 / delay), n / delay]
""",
            ),
            (
                "cross every step of the delay",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > h / 2)
bump_reading = [h, n, h ** (1 / delay), 1 / n]
""",
            ),
            (
                "when the bump arrives, not half way",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > h / 2)
bump_reading = [h, n, h ** (1 / delay), delay / 2 / n]
""",
            ),
            (
                "multiplies at every step",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > h / 2)
bump_reading = [h, n, 1 - (1 - h) / delay, delay / n]
""",
            ),
            (
                "not the first sign",
                """
h = errors_at_cue[-1]
n = 1 + np.argmax(errors_at_cue > 0)
bump_reading = [h, n, h ** (1 / delay), delay / n]
""",
            ),
            (
                "not half of it",
                """
h = errors_at_cue[-1] / 2
n = 1 + np.argmax(errors_at_cue > h)
bump_reading = [h, n, h ** (1 / delay), delay / n]
""",
            ),
        ],
    },
    "broadcast": {
        "right": [
            """
from scipy.special import softmax


def broadcast(drives, odds, baseline):
    p, q = softmax(drives), np.asarray(odds, dtype=float)
    mean = p * (q - p @ q)
    # The square of a reward of 0 or 1 is the reward.
    square = q - 2 * baseline * q + baseline**2
    length = 1 - 2 * p + p @ p
    return mean, float(np.sum(p * square * length) - np.sum(mean**2))
""",
            """
def broadcast(drives, odds, baseline):
    shifted = [float(h) - float(max(drives)) for h in drives]
    total = sum(np.exp(shifted))
    p = [np.exp(h) / total for h in shifted]
    outcomes = []
    for i in range(len(p)):
        for r in (0, 1):
            chance = p[i] * (odds[i] if r else 1 - odds[i])
            change = [(r - baseline) * ((i == j) - p[j]) for j in range(len(p))]
            outcomes.append((chance, np.array(change)))
    mean = sum(chance * change for chance, change in outcomes)
    variance = sum(chance * np.sum((change - mean) ** 2) for chance, change in outcomes)
    return list(mean), variance
""",
        ],
        "wrong": [
            (
                "eligibility lacks its mean",
                """
def broadcast(drives, odds, baseline):
    p = np.exp(drives - np.max(drives))
    p, q = p / p.sum(), np.asarray(odds)
    mean = p * (q - baseline)
    square = q * (1 - baseline) ** 2 + (1 - q) * baseline**2
    return mean, np.sum(p * square) - mean @ mean
""",
            ),
            (
                "not all alike",
                """
def broadcast(drives, odds, baseline):
    p = np.exp(drives - np.max(drives))
    p, q = p / p.sum(), np.asarray(odds)
    e = np.eye(len(p)) - p
    changes = (q - baseline)[:, None] * e
    mean = changes.mean(axis=0)
    square = q * (1 - baseline) ** 2 + (1 - q) * baseline**2
    return mean, np.mean(square * np.sum(e**2, axis=1)) - mean @ mean
""",
            ),
            (
                "taken around the mean",
                """
def broadcast(drives, odds, baseline):
    p = np.exp(drives - np.max(drives))
    p, q = p / p.sum(), np.asarray(odds)
    e = np.eye(len(p)) - p
    square = q * (1 - baseline) ** 2 + (1 - q) * baseline**2
    return p * (q - baseline) @ e, p * square @ np.sum(e**2, axis=1)
""",
            ),
            (
                "summed over the actions, not averaged",
                """
def broadcast(drives, odds, baseline):
    p = np.exp(drives - np.max(drives))
    p, q = p / p.sum(), np.asarray(odds)
    e = np.eye(len(p)) - p
    mean = p * (q - baseline) @ e
    square = q * (1 - baseline) ** 2 + (1 - q) * baseline**2
    return mean, np.mean(p * square @ e**2 - mean**2)
""",
            ),
            (
                "brings chance of its own",
                """
def broadcast(drives, odds, baseline):
    p = np.exp(drives - np.max(drives))
    p, q = p / p.sum(), np.asarray(odds)
    changes = (q - baseline)[:, None] * (np.eye(len(p)) - p)
    mean = p @ changes
    return mean, p @ np.sum((changes - mean) ** 2, axis=1)
""",
            ),
            (
                "too large for a computer",
                """
def broadcast(drives, odds, baseline):
    with np.errstate(over="ignore", invalid="ignore"):
        p, q = np.exp(drives) / np.exp(drives).sum(), np.asarray(odds)
    mean = p * (q - p @ q)
    square = q * (1 - baseline) ** 2 + (1 - q) * baseline**2
    return mean, np.sum(p * square * (1 - 2 * p + p @ p)) - mean @ mean
""",
            ),
            (
                "not right yet",
                """
def broadcast(drives, odds, baseline):
    mean = np.resize([1.0, -1.0], len(drives)) / 18
    return mean, 31 / 324
""",
            ),
        ],
    },
}
