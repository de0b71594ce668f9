"""Curves of rate and distortion: measures, lengths without headers, mean differences."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from companion.practice import rate_curves
from companion.practice.rate_curves import Point, bd_rate, bits_at, point


def line(slope, offset=0.0, psnr=(20, 25, 30, 35, 40)):
    """Points whose log2 rate is linear in PSNR."""
    rates = [2.0 ** ((p - 30) / slope + offset) for p in psnr]
    return [Point(r, r / 2, float(p), 0.9) for r, p in zip(rates, psnr, strict=True)]


@pytest.fixture(scope="module")
def image():
    return data.astronaut()[40:104, 160:240]


def test_measures_equal_those_of_scikit_image(image, rng):
    noisy = np.clip(image + rng.normal(0, 9, image.shape), 0, 255).astype(np.uint8)
    found = point(image, noisy, 640, 320)
    assert found.psnr == pytest.approx(peak_signal_noise_ratio(image, noisy), rel=1e-12)
    assert found.ssim == structural_similarity(image, noisy, channel_axis=-1)
    assert found.bpp == 640 * 8 / (64 * 80)
    assert found.bare_bpp == found.bpp / 2
    assert point(image, image, 1, 1).psnr == np.inf


def test_rate_between_points_is_geometric():
    np.testing.assert_allclose(bits_at(line(6.0), [24.0, 36.0]), [0.5, 2.0], rtol=1e-9)
    np.testing.assert_allclose(bits_at(line(6.0), 36.0, bare=True), 1.0, rtol=1e-9)
    assert np.isnan(bits_at(line(6.0), 41.0))


@pytest.mark.parametrize("share", [0.5, 0.9, 1.3])
def test_bd_rate_of_curves_that_differ_by_a_factor(share):
    own = line(6.0, np.log2(share), psnr=(22, 28, 33, 39))
    assert bd_rate(own, line(6.0)) == pytest.approx(100 * (share - 1), rel=1e-9)


def test_bd_rate_averages_logarithms():
    # log2 ratio is (p - 30) (1/5 - 1/6), averaged over 20..38 dB: its value at 29 dB.
    own = line(5.0, psnr=(20, 26, 32, 38))
    expected = 100 * (2 ** ((29 - 30) * (1 / 5 - 1 / 6)) - 1)
    assert bd_rate(own, line(6.0)) == pytest.approx(expected, rel=1e-9)


def test_bd_rate_within_a_range():
    # The same over 34..38 dB: the value at 36 dB.
    expected = 100 * (2 ** ((36 - 30) * (1 / 5 - 1 / 6)) - 1)
    found = bd_rate(line(5.0), line(6.0), within=(34, 38))
    assert found == pytest.approx(expected, rel=1e-9)


def test_points_that_cost_more_for_less_are_left_out():
    worse = [*line(6.0), Point(9.0, 9.0, 29.0, 0.9)]
    for level in (27.0, 29.0, 29.5, 30.0):
        expected = bits_at(line(6.0), level)
        assert bits_at(worse, level) == pytest.approx(expected, rel=0.01)


def test_curves_apart_cannot_be_compared():
    with pytest.raises(ValueError, match="share psnr"):
        bd_rate(line(6.0), line(6.0, psnr=(50, 55)))


@pytest.mark.parametrize("kind", rate_curves.KINDS)
def test_pillow_reads_the_file_back(image, kind):
    found, restored = rate_curves.pillow_file(image, kind, 80)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(found))), restored)
    assert 0 < rate_curves.bare_length(found) < len(found)


def test_scan_of_a_jpeg_begins_behind_its_header(image):
    found, _ = rate_curves.pillow_file(image, "JPEG 4:4:4", 80)
    n_bare = rate_curves.bare_length(found)
    # The scan stands between its header, which names 3 components, and the end marker.
    begin = len(found) - 2 - n_bare
    assert found[begin - 14 : begin - 10] == b"\xff\xda\x00\x0c"
    assert found[-2:] == b"\xff\xd9"


def test_bits_of_a_jpeg_2000_stand_between_its_marker_and_the_end(image):
    found, _ = rate_curves.pillow_file(image, "JPEG 2000", 8)
    # The header of the only tile part (SOT) tells its length, from itself to the end.
    at = found.index(b"\xff\x90")
    length = int.from_bytes(found[at + 6 : at + 10], "big")
    assert at + length + 2 == len(found)
    begin = len(found) - 2 - rate_curves.bare_length(found)
    assert found[begin - 2 : begin] == b"\xff\x93"
    assert length - 60 < rate_curves.bare_length(found) < length - 12


def test_jpeg_2000_mixes_its_colors(image):
    found, _ = rate_curves.pillow_file(image, "JPEG 2000", 8)
    # Of the segment COD: the fifth byte behind its length, 1 if colors are transformed.
    at = found.index(b"\xff\x52")
    assert found[at + 8] == 1


@pytest.mark.parametrize(("kind", "sampling"), [("4:2:0", 0x22), ("4:4:4", 0x11)])
def test_colors_of_a_jpeg_are_sampled_as_its_name_says(image, kind, sampling):
    found, _ = rate_curves.pillow_file(image, f"JPEG {kind}", 50)
    frame = found.index(b"\xff\xc0")
    # Behind length, precision, sides and count: per color its number and its sampling.
    assert [found[frame + i] for i in (11, 14, 17)] == [sampling, 0x11, 0x11]


def test_jpeg_2000_shrinks_by_the_ratio(image):
    for ratio in (4, 8, 16):
        found, _ = rate_curves.pillow_file(image, "JPEG 2000", ratio)
        assert len(found) == pytest.approx(image.size / ratio, rel=0.15)


def test_rate_at_equal_ssim():
    # SSIM rises by 0.01 where the rate doubles.
    points = [Point(2.0**i, 1.0, 30.0, 0.9 + 0.01 * i) for i in range(5)]
    found = bits_at(points, [0.905, 0.93, 0.95], measure="ssim")
    np.testing.assert_allclose(found, [2**0.5, 8.0, np.nan], rtol=1e-9)
    dearer = [Point(3 * p.bpp, 1.0, 30.0, p.ssim) for p in points]
    assert bd_rate(dearer, points, measure="ssim") == pytest.approx(200.0)


def test_other_files_have_no_bare_length():
    with pytest.raises(ValueError, match="JPEG or WebP"):
        rate_curves.bare_length(b"\x89PNG")


def test_curve_of_pillow_rises(image):
    points = rate_curves.pillow_curve(image, "JPEG 4:4:4", (10, 50, 90))
    assert [p.psnr for p in points] == sorted(p.psnr for p in points)
    assert all(p.bare_bpp < p.bpp for p in points)
