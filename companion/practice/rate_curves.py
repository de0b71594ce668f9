"""Rate-distortion curves: measure codecs on images, and compare curves by one number."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.interpolate import PchipInterpolator
from skimage.metrics import structural_similarity

JPEG_QUALITIES = (2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 85, 90, 93, 95, 97, 98)
RATIOS = (200, 128, 80, 50, 32, 24, 16, 12, 8, 6, 4, 3, 2)  # by which JPEG 2000 shrinks
WEBP_QUALITIES = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 98)
KINDS = {
    "JPEG 4:2:0": ("JPEG", {"subsampling": 2, "optimize": True}, JPEG_QUALITIES),
    "JPEG 4:4:4": ("JPEG", {"subsampling": 0, "optimize": True}, JPEG_QUALITIES),
    "JPEG 2000": ("JPEG2000", {"irreversible": True, "mct": 1, "no_jp2": True}, RATIOS),
    "WebP": ("WEBP", {"method": 6}, WEBP_QUALITIES),
}


@dataclass(frozen=True)
class Point:
    """One image coded at one quality.

    Args:
        bpp: Bits per pixel of the whole file.
        bare_bpp: Bits per pixel without headers and tables.
        psnr: Peak signal-to-noise ratio in dB over all pixels and colors.
        ssim: Structural similarity.
    """

    bpp: float
    bare_bpp: float
    psnr: float
    ssim: float


def point(image, restored, n_bytes, n_bare):
    """Measure one coded image.

    Args:
        image: uint8, (height, width, 3), sides of at least 7.
        restored: As `image`.
        n_bytes: Size of the whole file.
        n_bare: Size without headers and tables.

    Returns:
        A `Point`.
    """
    error = np.mean((image.astype(float) - restored) ** 2)
    with np.errstate(divide="ignore"):
        psnr = float(10.0 * np.log10(255.0**2 / error))
    ssim = structural_similarity(image, restored, channel_axis=-1)
    n_pixels = image.shape[0] * image.shape[1]
    return Point(8 * n_bytes / n_pixels, 8 * n_bare / n_pixels, psnr, float(ssim))


def pillow_file(image, kind, quality):
    """Compress an image by Pillow.

    Args:
        image: uint8, (height, width, 3).
        kind: A name among `KINDS`.
        quality: What Pillow takes; of JPEG 2000 the ratio by which the file is smaller.

    Returns:
        The bytes of the file, and the image that Pillow reads from it.
    """
    name, settings, _ = KINDS[kind]
    if name == "JPEG2000":
        settings = settings | {"quality_layers": [quality]}
    file = io.BytesIO()
    Image.fromarray(image).save(file, name, quality=quality, **settings)
    return file.getvalue(), np.asarray(Image.open(file).convert("RGB"))


def bare_length(data):
    """Bytes of a file that hold the picture alone.

    Of a JPEG these are the scans, without the segments of markers, tables and comments;
    of JPEG 2000 what follows the marker ``SOD`` of its only tile; of a WebP the content
    of the chunk ``VP8``, whose own tables cannot be told apart.

    Args:
        data: The file.

    Raises:
        ValueError: If the file is none of these.
    """
    if data[:4] == b"RIFF" and data[12:16] == b"VP8 ":
        return int.from_bytes(data[16:20], "little")
    if data[:4] == b"\xff\x4f\xff\x51":
        return len(data) - 2 - (data.index(b"\xff\x93") + 2)
    if data[:2] != b"\xff\xd8":
        raise ValueError(f"data must be a JPEG or WebP file; got {data[:4]!r}")
    at, bare = 2, 0
    while data[at : at + 2] != b"\xff\xd9":
        scan = data[at + 1] == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if scan:
            begin = at
            # Inside a scan 0xFF is followed by 0 or by a restart marker.
            while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
                at += 1
            bare += at - begin
    return bare


def pillow_curve(image, kind, qualities=None):
    """Measure a codec of Pillow at many qualities.

    Returns:
        A list of `Point`, one for each quality.
    """
    points = []
    for quality in qualities or KINDS[kind][2]:
        data, restored = pillow_file(image, kind, quality)
        points.append(point(image, restored, len(data), bare_length(data)))
    return points


def bits_at(points, levels, bare=False, measure="psnr"):
    """Bits per pixel at given quality, on a smooth monotone curve through the points.

    Between the points the logarithm of the rate is interpolated (piecewise cubic
    Hermite). Where a higher rate brought no higher quality, the point is left out.

    Args:
        points: A list of `Point`.
        levels: PSNR in dB, or SSIM; any shape.
        bare: Whether to count without headers and tables.
        measure: "psnr" or "ssim".

    Returns:
        Bits per pixel, shaped as `levels`; NaN outside of the points.
    """
    x, y = _curve(points, bare, measure)
    return np.exp(PchipInterpolator(x, y, extrapolate=False)(levels))


def _curve(points, bare, measure):
    pairs = [(getattr(p, measure), p.bare_bpp if bare else p.bpp) for p in points]
    pairs = sorted(
        (level, rate) for level, rate in pairs if np.isfinite(level) and rate > 0
    )
    kept = []
    for level, rate in pairs:
        while kept and rate <= kept[-1][1]:
            kept.pop()
        if not kept or level > kept[-1][0]:
            kept.append((level, rate))
    levels, rates = np.transpose(kept)
    return levels, np.log(rates)


def bd_rate(points, reference, bare=False, within=(-np.inf, np.inf), measure="psnr"):
    """Bjontegaard's mean difference of rates at equal PSNR (or SSIM), in percent.

    Args:
        points: A list of `Point`.
        reference: Another one, whose quality overlaps.
        bare: Whether to count without headers and tables.
        within: Lowest and highest quality to average over, where both curves reach them.
        measure: "psnr" or "ssim".

    Returns:
        How many percent more bits (less, if below 0) than the reference, averaged in the
        logarithm over the quality that both reach.

    Raises:
        ValueError: If the curves share no quality.

    Source:
        Bjontegaard (2001), Calculation of average PSNR differences between RD-curves.
    """
    own, other = _curve(points, bare, measure), _curve(reference, bare, measure)
    low = max(own[0][0], other[0][0], within[0])
    high = min(own[0][-1], other[0][-1], within[1])
    if not low < high:
        raise ValueError(f"the curves must share {measure}; got none from {low} to {high}")
    mean = [PchipInterpolator(*curve).integrate(low, high) for curve in (own, other)]
    return float(100.0 * np.expm1((mean[0] - mean[1]) / (high - low)))
