"""Clean a photograph of any size with a trained network.

A network takes (batch, height, width, 2), the noisy image and a map of the noise level, and
answers with (batch, height, width, 1). It states two facts about itself:

    grid      sides must be a multiple of it, and so must the places where tiles begin
    reach     how far away, in pixels, an input may be that changes an output

`denoise` cuts a large photograph into tiles that overlap by more than the reach, so that
memory is bounded and no seam can appear: the answer is that for the whole image.
"""

import keras
import numpy as np

from companion.practice.photograph_noise import noise_level

SMALLEST = 16  # pixels; smaller images are mirrored up to it


def denoise(model, image, level=None, tile=256):
    """Clean an image.

    Args:
        model: A trained network, see above.
        image: Damaged image, floats; black is 0 and white 1, and noise may pass both.
            Shape (height, width) or (height, width, channels); channels are cleaned one
            by one.
        level: Standard deviation of the noise: one number, or a map of the shape of the
            image or of one channel. If None, it is estimated for each channel.
        tile: Side of a tile in pixels, without its margin; at least 1.

    Returns:
        The clean image, float32 in [0, 1], shaped as image.

    Raises:
        ValueError: If the image is no image of finite floats near [0, 1], `level` does not
            fit, or `tile` is below 1.
    """
    image = _checked_image(image)
    if isinstance(tile, bool) or not isinstance(tile, int | np.integer) or tile < 1:
        raise ValueError(f"tile must be an integer of at least 1; got {tile!r}")
    channels = image[..., np.newaxis] if image.ndim == 2 else image
    levels = _checked_level(level, image, channels)
    x = np.stack([channels, levels], axis=-1)
    clean = [_clean(model, x[:, :, c], tile) for c in range(channels.shape[-1])]
    return np.clip(np.stack(clean, axis=-1), 0.0, 1.0).reshape(image.shape)


def _clean(model, x, tile):
    """Clean one channel; x is (height, width, 2)."""
    height, width = x.shape[:2]
    x = _padded(x, model.grid)
    step = -(-tile // model.grid) * model.grid
    margin = -(-max(model.reach, SMALLEST) // model.grid) * model.grid
    result = np.empty(x.shape[:2], np.float32)
    for top in range(0, x.shape[0], step):
        for left in range(0, x.shape[1], step):
            first = max(top - margin, 0), max(left - margin, 0)
            part = x[first[0] : top + step + margin, first[1] : left + step + margin]
            answer = keras.ops.convert_to_numpy(model(part[np.newaxis]))[0, ..., 0]
            rows, columns = slice(top, top + step), slice(left, left + step)
            place = result[rows, columns]
            inner = top - first[0], left - first[1]
            place[:] = answer[inner[0] :, inner[1] :][: place.shape[0], : place.shape[1]]
    return result[:height, :width]


def _padded(x, grid):
    """Mirror an image at its lower and right border up to a size the network takes."""
    least = -(-SMALLEST // grid) * grid
    sides = [max(-(-side // grid) * grid, least) for side in x.shape[:2]]
    extra = [(0, new - old) for new, old in zip(sides, x.shape[:2], strict=True)]
    return np.pad(x, [*extra, (0, 0)], mode="symmetric")


def _checked_image(image):
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(
            "image must have shape (height, width) or (height, width, channels), all "
            f"sides >= 1; got {image.shape}"
        )
    if not np.issubdtype(image.dtype, np.floating):
        raise ValueError(
            f"image must be floats with white at 1; got {image.dtype} (divide bytes by 255)"
        )
    if not np.isfinite(image).all():
        n_bad = np.sum(~np.isfinite(image))
        raise ValueError(f"image must be finite; got {n_bad} NaN or infinite pixels")
    middle = np.median(image)
    if not -0.5 <= middle <= 1.5:
        raise ValueError(
            f"image must have black at 0 and white at 1; got a median of {middle:.4g}"
        )
    return image.astype(np.float32)


def _checked_level(level, image, channels):
    if level is None:
        levels = [noise_level(channels[..., c]) for c in range(channels.shape[-1])]
        return np.broadcast_to(np.float32(levels), channels.shape)
    level = np.asarray(level, dtype=np.float32)
    if level.shape not in ((), image.shape, image.shape[:2]):
        raise ValueError(
            f"level must be one number or a map of shape {image.shape}; got {level.shape}"
        )
    if not (np.isfinite(level).all() and (level >= 0).all()):
        raise ValueError("level must be finite and not negative everywhere")
    level = level[..., np.newaxis] if level.ndim == 2 else level
    return np.broadcast_to(level, channels.shape)
