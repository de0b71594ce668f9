"""Answers to the questions of `generalization`."""

ANSWERS = {
    "paired": {
        "right": [
            """
d = [b - a for a, b in zip(error_a, error_b)]
m = sum(d) / 6
in_pairs = (sum((v - m) ** 2 for v in d) / 5 / 6) ** 0.5
var_a = sum((v - sum(error_a) / 6) ** 2 for v in error_a) / 5
var_b = sum((v - sum(error_b) / 6) ** 2 for v in error_b) / 5
paired = (round(m, 3), round(in_pairs, 3), round((var_a / 6 + var_b / 6) ** 0.5, 3))
""",
            """
from scipy import stats

table = np.cov(error_a, error_b)
in_pairs = np.sqrt((table[0, 0] + table[1, 1] - 2 * table[0, 1]) / 6)
apart = np.hypot(stats.sem(error_a), stats.sem(error_b))
paired = np.array([np.mean(error_b) - np.mean(error_a), in_pairs, apart])
""",
        ],
        "wrong": [
            (
                "B minus A is below 0",
                """
d = error_a - error_b
apart = np.sqrt((np.var(error_a, ddof=1) + np.var(error_b, ddof=1)) / 6)
paired = [d.mean(), d.std(ddof=1) / np.sqrt(6), apart]
""",
            ),
            (
                "spread of single seeds",
                """
d = error_b - error_a
apart = np.sqrt(np.var(error_a, ddof=1) + np.var(error_b, ddof=1))
paired = [d.mean(), d.std(ddof=1), apart]
""",
            ),
            (
                "drops out of the pairs",
                """
apart = np.sqrt((np.var(error_a, ddof=1) + np.var(error_b, ddof=1)) / 6)
paired = [np.mean(error_b - error_a), apart, apart]
""",
            ),
            (
                "divided by five, not by six",
                """
d = error_b - error_a
apart = np.sqrt((np.var(error_a) + np.var(error_b)) / 6)
paired = [d.mean(), d.std() / np.sqrt(6), apart]
""",
            ),
            (
                "add up as squares",
                """
d = error_b - error_a
apart = (np.std(error_a, ddof=1) + np.std(error_b, ddof=1)) / np.sqrt(6)
paired = [d.mean(), d.std(ddof=1) / np.sqrt(6), apart]
""",
            ),
            ("is not right yet", "paired = [-0.3, 0.1, 0.4]"),
        ],
    },
    "curve": {
        "right": [
            """
n = np.geomspace(10, 2000, 100_001)
log_a = np.log([worst_a, worst_a / fall_b**0.5])
line_a = np.exp(np.interp(np.log(n), np.log(ends), log_a))
line_b = np.exp(np.interp(np.log(n), np.log(ends), np.log([worst_b, worst_b / fall_b])))
slope, at_1 = np.polyfit(np.log2(n), np.log2(line_b), 1)
needed = 2 ** ((at_1 - (np.log2(np.interp(1000, n, line_b)) - 1)) / -slope)
curve = [n[np.argmin(np.abs(line_a - line_b))], -slope, needed]
""",
            """
# with a ruler, and as exactly as one reads
c = float(f"{np.log(fall_b) / np.log(200):.2f}")
cross = float(f"{10 * (worst_b / worst_a) ** (2 / c):.1g}")
for n in range(20, 2000, 2):
    if worst_a * (n / 10) ** (-c / 2) >= worst_b * (n / 10) ** -c:
        cross = n
        break
n = 1000
while (n / 1000) ** -c > 0.5:
    n += 50
curve = (cross, c, n)
""",
        ],
        "wrong": [
            (
                "c is positive",
                """
c = -np.log(fall_b) / np.log(200)
curve = [10 * (worst_b / worst_a) ** (-2 / c), c, 1000 * 2 ** (-1 / c)]
""",
            ),
            (
                "both of the same kind",
                """
c = np.log(fall_b) / np.log10(200)
curve = [10 * (worst_b / worst_a) ** (4.605 / c), c, 1000 * 2 ** (2.3026 / c)]
""",
            ),
            (
                "the right logarithm on top",
                """
c = np.log(200) / np.log(fall_b)
curve = [10 * (worst_b / worst_a) ** (2 * c), c, 1000 * 2**c]
""",
            ),
            (
                "not equally long on both axes",
                """
c = 0.84 * np.log(fall_b) / np.log(200)  # centimeters over centimeters
curve = [10 * (worst_b / worst_a) ** (2 / c), c, 1000 * 2 ** (1 / c)]
""",
            ),
            (
                "the factor; the number of images",
                """
c = np.log(fall_b) / np.log(200)
curve = [10 * (worst_b / worst_a) ** (2 / c), c, 2 ** (1 / c)]
""",
            ),
            (
                "twice the images do not halve",
                """
c = np.log(fall_b) / np.log(200)
curve = [10 * (worst_b / worst_a) ** (2 / c), c, 2000]
""",
            ),
            (
                "solve the law",
                """
c = np.log(fall_b) / np.log(200)
curve = [10 * (worst_b / worst_a) ** (2 / c), c, 1000 * 2**c]
""",
            ),
            (
                "line of A",
                """
c = np.log(fall_b) / np.log(200) / 2
curve = [10 * (worst_b / worst_a) ** (1 / c), c, 1000 * 2 ** (0.5 / c)]
""",
            ),
            ("is not right yet", "curve = [30, 0.75, 2350]"),
        ],
    },
    "chosen_error": {
        "right": [
            """
def chosen_error(validation, test):
    n = len(validation[0])
    means = [sum(row) / n for row in validation]
    best = means.index(min(means))
    mean = sum(test[best]) / n
    variance = sum((e - mean) ** 2 for e in test[best]) / (n - 1)
    return best, mean, (variance / n) ** 0.5
""",
            """
def chosen_error(validation, test):
    from scipy import stats

    order = np.argsort(np.sum(validation, axis=-1), kind="stable")
    row = np.take(test, order[0], axis=0)
    return np.array([order[0], np.average(row), stats.sem(row)])
""",
        ],
        "wrong": [
            (
                "test images decide nothing",
                """
def chosen_error(validation, test):
    best = np.argmin(np.mean(test, axis=1))
    row = test[best]
    return best, np.mean(row), np.std(row, ddof=1) / np.sqrt(len(row))
""",
            ),
            (
                "one lucky seed chose",
                """
def chosen_error(validation, test):
    best = np.argmin(np.min(validation, axis=1))
    row = test[best]
    return best, np.mean(row), np.std(row, ddof=1) / np.sqrt(len(row))
""",
            ),
            (
                "the smallest mean over seeds",
                """
def chosen_error(validation, test):
    best = np.argmin(np.median(validation, axis=1))
    row = test[best]
    return best, np.mean(row), np.std(row, ddof=1) / np.sqrt(len(row))
""",
            ),
            (
                "the error that chose",
                """
def chosen_error(validation, test):
    best = np.argmin(np.mean(validation, axis=1))
    row = validation[best]
    return best, np.mean(row), np.std(row, ddof=1) / np.sqrt(len(row))
""",
            ),
            (
                "best seed is no summary",
                """
def chosen_error(validation, test):
    best = np.argmin(np.mean(validation, axis=1))
    row = test[best]
    return best, np.min(row), np.std(row, ddof=1) / np.sqrt(len(row))
""",
            ),
            (
                "spread of single seeds",
                """
def chosen_error(validation, test):
    best = np.argmin(np.mean(validation, axis=1))
    return best, np.mean(test[best]), np.std(test[best], ddof=1)
""",
            ),
            (
                "the seeds are a sample",
                """
def chosen_error(validation, test):
    best = np.argmin(np.mean(validation, axis=1))
    return best, np.mean(test[best]), np.std(test[best]) / np.sqrt(len(test[best]))
""",
            ),
            (
                "is not right yet",
                """
def chosen_error(validation, test):
    return 1, 0.23, 0.0173205
""",
            ),
        ],
    },
    "smallest_change": {
        "right": [
            """
def smallest_change(weights, bias, x, norm):
    scores = [sum(x * weights[:, k]) + bias[k] for k in range(len(bias))]
    c = scores.index(max(scores))
    found = []
    for k in range(len(bias)):
        if k != c:
            w = weights[:, k] - weights[:, c]
            step = np.sign(w) if norm == "linf" else w / np.sqrt(w @ w)
            found.append((scores[c] - scores[k]) / (step @ w))
    return min(found)
""",
            """
def smallest_change(weights, bias, x, norm):
    dual = {"linf": 1, "l2": 2}[norm]
    scores = bias + weights.T @ x
    c = scores.argmax()
    speed = np.linalg.norm(weights - weights[:, [c]], ord=dual, axis=0)
    speed[c] = 1.0
    ratios = (scores[c] - scores) / speed
    return float(np.partition(np.where(np.arange(len(scores)) == c, np.inf, ratios), 0)[0])
""",
        ],
        "wrong": [
            (
                "need not be the second best",
                """
def smallest_change(weights, bias, x, norm):
    scores = x @ weights + bias
    second, c = np.argsort(scores)[-2:]
    w = weights[:, c] - weights[:, second]
    return (scores[c] - scores[second]) / np.linalg.norm(w, ord=1 if norm == "linf" else 2)
""",
            ),
            (
                "other class's score moves",
                """
def smallest_change(weights, bias, x, norm):
    scores = x @ weights + bias
    second, c = np.argsort(scores)[-2:]
    speed = np.linalg.norm(weights[:, c], ord=1 if norm == "linf" else 2)
    return (scores[c] - scores[second]) / speed
""",
            ),
            (
                "all of them push at once",
                """
def smallest_change(weights, bias, x, norm):
    scores = x @ weights + bias
    c = np.argmax(scores)
    length = np.inf if norm == "linf" else 2
    return min(
        (scores[c] - scores[k]) / np.linalg.norm(weights[:, c] - weights[:, k], ord=length)
        for k in range(len(bias))
        if k != c
    )
""",
            ),
            (
                "bias is part of the score",
                """
def smallest_change(weights, bias, x, norm):
    scores = x @ weights
    c = np.argmax(scores)
    dual = 1 if norm == "linf" else 2
    return min(
        (scores[c] - scores[k]) / np.linalg.norm(weights[:, c] - weights[:, k], ord=dual)
        for k in range(len(bias))
        if k != c
    )
""",
            ),
            (
                "should be finite",
                """
def smallest_change(weights, bias, x, norm):
    scores = x @ weights + bias
    c = np.argmax(scores)
    apart = weights[:, [c]] - weights
    with np.errstate(invalid="ignore"):
        return np.min((scores[c] - scores) / np.linalg.norm(apart, axis=0))
""",
            ),
            (
                "is not right yet",
                """
def smallest_change(weights, bias, x, norm):
    return 0.3 if norm == "l2" else 1.5 / 7
""",
            ),
        ],
    },
}
