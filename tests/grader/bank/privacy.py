"""Answers to the questions of `privacy`."""

ANSWERS = {
    "server": {
        "right": [
            """
total = sum(n_images[:3])
step = sum(n * slope for n, slope in zip(n_images[:3], slopes[:3])) / total
server = [round(n / total, 5) for n in n_images[:3]]
server.append(round(old_weight - learning_rate * step, 4))
""",
            """
sent = old_weight - learning_rate * slopes[:3]
w = np.average(sent, weights=n_images[:3])
server = np.append(np.exp(np.log(n_images[:3]) - np.log(n_images[:3].sum())), w)
""",
        ],
        "wrong": [
            (
                "large client should count as much",
                """
sent = old_weight - learning_rate * slopes[:3]
server = [1 / 3, 1 / 3, 1 / 3, sent.mean()]
""",
            ),
            (
                "of those that answered should add up",
                """
shares = n_images[:3] / n_images.sum()
server = [*shares, shares @ (old_weight - learning_rate * slopes[:3])]
""",
            ),
            (
                "does not vote for the old weight",
                """
shares = n_images / n_images.sum()
kept = np.append(old_weight - learning_rate * slopes[:3], old_weight)
server = [*(n_images[:3] / n_images[:3].sum()), shares @ kept]
""",
            ),
            (
                "going down, the weight gets smaller",
                """
shares = n_images[:3] / n_images[:3].sum()
server = [*shares, shares @ (old_weight + learning_rate * slopes[:3])]
""",
            ),
            (
                "parts of 1",
                """
shares = 100 * n_images[:3] / n_images[:3].sum()
server = [*shares, old_weight - learning_rate * shares @ slopes[:3] / 100]
""",
            ),
            (
                "this is the mean step",
                """
shares = n_images[:3] / n_images[:3].sum()
server = [*shares, learning_rate * shares @ slopes[:3]]
""",
            ),
            (
                "learning rate times the slope",
                """
shares = n_images[:3] / n_images[:3].sum()
server = [*shares, old_weight - shares @ slopes[:3]]
""",
            ),
            ("is not right yet", "server = [0.15, 0.3, 0.55, 4.6]"),
        ],
    },
    "accused": {
        "right": [
            """
# as exactly as one reads
at = np.argmin(np.abs(losses - threshold))
T, F = round(below_members[at], 2), round(below_others[at], 2)
best = round(max(m - o for m, o in zip(below_members, below_others)), 2)
accused = (best, 1 / (1 + (1000 / n_members - 1) * F / T), round((1000 - n_members) * F))
""",
            """
# both distributions are normal in the logarithm, with one spread
edge = 0.5 * (np.log(losses)[:, None] @ [[1.0]])[:, 0]
middle = edge[np.argmax(below_members - below_others)] / 0.5
advantage = 2 * norm.cdf(0.5 * apart / spread) - 1
z = (np.log(threshold) - middle) / spread
T, F = norm.cdf(z + 0.5 * apart / spread), norm.cdf(z - 0.5 * apart / spread)
prior_odds = n_members / (1000 - n_members)
odds = prior_odds * T / F
accused = [advantage, odds / (1 + odds), F * (1000 - n_members)]
""",
        ],
        "wrong": [
            (
                "count the accused among all the others",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
accused = [best, T / (T + F), (1000 - n_members) * F]
""",
            ),
            (
                "not of the accused",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
accused = [best, T, (1000 - n_members) * F]
""",
            ),
            (
                "a difference of two shares",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [100 * best, worth, (1000 - n_members) * F]
""",
            ),
            (
                "not the one at the dotted line",
                """
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [T - F, worth, (1000 - n_members) * F]
""",
            ),
            (
                "people are asked for",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [best, worth, F]
""",
            ),
            (
                "below the threshold is accused",
                """
best = np.max(below_members - below_others)
T, F = (1 - np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [best, worth, (1000 - n_members) * F]
""",
            ),
            (
                "of all the 1000",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
accused = [best, n_members * T / 1000, (1000 - n_members) * F]
""",
            ),
            (
                "those of the others whose loss is below",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [best, worth, n_members * T + (1000 - n_members) * F]
""",
            ),
            (
                "those of the others whose loss is below",
                """
best = np.max(below_members - below_others)
T, F = (np.interp(threshold, losses, b) for b in (below_members, below_others))
worth = n_members * T / (n_members * T + (1000 - n_members) * F)
accused = [best, worth, 1000 * F]
""",
            ),
            ("is not right yet", "accused = [0.9, 0.48, 100]"),
        ],
    },
    "private_mean": {
        "right": [
            """
def private_mean(gradients, bound, noise, expected_size, rng):
    total = np.zeros(gradients.shape[1])
    for gradient in gradients:
        length = np.sqrt(gradient @ gradient)
        total += gradient if length <= bound else gradient * bound / length
    total += rng.normal(0.0, noise * bound, size=total.shape)
    return total / expected_size
""",
            """
def private_mean(gradients, bound, noise, expected_size, rng):
    squares = np.einsum("np,np->n", gradients, gradients)
    squares[squares == 0] = 1.0
    factors = np.clip(bound / np.sqrt(squares), None, 1.0)
    center = factors @ gradients / expected_size
    return center + rng.standard_normal(center.size) * (noise * bound / expected_size)
""",
        ],
        "wrong": [
            (
                "keeps its length",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.linalg.norm(gradients, axis=1, keepdims=True) + 1e-12
    total = np.sum(gradients * bound / lengths, axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "not only their sum",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    total = gradients.sum(axis=0)
    total = total * min(1.0, bound / (np.linalg.norm(total) + 1e-12))
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "length of an example is what counts",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    total = np.clip(gradients, -bound, bound).sum(axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "the true one tells how many",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    total = (gradients * bound / lengths).sum(axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / max(len(gradients), 1)
""",
            ),
            (
                "one example may change the sum by anything",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    total = gradients.sum(axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "grows with the bound",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    total = (gradients * bound / lengths).sum(axis=0)
    return (total + noise * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "before it is divided",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    mean = (gradients * bound / lengths).sum(axis=0) / expected_size
    return mean + noise * bound * rng.normal(size=mean.shape)
""",
            ),
            (
                "not to every example",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    each = gradients * bound / lengths + noise * bound * rng.normal(size=gradients.shape)
    return each.sum(axis=0) / expected_size
""",
            ),
            (
                "must not lead to NaN",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
        unit = gradients / lengths
        total = (unit * np.minimum(lengths, bound)).sum(axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "everybody sees that it was empty",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    if len(gradients) == 0:
        return np.zeros(gradients.shape[1])
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    total = (gradients * bound / lengths).sum(axis=0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "must come from rng",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    lengths = np.maximum(np.linalg.norm(gradients, axis=1, keepdims=True), bound)
    total = (gradients * bound / lengths).sum(axis=0)
    own = np.random.default_rng(0)
    return (total + noise * bound * own.normal(size=total.shape)) / expected_size
""",
            ),
            (
                "is not right yet",
                """
def private_mean(gradients, bound, noise, expected_size, rng):
    total = np.zeros(gradients.shape[1])
    total[1] = 4.2 * (noise == 0)
    return (total + noise * bound * rng.normal(size=total.shape)) / expected_size
""",
            ),
        ],
    },
    "image_in_update": {
        "right": [
            """
def image_in_update(before, after):
    left, lengths, right = np.linalg.svd(np.subtract(after, before), full_matrices=False)
    image = np.abs(left[:, 0])
    return image / image.max()
""",
            """
def image_in_update(before, after):
    total = [sum(abs(a - b) for a, b in zip(*rows)) for rows in zip(after, before)]
    return [value / max(total) for value in total]
""",
            """
def image_in_update(before, after):
    from scipy.linalg import eigh

    change = before - after
    n_pixels = len(change)
    _, direction = eigh(change @ change.T, subset_by_index=[n_pixels - 1, n_pixels - 1])
    image = direction[:, 0] * np.sign(direction.sum())
    return np.clip(image / image.max(), 0, 1)
""",
        ],
        "wrong": [
            (
                "an image is not negative",
                """
def image_in_update(before, after):
    change = after - before
    column = change[:, np.argmax(np.abs(change).sum(axis=0))]
    return -np.abs(column) / np.abs(column).max()
""",
            ),
            (
                "an image is not negative",
                """
def image_in_update(before, after):
    change = before - after
    column = change[:, np.argmax(np.abs(change).sum(axis=0))]
    change = -change if np.sum(change) < 0 else change
    wrong = column * (-1.0 if column.sum() > 0 else 1.0)
    return wrong / np.abs(wrong).max()
""",
            ),
            (
                "a unit with slope zero shows nothing",
                """
def image_in_update(before, after):
    with np.errstate(divide="ignore", invalid="ignore"):
        column = after[:, 0] - before[:, 0]
        return np.abs(column) / np.abs(column).max()
""",
            ),
            (
                "may add up to zero",
                """
def image_in_update(before, after):
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.round((before - after).sum(axis=1), 12)
        return total / total[np.argmax(np.abs(total))]
""",
            ),
            (
                "the brightest pixel should be 1",
                """
def image_in_update(before, after):
    left, *_ = np.linalg.svd(after - before, full_matrices=False)
    return np.abs(left[:, 0])
""",
            ),
            (
                "as many pixels as the weights have rows",
                """
def image_in_update(before, after):
    row = np.abs(after - before).sum(axis=0)
    return row / row.max()
""",
            ),
            (
                "is not right yet",
                """
def image_in_update(before, after):
    return np.where(np.arange(len(before)) == 1, 1.0, 0.5 * (np.arange(len(before)) == 0))
""",
            ),
        ],
    },
}
