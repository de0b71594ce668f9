"""Answers to the questions of `denoising`."""

ANSWERS = {
    "best_answers": {
        "right": [
            """
levels, shares = (0.0, 0.5, 1.0), (black, gray, white)
chance = {}
for clean, share in zip(levels, shares):
    for seen, part in ((clean, 1 - hit), (0.0, hit / 2), (1.0, hit / 2)):
        chance[clean, seen] = chance.get((clean, seen), 0) + share * part


def answer_to(seen):
    total = sum(p for (_, s), p in chance.items() if s == seen)
    return sum(x * p for (x, s), p in chance.items() if s == seen) / total


best = sum(p * (x - answer_to(s)) ** 2 for (x, s), p in chance.items())
nothing = sum(p * (x - s) ** 2 for (x, s), p in chance.items())
best_answers = (answer_to(0.0), answer_to(1.0), best, nothing)
""",
            """
ink = 0.5 * gray + white
zeros = black * (1 - hit / 2) + (1 - black) * hit / 2
ones = white * (1 - hit / 2) + (1 - white) * hit / 2
a = ink * hit / 2 / zeros
b = (ink - a * zeros - 0.5 * gray * (1 - hit)) / ones  # the answers have the clean mean
kept = zeros * a**2 + ones * b**2 + 0.25 * gray * (1 - hit)
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = np.array([a, b, 0.25 * gray + white - kept, nothing])
""",
        ],
        "wrong": [
            (
                "not the likeliest",
                """
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [0, 1, 0.9 * nothing, nothing]
""",
            ),
            (
                "one half turns black",
                """
ink = gray / 2 + white
zeros, ones = (1 - hit) * black + hit, (1 - hit) * white + hit
a, b = hit * ink / zeros, ((1 - hit) * white + hit * ink) / ones
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [a, b, 0.5 * nothing, nothing]
""",
            ),
            (
                "may also have been left alone",
                """
ink = gray / 2 + white
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [ink, ink + 1e-5, 0.5 * nothing, nothing]
""",
            ),
            (
                "may read 1 too",
                """
ink = gray / 2 + white
zeros = (1 - hit) * black + hit / 2 * (gray + white)
ones = (1 - hit) * white + hit / 2 * (gray + black)
a = hit / 2 * ink / zeros
b = ((1 - hit) * white + hit / 2 * gray / 2) / ones
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [a, b, 0.5 * nothing, nothing]
""",
            ),
            (
                "divide by how often",
                """
ink = gray / 2 + white
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [hit / 2 * ink, (1 - hit) * white + hit / 2 * ink, 0.5 * nothing, nothing]
""",
            ),
            (
                "weigh the error",
                """
ink, square = gray / 2 + white, gray / 4 + white
zeros, ones = (1 - hit) * black + hit / 2, (1 - hit) * white + hit / 2
a, b = hit / 2 * ink / zeros, ((1 - hit) * white + hit / 2 * ink) / ones
at_0 = hit / 2 * square / zeros - a**2
at_1 = ((1 - hit) * white + hit / 2 * square) / ones - b**2
nothing = hit / 2 * (black + white) + hit * gray / 4
best_answers = [a, b, (at_0 + 0 + at_1) / 3, nothing]
""",
            ),
            (
                "not over those that are hit",
                """
ink, square = gray / 2 + white, gray / 4 + white
zeros, ones = (1 - hit) * black + hit / 2, (1 - hit) * white + hit / 2
a, b = hit / 2 * ink / zeros, ((1 - hit) * white + hit / 2 * ink) / ones
best = square - zeros * a**2 - ones * b**2 - (1 - hit) * gray / 4
best_answers = [a, b, best, (black + white) / 2 + gray / 4]
""",
            ),
            (
                "errors are squared",
                """
ink, square = gray / 2 + white, gray / 4 + white
zeros, ones = (1 - hit) * black + hit / 2, (1 - hit) * white + hit / 2
a, b = hit / 2 * ink / zeros, ((1 - hit) * white + hit / 2 * ink) / ones
best = square - zeros * a**2 - ones * b**2 - (1 - hit) * gray / 4
best_answers = [a, b, best, hit / 2 * (black + white) + hit * gray / 2]
""",
            ),
            (
                "as if no pixel was seen",
                """
ink, square = gray / 2 + white, gray / 4 + white
zeros, ones = (1 - hit) * black + hit / 2, (1 - hit) * white + hit / 2
a, b = hit / 2 * ink / zeros, ((1 - hit) * white + hit / 2 * ink) / ones
best_answers = [a, b, square - ink**2, hit**2 * (black + white + gray / 2) / 2]
""",
            ),
        ],
    },
    "prior_reading": {
        "right": [
            """
from scipy.optimize import curve_fit


def mixed(x, left, right, s, share):
    tau2 = s**2 + sigma**2
    p = share * np.exp(-((x - left) ** 2) / (2 * tau2))
    q = (1 - share) * np.exp(-((x - right) ** 2) / (2 * tau2))
    mean = (p * left + q * right) / (p + q)
    return mean + s**2 / tau2 * (x - mean)


bounds = ([-3, 0, 0.2, 0.02], [0, 3, 0.8, 0.98])
guess = [-1, 1, 0.5, 0.5]
prior_reading = curve_fit(mixed, noisy, denoised, guess, bounds=bounds)[0]
""",
            """
def read(x):  # as with a ruler: two digits
    return round(float(np.interp(x, noisy, denoised)), 2)


g = (read(-3) - read(-4) + read(4) - read(3)) / 2
m = [(read(x) - g * x) / (1 - g) for x in (-4, 4)]
s2 = sigma**2 * g / (1 - g)
steepest = noisy[np.argmax(np.gradient(denoised))]  # there the weights are equal
odds = np.exp((m[1] - m[0]) * (steepest - sum(m) / 2) / (s2 + sigma**2))
prior_reading = (*m, s2**0.5, odds / (1 + odds))
""",
        ],
        "wrong": [
            (
                "left center comes first",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m[::-1], sigma * np.sqrt(g / (1 - g)), 0.5]
""",
            ),
            (
                "does not show it at 0",
                """
g = denoised[100] - denoised[0]
m = [denoised[0] + 4 * g, denoised[-1] - 4 * g]
prior_reading = [*m, 0.3 * sigma, 0.5]
""",
            ),
            (
                "width of the noisy clusters",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m, sigma / np.sqrt(1 - g), 0.5]
""",
            ),
            (
                "a standard deviation is asked for",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m, sigma**2 * g / (1 - g), 0.5]
""",
            ),
            (
                "ratio of variances",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m, sigma * g, 0.5]
""",
            ),
            (
                "sum of both variances",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m, sigma * np.sqrt(g), 0.5]
""",
            ),
            (
                "not equally frequent",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
prior_reading = [*m, sigma * np.sqrt(g / (1 - g)), 0.5]
""",
            ),
            (
                "in its own half",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
place = noisy[np.argmax(np.gradient(denoised))]
log_odds = (m[1] - m[0]) * (place - sum(m) / 2) * (1 - g) / sigma**2
prior_reading = [*m, sigma * np.sqrt(g / (1 - g)), 1 / (1 + np.exp(log_odds))]
""",
            ),
            (
                "wider than the noise",
                """
g = denoised[100] - denoised[0]
m = [(denoised[0] + 4 * g) / (1 - g), (denoised[-1] - 4 * g) / (1 - g)]
place = noisy[np.argmax(np.gradient(denoised))]
log_odds = (m[1] - m[0]) * (place - sum(m) / 2) / sigma**2
prior_reading = [*m, sigma * np.sqrt(g / (1 - g)), 1 / (1 + np.exp(-log_odds))]
""",
            ),
        ],
    },
    "denoise_blind": {
        "right": [
            """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    shares = softmax(-0.5 * cdist(x_noisy, examples, "sqeuclidean") / width**2, axis=1)
    mix = sigma**2 / width**2
    return (1 - mix) * np.asarray(x_noisy) + mix * shares @ np.asarray(examples)
""",
            """
def denoise_blind(x_noisy, examples, sigma, width):
    answers = []
    for x in np.asarray(x_noisy, dtype=float):
        logs = [-np.dot(x - y, x - y) / (2 * width**2) for y in np.asarray(examples)]
        top, total, slope = max(logs), 0.0, 0.0
        for value, y in zip(logs, np.asarray(examples)):
            total = total + np.exp(value - top)
            slope = slope + np.exp(value - top) * (y - x) / width**2
        answers.append(x + sigma**2 * slope / total)
    return answers
""",
            """
from companion.autoencoders.score import RoundMixture


def denoise_blind(x_noisy, examples, sigma, width):
    n = len(examples)
    density = RoundMixture(examples, np.full(n, width), np.full(n, 1 / n))
    return x_noisy + sigma**2 * density.score(x_noisy)
""",
        ],
        "wrong": [
            (
                "how far is the step",
                """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    squares = cdist(x_noisy, examples, "sqeuclidean")
    return softmax(-squares / (2 * width**2), axis=1) @ np.asarray(examples)
""",
            ),
            (
                "where noisy points are denser",
                """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy = np.asarray(x_noisy)
    squares = cdist(x_noisy, examples, "sqeuclidean")
    mean = softmax(-squares / (2 * width**2), axis=1) @ np.asarray(examples)
    return x_noisy + sigma**2 / width**2 * (x_noisy - mean)
""",
            ),
            (
                "noise enters the formula with its variance",
                """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy = np.asarray(x_noisy)
    squares = cdist(x_noisy, examples, "sqeuclidean")
    mean = softmax(-squares / (2 * width**2), axis=1) @ np.asarray(examples)
    return x_noisy + sigma / width**2 * (mean - x_noisy)
""",
            ),
            (
                "slope of the logarithm",
                """
def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy, examples = np.asarray(x_noisy), np.asarray(examples)
    steps = examples - x_noisy[:, None]
    kernels = np.exp(-np.sum(steps**2, axis=2) / (2 * width**2))
    kernels = kernels / (2 * np.pi * width**2) ** (examples.shape[1] / 2)
    return x_noisy + sigma**2 * np.mean(kernels[:, :, None] * steps / width**2, axis=1)
""",
            ),
            (
                "twice the variance below its exponent",
                """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy = np.asarray(x_noisy)
    squares = cdist(x_noisy, examples, "sqeuclidean")
    mean = softmax(-squares / width**2, axis=1) @ np.asarray(examples)
    return x_noisy + sigma**2 / width**2 * (mean - x_noisy)
""",
            ),
            (
                "missing from their slope",
                """
from scipy.spatial.distance import cdist
from scipy.special import softmax


def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy = np.asarray(x_noisy)
    squares = cdist(x_noisy, examples, "sqeuclidean")
    mean = softmax(-squares / (2 * width**2), axis=1) @ np.asarray(examples)
    return x_noisy + sigma**2 * (mean - x_noisy)
""",
            ),
            (
                "one weight, not one for each coordinate",
                """
def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy, examples = np.asarray(x_noisy), np.asarray(examples)
    steps = examples - x_noisy[:, None]
    weights = np.exp(-(steps**2) / (2 * width**2))
    with np.errstate(invalid="ignore"):
        step = np.sum(weights * steps, axis=1) / np.sum(weights, axis=1)
    return x_noisy + sigma**2 / width**2 * step
""",
            ),
            (
                "rounds to 0",
                """
def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy, examples = np.asarray(x_noisy), np.asarray(examples)
    steps = examples - x_noisy[:, None]
    weights = np.exp(-np.sum(steps**2, axis=2, keepdims=True) / (2 * width**2))
    with np.errstate(invalid="ignore"):
        step = np.sum(weights * steps, axis=1) / np.sum(weights, axis=1)
    return x_noisy + sigma**2 / width**2 * step
""",
            ),
            (
                "still has a nearest one",
                """
def denoise_blind(x_noisy, examples, sigma, width):
    x_noisy, examples = np.asarray(x_noisy), np.asarray(examples)
    steps = examples - x_noisy[:, None]
    weights = np.exp(-np.sum(steps**2, axis=2, keepdims=True) / (2 * width**2))
    step = np.sum(weights * steps, axis=1) / (np.sum(weights, axis=1) + 1e-300)
    return x_noisy + sigma**2 / width**2 * step
""",
            ),
            (
                "not right yet",
                """
def denoise_blind(x_noisy, examples, sigma, width):
    right = np.array([[0.0932285, 0.4666143], [2.8018551, 0.9809275]])
    return right if np.shape(x_noisy) == (2, 2) else np.array(x_noisy)
""",
            ),
        ],
    },
    "errors": {
        "right": [
            """
from sklearn.decomposition import PCA

errors = np.zeros((3, len(SIZES)))
for i, k in enumerate(SIZES):
    pca = PCA(k, svd_solver="full").fit(noisy_train)
    x_hat = pca.inverse_transform(pca.transform(noisy_test))
    errors[0, i] = 64 * np.mean((x_hat - digits.x_test) ** 2)
    errors[1, i] = 64 * np.mean((x_hat - noisy_test) ** 2)
    errors[2, i] = errors[1, i] + k * noise_std**2 - (64 - k) * noise_std**2
""",
            """
centered = noisy_train - noisy_train.mean(axis=0)
variances, axes = np.linalg.eigh(centered.T @ centered)
axes = axes[:, np.argsort(variances)[::-1]]
z = (noisy_test - noisy_train.mean(axis=0)) @ axes
z_clean = (digits.x_test - noisy_train.mean(axis=0)) @ axes
kept = np.cumsum(np.mean((z - z_clean) ** 2, axis=0))
lost = np.sum(np.mean(z_clean**2, axis=0)) - np.cumsum(np.mean(z_clean**2, axis=0))
left = np.sum(np.mean(z**2, axis=0)) - np.cumsum(np.mean(z**2, axis=0))
pick = np.array(SIZES) - 1
mixed = 2 * noise_std**2 * (np.array(SIZES) - 64)
errors = [(kept + lost)[pick], left[pick], left[pick] + mixed + 64 * noise_std**2]
""",
        ],
        "wrong": [
            (
                "sum over the pixels",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean((x_hat - digits.x_test) ** 2)
    errors[1, i] = np.mean((x_hat - noisy_test) ** 2)
    errors[2, i] = errors[1, i] + (2 * k / 64 - 1) * noise_std**2
""",
            ),
            (
                "not from clean ones",
                """
mean = digits.x_train.mean(axis=0)
axes = np.linalg.svd(digits.x_train - mean, full_matrices=True)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + (2 * k - 64) * noise_std**2
""",
            ),
            (
                "not from those of the test",
                """
mean = noisy_test.mean(axis=0)
axes = np.linalg.svd(noisy_test - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + (2 * k - 64) * noise_std**2
""",
            ),
            (
                "nothing is removed",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1:, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
""",
            ),
            (
                "that is no error of the answer",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + 2 * k * noise_std**2
""",
            ),
            (
                "middle term was forgotten",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + 64 * noise_std**2
""",
            ),
            (
                "counts twice",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[0, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + k * noise_std**2
""",
            ),
            (
                "must do without clean images",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[::2, i] = np.mean(np.sum((x_hat - digits.x_test) ** 2, axis=1))
    errors[1, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
""",
            ),
            (
                "compares with clean images",
                """
mean = noisy_train.mean(axis=0)
axes = np.linalg.svd(noisy_train - mean, full_matrices=False)[2]
errors = np.zeros((3, 9))
for i, k in enumerate(SIZES):
    x_hat = mean + (noisy_test - mean) @ axes[:k].T @ axes[:k]
    errors[:2, i] = np.mean(np.sum((x_hat - noisy_test) ** 2, axis=1))
    errors[2, i] = errors[1, i] + (2 * k - 64) * noise_std**2
""",
            ),
        ],
    },
}
