"""Real data that ships inside the course's own dependencies; nothing is downloaded.

Every split is fixed. What the files themselves do not say (a unit, a sampling rate) is
said to be so, and not guessed.
"""

import numpy as np

from companion.datasets import Dataset

SPLIT_SEED = 0
GREY_TRAIN = (
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
COLOUR_TRAIN = ("coffee", "chelsea", "rocket", "flower", "grace_hopper")
VALIDATION_PHOTOGRAPH = "astronaut"
TEST_PHOTOGRAPH = "china"
PHOTOGRAPHS = (*GREY_TRAIN, VALIDATION_PHOTOGRAPH, TEST_PHOTOGRAPH)

PHOTOGRAPH_SOURCE = (
    "Photographs shipped with scikit-image (skimage.data), scikit-learn "
    "(load_sample_images: china, flower) and Matplotlib (sample data: grace_hopper)"
)
PHOTOGRAPH_LICENCE = (
    "china by danielbuechele and flower by vultilion: CC BY 2.0; camera, coffee, chelsea, "
    "grass, gravel, brick: CC0; rocket, astronaut, grace_hopper: public domain"
)


def digits():
    """Handwritten digits 0 to 9, 8 x 8 pixels, scaled from 0..16 to [0, 1].

    The split is stratified by class with a fixed seed: 1077 training, 360 validation and
    360 test images.

    Returns:
        A `Dataset`; x is (n, 8, 8, 1), y the digit.

    Source:
        Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; the
        1797 images of its test part, as in ``sklearn.datasets.load_digits``.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = (bunch.images / 16.0).astype(np.float32)[..., np.newaxis]
    return Dataset(
        *_stratified(x, bunch.target.astype(np.int64), n_val=360, n_test=360),
        name="digits",
        source="E. Alpaydin and C. Kaynak (1998), UCI, through sklearn.datasets.load_digits",
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
    )


def photographs_grey():
    """Natural patches in grey, 16 x 16 pixels, cut without overlap from photographs.

    Training patches come from nine photographs (`GREY_TRAIN`), validation patches from
    the astronaut alone and test patches from the photograph of a Chinese temple alone,
    so that no photograph serves twice. Of patches that repeat exactly (the black corners
    of the astronaut) one is kept.

    Returns:
        A `Dataset`; x is (n, 16, 16, 1), y the index of the photograph in `PHOTOGRAPHS`.
        There are 8789 training, 978 validation and 1040 test patches.
    """
    return _patches("photographs_grey", GREY_TRAIN, size=16, grey=True)


def photographs_colour():
    """Natural patches in colour, 32 x 32 pixels, cut without overlap from photographs.

    Split by photograph as in `photographs_grey`, with the five colour photographs of
    `COLOUR_TRAIN` for training.

    Returns:
        A `Dataset`; x is (n, 32, 32, 3), y the index of the photograph in `PHOTOGRAPHS`.
        There are 1150 training, 254 validation and 260 test patches.
    """
    return _patches("photographs_colour", COLOUR_TRAIN, size=32, grey=False)


def _stratified(x, y, n_val, n_test):
    """Split x and y with equal class shares: train, validation and test, x before y."""
    from sklearn.model_selection import train_test_split

    settings = {"random_state": SPLIT_SEED}
    x_rest, x_test, y_rest, y_test = train_test_split(
        x, y, test_size=n_test, stratify=y, **settings
    )
    x_train, x_val, y_train, y_val = train_test_split(
        x_rest, y_rest, test_size=n_val, stratify=y_rest, **settings
    )
    return x_train, y_train, x_val, y_val, x_test, y_test


def _patches(name, train, size, grey):
    def cut(photographs):
        tiles = [_tiles(_photograph(which, grey), size) for which in photographs]
        y = [np.full(len(t), PHOTOGRAPHS.index(w)) for t, w in zip(tiles, photographs)]
        return np.concatenate(tiles), np.concatenate(y).astype(np.int64)

    return Dataset(
        *cut(train),
        *cut((VALIDATION_PHOTOGRAPH,)),
        *cut((TEST_PHOTOGRAPH,)),
        name=name,
        source=PHOTOGRAPH_SOURCE,
        licence=PHOTOGRAPH_LICENCE,
    )


def _tiles(image, size):
    """Cut (height, width, channels) into non-overlapping squares, repeats left out."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    grid = image[: rows * size, : columns * size].reshape(rows, size, columns, size, -1)
    tiles = grid.swapaxes(1, 2).reshape(rows * columns, size, size, -1)
    _, first = np.unique(tiles.reshape(len(tiles), -1), axis=0, return_index=True)
    return tiles[np.sort(first)]


def _photograph(which, grey):
    """One photograph as float32 in [0, 1], (height, width, channels)."""
    from skimage.color import rgb2gray

    image = _read_photograph(which) / 255.0
    if grey:
        image = rgb2gray(image) if image.ndim == 3 else image
        image = image[..., np.newaxis]
    return image.astype(np.float32)


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
