"""Classifiers that were trained against small changes, and what attacks leave of them."""

import numpy as np

from companion.challenges import apart, attacks
from companion.challenges.moved_digits import RATES, chain

DENOISED = (*apart.AUTOENCODER, *apart.CLASSIFIER)


def on_attacked(epsilon, norm="linf"):
    """A `change` for `apart.train`: every batch is attacked by FGSM before it is learned.

    Args:
        epsilon: Length of the change.
        norm: "linf" or "l2".
    """

    def change(params, x, labels):
        return attacks.fgsm(x, attacks.loss_gradient(params, labels), epsilon, norm)

    return change


def fit(data, seeds, *, n=600, width=64, n_steps=300, epsilon=0.1):
    """Train the classifier of `moved_digits.fit` in two other ways.

    Args:
        data: A flat `companion.datasets.Dataset` of 8 by 8 images.
        seeds: As there: the same training sets and initial weights.
        n: Images in a training set.
        width: Hidden units.
        n_steps: Updates.
        epsilon: Of the attack in training; also the standard deviation of the noise.

    Returns:
        Parameters by name: "trained on noise" and "trained on attacks".
    """
    x, y = np.asarray(data.x_train, dtype=float), data.y_train
    rows = [np.random.default_rng(seed).permutation(len(x))[:n] for seed in seeds]
    task = {"activations": apart.CLASSIFIER, "loss": "cross_entropy"}
    task |= {"n_steps": n_steps, "learning_rate": RATES["hidden layer"]}
    ways = {
        "trained on noise": {"remedies": apart.Remedies(noise=epsilon)},
        "trained on attacks": {"change": on_attacked(epsilon)},
    }
    start = apart.init([64, width, 10], seeds)
    return {
        name: apart.train(start, x, y, rows, **task, **way)[0] for name, way in ways.items()
    }


def all_classifiers(readers, defended):
    """Every classifier that can be attacked by its gradient, with its activations.

    Args:
        readers: `companion.challenges.moved_digits.Readers`.
        defended: What `fit` returned.

    Returns:
        Name to a pair (params, activations). "denoise first" is the classifier behind
        the denoising autoencoder, as one network.
    """
    found = {
        name: (readers.params[name], names)
        for name, names in readers.activations.items()
        if names is not None
    }
    plain = readers.params["hidden layer"]
    found["denoise first"] = chain(readers.autoencoders["denoising"], plain), DENOISED
    for name, params in defended.items():
        found[name] = params, apart.CLASSIFIER
    return found


def under_attack(params, activations, x, labels, epsilon, norm="linf", *, n_steps=10):
    """Accuracy of every member without change and under three changes of one length.

    Args:
        params: Classifiers.
        activations: Names of their layers.
        x: Images, (n, 64).
        labels: Right classes.
        epsilon: Length of the changes.
        norm: "linf" or "l2".
        n_steps: Of the projected gradient.

    Returns:
        Name to accuracies, (n_members,): "unchanged", "random", "FGSM", "PGD".
    """
    gradient = attacks.loss_gradient(params, labels, activations)
    rng = np.random.default_rng(0)
    inputs = {
        "unchanged": x,
        "random": attacks.at_random(x, epsilon, norm, rng),
        "FGSM": attacks.fgsm(x, gradient, epsilon, norm),
        "PGD": attacks.pgd(x, gradient, epsilon, norm, n_steps=n_steps),
    }
    return {
        name: apart.accuracies(params, changed, labels, activations)
        for name, changed in inputs.items()
    }


def under_pgd(params, activations, x, labels, epsilon):
    """Accuracy of every member under projected gradient alone, "linf", (n_members,).

    Args:
        params: Classifiers.
        activations: Names of their layers.
        x: Images, (n, 64).
        labels: Right classes.
        epsilon: Length of the changes.
    """
    gradient = attacks.loss_gradient(params, labels, activations)
    changed = attacks.pgd(x, gradient, epsilon)
    return apart.accuracies(params, changed, labels, activations)


@apart.one_thread()
def stretch(params, x, changed):
    """How far answers move for changed inputs, divided by how far the inputs moved.

    Args:
        params: Autoencoders.
        x: Images, (n, 64).
        changed: Images, (n, 64) or (n_members, n, 64).

    Returns:
        Mean over the images, (n_members,).
    """
    before, after = (apart.forward(params, a, apart.AUTOENCODER)[-1] for a in (x, changed))
    moved = attacks.length(after - before, "l2") / attacks.length(changed - x, "l2")
    return moved[..., 0].mean(axis=-1)
