"""Detectors on planted anomalies, measures against scikit-learn, and bad input."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.preprocessing import StandardScaler

from companion.datasets import anomaly_worlds as worlds
from companion.practice import anomaly
from companion.practice import anomaly_autoencoder as neural
from companion.practice import anomaly_baselines as baselines
from companion.practice.anomaly_robust import RobustAutoencoderDetector

QUICK = [
    baselines.Mahalanobis,
    partial(baselines.PCAResidual, 2),
    baselines.NeighborDistance,
    baselines.TailProbability,
    baselines.IsolationForest,
    baselines.OneClassSVM,
    baselines.LocalOutliers,
    partial(baselines.KernelPCAResidual, 3),
    partial(neural.AutoencoderDetector, 2, hidden=8, n_steps=20),
]
TRAINED = [
    partial(neural.VAEDetector, 2, hidden=8, n_steps=20),
    partial(RobustAutoencoderDetector, 2, hidden=8, n_steps=20),
]


@pytest.fixture(scope="module")
def planted():
    return worlds.planted_anomalies(sizes=(4000, 10, 4000, 4000))


def auc(data, detector, kind):
    chosen = (data.y_test == 0) | (data.y_test == kind)
    scores = detector.score(data.x_test[chosen])
    return anomaly.roc_auc(data.y_test[chosen] == kind, scores)


def rows(seed=0, n=60, n_columns=5):
    return np.random.default_rng(seed).normal(size=(n, n_columns))


# The planted world, whose analytic values stand in companion.datasets.worlds.


def test_pca_residual_has_the_analytic_auc(planted):
    detector = baselines.PCAResidual(4)
    detector.fit(planted.x_train)
    # The standard error of an AUC of 4,000 rows of each kind is below 0.007.
    expected = worlds.auc_of_spreads(1.5, 12)
    assert auc(planted, detector, 1) == pytest.approx(expected, abs=0.015)
    # The estimated plane is tilted a little, so that what lies far along it looks off it.
    assert auc(planted, detector, 2) == pytest.approx(0.5, abs=0.04)


def test_mahalanobis_sees_both_kinds_as_the_truth_does(planted):
    truth, x = planted.truth, planted.x_test - planted.truth["mean"]
    z = x @ truth["basis"]
    off = np.sum((x - z @ truth["basis"].T) ** 2, axis=1) / truth["noise_std"] ** 2
    exact = off + np.sum((z / truth["stds"]) ** 2, axis=1)
    detector = baselines.Mahalanobis().fit(planted.x_train)
    for kind in (1, 2):
        chosen = (planted.y_test == 0) | (planted.y_test == kind)
        expected = metrics.roc_auc_score(planted.y_test[chosen] == kind, exact[chosen])
        assert auc(planted, detector, kind) == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_autoencoder_residual_comes_close_and_both_sees_what_it_cannot(planted):
    found = {}
    for name in neural.SCORES:
        detector = neural.AutoencoderDetector(4, score_by=name, n_steps=2000)
        detector.fit(planted.x_train)
        found[name] = [auc(planted, detector, kind) for kind in (1, 2)]
    limit = worlds.auc_of_spreads(1.5, 12)
    assert limit - 0.03 < found["residual"][0] < limit + 0.02
    assert found["code"][0] == pytest.approx(0.5, abs=0.05)
    assert found["both"][1] > 0.85
    assert found["both"][1] > found["residual"][1] + 0.03


@pytest.mark.slow
def test_autoencoder_follows_the_curved_surface_and_pca_does_not():
    data = worlds.curved_anomalies()
    detector = neural.AutoencoderDetector(3, activation="relu", noise=0.05, n_steps=2500)
    ours = auc(data, detector.fit(data.x_train), 1)
    assert 0.85 < ours < worlds.auc_of_spreads(3.0, 3) + 0.02
    for k in range(1, 6):
        assert auc(data, baselines.PCAResidual(k).fit(data.x_train), 1) < 0.6


# Each baseline against another computation of the same number.


def standardized(x):
    return StandardScaler().fit_transform(x)


def test_neighbor_distance_by_all_pairs():
    x, new = rows(), rows(1, n=9)
    scaler = StandardScaler().fit(x)
    pairs = scaler.transform(new)[:, None] - scaler.transform(x)[None]
    expected = np.sort(np.linalg.norm(pairs, axis=2), axis=1)[:, 2]
    found = baselines.NeighborDistance(3).fit(x).score(new)
    np.testing.assert_allclose(found, expected)


def test_tail_probability_by_counting():
    # Columns skewed to either side, so that the third sum is the largest for some rows.
    sides = np.array([1, -1, 1, -1, 1])
    x, new = np.exp(rows(n=30)) * sides, np.exp(1.0 + rows(1, n=9)) * sides
    z, scaler, largest = standardized(x), StandardScaler().fit(x), []
    for score, row in zip(
        baselines.TailProbability().fit(x).score(new), scaler.transform(new), strict=True
    ):
        sums = np.zeros(3)
        for j, entry in enumerate(row):
            left = -np.log((np.sum(z[:, j] <= entry) + 1) / 31)
            right = -np.log((np.sum(z[:, j] >= entry) + 1) / 31)
            skew = np.mean((z[:, j] - z[:, j].mean()) ** 3)
            sums += left, right, left if skew < 0 else right
        largest.append(int(sums.argmax()))
        assert score == pytest.approx(sums.max())
    assert 2 in largest


def test_mahalanobis_of_many_rows_is_that_of_the_covariance():
    x = rows(n=20_000, n_columns=3) @ np.array([[2.0, 1, 0], [0, 1, 1], [0, 0, 0.5]])
    new = rows(1, n=5, n_columns=3)
    centered = new - x.mean(axis=0)
    inverse = np.linalg.inv(np.cov(x.T))
    expected = [row @ inverse @ row for row in centered]
    np.testing.assert_allclose(baselines.Mahalanobis().fit(x).score(new), expected, 0.02)


def test_one_class_svm_leaves_a_share_nu_outside():
    x = rows(n=500)
    for nu in (0.05, 0.3):
        detector = baselines.OneClassSVM(nu=nu).fit(x)
        offset = -detector.svm.offset_[0]
        assert np.mean(detector.score(x) > offset + 1e-6) == pytest.approx(nu, abs=0.02)


@pytest.mark.parametrize("make", QUICK)
def test_a_far_row_is_stranger_than_every_normal_one(make):
    x = rows(n=200)
    detector = make().fit(x)
    assert detector.score(np.full((1, 5), 50.0)) > detector.score(x).max()


@pytest.mark.parametrize("make", [*QUICK[:4], *QUICK[5:8]])
def test_units_of_the_columns_do_not_matter(make):
    x, new, units = rows(), rows(1), np.array([1e-3, 1.0, 1e3, 7.0, 1e5])
    plain = make().fit(x).score(new)
    np.testing.assert_allclose(
        make().fit(x * units + 5).score(new * units + 5), plain, 1e-6
    )


def test_wrappers_hand_every_setting_to_scikit_learn():
    x = rows(n=300)
    assert baselines.OneClassSVM(2.0, 0.2).fit(x).svm.gamma == pytest.approx(1 / 10)
    assert baselines.OneClassSVM(2.0, 0.2).fit(x).svm.nu == 0.2
    forest = baselines.IsolationForest(32, seed=5).fit(x).forest
    assert (forest.max_samples_, forest.random_state) == (32, 5)
    assert baselines.LocalOutliers(7).fit(x).lof.n_neighbors_ == 7


def test_kernel_pca_residual_by_explicit_features():
    # Random Fourier features stand for the kernel: the residual of linear PCA on them.
    x, new, gamma = rows(n=80), rows(1, n=20), 0.05
    rng, scaler = np.random.default_rng(2), StandardScaler().fit(x)
    frequencies = np.sqrt(2 * gamma) * rng.normal(size=(5, 20_000))

    def features(x):
        angles = scaler.transform(x) @ frequencies
        return np.hstack((np.cos(angles), np.sin(angles))) / np.sqrt(20_000)

    centered = features(x) - features(x).mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    f = features(new) - features(x).mean(axis=0)
    expected = np.sum((f - f @ axes[:6].T @ axes[:6]) ** 2, axis=1)
    found = baselines.KernelPCAResidual(6, gamma).fit(x).score(new)
    np.testing.assert_allclose(found, expected, rtol=0.1, atol=0.005)


def test_a_wide_kernel_finds_circles_among_the_monomials():
    # Of 27 monomials up to the second degree three combinations are constant on circles.
    data = worlds.curved_anomalies()
    found = [
        auc(data, baselines.KernelPCAResidual(k, 1e-3).fit(data.x_train), 1)
        for k in (24, 27)
    ]
    limit = worlds.auc_of_spreads(3.0, 3)
    assert limit - 0.04 < found[0] < limit + 0.02
    assert found[1] < 0.7


# Measures.


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_measures_are_those_of_scikit_learn_with_ties(seed, n_values):
    rng = np.random.default_rng(seed)
    y = rng.permutation([0, 1, *rng.integers(0, 2, size=20)])
    scores = rng.integers(0, n_values, size=22).astype(float)
    assert anomaly.roc_auc(y, scores) == pytest.approx(metrics.roc_auc_score(y, scores))
    expected = metrics.average_precision_score(y, scores)
    assert anomaly.average_precision(y, scores) == pytest.approx(expected)


def test_auc_of_counts_pairs(rng):
    normal, strange = rng.integers(0, 9, 30), rng.integers(3, 12, 20)
    pairs = strange[:, None] - normal[None]
    expected = np.mean(pairs > 0) + 0.5 * np.mean(pairs == 0)
    assert anomaly.auc_of(normal, strange) == pytest.approx(expected)


def test_measures_by_hand():
    y, scores = [0, 1, 0, 1], [0.1, 0.4, 0.4, 0.9]
    assert anomaly.roc_auc(y, scores) == pytest.approx((2 + 1.5) / 4)
    assert anomaly.average_precision(y, scores) == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("y", "scores", "message"),
    [
        ([0, 0], [1, 2], "y must hold both 0 and 1"),
        ([0, 1, 2], [1, 2, 3], "y must hold both 0 and 1"),
        ([0, 1], [1, np.nan], "scores must not be NaN; got 1"),
        ([0, 1], [1, 2, 3], r"y and scores must be \(n,\)"),
    ],
)
def test_measures_refuse(y, scores, message):
    for measure in (anomaly.roc_auc, anomaly.average_precision):
        with pytest.raises(ValueError, match=message):
            measure(y, scores)


# Bad input.


@given(st.integers(0, 59), st.integers(0, 4), st.sampled_from([np.nan, np.inf, -np.inf]))
@pytest.mark.parametrize("make", QUICK)
def test_what_is_not_finite_is_refused_before_any_work(make, row, column, value):
    x = rows()
    x[row, column] = value
    with pytest.raises(ValueError, match="x_normal must be finite; got 1 NaN or infinite"):
        make().fit(x)
    detector = baselines.Mahalanobis().fit(rows())
    with pytest.raises(ValueError, match="x must be finite; got 1 NaN or infinite"):
        detector.score(x)


@pytest.mark.parametrize("make", [*QUICK, *TRAINED])
def test_shapes_that_do_not_fit_are_refused(make):
    for bad in (np.zeros(5), np.zeros((0, 5)), np.zeros((5, 0)), np.zeros((2, 2, 2))):
        with pytest.raises(ValueError, match="x_normal must be a table"):
            make().fit(bad)
    with pytest.raises(ValueError, match="must be fitted before it scores"):
        make().score(rows())


def test_another_width_is_refused():
    with pytest.raises(ValueError, match=r"x must have shape \(batch, 5\)"):
        baselines.Mahalanobis().fit(rows()).score(np.zeros((3, 4)))


@pytest.mark.parametrize(
    ("make", "n"),
    [
        (baselines.Mahalanobis, 2),
        (partial(baselines.NeighborDistance, 7), 7),
        (partial(baselines.LocalOutliers, 7), 8),
        (partial(baselines.PCAResidual, 4), 4),
        (partial(baselines.KernelPCAResidual, 4), 5),
    ],
)
def test_too_few_rows(make, n):
    with pytest.raises(ValueError, match=f"at least {n} rows for .*; got {n - 1}"):
        make().fit(rows(n=n - 1))
    assert np.isfinite(make().fit(rows(n=n)).score(rows(1))).all()


@pytest.mark.parametrize(
    "make", [baselines.PCAResidual, neural.AutoencoderDetector, neural.VAEDetector]
)
def test_a_code_as_wide_as_the_table_is_refused(make):
    message = "latent_dim must be below the number of columns, 5; got 5"
    with pytest.raises(ValueError, match=message):
        make(5).fit(rows())


@pytest.mark.parametrize("make", QUICK)
def test_a_column_that_is_constant_in_training_only(make):
    x = rows(n=200)
    x[:, 2] = 1e6
    detector = make().fit(x)
    np.testing.assert_array_equal(detector.constant, [False, False, True, False, False])
    same, moved = rows(1, n=1), rows(1, n=1)
    same[0, 2], moved[0, 2] = 1e6, 1e6 + 30.0
    seen = detector.score(moved)[0] > detector.score(same)[0]
    assert seen == (make is not baselines.IsolationForest)


def test_a_constant_column_counts_in_its_own_unit():
    x = rows(n=50)
    x[:, 2] = 7.0
    detector = baselines.NeighborDistance(1).fit(x)
    new = x[:4].copy()
    new[:, 2] += 1000.0
    # So far off that the nearest training row is at 1000 in the unit of the column.
    np.testing.assert_allclose(detector.score(new), 1000.0, rtol=1e-6)


def test_a_column_that_rounding_alone_moves_is_constant():
    x = rows(n=200)
    x[:, 2] = 0.1 + 1e-13 * np.random.default_rng(1).normal(size=200)
    detector = baselines.Mahalanobis().fit(x)
    np.testing.assert_array_equal(detector.constant, [False, False, True, False, False])


@pytest.mark.parametrize("make", QUICK)
def test_a_table_of_one_repeated_row(make):
    x = np.ones((40, 5))
    assert np.isfinite(make().fit(x).score(rows())).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: baselines.OneClassSVM(width=0), "width must be above 0; got 0"),
        (lambda: baselines.OneClassSVM(nu=0), r"nu must be in \(0, 1\]; got 0"),
        (lambda: baselines.NeighborDistance(0), "n_neighbors must be an integer"),
        (lambda: baselines.LocalOutliers(1.5), "n_neighbors must be an integer"),
        (lambda: baselines.PCAResidual(0), "latent_dim must be an integer"),
        (lambda: baselines.KernelPCAResidual(2, 0), "gamma must be above 0; got 0"),
        (lambda: baselines.IsolationForest(0), "n_rows must be an integer"),
        (lambda: neural.AutoencoderDetector(0), "latent_dim must be an integer"),
        (lambda: neural.AutoencoderDetector(noise=-1), "noise must not be negative"),
        (lambda: neural.AutoencoderDetector(activation="x"), "activation must be one of"),
        (lambda: neural.AutoencoderDetector(score_by="x"), "score_by must be one of"),
        (lambda: neural.VAEDetector(sigma=0), "sigma must be above 0; got 0"),
        (lambda: neural.VAEDetector(n_samples=0), "n_samples must be an integer"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_arguments_are_left_alone():
    x = rows()
    kept = x.copy()
    baselines.Mahalanobis().fit(x).score(x)
    np.testing.assert_array_equal(x, kept)
