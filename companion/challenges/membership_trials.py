"""Trials of membership inference on the embedded digits: many classifiers, autoencoders."""

import numpy as np

from companion import datasets
from companion.autoencoders.pca import PCA
from companion.challenges.membership import draw_members, found_at, measure
from companion.networks import losses, many_classifiers, mlp, stacked


def pool():
    """Return training and validation digits together, float64, and their labels."""
    data = datasets.load("digits").flat()
    x = np.concatenate([data.x_train, data.x_val]).astype(float)
    return x, np.concatenate([data.y_train, data.y_val]).astype(int)


def log_likelihoods(params, x, labels):
    """Log probability of the right class by every model, (n_models, n_examples)."""
    log_p = losses.log_softmax(many_classifiers.forward(params, x)[-1])
    return np.take_along_axis(log_p, labels[None, :, None], axis=2)[..., 0]


def train_classifiers(x, labels, is_member, *, epochs, l2=0.0, hidden=64, seed=0):
    """Train one classifier for each row of members, all side by side.

    Args:
        x: The pool, (n_examples, D).
        labels: Its classes, (n_examples,).
        is_member: Who takes part, (n_models, n_examples), equally many in each row.
        epochs: Passes over the members.
        l2: Strength of the L2 penalty.
        hidden: Width of the one hidden layer.
        seed: First of the seeds of the initial weights, and seed of the batches.

    Returns:
        log_p: Log probability of the right class, (n_models, n_examples).
        gap: Train minus test accuracy of every model, (n_models,), on the pool.
    """
    rows = np.stack([np.flatnonzero(row) for row in is_member])
    seeds = seed + np.arange(len(rows))
    params = stacked.init([x.shape[1], hidden, int(labels.max()) + 1], seeds)
    trained = many_classifiers.train(
        params, x[rows], labels[rows], epochs=epochs, l2=l2, seed=seed
    )
    right = many_classifiers.forward(trained.last, x)[-1].argmax(axis=2) == labels
    gap = [r[m].mean() - r[~m].mean() for r, m in zip(right, is_member, strict=True)]
    return log_likelihoods(trained.last, x, labels), np.array(gap)


def autoencoder_errors(x, is_member, latent_dim, *, epochs=200, hidden=64, seed=0):
    """Train one autoencoder for each row of members, and measure its errors.

    Returns:
        errors: Squared error of every example, (n_models, n_examples).
    """
    errors = []
    for number, row in enumerate(is_member):
        rng = np.random.default_rng(seed + number)
        params = mlp.init([x.shape[1], hidden, latent_dim, hidden, x.shape[1]], rng)
        activations = ["tanh", "linear", "tanh", "linear"]
        params, _ = mlp.train(
            params,
            x[row],
            x[row],
            activations=activations,
            epochs=epochs,
            batch_size=32,
            learning_rate=3e-3,
            rng=rng,
        )
        x_hat = mlp.forward(params, x, activations)[-1]
        errors.append(np.sum((x_hat - x) ** 2, axis=1))
    return np.array(errors)


def pca_errors(x, is_member, latent_dim):
    """Fit PCA to each row of members; squared errors, (n_models, n_examples)."""
    fits = [PCA(latent_dim).fit(x[row]).reconstruct(x) for row in is_member]
    return np.array([np.sum((x_hat - x) ** 2, axis=1) for x_hat in fits])


def draw(n_models, n_members, seed):
    """Draw members from the pool, and return the pool too: x, labels, is_member."""
    x, labels = pool()
    return x, labels, draw_members(n_models, len(x), n_members, seed)


def trained_classifiers(settings, n_models=12, seed=0):
    """Attack classifiers of several training sets, and one of them with labels permuted.

    Args:
        settings: Pairs of the number of members and the strength of the L2 penalty; the
            first is measured with membership permuted, too.
        n_models: Models of each setting.
        seed: Draws members, weights and batches.

    Returns:
        Maps a name to the measures, (n_models,), by name, with the train/test "gap".
    """
    found = {}
    for n, l2 in settings:
        x, labels, is_member = draw(n_models, n, seed)
        log_p, gap = train_classifiers(x, labels, is_member, epochs=60, l2=l2)
        name = f"{n} images" + (f", L2 {l2:g}" if l2 else "")
        found[name] = measure(log_p, is_member) | {"gap": gap}
        if len(found) == 1:
            permuted = np.random.default_rng(seed).permuted(is_member, axis=1)
            found["membership permuted"] = measure(log_p, permuted)
    return found


def trained_autoencoders(sizes, codes, n_models=12, epochs=60, seed=0):
    """Attack PCA and autoencoders by their error on each image.

    Args:
        sizes: Numbers of members.
        codes: Sizes of the code.
        n_models: Models of each setting.
        epochs: Passes of the autoencoders over the members.
        seed: Draws members, weights and batches.

    Returns:
        Maps (name, members, code size) to the measures, (n_models,), by name.
    """
    found = {}
    for n in sizes:
        x, _, is_member = draw(n_models, n, seed)
        for code in codes:
            errors = {
                "PCA": pca_errors(x, is_member, code),
                "autoencoder": autoencoder_errors(x, is_member, code, epochs=epochs),
            }
            for name, error in errors.items():
                found[name, n, code] = measure(-error, is_member)
    return found


def found_at_rates(scores, is_member, rates):
    """Mean share of members found, at each share of others accused, (n_rates,)."""
    pairs = [(s[~m], s[m]) for s, m in zip(scores, is_member, strict=True)]
    return np.array([np.mean([found_at(r, *pair) for pair in pairs]) for r in rates])
