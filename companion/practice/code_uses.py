"""What later steps gain from codes: few labels, clusters, and neighbors found at less cost.

Every representation is a pair of functions of images, (n, 64), fitted without labels. The
autoencoders of several seeds are trained side by side.
"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

from companion.autoencoders.pca import PCA
from companion.practice import many_seeds

ACTIVATIONS = ["relu", "linear", "relu", "sigmoid"]
HIDDEN = 64
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # values of C that are tried on validation images


def train_encoders(x, latent_dim, seeds, epochs=60, learning_rate=1e-3):
    """Train an autoencoder D-64-K-64-D from each seed, and return their encoders.

    Args:
        x: Images without labels, (n, D), in [0, 1].
        latent_dim: K.
        seeds: Seeds of the initial weights.
        epochs: Passes over the images.
        learning_rate: Of Adam.

    Returns:
        One function for each seed, from images (n, D) to codes (n, K).
    """
    sizes = [x.shape[1], HIDDEN, latent_dim, HIDDEN, x.shape[1]]
    params = many_seeds.init(sizes, seeds)
    settings = {"epochs": epochs, "learning_rate": learning_rate}
    (weights, biases), _ = many_seeds.train(params, x, ACTIVATIONS, **settings)

    def encoder(i):
        (w1, w2), (b1, b2) = ([a[i] for a in arrays[:2]] for arrays in (weights, biases))
        return lambda images: np.maximum(images @ w1 + b1, 0.0) @ w2 + b2

    return [encoder(i) for i in range(len(seeds))]


def random_encoders(n_features, latent_dim, seeds):
    """Return random projections: Gaussian directions that have seen no image.

    Args:
        n_features: D.
        latent_dim: K.
        seeds: One projection for each.

    Returns:
        As `train_encoders`.
    """
    drawn = [np.random.default_rng(s).normal(size=(n_features, latent_dim)) for s in seeds]
    return [lambda images, w=w: images @ w / np.sqrt(n_features) for w in drawn]


def pca_encoder(x, latent_dim):
    """Return the projection on the first principal components."""
    return PCA(latent_dim).fit(x).encode


def draw_labels(y, n_each, rng):
    """Draw the same number of examples from every class, and return their places.

    Args:
        y: Classes, (n,).
        n_each: How many of each, at most as many as the rarest class has.
        rng: A `numpy.random.Generator`.

    Returns:
        Places, (n_classes * n_each,).
    """
    places = [np.flatnonzero(y == c) for c in np.unique(y)]
    return np.concatenate(
        [rng.choice(of_class, n_each, replace=False) for of_class in places]
    )


def label_accuracies(encoders, parts, n_each, seeds, shown=None, strengths=STRENGTHS):
    """Measure a linear classifier on codes when few images have labels.

    Codes are centered and divided by one number. The strength of the classifier's penalty
    is the one with the highest mean accuracy on the validation images, over all draws.

    Args:
        encoders: Functions from images to codes, which take turns.
        parts: Images and classes of the training, validation and test part.
        n_each: Labels for each class, drawn from the training part.
        seeds: One draw of labels for each.
        shown: Makes of the labeled images and their classes what the classifier is
            shown; by default the images themselves.
        strengths: Values of scikit-learn's C.

    Returns:
        Test accuracy for each draw, (n_seeds,).
    """
    (x, y), *others = parts
    found = np.empty((len(strengths), len(seeds), len(others)))
    for j, seed in enumerate(seeds):
        encode = encoders[j % len(encoders)]
        z = encode(x)
        mean, scale = z.mean(axis=0), z.std()
        rows = draw_labels(y, n_each, np.random.default_rng(seed))
        labeled = x[rows], y[rows]
        x_shown, y_shown = shown(*labeled) if shown else labeled
        z_shown = (encode(x_shown) - mean) / scale
        judged = [((encode(images) - mean) / scale, classes) for images, classes in others]
        for i, c in enumerate(strengths):
            model = LogisticRegression(C=c, max_iter=3000).fit(z_shown, y_shown)
            found[i, j] = [model.score(*part) for part in judged]
    return found[np.argmax(found[..., 0].mean(axis=1)), :, 1]


def cluster_agreement(z, y, seed, n_clusters=10):
    """Cluster codes by k-means, and compare with classes it never saw.

    Args:
        z: Codes, (n, K).
        y: Classes, (n,).
        seed: Seed of ten starts of k-means, of which the best is kept.
        n_clusters: How many clusters.

    Returns:
        The adjusted Rand index, 0 on average by chance and 1 for equal groups, and the
        normalized mutual information.
    """
    found = KMeans(n_clusters, n_init=10, random_state=seed).fit_predict(z)
    return adjusted_rand_score(y, found), normalized_mutual_info_score(y, found)


def neighbor_accuracy(encode, data):
    """Return the test accuracy of the nearest training image, by distance of codes."""
    model = KNeighborsClassifier(1).fit(encode(data.x_train), data.y_train)
    return model.score(encode(data.x_test), data.y_test)


def neighbor_cost(n_train, n_features, latent_dim=None, hidden=None):
    """Count the multiply-adds for the nearest of all training examples.

    Args:
        n_train: Training examples, each compared with the new one.
        n_features: D.
        latent_dim: K; None to compare the examples themselves.
        hidden: Width of the encoder's hidden layer; None for a linear encoder.

    Returns:
        For one new example: encoding it, and a product for each coordinate of each
        training example.
    """
    if latent_dim is None:
        return n_train * n_features
    if hidden is None:
        encoding = n_features * latent_dim
    else:
        encoding = n_features * hidden + hidden * latent_dim
    return encoding + n_train * latent_dim
