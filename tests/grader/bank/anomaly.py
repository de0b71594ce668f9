"""Answers to the assignment `anomaly`."""

RANKED = """
auc = np.mean(np.sign(strange[:, None] - normal) / 2 + 0.5)
hits = np.array([np.sum(strange >= s) for s in strange])
false = np.array([np.sum(normal >= s) for s in strange])
precision, p = np.mean(hits / (hits + false)), np.sum(normal >= seen) + 1
p, rare = p / (1 + len(normal)), len(strange) / (len(strange) + len(normal))
"""
GAPS = """
def gap_scores(train, rows, n_components):
    mean, std = train.mean(axis=0), train.std(axis=0)
    axes = np.linalg.svd((train - mean) / std, full_matrices=False)[2][:n_components]
    x = (np.asarray(rows) - mean) / std
    seen = ~np.isnan(x)
    scores = []
    for row, there in zip(x, seen):
        u, entries = axes[:, there], row[there]
        left = entries - np.linalg.pinv(u.T) @ entries @ u
        free = there.sum() - n_components
        scores.append({})
    return np.array(scores)
"""
ALARMS = """
def alarms(p_values, share):
    p, n = np.asarray(p_values), len(p_values)
    order = np.argsort(p)
    below = p[order] <= share * np.arange(1, n + 1) / n
    raised = np.zeros(n, dtype=bool)
    k = np.flatnonzero(below)[-1] + 1 if below.any() else 0
    {}
    return raised
"""
KEPT = """
from sklearn.decomposition import PCA

pca = PCA(8).fit(train)


def residual(rows):
    return np.sum((rows - pca.inverse_transform(pca.transform(rows))) ** 2, axis=1)


def rate(rows, known):
    p = (1 + (residual(known) >= residual(rows)[:, None]).sum(axis=1)) / (len(known) + 1)
    return np.mean(p <= 0.05)


a, b = rate(fresh, train), rate(fresh, validation)
c, d = rate(drifted, validation), rate(anomalies, validation)
"""
ANSWERS = {
    "ranked": {
        "right": [
            """
from sklearn.metrics import average_precision_score, roc_auc_score

labels = np.array([0] * len(normal) + [1] * len(strange))
values = np.concatenate([normal, strange])
p = (1 + sum(n >= seen for n in normal)) / (len(normal) + 1)
ranked = [roc_auc_score(labels, values), average_precision_score(labels, values)]
ranked += [labels.mean(), p]
""",
            """
points, shares = 0.0, []
for s in strange:
    for n in normal:
        points += 1.0 if s > n else 0.5 if s == n else 0.0
    alarm = [n for n in normal if n >= s], [t for t in strange if t >= s]
    shares.append(len(alarm[1]) / (len(alarm[0]) + len(alarm[1])))
place = sorted([*normal, seen], reverse=True)
last = max(i for i, value in enumerate(place) if value == seen) + 1
n, m = len(normal), len(strange)
ranked = (points / n / m, sum(shares) / m, m / (n + m), last / (n + 1))
""",
        ],
        "wrong": [
            (
                "count where they win",
                f"{RANKED}ranked = [1 - auc, precision, rare, p]\n",
            ),
            (
                "not of the normal ones",
                f"{RANKED}ranked = [auc, precision, len(strange) / len(normal), p]\n",
            ),
            (
                "equal scores counts one half",
                f"{RANKED}auc = np.mean(strange[:, None] > normal)\n"
                "ranked = [auc, precision, rare, p]\n",
            ),
            (
                "equal scores counts one half",
                f"{RANKED}auc = np.mean(strange[:, None] >= normal)\n"
                "ranked = [auc, precision, rare, p]\n",
            ),
            (
                "raise the alarm as well",
                f"{RANKED}false = np.array([np.sum(normal > s) for s in strange])\n"
                "ranked = [auc, np.mean(hits / (hits + false)), rare, p]\n",
            ),
            (
                "the new row counts as one of the places",
                f"{RANKED}ranked = [auc, precision, rare, np.mean(normal >= seen)]\n",
            ),
            (
                "rows that are equally strange count as well",
                f"{RANKED}p = (1 + np.sum(normal > seen)) / (1 + len(normal))\n"
                "ranked = [auc, precision, rare, p]\n",
            ),
        ],
    },
    "gap_scores": {
        "right": [
            """
def gap_scores(train, rows, n_components):
    mean = sum(train) / len(train)
    std = (sum((row - mean) ** 2 for row in train) / len(train)) ** 0.5
    z = (train - mean) / std
    values, vectors = np.linalg.eigh(z.T @ z)
    axes = vectors[:, ::-1][:, :n_components]
    found = []
    for row in rows:
        there = np.flatnonzero(~np.isnan(row))
        x, u = ((row - mean) / std)[there], axes[there]
        basis = np.linalg.qr(u)[0]
        found.append((x @ x - np.sum((basis.T @ x) ** 2)) / (len(there) - n_components))
    return found
""",
            """
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


def gap_scores(train, rows, n_components):
    scaler = StandardScaler().fit(train)
    pca = PCA(n_components, svd_solver="full").fit(scaler.transform(train))
    scores = []
    for row in scaler.transform(rows):
        u = pca.components_[:, np.isfinite(row)].T
        x = row[np.isfinite(row)]
        code = np.linalg.solve(u.T @ u, u.T @ x)
        scores.append(np.sum((x - u @ code) ** 2) / (len(x) - n_components))
    return np.array(scores)
""",
        ],
        "wrong": [
            (
                "a gap is not an entry of average size",
                """
def gap_scores(train, rows, n_components):
    mean, std = train.mean(axis=0), train.std(axis=0)
    axes = np.linalg.svd((train - mean) / std, full_matrices=False)[2][:n_components]
    x = (np.asarray(rows) - mean) / std
    free = np.sum(~np.isnan(x), axis=1) - n_components
    x = np.nan_to_num(x, nan=0.0)
    return np.sum((x - x @ axes.T @ axes) ** 2, axis=1) / free
""",
            ),
            (
                "axes with gaps are no longer orthonormal",
                GAPS.format("np.sum((entries - entries @ u.T @ u) ** 2) / free"),
            ),
            (
                "divide by the number of observed entries less K",
                GAPS.format("left @ left / (len(row) - n_components)"),
            ),
            (
                "standardize with the training rows",
                GAPS.replace("train.std(axis=0)", "1.0").format("left @ left / free"),
            ),
            (
                "a mean over the columns",
                GAPS.format("left @ left / there.sum()"),
            ),
            (
                "must not depend on the other rows",
                """
def gap_scores(train, rows, n_components):
    mean, std = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0) + 1e-9
    axes = np.linalg.svd((train - mean) / std, full_matrices=False)[2][:n_components]
    scores = []
    for row in (rows - mean) / std:
        there = ~np.isnan(row)
        code = np.linalg.lstsq(axes[:, there].T, row[there], rcond=None)[0]
        left = row[there] - code @ axes[:, there]
        scores.append(left @ left / (there.sum() - n_components))
    return np.nan_to_num(np.array(scores))
""",
            ),
        ],
    },
    "alarms": {
        "right": [
            """
def alarms(p_values, share):
    n, limit = len(p_values), -1.0
    for k, p in enumerate(sorted(p_values), start=1):
        if p <= k / n * share:
            limit = p
    return np.array([p <= limit for p in p_values])
""",
            """
from scipy.stats import false_discovery_control


def alarms(p_values, share):
    return false_discovery_control(p_values) <= share
""",
        ],
        "wrong": [
            (
                "the largest k counts",
                ALARMS.format(
                    "raised[order[: n if below.all() else np.argmin(below)]] = True"
                ),
            ),
            (
                "up to the one in place k raises an alarm",
                ALARMS.format("raised[order[below]] = True"),
            ),
            (
                "this keeps a rate of all normal rows",
                ALARMS.format("raised = p <= share"),
            ),
            ("answer in the order of the rows", ALARMS.format("raised[:k] = True")),
            (
                "from 1",
                ALARMS.replace("np.arange(1, n + 1)", "np.arange(n)").format(
                    "raised[order[:k]] = True"
                ),
            ),
        ],
    },
    "kept": {
        "right": [
            """
center = train.mean(axis=0)
values, vectors = np.linalg.eigh(np.cov(train.T))
off = vectors[:, :8]  # the directions that the detector leaves out
parts = train, validation, fresh, drifted, anomalies
scores = [((rows - center) @ off) ** 2 for rows in parts]
known, held, *new = (score.sum(axis=1) for score in scores)


def above(scores, reference):
    place = int(np.ceil((len(reference) + 1) * 0.95 - 1e-9))
    return np.mean(scores > np.sort(reference)[place - 1])


kept = [above(new[0], known), *(above(score, held) for score in new)]
""",
            """
from companion.practice.anomaly_thresholds import conformal_p_values
from sklearn.decomposition import PCA

pca = PCA(n_components=8, svd_solver="full").fit(train)


def far(rows):
    return np.linalg.norm(rows - pca.inverse_transform(pca.transform(rows)), axis=1)


pairs = [(train, fresh), (validation, fresh), (validation, drifted)]
pairs.append((validation, anomalies))
kept = [np.mean(conformal_p_values(far(a), far(b)) <= 0.05) for a, b in pairs]
""",
        ],
        "wrong": [
            ("not percent", f"{KEPT}kept = [100 * a, 100 * b, 100 * c, 100 * d]\n"),
            ("not its absence", f"{KEPT}kept = [1 - a, 1 - b, 1 - c, 1 - d]\n"),
            (
                "rows that training never saw",
                f"{KEPT}kept = [a, a, rate(drifted, train), rate(anomalies, train)]\n",
            ),
            ("here the training rows are asked for", f"{KEPT}kept = [b, b, c, d]\n"),
        ],
    },
}
