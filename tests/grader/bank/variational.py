"""Answers to the questions of `variational`."""

ANSWERS = {
    "one_image": {
        "right": [
            """
from scipy.stats import norm

kl = 0.0
for m, log_var in zip(means, log_variances):
    kl += 0.5 * (m * m + np.exp(log_var) - 1.0 - log_var)
each = np.sqrt(squared_error / n_pixels)  # the same error in every pixel
nll = -n_pixels * norm.logpdf(each, scale=noise_std)
one_image = (kl * np.log2(np.e), nll, -(nll + kl), n_pixels / noise_std**2 / n_units / 2)
""",
            """
from scipy.stats import multivariate_normal

z, w = np.polynomial.hermite_e.hermegauss(60)
stds = np.exp(log_variances / 2)
codes = means + stds * z[:, None]
ratio = codes**2 / 2 - z[:, None] ** 2 / 2 - np.log(stds)  # log q - log p
nats = np.sum(w @ ratio) / np.sum(w)
error = np.zeros(n_pixels)
error[0] = squared_error**0.5
nll = -multivariate_normal(np.zeros(n_pixels), noise_std**2).logpdf(error)
per_pixel = 1 / n_pixels  # before the squared error; the likelihood has 1 / (2 sigma^2)
beta = (1 / n_units) * (1 / (2 * noise_std**2)) / per_pixel
one_image = np.array([nats / np.log(2), nll, -nll - nats, beta])
""",
        ],
        "wrong": [
            (
                "in bits, not in nats",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl, nll, -nll - kl * np.log2(np.e), n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "bits and nats do not add",
                """
bits = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances) / np.log(2)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [bits, nll, -nll - bits, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "summed over the units",
                """
kl = 0.5 * np.mean(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "logarithms of variances",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) ** 2 - 1 - 2 * log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "one for every pixel",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "one constant for every pixel",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2) + 0.5 * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "lowers the ELBO",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll + kl, n_pixels / (2 * noise_std**2 * n_units)]
""",
            ),
            (
                "factor before the squared error",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, n_pixels / n_units]
""",
            ),
            (
                "over the pixels is a reduction too",
                """
kl = 0.5 * np.sum(means**2 + np.exp(log_variances) - 1 - log_variances)
nll = squared_error / (2 * noise_std**2)
nll += 0.5 * n_pixels * np.log(2 * np.pi * noise_std**2)
one_image = [kl / np.log(2), nll, -nll - kl, 1 / (2 * noise_std**2 * n_units)]
""",
            ),
        ],
    },
    "best_prior": {
        "right": [
            """
def best_prior(z_mean, z_log_var):
    z_mean, s2 = np.array(z_mean, dtype=float), np.exp(z_log_var)
    n, n_units = z_mean.shape
    prior, rates = [], [0.0, 0.0]
    for k in range(n_units):
        m = sum(z_mean[:, k]) / n
        v = sum(s2[:, k] + z_mean[:, k] ** 2) / n - m**2
        prior.append((m, v**0.5))
        for i in range(n):
            for j, (center, variance) in enumerate(((0.0, 1.0), (m, v))):
                ratio = s2[i, k] / variance
                squares = ratio + (z_mean[i, k] - center) ** 2 / variance
                rates[j] += 0.5 * (squares - 1 - np.log(ratio)) / n
    return [p[0] for p in prior], [p[1] for p in prior], *rates
""",
            """
def best_prior(z_mean, z_log_var):
    z_mean, z_log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m = np.average(z_mean, axis=0)
    v = np.var(z_mean, axis=0) + np.average(np.exp(z_log_var), axis=0)
    best = 0.5 * (np.log(v).sum() - z_log_var.sum(axis=1).mean())
    # What a fixed prior costs more is the KL between the two priors.
    return m, v**0.5, best + 0.5 * np.sum(m**2 + v - 1 - np.log(v)), best
""",
        ],
        "wrong": [
            (
                "not only their means",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    squares = (z_mean - m) ** 2 + np.exp(log_var)
    with np.errstate(divide="ignore", invalid="ignore"):
        best = 0.5 * np.sum(squares / v - 1 + np.log(v) - log_var, axis=1).mean()
    return m, np.sqrt(v), standard, best
""",
            ),
            (
                "lie in different places",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    squares = (z_mean - m) ** 2 + np.exp(log_var)
    best = 0.5 * np.sum(squares / v - 1 + np.log(v) - log_var, axis=1).mean()
    return m, np.sqrt(v), standard, best
""",
            ),
            (
                "not a variance",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    return m, v, standard, 0.5 * np.sum(np.log(v) - log_var.mean(axis=0))
""",
            ),
            (
                "logarithms of variances",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), 2 * np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    return m, np.sqrt(v), standard, 0.5 * np.sum(np.log(v) - log_var.mean(axis=0))
""",
            ),
            (
                "over these n examples",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0, ddof=1) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    return m, np.sqrt(v), standard, 0.5 * np.sum(np.log(v) - log_var.mean(axis=0))
""",
            ),
            (
                "summed over the units",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.mean(z_mean**2 + np.exp(log_var) - 1 - log_var)
    return m, np.sqrt(v), standard, 0.5 * np.mean(np.log(v) - log_var.mean(axis=0))
""",
            ),
            (
                "not the sum",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var)
    return m, np.sqrt(v), standard, 0.5 * np.sum(np.log(v) - log_var)
""",
            ),
            (
                "that of another prior",
                """
def best_prior(z_mean, z_log_var):
    z_mean, log_var = np.asarray(z_mean, float), np.asarray(z_log_var, float)
    m, v = z_mean.mean(axis=0), z_mean.var(axis=0) + np.exp(log_var).mean(axis=0)
    standard = 0.5 * np.sum(z_mean**2 + np.exp(log_var) - 1 - log_var, axis=1).mean()
    return m, np.sqrt(v), standard, standard
""",
            ),
            (
                "not right yet",
                """
def best_prior(z_mean, z_log_var):
    k, rates = np.shape(z_mean)[1], (1.6230541, 1.1077869)
    return np.resize([0.0, 1.0], k), np.resize([0.9574271, 1.1180340], k), *rates
""",
            ),
        ],
    },
    "score_gradients": {
        "right": [
            """
def score_gradients(h, eps, z_log_var):
    n, n_units = np.shape(eps)
    by_mean, by_log_var = np.zeros(n_units), np.zeros(n_units)
    for i in range(n):
        others = [h[j] for j in range(n) if j != i]
        gain = (h[i] - sum(others) / len(others)) / n
        for k in range(n_units):
            by_mean[k] += gain * eps[i][k] / np.exp(z_log_var[k] / 2)
            by_log_var[k] += gain * (eps[i][k] ** 2 - 1) / 2
    return by_mean, by_log_var
""",
            """
def score_gradients(h, eps, z_log_var):
    # Without the own value: the deviation from the mean of all, n / (n - 1) times.
    # The same as a covariance of h and the slopes, with ddof 1.
    h, eps = np.asarray(h, dtype=float), np.asarray(eps, dtype=float)
    both = np.hstack([eps * np.exp(-0.5 * np.asarray(z_log_var)), 0.5 * eps**2])
    found = (h - h.mean()) @ both / (len(h) - 1)
    return list(np.split(found, 2))
""",
        ],
        "wrong": [
            (
                "baseline is missing",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    return h @ eps / std / len(h), h @ (eps**2 - 1) / 2 / len(h)
""",
            ),
            (
                "must not contain its own value",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    h = h - h.mean()
    return h @ eps / std / len(h), h @ (eps**2 - 1) / 2 / len(h)
""",
            ),
            (
                "over the samples, not the sum",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / std, h @ (eps**2 - 1) / 2
""",
            ),
            (
                "depends on s",
                """
def score_gradients(h, eps, z_log_var):
    h, eps = np.asarray(h), np.asarray(eps)
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / len(h), h @ (eps**2 - 1) / 2 / len(h)
""",
            ),
            (
                "divided by s once",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, variance = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var))
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / variance / len(h), h @ (eps**2 - 1) / 2 / len(h)
""",
            ),
            (
                "logarithm of the variance, not s",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / std / len(h), h @ (eps**2 - 1) / std / len(h)
""",
            ),
            (
                "logarithm of the variance, not of s",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / std / len(h), h @ (eps**2 - 1) / len(h)
""",
            ),
            (
                "not the variance",
                """
def score_gradients(h, eps, z_log_var):
    h, eps, std = np.asarray(h), np.asarray(eps), np.exp(np.asarray(z_log_var) / 2)
    h = h - (h.sum() - h) / (len(h) - 1)
    return h @ eps / std / len(h), h @ (eps**2 - 1) / (2 * std**2) / len(h)
""",
            ),
            (
                "not right yet",
                """
def score_gradients(h, eps, z_log_var):
    n_units = np.shape(eps)[1]
    return np.resize([9.0, 1.275], n_units), np.resize([-2.25, 2.9325], n_units)
""",
            ),
        ],
    },
    "folded": {
        "right": [
            """
from scipy.integrate import quad
from scipy.optimize import differential_evolution


def joint(code):
    log_p = -0.5 * ((x_seen - code**2) / sigma) ** 2 - np.log(sigma) - code**2 / 2
    return np.exp(log_p) / (2 * np.pi)


def minus_elbo(at):
    m, s = at
    fourth = m**4 + 6 * m**2 * s**2 + 3 * s**4
    misfit = x_seen**2 - 2 * x_seen * (m**2 + s**2) + fourth
    nll = misfit / (2 * sigma**2) + np.log(sigma * np.sqrt(2 * np.pi))
    return nll + 0.5 * (m**2 + s**2 - 1) - np.log(s)


area = 2 * quad(joint, 0, 5)[0]
variance = 2 * quad(lambda code: code**2 * joint(code), 0, 5)[0] / area
best = differential_evolution(minus_elbo, [(0.1, 3), (0.02, 2)], seed=0, tol=1e-10)
folded = (np.log(area), -best.fun, *best.x, -minus_elbo((0.0, np.sqrt(variance))))
""",
            """
# Setting the slopes of the ELBO by m and by s to zero, and repeating.
m, s = np.sqrt(x_seen), 0.1
for _ in range(500):
    m = np.sqrt(x_seen - sigma**2 / 2 - 3 * s**2)
    s = (1 + (6 * m**2 + 6 * s**2 - 2 * x_seen) / sigma**2) ** -0.5
nodes, weights = np.polynomial.hermite_e.hermegauss(80)
weights = weights / weights.sum()


def bound(m, s):
    code = m + s * nodes
    log_p = -0.5 * ((x_seen - code**2) / sigma) ** 2 - code**2 / 2 + nodes**2 / 2
    return weights @ log_p + np.log(s / sigma) - 0.5 * np.log(2 * np.pi)


density = np.exp(log_joint - log_joint.max())
log_area = np.log(np.trapezoid(density, z)) + log_joint.max()
spread = np.sqrt(np.trapezoid(density * z**2, z) / np.trapezoid(density, z))
folded = np.array([log_area, bound(m, s), m, s, bound(0.0, spread)])
""",
        ],
        "wrong": [
            (
                "as its natural logarithm",
                """
p = np.exp(log_joint)
folded = [np.sum(p) * (z[1] - z[0]), -3.0, 1.2, 0.15, -15.0]
""",
            ),
            (
                "both humps",
                """
p = np.exp(log_joint[z > 0])
folded = [np.log(np.sum(p) * (z[1] - z[0])), -3.0, 1.2, 0.15, -15.0]
""",
            ),
            (
                "density of the prior",
                """
p = np.exp(-0.5 * ((x_seen - z**2) / sigma) ** 2 - z**2 / 2) / (sigma * np.sqrt(2 * np.pi))
folded = [np.log(np.sum(p) * (z[1] - z[0])), -3.0, 1.2, 0.15, -15.0]
""",
            ),
            (
                "on one hump",
                """
from scipy.optimize import minimize


def minus_elbo(at):
    q = np.exp(-0.5 * ((z - at[0]) / at[1]) ** 2) / (at[1] * np.sqrt(2 * np.pi))
    log_q = -0.5 * ((z - at[0]) / at[1]) ** 2 - np.log(at[1] * np.sqrt(2 * np.pi))
    return np.sum(q * (log_q - log_joint)) * (z[1] - z[0])


s = minimize(lambda s: minus_elbo((0.0, s[0])), [1.0], method="Nelder-Mead").x[0]
best = -minus_elbo((0.0, s))
evidence = np.log(np.sum(np.exp(log_joint)) * (z[1] - z[0]))
folded = [evidence, best, 1e-6, s, best - 1e-6]
""",
            ),
            (
                "is decoded",
                """
from scipy.optimize import minimize


def minus_elbo(at):
    misfit = (x_seen - at[0] ** 2) ** 2 / (2 * sigma**2)
    kl = 0.5 * (at[0] ** 2 + at[1] ** 2 - 1) - np.log(at[1])
    return misfit + 0.5 * np.log(2 * np.pi * sigma**2) + kl


best = minimize(minus_elbo, [1.0, 0.5], method="Nelder-Mead", tol=1e-9)
p = np.exp(log_joint)
std = np.sqrt(np.sum(p * z**2) / np.sum(p))
evidence = np.log(np.sum(p) * (z[1] - z[0]))
folded = [evidence, -best.fun, *best.x, -minus_elbo((0.0, std))]
""",
            ),
            (
                "with a mean above 0",
                """
from scipy.optimize import minimize


def elbo(m, s):
    log_q = -0.5 * ((z - m) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))
    return np.sum(np.exp(log_q) * (log_joint - log_q)) * (z[1] - z[0])


best = minimize(lambda at: -elbo(*at), [-1.2, 0.2], method="Nelder-Mead", tol=1e-9)
p = np.exp(log_joint)
std = np.sqrt(np.sum(p * z**2) / np.sum(p))
evidence = np.log(np.sum(p) * (z[1] - z[0]))
folded = [evidence, -best.fun, *best.x, elbo(0.0, std)]
""",
            ),
            (
                "another width",
                """
def elbo(m, s):
    log_q = -0.5 * ((z - m) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))
    return np.sum(np.exp(log_q) * (log_joint - log_q)) * (z[1] - z[0])


evidence = np.log(np.sum(np.exp(log_joint)) * (z[1] - z[0]))
folded = [evidence, evidence - 0.7, np.sqrt(x_seen), 0.1, elbo(0.0, 1.0)]
""",
            ),
            (
                "root of the variance",
                """
def elbo(m, s):
    log_q = -0.5 * ((z - m) / s) ** 2 - np.log(s * np.sqrt(2 * np.pi))
    return np.sum(np.exp(log_q) * (log_joint - log_q)) * (z[1] - z[0])


p = np.exp(log_joint)
evidence = np.log(np.sum(p) * (z[1] - z[0]))
variance = np.sum(p * z**2) / np.sum(p)
folded = [evidence, evidence - 0.7, np.sqrt(x_seen), 0.1, elbo(0.0, variance)]
""",
            ),
            (
                "lower bound of log p(x)",
                """
from scipy.optimize import minimize


def minus_elbo(at):
    log_q = -0.5 * ((z - at[0]) / at[1]) ** 2 - np.log(at[1] * np.sqrt(2 * np.pi))
    return np.sum(np.exp(log_q) * (log_q - log_joint)) * (z[1] - z[0])


best = minimize(minus_elbo, [1.2, 0.2], method="Nelder-Mead", tol=1e-9)
p = np.exp(log_joint)
std = np.sqrt(np.sum(p * z**2) / np.sum(p))
evidence = np.log(np.sum(p) * (z[1] - z[0]))
folded = [evidence, best.fun, *best.x, minus_elbo((0.0, std))]
""",
            ),
        ],
    },
}
