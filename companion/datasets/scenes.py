"""Whole photographs for programs that work on images: to train, to choose and to test on.

No photograph serves twice. The test photographs are a temple, a wall of bricks, coins, a
retina and a stained tissue, so that nothing in training is quite like them.
"""

import numpy as np

from companion.datasets import Dataset
from companion.datasets.photographs import (
    PHOTOGRAPH_LICENSE,
    PHOTOGRAPH_SOURCE,
    PHOTOGRAPHS,
    photograph,
)

TRAIN = ("coffee", "chelsea", "rocket", "flower", "grace_hopper", "grass", "gravel")
VALIDATION = ("astronaut", "camera")
TEST = ("china", "brick", "coins", "retina", "immunohistochemistry")
OTHERS = ("coins", "retina", "immunohistochemistry")  # beyond `PHOTOGRAPHS`
RETINA_BLOCK = 4  # pixels averaged in each direction
SCENE_LICENSE = (
    "retina: CC0; coins, immunohistochemistry: no known copyright restrictions; the others "
    f"follow. {PHOTOGRAPH_LICENSE}"
)
SCENE_SOURCE = f"{PHOTOGRAPH_SOURCE}; coins, retina, immunohistochemistry: scikit-image"


def scene_patches():
    """Gray patches, 32 x 32 pixels, of the photographs of this module.

    Returns:
        A `Dataset`; x is (n, 32, 32, 1), y the index of the photograph in
        `TRAIN + VALIDATION + TEST`.
    """
    parts, names = [], (*TRAIN, *VALIDATION, *TEST)
    for part in (TRAIN, VALIDATION, TEST):
        tiles = [patches((which,), 32) for which in part]
        y = np.repeat([names.index(w) for w in part], [len(t) for t in tiles])
        parts += [np.concatenate(tiles), y.astype(np.int64)]
    return Dataset(*parts, name="scene_patches", source=SCENE_SOURCE, license=SCENE_LICENSE)


def scene(which, side=None):
    """One gray photograph, whole or its middle.

    Args:
        which: A name among `TRAIN`, `VALIDATION` and `TEST`.
        side: Height and width of a square around the middle; the whole if None.

    Returns:
        float32 in [0, 1], shape (height, width, 1).

    Raises:
        ValueError: If there is no such photograph, or the square does not fit.
    """
    if which in PHOTOGRAPHS:
        image = photograph(which, gray=True)
    elif which in OTHERS:
        image = _from_scikit_image(which)
    else:
        known = ", ".join((*TRAIN, *VALIDATION, *TEST))
        raise ValueError(f"which must be among {known}; got {which!r}")
    if side is None:
        return image
    if not 1 <= side <= min(image.shape[:2]):
        raise ValueError(f"side must fit into {image.shape[:2]} of {which}; got {side}")
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side].copy()


def scenes(names, side):
    """The middles of several photographs, shape (n, side, side, 1)."""
    return np.stack([scene(which, side) for which in names])


def patches(names, side):
    """Cut photographs into squares that do not overlap, and leave out flat ones.

    Args:
        names: Photographs, for example `TRAIN`.
        side: Height and width of a square.

    Returns:
        float32 in [0, 1], shape (n, side, side, 1); photographs in the given order.
    """
    tiles = []
    for which in names:
        image = scene(which)
        rows, columns = image.shape[0] // side, image.shape[1] // side
        grid = image[: rows * side, : columns * side].reshape(rows, side, columns, side)
        tiles.append(grid.swapaxes(1, 2).reshape(-1, side, side, 1))
    tiles = np.concatenate(tiles)
    return tiles[tiles.std(axis=(1, 2, 3)) > 0]


def _from_scikit_image(which):
    import skimage.data
    from skimage.color import rgb2gray

    image = getattr(skimage.data, which)() / 255.0
    image = rgb2gray(image) if image.ndim == 3 else image
    if which == "retina":  # far more pixels than details
        whole = [side - side % RETINA_BLOCK for side in image.shape]
        blocks = image[: whole[0], : whole[1]].reshape(
            whole[0] // RETINA_BLOCK, RETINA_BLOCK, whole[1] // RETINA_BLOCK, RETINA_BLOCK
        )
        image = blocks.mean(axis=(1, 3))
    return image[..., np.newaxis].astype(np.float32)
