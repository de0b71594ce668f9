"""Answers to the questions of `memory`."""

ANSWERS = {
    "small_network": {
        "right": [
            """
sums = [sum(int(p) * int(s) for p, s in zip(pattern, state)) for pattern in patterns]


def field_of(i):
    return sum(p[i] * (a - p[i] * state[i]) for p, a in zip(patterns, sums)) / 10


energy = -sum(state[i] * field_of(i) for i in range(10)) / 2
turning = sum(state[i] * field_of(i) < 0 for i in range(10) if i != asked)
small_network = (field_of(asked), energy, -2 * field_of(asked), float(turning))
""",
            """
W = storage.hebbian_weights(patterns)
after = state.copy()
after[asked] *= -1
rise = memory.energy(W, after) - memory.energy(W, state)
others = np.arange(10) != asked
turned = np.sum((memory.update_synchronously(W, state) != state)[others])
small_network = np.round([W[asked] @ state, memory.energy(W, state), rise, turned], 3)
""",
        ],
        "wrong": [
            (
                "diagonal of W is zero",
                """
W = patterns.T @ patterns / 10
h = W @ state
small_network = [h[asked], -0.5 * state @ h, 2 * state[asked] * h[asked], np.sum(h < 0)]
""",
            ),
            (
                "mean over the neurons, not a sum",
                """
W = patterns.T @ patterns - 3 * np.eye(10)
h = W @ state
turn = np.sum((h * state < 0)[np.arange(10) != asked])
small_network = [h[asked], -0.5 * state @ h, 2 * state[asked] * h[asked], turn]
""",
            ),
            (
                "each pair of neurons once",
                """
h = storage.hebbian_weights(patterns) @ state
turn = np.sum((h * state < 0)[np.arange(10) != asked])
small_network = [h[asked], -state @ h, 2 * state[asked] * h[asked], turn]
""",
            ),
            (
                "rises if a neuron turns against its field",
                """
h = storage.hebbian_weights(patterns) @ state
turn = np.sum((h * state < 0)[np.arange(10) != asked])
small_network = [h[asked], -state @ h / 2, -2 * state[asked] * h[asked], turn]
""",
            ),
            (
                "changes it by two",
                """
h = storage.hebbian_weights(patterns) @ state
turn = np.sum((h * state < 0)[np.arange(10) != asked])
small_network = [h[asked], -state @ h / 2, state[asked] * h[asked], turn]
""",
            ),
            (
                "resembles its patterns has a low energy",
                """
h = storage.hebbian_weights(patterns) @ state
turn = np.sum((h * state < 0)[np.arange(10) != asked])
small_network = [h[asked], state @ h / 2, 2 * state[asked] * h[asked], turn]
""",
            ),
            (
                "differ, and only then",
                """
W = storage.hebbian_weights(patterns)
h = W @ state
stay = (np.sign(h) == state).sum() - (np.sign(h) == state)[asked]
small_network = [h[asked], -state @ h / 2, 2 * state[asked] * h[asked], stay]
""",
            ),
            (
                "differ, and only then",
                """
h = storage.hebbian_weights(patterns) @ state
turn = np.sum(h < 0) - (h[asked] < 0)
small_network = [h[asked], -state @ h / 2, 2 * state[asked] * h[asked], turn]
""",
            ),
            (
                "should have the shape (4,)",
                """
small_network = (storage.hebbian_weights(patterns) @ state)[asked]
""",
            ),
        ],
    },
    "complete": {
        "right": [
            """
def complete(weights, cue):
    state = [float(s) for s in cue]
    changed = True
    while changed:
        changed = False
        for i, known in enumerate(cue):
            if known != 0:
                continue
            field = sum(w * s for w, s in zip(weights[i], state))
            new = state[i] if abs(field) < 1e-9 else (1.0 if field > 0 else -1.0)
            changed, state[i] = changed or new != state[i], new
    return state
""",
            """
def complete(weights, cue):
    unknown = np.flatnonzero(np.asarray(cue) == 0)
    rounds = list(unknown) * (len(cue) ** 2)
    return memory.update_in_order(weights, cue, rounds[:20_000])
""",
            """
def complete(weights, cue):
    state, fields = np.array(cue, dtype=float), weights @ cue
    free, quiet, i = np.asarray(cue) == 0, 0, 0
    while quiet < len(state):
        new = np.sign(fields[i]) if free[i] and abs(fields[i]) > 1e-9 else state[i]
        quiet = quiet + 1 if new == state[i] else 0
        fields = fields + weights[:, i] * (new - state[i])
        state[i] = new
        i = (i + 1) % len(state)
    return state
""",
        ],
        "wrong": [
            (
                "one round is not enough",
                """
def complete(weights, cue):
    unknown = np.flatnonzero(np.asarray(cue) == 0)
    return memory.update_in_order(weights, cue, unknown)
""",
            ),
            (
                "must keep its sign",
                """
def complete(weights, cue):
    return memory.update_in_order(weights, cue, list(range(len(cue))) * 100)
""",
            ),
            (
                "one after the other",
                """
def complete(weights, cue):
    state = np.array(cue, dtype=float)
    for _ in range(200):
        state = np.where(cue == 0, memory.update_synchronously(weights, state), cue)
    return state
""",
            ),
            (
                "a field of zero changes nothing",
                """
def complete(weights, cue):
    state = np.array(cue, dtype=float)
    for i in list(np.flatnonzero(state == 0)) * 100:
        state[i] = 1.0 if weights[i] @ state >= 0 else -1.0
    return state
""",
            ),
            (
                "says nothing until it has a field",
                """
def complete(weights, cue):
    unknown = np.flatnonzero(cue == 0)
    start = np.where(cue == 0, 1.0, cue)
    return memory.update_in_order(weights, start, list(unknown) * 100)
""",
            ),
            (
                "says nothing before it has a field",
                """
def complete(weights, cue):
    unknown = np.flatnonzero(cue == 0)
    start = np.where(cue > 0, 1.0, -1.0)
    return memory.update_in_order(weights, start, list(unknown) * 100)
""",
            ),
            (
                "not right yet",
                """
def complete(weights, cue):
    known = {5: [-1, -1, 1, 1, 1], 3: [1, 0, -1] if cue[2] else [1, 1, -1]}
    return np.resize(known.get(len(cue), cue), len(cue))
""",
            ),
        ],
    },
    "patterns_held": {
        "right": [
            """
def patterns_held(n_neurons, share_turned, share_cut, error):
    from scipy.stats import norm

    kept = n_neurons * (1 - share_cut)
    z = norm.ppf(1 - error)
    m = max(0.0, (1 - share_turned) - share_turned)
    return int(kept * (m / z) ** 2)
""",
            """
def patterns_held(n_neurons, share_turned, share_cut, error):
    from companion.brain.capacity import bit_error

    def fails(n_patterns):
        load = n_patterns / n_neurons / (1 - share_cut)
        return bit_error(load / (1 - 2 * share_turned) ** 2) > error

    if share_turned >= 0.5 or fails(1):
        return 0
    low, high = 1, 2
    while not fails(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(middle) else (middle, high)
    return low
""",
        ],
        "wrong": [
            (
                "must be whole",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = max(0, 1 - 2 * share_turned)
    return np.ceil(n_neurons * (1 - share_cut) * (m / norm.isf(error)) ** 2)
""",
            ),
            (
                "one tail, not two",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = max(0, 1 - 2 * share_turned)
    return np.floor(n_neurons * (1 - share_cut) * (m / norm.isf(error / 2)) ** 2)
""",
            ),
            (
                "pull the other way",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = 1 - share_turned if share_turned < 0.5 else 0
    return np.floor(n_neurons * (1 - share_cut) * (m / norm.isf(error)) ** 2)
""",
            ),
            (
                "standard deviation, not with a variance",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = max(0, 1 - 2 * share_turned)
    return np.floor(n_neurons * (1 - share_cut) * m / norm.isf(error) ** 2)
""",
            ),
            (
                "takes away crosstalk as well",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = max(0, (1 - share_cut) * (1 - 2 * share_turned))
    return np.floor(n_neurons * (m / norm.isf(error)) ** 2)
""",
            ),
            (
                "variance shrinks in proportion",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m = max(0, 1 - 2 * share_turned)
    return np.floor(n_neurons * (m / norm.isf(error)) ** 2)
""",
            ),
            (
                "lost, not the share that is left",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    m, left = max(0, 1 - 2 * share_turned), share_cut if share_cut else 1
    return np.floor(n_neurons * left * (m / norm.isf(error)) ** 2)
""",
            ),
            (
                "not right yet",
                """
def patterns_held(n_neurons, share_turned, share_cut, error):
    return 0
""",
            ),
            (
                "leads to the negative",
                """
from scipy.stats import norm


def patterns_held(n_neurons, share_turned, share_cut, error):
    z = norm.isf(error) / (1 - 2 * share_turned + 1e-12)
    return np.floor(n_neurons * (1 - share_cut) / z**2)
""",
            ),
            (
                "not right yet",
                """
def patterns_held(n_neurons, share_turned, share_cut, error):
    return 184 if share_turned == 0 else 66
""",
            ),
        ],
    },
    "repaired": {
        "right": [
            """
outer = stored.T @ stored / 64
hebb = outer - np.diag(np.diag(outer))
projection = stored.T @ np.linalg.solve(stored @ stored.T, stored)
projection = (projection + projection.T) / 2
np.fill_diagonal(projection, 0)
blot = np.where((stored > 0).sum(axis=0) > 7, 1.0, -1.0)
nearest = stored[[np.argmin(np.abs(stored - cue).sum(axis=1)) for cue in cues]]
found = [cues, np.array([blot] * 180)]
found += [memory.recall(W, cues, np.random.default_rng(0)) for W in (hebb, projection)]
repaired = np.zeros((3, 5))
for column, images in enumerate([*found, nearest]):
    errors = [sum(image != target) for image, target in zip(images, targets)]
    repaired[0, column] = 1 - sum(errors) / 180 / 64
    repaired[1, column] = errors.count(0) / 180
    repaired[2, column] = len({image.tobytes() for image in images})
""",
            """
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier

look_up = KNeighborsClassifier(1).fit(stored, np.arange(15))
hebb = storage.hebbian_weights(stored)
linear = storage.projection_weights(stored)
images = {
    "cue": cues,
    "same": np.tile(np.median(stored, axis=0), (180, 1)),
    "hebb": memory.recall(hebb, cues, np.random.default_rng(0)),
    "projection": memory.recall(linear, cues, np.random.default_rng(0)),
    "nearest": stored[look_up.predict(cues)],
}
pixels = [accuracy_score(targets.ravel(), image.ravel()) for image in images.values()]
whole = [accuracy_score(targets > 0, image > 0) for image in images.values()]
kinds = [len(set(map(tuple, image))) for image in images.values()]
repaired = [pixels, whole, kinds]
""",
        ],
        "wrong": [],
    },
}

IMAGES = """
hebb, projection = storage.hebbian_weights(stored), storage.projection_weights(stored)
answers = [cues, np.tile(np.sign(stored.sum(axis=0)), (180, 1))]
answers += [memory.recall(W, cues, np.random.default_rng(0)) for W in (hebb, projection)]
answers += [memory.nearest_pattern(stored, cues)]
whole = [memory.recall_rate(found, targets) for found in answers]
kinds = [len(np.unique(found, axis=0)) for found in answers]
"""

ANSWERS["repaired"]["wrong"] = [
    (
        "not a number or percent",
        IMAGES
        + """
right = np.array([[100 * np.mean(found == targets) for found in answers], whole, kinds])
right[1] *= 100
repaired = right
""",
    ),
    (
        "behind the cue, not with the cue",
        IMAGES
        + """
repaired = [[np.mean(found == cues) for found in answers], whole, kinds]
""",
    ),
    (
        "not the wrong ones",
        IMAGES
        + """
repaired = [[np.mean(found != targets) for found in answers], whole, kinds]
""",
    ),
    (
        "rarer than a right pixel",
        IMAGES
        + """
right = [np.mean(found == targets) for found in answers]
repaired = [right, [np.mean(np.mean(f == targets, axis=1)) for f in answers], kinds]
""",
    ),
    (
        "however often it is the answer",
        IMAGES
        + """
right = [np.mean(found == targets) for found in answers]
repaired = [right, whole, [len(found) for found in answers]]
""",
    ),
    (
        "not right yet",
        IMAGES
        + """
linear = stored.T @ stored / 64
answers[2] = memory.update_synchronously(linear, cues)
answers[3] = memory.update_synchronously(projection, cues)
right = [np.mean(found == targets) for found in answers]
repaired = [right, whole, kinds]
""",
    ),
    (
        "three rows and five columns",
        IMAGES
        + """
repaired = np.transpose([[np.mean(f == targets) for f in answers], whole, kinds])
""",
    ),
]
