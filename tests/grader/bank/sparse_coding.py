"""Answers to the questions of `sparse_coding`."""

ANSWERS = {
    "tuned": {
        "right": [
            """
from scipy.interpolate import CubicSpline

peak = float(shown_deg[rise_mv == rise_mv.max()][0])
around = np.concatenate([shown_deg - 180, shown_deg, shown_deg + 180])
curve = CubicSpline(around, np.tile(rise_mv, 3))


def half_width(level):
    roots = np.array(CubicSpline(around, np.tile(rise_mv, 3) - level).roots())
    left, right = roots[roots < peak].max(), roots[roots > peak].min()
    return (right - left) / 2


top = float(curve(peak))
tuned = (
    peak,
    half_width(top / 2),
    half_width(threshold_mv + (top - threshold_mv) / 2),
    half_width((threshold_mv + (2 * top - threshold_mv) / 2) / 2),
)
""",
            """
# Read off with a ruler: whole and half degrees.
def read(curve):
    level, best = max(curve) / 2, int(np.argmax(curve))
    steps = [0, 0]
    for side, way in enumerate((1, -1)):
        while curve[(best + way * steps[side]) % 1800] > level:
            steps[side] += 1
    return round(sum(steps) / 10) / 2


rates = [np.maximum(c * rise_mv - threshold_mv, 0.0) for c in (1, 2)]
tuned = [round(shown_deg[np.argmax(rise_mv)])] + [read(c) for c in (rise_mv, *rates)]
""",
        ],
        "wrong": [
            (
                "half of the full width",
                """
def full_width(level):
    return np.sum(rise_mv > level) * 0.1


top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, (2 * top + threshold_mv) / 4]
tuned = [shown_deg[np.argmax(rise_mv)]] + [full_width(level) for level in levels]
""",
            ),
            (
                "degrees, not radians",
                """
top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, (2 * top + threshold_mv) / 4]
tuned = [shown_deg[np.argmax(rise_mv)]] + [np.sum(rise_mv > a) * 0.05 for a in levels]
tuned = np.radians(tuned)
""",
            ),
            (
                "half of the millivolts beyond",
                """
top = rise_mv.max()
levels = [top / 2, threshold_mv, threshold_mv / 2]
tuned = [shown_deg[np.argmax(rise_mv)]] + [np.sum(rise_mv > a) * 0.05 for a in levels]
""",
            ),
            (
                "counted from the threshold",
                """
half = np.sum(rise_mv > rise_mv.max() / 2) * 0.05
tuned = [shown_deg[np.argmax(rise_mv)], half, half, half]
""",
            ),
            (
                "does not double, so the width does not stay",
                """
top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, (top + threshold_mv) / 2]
tuned = [shown_deg[np.argmax(rise_mv)]] + [np.sum(rise_mv > a) * 0.05 for a in levels]
""",
            ),
            (
                "is not that of the potential",
                """
top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, top / 2]
tuned = [shown_deg[np.argmax(rise_mv)]] + [np.sum(rise_mv > a) * 0.05 for a in levels]
""",
            ),
            (
                "the curve goes on at the other side",
                """
best = int(np.argmax(rise_mv))
seen = rise_mv[: best + 900] if best < 900 else rise_mv[best - 900 :]
top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, (2 * top + threshold_mv) / 4]
tuned = [shown_deg[best]] + [np.sum(seen > a) * 0.05 for a in levels]
""",
            ),
            (
                "is where the curve is highest",
                """
top = rise_mv.max()
levels = [top / 2, (top + threshold_mv) / 2, (2 * top + threshold_mv) / 4]
tuned = [180 - shown_deg[np.argmax(rise_mv)]]
tuned += [np.sum(rise_mv > a) * 0.05 for a in levels]
""",
            ),
        ],
    },
    "price_path": {
        "right": [
            """
from scipy.optimize import brentq
from sklearn.decomposition import sparse_encode

atoms = np.array([[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]])
patch = np.linalg.solve(atoms, [drive_1, drive_2])


def code_at(price):
    how = {"algorithm": "lasso_cd", "max_iter": 100_000}
    return sparse_encode(patch[None], atoms, alpha=price, **how)[0]


def lowest(k):
    low, high = 1e-3, 2 * drive_1
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (low, middle) if code_at(middle)[k] == 0 else (middle, high)
    return high


price_path = [lowest(0), lowest(1), *code_at(price)]
""",
            """
z_1, z_2 = 0.0, 0.0
for _ in range(2000):
    s = drive_1 - cosine * z_2
    z_1 = np.sign(s) * max(abs(s) - price, 0.0)
    s = drive_2 - cosine * z_1
    z_2 = np.sign(s) * max(abs(s) - price, 0.0)
joins = (cosine * drive_1 - drive_2) / (1 + cosine)
price_path = tuple(round(float(a), 4) for a in (drive_1, joins, z_1, z_2))
""",
        ],
        "wrong": [
            (
                "no longer drives the second",
                "price_path = [drive_1, drive_2, drive_1 - price, drive_2 - price]\n",
            ),
            (
                "with which sign can the second cell be active",
                """
joins = (drive_2 - cosine * drive_1) / (1 - cosine)
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price, drive_2 + price])
price_path = [drive_1, joins, *code]
""",
            ),
            (
                "look at the sign again",
                """
joins = abs(drive_2 - cosine * drive_1) / (1 - cosine)
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price, drive_2 + price])
price_path = [drive_1, joins, *code]
""",
            ),
            (
                "also shrinks the first cell",
                """
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price, drive_2 + price])
price_path = [drive_1, cosine * drive_1 - drive_2, *code]
""",
            ),
            (
                "the price pulls it up",
                """
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price, drive_2 - price])
price_path = [drive_1, (cosine * drive_1 - drive_2) / (1 + cosine), *code]
""",
            ),
            (
                "shrinks active cells, too",
                """
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1, drive_2])
price_path = [drive_1, (cosine * drive_1 - drive_2) / (1 + cosine), *code]
""",
            ),
            (
                "the second cell is active",
                """
joins = (cosine * drive_1 - drive_2) / (1 + cosine)
price_path = [drive_1, joins, drive_1 - price, 0.0]
""",
            ),
            (
                "the first one has to change as well",
                """
joins = (cosine * drive_1 - drive_2) / (1 + cosine)
left = (drive_2 + price - cosine * (drive_1 - price)) / (1 - cosine**2)
price_path = [drive_1, joins, drive_1 - price, left]
""",
            ),
            (
                "counts half in F",
                """
joins = 2 * (cosine * drive_1 - drive_2) / (1 + cosine)
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price / 2, drive_2 + price / 2])
price_path = [2 * drive_1, joins, *code]
""",
            ),
            (
                "not their sum",
                """
gram = np.array([[1.0, cosine], [cosine, 1.0]])
code = np.linalg.solve(gram, [drive_1 - price, drive_2 + price])
joins = (cosine * drive_1 - drive_2) / (1 + cosine)
price_path = [drive_1 + drive_2, joins, *code]
""",
            ),
        ],
    },
    "excess_bound": {
        "right": [
            """
def excess_bound(z, x, dictionary, price):
    found = []
    for code, patch in zip(z, x, strict=True):
        r = np.array(patch, dtype=float)
        for k, atom in enumerate(dictionary):
            r = r - code[k] * atom
        value = 0.5 * sum(v * v for v in r) + price * sum(abs(c) for c in code)
        if not np.any(r):
            found.append(value)
            continue
        # Not |s r - x|^2 itself, but what is left of it: project x on the allowed interval.
        slopes = [abs(float(np.dot(r, atom))) for atom in dictionary]
        end = min((price / d for d in slopes if d > 0), default=np.inf)
        best = float(np.dot(r, patch) / np.dot(r, r))
        s = max(-end, min(end, best))
        found.append(value - (s * np.dot(r, patch) - 0.5 * s**2 * np.dot(r, r)))
    return np.array(found)
""",
            """
def excess_bound(z, x, dictionary, price):
    z, x, phi = (np.asarray(a, dtype=float) for a in (z, x, dictionary))
    residual = x - z @ phi
    with np.errstate(divide="ignore", invalid="ignore"):
        end = price / np.abs(residual @ phi.T).max(axis=1)
        best = (residual * x).sum(axis=1) / (residual**2).sum(axis=1)
        s = np.sign(best) * np.minimum(np.abs(best), end)
    s = np.where((residual**2).sum(axis=1) > 0, s, 0.0)
    r = s[:, None] * residual
    lower = 0.5 * np.sum(x**2, axis=1) - 0.5 * np.sum((x - r) ** 2, axis=1)
    return 0.5 * np.sum(residual**2, axis=1) + price * np.sum(np.abs(z), axis=1) - lower
""",
        ],
        "wrong": [
            (
                "must keep r allowed",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    along = np.sum(residual * x, axis=1)
    s = along / safe
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "not always the best",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.where(squares > 0, end, 0.0)
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "best factor is below zero",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, 0.0, end)
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "may be above 1",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, np.minimum(end, 1.0))
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "in either direction",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = residual @ dictionary.T
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, end)
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "a factor of its own",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, end)
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "counts half in F",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, end)
    lower = s * along - 0.5 * s**2 * squares
    return squares + price * np.abs(z).sum(axis=1) - lower
""",
            ),
            (
                "not for the mean",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, end)
    lower = s * along - 0.5 * s**2 * squares
    return 0.5 * squares + price * np.abs(z).mean(axis=1) - lower
""",
            ),
            (
                "it is no mean",
                """
def excess_bound(z, x, dictionary, price):
    residual = x - z @ dictionary
    squares = np.sum(residual**2, axis=1)
    drives = np.abs(residual @ dictionary.T)
    safe = np.where(squares > 0, squares, 1.0)
    end = price / np.maximum(drives.max(axis=1), 1e-12)
    along = np.sum(residual * x, axis=1)
    s = np.clip(along / safe, -end, end)
    lower = s * along - 0.5 * s**2 * squares
    bound = 0.5 * squares + price * np.abs(z).sum(axis=1) - lower
    return bound / x.shape[1]
""",
            ),
            (
                "is not right yet",
                """
def excess_bound(z, x, dictionary, price):
    return np.resize([20 / 9, 0.0, 0.25, 3.0], len(z))
""",
            ),
        ],
    },
    "widths": {
        "right": [
            """
def potentials(n_cells, contrast, share):
    # The circuit of the chapter, with steps of one millisecond.
    atoms = ring(n_cells)
    lateral = share * (atoms @ atoms.T - np.eye(n_cells))
    drive = contrast * gratings @ atoms.T
    u = np.zeros_like(drive)
    for _ in range(500):
        z = np.maximum(u - 1.0, 0.0)
        u = u + 0.1 * (drive - u - z @ lateral)
    return np.maximum(u - 1.0, 0.0)[:, 0]


def half(r):
    fine = np.arange(0, 540, 0.01)
    curve = np.interp(fine, np.arange(540), np.tile(r, 3))
    peak = 180 + np.argmax(r)
    low = fine[(fine < peak) & (curve < r.max() / 2)].max()
    high = fine[(fine > peak) & (curve < r.max() / 2)].min()
    return (high - low) / 2


cases = [(1, 1.0), (few, 1.0), (many, 1.0), (many, 1.0 - cut)]
widths = [[half(potentials(n, c, left)) for c in CONTRASTS] for n, left in cases]
""",
            """
from companion.brain import sparse_coding

rows = []
for n in (1, few, many):
    codes = [
        sparse_coding.fista(c * gratings, ring(n), 1.0, n_steps=300, nonnegative=True)
        for c in CONTRASTS
    ]
    rows.append([receptive_fields.half_width_deg(thetas, z[:, 0]) for z in codes])
weaker = competition.CompetitionParams(nonnegative=True, inhibition=1 - cut)
drugged = [competition.settle(c * gratings, ring(many), weaker, 500) for c in CONTRASTS]
rows.append([receptive_fields.half_width_deg(thetas, z[:, 0]) for z in drugged])
widths = np.array(rows).round(1)
""",
        ],
        "wrong": [
            (
                "half of the width is asked for",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, 1.0 - cut))
widths = 2 * np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "degrees, not radians",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return np.radians(receptive_fields.half_width_deg(thetas, z[:, 0]))


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "silent below the price",
                """
drive = np.maximum(gratings @ ring(1)[0], 0)
own = receptive_fields.half_width_deg(thetas, drive)
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
widths[0] = own
""",
            ),
            (
                "cell 0 alone has no neighbors",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((few, 1.0), (few, 1.0), (many, 1.0), (many, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "look at which row is which",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (many, 1.0), (few, 1.0), (many, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "neighbors on the ring inhibit",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 0.0), (many, 0.0), (many, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "and the rest is left",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "to the ring of many cells",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (few, 1.0 - cut))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "takes away inhibition",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, 1.0))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
            (
                "not all of it",
                """
def width(n_cells, contrast, inhibition):
    params = competition.CompetitionParams(nonnegative=True, inhibition=inhibition)
    z = competition.settle(contrast * gratings, ring(n_cells), params, 500)
    return receptive_fields.half_width_deg(thetas, z[:, 0])


cases = ((1, 1.0), (few, 1.0), (many, 1.0), (many, 0.0))
widths = np.array([[width(n, c, left) for c in CONTRASTS] for n, left in cases])
""",
            ),
        ],
    },
}
