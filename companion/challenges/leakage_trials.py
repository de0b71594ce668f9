"""Trials of attacks on gradients: single images behind defenses, and batches."""

import numpy as np

from companion.challenges import gradient_leakage, gradient_matching
from companion.networks import losses, mlp

ATTACKS = ("squared", "cosine", "quotients", "quotients, ReLU")


def gradient_of(params, x, labels, activations=None):
    """Gradient of the mean cross-entropy of some images: what a client would send."""
    return mlp.loss_and_grads(params, x, labels, activations, losses.cross_entropy)[1]


def attack_one_by_one(params, x, labels, defend):
    """Attack the gradient of every single image by the closed form.

    Args:
        params: (weights, biases) of a network with tanh units.
        x: Images, shape (n, D).
        labels: Their classes, (n,).
        defend: A function of one gradient that returns what is sent instead.

    Returns:
        The reconstructions, shape (n, D).
    """
    seen = [defend(gradient_of(params, x[[i]], labels[[i]])) for i in range(len(x))]
    return np.stack([gradient_leakage.image_from_gradient(grads) for grads in seen])


def attack_pruned(params, x, labels, share):
    """Attack pruned gradients, by an attacker who leaves the zeros out.

    Args:
        params: As in `attack_one_by_one`; so are the next two.
        x: See there.
        labels: See there.
        share: Share of the entries of every array that are set to zero.

    Returns:
        The reconstructions, shape (n, D).
    """
    found = []
    for i in range(len(x)):
        seen = gradient_leakage.pruned(gradient_of(params, x[[i]], labels[[i]]), share)
        found.append(gradient_leakage.image_from_gradient(seen, seen[0][0] != 0))
    return np.stack(found)


def batch_psnr(params, x, labels, *, how, steps=400, rng=None, relu=False):
    """Attack the gradient of one batch, and measure the PSNR of each of its images.

    Args:
        params: (weights, biases).
        x: The batch, shape (n, D).
        labels: Their classes, (n,).
        how: "quotients", or "squared" or "cosine" for matching.
        steps: Iterations of the matching at most.
        rng: Draws the start of the matching.
        relu: Whether the hidden units are ReLU; matching needs tanh.

    Returns:
        PSNR in dB, (n,); each image is compared with the quotient that is nearest to it,
        or with a matched image of its own. A mean would hide how many were found: a few
        exact images lift it far.
    """
    grads = gradient_of(params, x, labels, ["relu", "linear"] if relu else None)
    if how == "quotients":
        candidates = np.clip(gradient_leakage.quotients(grads), 0.0, 1.0)
        found = gradient_leakage.nearest(x, candidates)
    else:
        found = gradient_matching.match(
            params, grads, labels, measure=how, steps=steps, rng=rng
        )
        found = gradient_leakage.best_match(x, found)
    return gradient_leakage.psnr_each(x, found)


def noise_of(share, seed=0):
    """Return the defense that adds noise, in units of the gradient's own length."""
    rng = np.random.default_rng(seed)

    def defend(grads):
        length = gradient_leakage.norm(grads)
        return gradient_leakage.noisy(grads, share * length, rng)

    return defend


def behind_defenses(params, x, labels, known):
    """Attack single images behind several defenses, and without their gradients.

    Args:
        params: As in `attack_one_by_one`; so are the next two.
        x: See there.
        labels: See there.
        known: Images that the attacker has anyway, (m, D).

    Returns:
        Maps the name of each defense to the reconstructions, (n, D).
    """

    def shorten(grads):
        return gradient_leakage.clipped(grads, 0.01 * gradient_leakage.norm(grads))

    defenses = {"nothing": lambda grads: grads, "clip to a hundredth": shorten}
    defenses |= {f"noise {s:g}": noise_of(s) for s in (0.003, 0.01, 0.03, 0.1)}
    found = {
        name: attack_one_by_one(params, x, labels, defend)
        for name, defend in defenses.items()
    }
    for share in (0.5, 0.9, 0.99):
        found[f"prune {share:.0%}"] = attack_pruned(params, x, labels, share)
    found["no gradient: mean image"] = np.tile(known.mean(axis=0), (len(x), 1))
    return found | {"no gradient: nearest image": gradient_leakage.nearest(x, known)}


def batches(params, x, labels, sizes, n_batches, seed=0):
    """Attack batches of several sizes in all four ways.

    Args:
        params: (weights, biases).
        x: Images to draw from, (n, D).
        labels: Their classes, (n,).
        sizes: Images in a batch.
        n_batches: Batches of each size.
        seed: Draws the batches and the starts of the matching.

    Returns:
        Maps each of `ATTACKS` to PSNR in dB of every image, for each size an array
        (n_batches, size).
    """
    found = {name: [] for name in ATTACKS}
    for size in sizes:
        rng = np.random.default_rng(seed)
        drawn = gradient_leakage.draw_rows(len(x), size, n_batches, rng)
        for name in ATTACKS:
            how, relu = name.split(",")[0], name.endswith("ReLU")
            row = [
                batch_psnr(params, x[i], labels[i], how=how, rng=rng, relu=relu)
                for i in drawn
            ]
            found[name].append(np.array(row))
    return found


def recognized(params, x, labels, n_sent, defend):
    """Ask which of some candidates a gradient belongs to: the nearest of their gradients.

    Such an attacker needs no reconstruction, only a list in which the image occurs.

    Args:
        params: As in `attack_one_by_one`.
        x: The candidates, shape (n, D).
        labels: Their classes, (n,).
        n_sent: The first so many send their gradients.
        defend: As in `attack_one_by_one`.

    Returns:
        Whether the right candidate was picked, booleans (n_sent,).
    """
    grads = [gradient_of(params, x[[i]], labels[[i]]) for i in range(len(x))]
    candidates = np.stack([_flat(g) for g in grads])
    picked = [
        np.argmin(np.sum((candidates - _flat(defend(g))) ** 2, axis=1))
        for g in grads[:n_sent]
    ]
    return np.array(picked) == np.arange(n_sent)


def _flat(grads):
    return np.concatenate([g.ravel() for part in grads for g in part])
