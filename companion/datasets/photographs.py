"""Natural patches cut from the photographs that ship with the course's dependencies.

Test patches come from a photograph that is used for nothing else, and so do validation
patches; patches never overlap.
"""

import numpy as np

from companion.datasets import Dataset

GRAY_TRAIN = (
    "camera",
    "coffee",
    "chelsea",
    "rocket",
    "grass",
    "gravel",
    "brick",
    "flower",
    "grace_hopper",
)
COLOR_TRAIN = ("coffee", "chelsea", "rocket", "flower", "grace_hopper")
VALIDATION_PHOTOGRAPH = "astronaut"
TEST_PHOTOGRAPH = "china"
PHOTOGRAPHS = (*GRAY_TRAIN, VALIDATION_PHOTOGRAPH, TEST_PHOTOGRAPH)

PHOTOGRAPH_SOURCE = (
    "Photographs shipped with scikit-image (skimage.data), scikit-learn "
    "(load_sample_images: china, flower) and Matplotlib (sample data: grace_hopper)"
)
PHOTOGRAPH_LICENSE = (
    "china by danielbuechele and flower by vultilion: CC BY 2.0; camera, coffee, chelsea, "
    "grass, gravel, brick: CC0; rocket, astronaut, grace_hopper: public domain"
)


def photographs_gray():
    """Natural patches in gray, 16 x 16 pixels, cut without overlap from photographs.

    Training patches come from nine photographs (`GRAY_TRAIN`), validation patches from
    the astronaut alone and test patches from the photograph of a Chinese temple alone,
    so that no photograph serves twice. Of patches that repeat exactly (the black corners
    of the astronaut) one is kept.

    Returns:
        A `Dataset`; x is (n, 16, 16, 1), y the index of the photograph in `PHOTOGRAPHS`.
        There are 8789 training, 978 validation and 1040 test patches.
    """
    return _patches("photographs_gray", GRAY_TRAIN, size=16, gray=True)


def photographs_color():
    """Natural patches in color, 32 x 32 pixels, cut without overlap from photographs.

    Split by photograph as in `photographs_gray`, with the five color photographs of
    `COLOR_TRAIN` for training.

    Returns:
        A `Dataset`; x is (n, 32, 32, 3), y the index of the photograph in `PHOTOGRAPHS`.
        There are 1150 training, 254 validation and 260 test patches.
    """
    return _patches("photographs_color", COLOR_TRAIN, size=32, gray=False)


def photograph(which, *, gray):
    """One whole photograph.

    Args:
        which: A name among `PHOTOGRAPHS`.
        gray: Whether to mix its colors into one channel.

    Returns:
        float32 in [0, 1], shape (height, width, channels).

    Raises:
        ValueError: If there is no such photograph.
    """
    if which not in PHOTOGRAPHS:
        raise ValueError(f"which must be among {', '.join(PHOTOGRAPHS)}; got {which!r}")
    from skimage.color import rgb2gray

    image = _read_photograph(which) / 255.0
    if gray:
        image = rgb2gray(image) if image.ndim == 3 else image
        image = image[..., np.newaxis]
    return image.astype(np.float32)


def _patches(name, train, size, gray):
    def cut(photographs):
        tiles = [_tiles(photograph(which, gray=gray), size) for which in photographs]
        y = np.repeat([PHOTOGRAPHS.index(w) for w in photographs], [len(t) for t in tiles])
        return np.concatenate(tiles), y.astype(np.int64)

    return Dataset(
        *cut(train),
        *cut((VALIDATION_PHOTOGRAPH,)),
        *cut((TEST_PHOTOGRAPH,)),
        name=name,
        source=PHOTOGRAPH_SOURCE,
        license=PHOTOGRAPH_LICENSE,
    )


def _tiles(image, size):
    """Cut (height, width, channels) into non-overlapping squares, repeats left out."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    grid = image[: rows * size, : columns * size].reshape(rows, size, columns, size, -1)
    tiles = grid.swapaxes(1, 2).reshape(rows * columns, size, size, -1)
    _, first = np.unique(tiles.reshape(len(tiles), -1), axis=0, return_index=True)
    return tiles[np.sort(first)]


def _read_photograph(which):
    if which in ("china", "flower"):
        from sklearn.datasets import load_sample_image

        return load_sample_image(f"{which}.jpg")
    if which == "grace_hopper":
        from matplotlib.cbook import get_sample_data
        from PIL import Image

        with get_sample_data("grace_hopper.jpg") as file:
            return np.asarray(Image.open(file))
    import skimage.data

    return getattr(skimage.data, which)()
