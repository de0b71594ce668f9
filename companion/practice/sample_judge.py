"""A judge of generated images: a small classifier, and every measure on the same images.

The classifier has learned the classes of the training images. Its hidden units are the
features of a Fréchet distance, its answers those of the class score. What the classes do
not need it may overlook; so all measures on pixels stand beside.
"""

import numpy as np
from sklearn.neural_network import MLPClassifier

from companion.autoencoders.samples import frechet_distance
from companion.networks.checks import check_finite
from companion.networks.mode_coverage import nearest_distances
from companion.practice import sample_quality as quality

N_UNITS = 32


def class_score(shares):
    """How sure a classifier is of each image, and how evenly it names all classes.

    With p(y | x) the answer to an image and p(y) the mean over all images,

        ``exp(E_x KL(p(y | x) || p(y)))``;

    it is 1 if all answers are equal, and the number of classes if each image has one
    class for certain and all classes are equally frequent.

    Args:
        shares: Probabilities of the classes, shape (n, n_classes), rows with sum 1.

    Returns:
        A number from 1 to n_classes.

    Raises:
        ValueError: If `shares` are no probabilities.

    Source:
        The *inception score*, as Barratt and Sharma (2018), arXiv:1801.01973, write it;
        there with a classifier of photographs.
    """
    shares = np.asarray(shares, dtype=float)
    if shares.ndim != 2 or not len(shares) or (shares < 0).any():
        raise ValueError(f"shares must be (n, classes), 0 or more; got {shares.shape}")
    if not np.allclose(shares.sum(axis=1), 1.0, atol=1e-6):
        raise ValueError("shares must have rows with sum 1")
    ratios = np.where(shares > 0, shares, 1.0) / np.where(shares > 0, shares.mean(0), 1.0)
    return float(np.exp(np.mean(np.sum(shares * np.log(ratios), axis=1))))


class Judge:
    """Measures images beside real ones that no generator has seen.

    Args:
        x_train: Training images, shape (n, D), in [0, 1].
        y_train: Their classes, (n,).
        x_real: Real images to compare with, shape (m, D).
    """

    def __init__(self, x_train, y_train, x_real):
        check_finite("x_real", x_real)
        self.x_train, self.x_real = np.asarray(x_train, float), np.asarray(x_real, float)
        self.net = MLPClassifier((N_UNITS,), learning_rate_init=0.01, random_state=0)
        self.net.fit(self.x_train, y_train)

    def features(self, x):
        """Hidden units of the classifier for images, (n, D): shape (n, 32)."""
        return np.maximum(
            np.asarray(x, float) @ self.net.coefs_[0] + self.net.intercepts_[0], 0
        )

    def unseen(self, noise):
        """Keep of noise, (n, D), the part that changes no hidden unit: shape (n, D)."""
        axes, _ = np.linalg.qr(self.net.coefs_[0])
        return noise - noise @ axes @ axes.T

    def classes(self, x):
        """The classifier's answers to images, (n, D): shape (n,)."""
        return self.net.predict(x)

    def measure(self, images):
        """Quality and variety of as many images as there are real ones.

        Args:
            images: Shape (m, D).

        Returns:
            Fréchet distance on features and on pixels, precision, recall and class score.

        Raises:
            ValueError: If there are not as many images as real ones.
        """
        if len(images) != len(self.x_real):
            raise ValueError(
                f"images must be {len(self.x_real)}, as many as real; got {len(images)}"
            )
        features = (self.features(x) for x in (self.x_real, images))
        precision, recall = quality.precision_recall(self.x_real, images)
        return {
            "Fréchet, features": frechet_distance(*features),
            "Fréchet, pixels": frechet_distance(self.x_real, images),
            "precision": precision,
            "recall": recall,
            "class score": class_score(self.net.predict_proba(images)),
        }

    def copies(self, images):
        """How near images come to training images, beside the real ones.

        Args:
            images: Shape (n, D).

        Returns:
            Mean distance to the nearest training image, in that of the real images; and
            `sample_quality.copied_share`.
        """
        pair = [nearest_distances(x, self.x_train).mean() for x in (images, self.x_real)]
        copied = quality.copied_share(images, self.x_train, self.x_real)
        return {"distance": float(pair[0] / pair[1]), "copied": copied}


def train_judge(x_train, y_train, x_real):
    """Train the classifier of a `Judge`; arguments as there."""
    return Judge(x_train, y_train, x_real)


def over_batches(measure, batches):
    """Measure several batches: a list of values for the name of each measure."""
    each = [measure(batch) for batch in batches]
    return {name: [one[name] for one in each] for name in each[0]}
