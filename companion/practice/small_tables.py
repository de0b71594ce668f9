"""A linear model, a tree ensemble and a network on one small table, over many splits.

For every split each method tries a few settings, all fitted on the training rows, and
keeps the one with the highest validation accuracy. Only that one meets the test rows.
"""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from companion.networks import many_classifiers, stacked


def splits(x, y, seeds):
    """Split a table anew for each seed: 60 % training, 20 % validation, 20 % test.

    Columns are standardized with the mean and standard deviation of the training rows.

    Args:
        x: The table, (n, n_features).
        y: Classes 0 and 1, (n,).
        seeds: One for each split.

    Returns:
        Three pairs (inputs, labels), each with a first axis for the splits.
    """
    rows = np.stack([np.random.default_rng(s).permutation(len(x)) for s in seeds])
    ends = round(0.6 * len(x)), round(0.8 * len(x))
    parts = np.split(rows, ends, axis=1)
    mean = x[parts[0]].mean(axis=1, keepdims=True)
    std = x[parts[0]].std(axis=1, keepdims=True)
    return [((x[part] - mean) / std, y[part]) for part in parts]


def _one_by_one(models, parts):
    """Scores (validation, test), each (n_models, n_splits, n_rows), of sklearn models."""
    (x, y), *held_out = parts
    scores = [[], []]
    for model in models:
        fitted = [model().fit(x[i], y[i]) for i in range(len(x))]
        for kept, (inputs, _) in zip(scores, held_out, strict=True):
            pairs = zip(fitted, inputs, strict=True)
            kept.append([m.predict_proba(rows)[:, 1] - 0.5 for m, rows in pairs])
    return [np.array(s) for s in scores]


def linear_scores(parts):
    """Logistic regression with five strengths of an L2 penalty."""
    strengths = (0.01, 0.1, 1.0, 10.0, 100.0)
    models = [lambda c=c: LogisticRegression(C=c, max_iter=5000) for c in strengths]
    return _one_by_one(models, parts)


def forest_scores(parts, n_trees=30):
    """Random forests that try the root of the columns, or half of them, at each node."""
    models = [
        lambda share=share: RandomForestClassifier(
            n_trees, max_features=share, random_state=0
        )
        for share in ("sqrt", 0.5)
    ]
    return _one_by_one(models, parts)


def network_scores(parts, hidden=(64,), epochs=30):
    """Networks with early stopping, with and without an L2 penalty or dropout."""
    (x, y), validation, test = parts
    scores = [[], []]
    for settings in ({}, {"l2": 1e-3}, {"l2": 1e-2}, {"rate": 0.5}):
        params = stacked.init([x.shape[2], *hidden, 2], range(len(x)))
        best = many_classifiers.train(
            params, x, y, epochs=epochs, watch=[validation], every=2, **settings
        ).best
        for kept, (inputs, _) in zip(scores, (validation, test), strict=True):
            logits = many_classifiers.forward(best, inputs)[-1]
            kept.append(logits[..., 1] - logits[..., 0])
    return [np.array(s) for s in scores]


def judge(scores, parts):
    """Choose each split's setting on the validation rows, and measure it on the test rows.

    Args:
        scores: Pair (validation, test) of arrays (n_settings, n_splits, n_rows); above 0
            speaks for class 1.
        parts: What `splits` returned.

    Returns:
        accuracy: Test accuracy of the chosen setting, (n_splits,).
        auc: Area under its ROC curve, (n_splits,).
    """
    (_, y_val), (_, y_test) = parts[1:]
    chosen = np.mean((scores[0] > 0) == y_val, axis=2).argmax(axis=0)
    kept = scores[1][chosen, np.arange(len(chosen))]
    auc = [roc_auc_score(y, s) for y, s in zip(y_test, kept, strict=True)]
    return np.mean((kept > 0) == y_test, axis=1), np.array(auc)
