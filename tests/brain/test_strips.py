"""Windows and bars by hand; the filter by the Fourier transform of a Gaussian."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.signal import correlate2d

from companion.brain import strips
from companion.datasets import photographs


def test_filter_passes_gratings_as_the_two_gaussians_say():
    place = np.arange(80.0)
    for cycles_per_px in (0.05, 0.1, 0.15):
        grating = np.cos(2 * np.pi * cycles_per_px * place) + np.zeros((80, 1))
        passed = strips.center_surround(grating)[20]
        gains = [np.exp(-2 * (np.pi * sd * cycles_per_px) ** 2) for sd in (1.0, 2.0)]
        expected = (gains[0] - gains[1]) * grating[0, 4:-4]
        # The wide blur ends at 2 standard deviations: up to 5 % of it are cut off.
        np.testing.assert_allclose(passed, expected, atol=0.06)


def test_filter_is_blind_to_uniform_light_and_prefers_the_center():
    np.testing.assert_allclose(
        strips.center_surround(np.full((20, 30), 3.0)), 0, atol=1e-12
    )
    point = np.zeros((1, 25, 25))
    point[0, 12, 12] = 1.0
    answer = strips.center_surround(point)[0]
    assert answer.shape == (17, 17)
    assert np.unravel_index(answer.argmax(), answer.shape) == (8, 8)
    assert answer[8, 12] < 0


def test_windows_lie_side_by_side_five_pixels_apart():
    position = np.broadcast_to(np.arange(26.0), (1, 16, 26))
    seen = strips.through_windows(position) / strips.window().ravel()
    columns = seen.reshape(3, 16, 16)[:, 0]
    np.testing.assert_allclose(columns[:, 0], [0, 5, 10])
    np.testing.assert_allclose(columns[:, -1], [15, 20, 25])


def test_window_fades_as_a_gaussian():
    w = strips.window()
    np.testing.assert_allclose(w[0, 7] / w[7, 7], np.exp(-(7.5**2 - 0.5**2) / 2 / 3.2**2))
    np.testing.assert_array_equal(w, w[::-1, ::-1])


def test_bars_grow_from_the_middle_and_keep_their_row():
    # The filter sums to 0, so that a bar's light is gone; its place remains.
    short, long = strips.bars([4, 26], shift_px=3)
    for bar, ends in ((short, (11, 14)), (long, (0, 25))):
        assert bar.shape == (16, 26)
        bright = np.flatnonzero(bar[10] > 0.5 * bar[10].max())
        assert (bright[0], bright[-1]) == ends
        np.testing.assert_allclose(bar, bar[:, ::-1], atol=1e-12)
        np.testing.assert_allclose(bar[10], bar[11])
    assert np.argmax(np.abs(short).sum(axis=1)) in (10, 11)


def filtered(image):
    blurred = [gaussian_filter(image, sd, radius=4) for sd in (1.0, 2.0)]
    return (blurred[0] - blurred[1])[4:-4, 4:-4]


def test_bars_are_filtered_light_two_pixels_wide_and_bare_bars_are_not():
    light = np.zeros((24, 34))
    light[14:16, 14:20] = 1.0  # 3 rows below 12, 6 long around 17
    np.testing.assert_allclose(strips.bars([6], 3)[0], filtered(light), atol=1e-12)
    np.testing.assert_array_equal(strips.bare_bars([6], 3)[0], light[4:-4, 4:-4])


def test_cut_strips_come_from_every_place(rng):
    image = np.arange(40.0 * 30).reshape(40, 30)
    cut = strips.cut_strips(image, 8000, rng)
    corners = {divmod(int(s[0, 0]), 30) for s in cut[:4000]}  # upright: 16 high, 26 long
    assert corners == {(r, c) for r in range(25) for c in range(5)}
    corners = {divmod(int(s[0, 0]), 30) for s in cut[4000:]}  # laid down: 26 high, 16 long
    assert corners == {(r, c) for r in range(15) for c in range(15)}


def test_shift_correlations_slide_the_template_unturned(rng):
    image, template = rng.normal(size=(24, 27)), rng.normal(size=(2, 5))
    answers = correlate2d(strips.center_surround(image), template, mode="valid")
    along, across = strips.shift_correlations(image, template, [1, 3])
    for k, d in enumerate((1, 3)):
        pair = answers[:, :-d].ravel(), answers[:, d:].ravel()
        np.testing.assert_allclose(along[k], np.corrcoef(*pair)[0, 1])
        pair = answers[:-d].ravel(), answers[d:].ravel()
        np.testing.assert_allclose(across[k], np.corrcoef(*pair)[0, 1])


def test_cut_strips_are_parts_of_the_image_in_both_orientations(rng):
    image = np.arange(40.0 * 30).reshape(40, 30)
    cut = strips.cut_strips(image, 101, rng)
    steps = {(s[1, 0] - s[0, 0], s[0, 1] - s[0, 0]) for s in cut}
    assert cut.shape == (101, 16, 26)
    assert steps == {(30.0, 1.0), (1.0, 30.0)}
    assert cut[:, 0, 0].min() >= 0
    assert cut.max() <= image.max()


def test_shift_correlations_tell_along_from_across(rng):
    # Rows that are constant: a neighbor along the bar sees the same, one below does not.
    rows = np.repeat(rng.normal(size=(300, 1)), 60, axis=1)
    along, across = strips.shift_correlations(rows, np.ones((1, 3)), [0, 3])
    np.testing.assert_allclose(along, [1.0, 1.0])
    np.testing.assert_allclose(across[0], 1.0)
    assert across[1] < 0.5
    # White noise: the correlation is that of the filter with itself.
    noise = rng.normal(size=(500, 500))
    point = np.zeros((60, 60))
    point[30, 30] = 1.0
    kernel = strips.center_surround(point)
    expected = np.sum(kernel[:, 2:] * kernel[:, :-2]) / np.sum(kernel**2)
    along, _ = strips.shift_correlations(noise, np.ones((1, 1)), [2])
    np.testing.assert_allclose(along, expected, atol=0.03)


def test_natural_strips_come_from_the_named_photograph():
    found = strips.natural_strips(("coffee",), 50, np.random.default_rng(0))
    assert found.shape == (50, 16, 26)
    again = strips.natural_strips(("coffee",), 50, np.random.default_rng(0))
    np.testing.assert_array_equal(found, again)
    gray = photographs.photograph("coffee", gray=True)[..., 0].astype(float)
    wanted = strips.cut_strips(filtered(gray), 50, np.random.default_rng(0))
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert photographs.TEST_PHOTOGRAPH not in photographs.GRAY_TRAIN
    with pytest.raises(ValueError, match="which must be among"):
        strips.natural_strips(("moon",), 5, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: strips.center_surround(np.ones((8, 30))), "image must be larger"),
        (
            lambda: strips.cut_strips(np.ones((25, 90)), 3, None),
            "image must be at least 26",
        ),
        (lambda: strips.through_windows(np.ones((2, 26, 16))), "strips must be"),
        (lambda: strips.bars([3]), "lengths_px must be even"),
        (lambda: strips.bars([28]), "lengths_px must be even"),
        (lambda: strips.bars([4], shift_px=7), "shift_px must be -6 to 6"),
    ],
)
def test_strips_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
