"""Lessons, training from several seeds, and measures."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from companion.practice import denoising_rivals as rivals
from companion.practice import denoising_trials as trials
from companion.practice.photograph_networks import ResidualDenoiser
from companion.practice.shrinkage import ShrinkageDenoiser


@pytest.fixture
def patches(rng):
    return rng.random((5, 16, 16, 1), dtype=np.float32)


def test_a_lesson_draws_every_level_of_its_range(patches, rng):
    lesson = trials.Lesson(0.05, 0.3)
    x, clean = trials.examples(lesson, patches, 400, rng)
    assert x.shape == (400, 16, 16, 2)
    noise, levels = x[..., 0] - clean[..., 0], x[:, 0, 0, 1]
    np.testing.assert_allclose(noise.std(axis=(1, 2)), levels, rtol=0.2)
    assert levels.min() < 0.055
    assert levels.max() > 0.2
    # A density that falls with the square has half its mass below this level.
    assert np.median(levels) == pytest.approx(2 / (1 / 0.05 + 1 / 0.3), rel=0.1)
    values = {np.sort(p.ravel()).tobytes() for p in patches}
    assert {np.sort(p.ravel()).tobytes() for p in clean} == values


def test_patches_are_turned_and_mirrored(patches, rng):
    _, clean = trials.examples(trials.Lesson(0.1, 0.1), patches[:1], 200, rng)
    assert len({p.tobytes() for p in clean}) == 8


def test_an_untold_lesson_hides_the_level(patches, rng):
    x, _ = trials.examples(trials.Lesson(0.1, 0.2, told=False), patches, 9, rng)
    assert (x[..., 1] == np.float32(trials.UNTOLD)).all()


def test_training_lowers_the_error_and_a_seed_repeats_it(patches):
    lesson = trials.Lesson(0.1, 0.2, n_steps=30, learning_rate=1e-2)
    smooth = np.repeat(np.repeat(patches[:, ::8, ::8], 8, axis=1), 8, axis=2)

    def make(seed):
        return ResidualDenoiser(4, 3, seed=seed)

    models = trials.trained(make, lesson, smooth, [0, 1])
    alone = trials.trained(make, lesson, smooth, [1])[0]
    for a, b in zip(models[1].get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert not np.allclose(models[0].get_weights()[0], alone.get_weights()[0])
    noisy, level = trials.damaged_scenes(smooth, "gaussian", 0.15)
    before = trials.each_psnr(smooth, np.clip(noisy, 0, 1)).mean()
    assert trials.each_psnr(smooth, trials.cleaned(alone, noisy, level)).mean() > before + 1


def test_seeds_see_noise_of_their_own_at_a_rate_that_falls_to_zero(patches, monkeypatch):
    seen = []

    class Recorded:
        def __init__(self, model, rate, loss):
            self.rate, self.steps = rate, self

        def begin(self, weights):
            self.weights = weights

        def run(self, x, target, rows, batch_size):
            seen.append((x, self.weights, [float(self.rate(i)) for i in (0, 20, 40)]))

    monkeypatch.setattr(trials, "TrainedAgain", Recorded)
    lesson = trials.Lesson(0.1, 0.2, n_steps=40, batch_size=2)
    trials.trained(lambda seed: ResidualDenoiser(4, 2, seed=seed), lesson, patches, (3, 4))
    (x, weights, rates), (x_other, weights_other, _) = seen
    assert len(x) == 80
    assert not np.allclose(x, x_other)
    assert not np.allclose(weights[0], weights_other[0])
    assert rates == pytest.approx([2e-3, 1e-3, 0.0])


def test_each_photograph_has_noise_of_its_own(patches):
    same = np.repeat(patches[:1], 3, axis=0)
    noisy, known = trials.damaged_scenes(same, "masking", 0.5)
    assert not np.array_equal(known[0], known[1])
    np.testing.assert_array_equal(noisy, trials.damaged_scenes(same, "masking", 0.5)[0])
    first, second = trials.draws(same, "masking", 0.5, (0, 7))
    np.testing.assert_array_equal(first[1], known)
    assert not np.array_equal(first[1], second[1])


def test_settings_come_from_validation_photographs_with_noise_of_their_own(
    patches, monkeypatch
):
    seen = {}

    def tuned(kind, clean, noisy, known):
        seen.update(clean=clean, noise=noisy - clean)
        return {rivals.gaussian: 0.9}

    monkeypatch.setattr(trials.choices, "tuned", tuned)
    examples = trials.draws(patches[2:4], "gaussian", 0.1, (0, 1, 2))
    answers, settings = trials.best_filters("gaussian", 0.1, patches[:2], examples)
    np.testing.assert_array_equal(seen["clean"], patches[:2])
    for noisy, _ in examples:
        assert not np.allclose(noisy - patches[2:4], seen["noise"], atol=1e-3)
    assert settings == {"gaussian": 0.9}
    expected = np.clip(rivals.gaussian(examples[2][0][1, ..., 0], None, 0.9), 0, 1)
    np.testing.assert_allclose(answers["gaussian"][2][1, ..., 0], expected, atol=1e-6)


def test_a_filter_fills_in_rounds(rng):
    from scipy import ndimage

    x = ndimage.gaussian_filter(rng.random((2, 48, 48, 1)), (0, 1.5, 1.5, 0))
    x = ((x - x.min()) / np.ptp(x)).astype(np.float32)
    noisy, known = trials.damaged_scenes(x, "masking", 0.5)
    start = trials.filtered(rivals.local_mean, 0.7, noisy, known)
    for way in trials.choices.ROUNDS:
        found = trials.filled_by(way, noisy, known)
        np.testing.assert_array_equal(found[known == 1], x[known == 1])
        assert found.shape == x.shape
    gain = trials.each_psnr(x, trials.filled_by(rivals.cosine_thresholds, noisy, known))
    assert (gain - trials.each_psnr(x, start)).min() > 3.0


def test_measures_are_those_of_scikit_image(patches, rng):
    other = np.clip(patches + 0.1 * rng.standard_normal(patches.shape), 0, 1)
    found = trials.quality(patches, [other, patches * 0.9])
    pairs = zip(patches, other, strict=True)
    psnrs = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in pairs]
    np.testing.assert_allclose(trials.each_psnr(patches, other), psnrs, rtol=1e-5)
    assert found["PSNR in dB"][0] == pytest.approx(np.mean(psnrs), rel=1e-5)
    expected = structural_similarity(
        patches[0, ..., 0].astype(float), other[0, ..., 0], data_range=1.0
    )
    alone = trials.quality(patches[:1], [other[:1]])["SSIM"][0]
    assert alone == pytest.approx(expected, rel=1e-4)
    assert len(found["SSIM"]) == 2


def test_filters_and_networks_answer_in_range(patches):
    noisy, known = trials.damaged_scenes(patches, "gaussian", 0.5)
    for answer in (
        trials.filtered(rivals.nothing, None, noisy, known),
        trials.cleaned(ShrinkageDenoiser(), noisy, 0.5),
        trials.cleaned(ShrinkageDenoiser(), noisy),
        trials.filled_in(
            ShrinkageDenoiser(), *trials.damaged_scenes(patches, "masking", 0.3)
        ),
    ):
        assert answer.shape == patches.shape
        assert answer.min() >= 0.0
        assert answer.max() <= 1.0


def test_blocks_are_projected_one_by_one(patches):
    everything = trials.block_pca(patches, 19)  # 20 blocks, so 19 directions hold all
    np.testing.assert_allclose(everything(patches), patches, atol=1e-5)
    few = trials.block_pca(patches, 2)
    blocks = np.concatenate(
        [
            p[i : i + 8, j : j + 8, 0].reshape(1, -1)
            for p in patches
            for i in (0, 8)
            for j in (0, 8)
        ]
    )
    centered = blocks - blocks.mean(axis=0)
    u, s, vt = np.linalg.svd(centered, full_matrices=False)
    expected = (u[:, :2] * s[:2]) @ vt[:2] + blocks.mean(axis=0)
    np.testing.assert_allclose(
        few(patches)[1, 8:, :8, 0], np.clip(expected[6].reshape(8, 8), 0, 1), atol=1e-5
    )


def test_filters_are_tuned_on_one_set_and_applied_to_another(rng):
    from scipy import ndimage

    x = ndimage.gaussian_filter(rng.random((3, 48, 48, 1)), (0, 1.5, 1.5, 0))
    x = ((x - x.min()) / np.ptp(x)).astype(np.float32)
    examples = trials.draws(x[1:], "masking", 0.4, (0, 1))
    answers, settings = trials.best_filters("masking", 0.4, x[:1], examples)
    assert {len(found) for found in answers.values()} == {2}
    assert set(answers) == {
        "nothing",
        "nearest",
        "trusted median",
        "local mean",
        "biharmonic",
    }
    assert set(settings) == {"trusted median", "local mean"}
    scores = {name: trials.each_psnr(x[1:], a[1]).mean() for name, a in answers.items()}
    assert max(scores, key=scores.get) == "biharmonic"  # the images are smooth


def test_a_camera_is_cleaned_where_its_noise_is_even(rng):
    from companion.practice.photograph_noise import camera

    x = np.tile(np.linspace(0.1, 0.9, 64, dtype=np.float32), (2, 64, 1))[..., None]
    y = camera(x, 50, 0.02, rng)
    answer = trials.evened(rivals.cosine_thresholds, 2.6, y, 50, 0.02)
    gain = trials.each_psnr(x, answer) - trials.each_psnr(x, np.clip(y, 0, 1))
    assert gain.min() > 8.0
    assert abs(np.mean(answer - x)) < 0.01
