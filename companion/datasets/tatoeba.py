"""English sentences and their Chinese translations, from the project Tatoeba.

The file ``cmn-eng.txt`` stands in ``cmn-eng.zip`` at https://www.manythings.org/anki/.
That address gives a newer file from time to time, so nothing is downloaded from there:
put the file of the stated checksum in ``COMPANION_DATA/tatoeba/`` by hand. It is verified
whenever it is loaded.
"""

import zlib

import numpy as np

from companion.datasets import Dataset, DatasetError
from companion.datasets.cache import Collection, RemoteFile, fetch

N_COLUMNS = 3
COLLECTION = Collection(
    mirrors=(),
    files=(
        RemoteFile(
            "cmn-eng.txt",
            "d0f1cfbcfffe73dbbf738e292f2fb98cb2b09f2560e44cc3f1160ac20844df24",
            4_151_195,
        ),
    ),
    embedded_instead="dates",
)
COLLECTIONS = {"tatoeba": COLLECTION}


def lines():
    """Read the whole file.

    Returns:
        Shape (29153, 3), str: English, Chinese, and whom the two sentences are by. Two
        lines of the file that lack a tab are left out.

    Raises:
        companion.datasets.DatasetError: If the file is not in the cache.
    """
    try:
        (path,) = fetch("tatoeba", COLLECTION)
    except DatasetError as error:
        how = "The file is in cmn-eng.zip at https://www.manythings.org/anki/ if that has "
        raise DatasetError(f"{error}\n{how}not changed; the checksum tells.") from error
    text = path.read_text(encoding="utf-8")
    # Not `splitlines`: a sentence may hold a line separator of its own.
    rows = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    return np.array([row for row in rows if len(row) == N_COLUMNS])


def is_simplified(text):
    """Whether every character stands in GB 2312, the set of the simplified script."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def tatoeba():
    """Load English sentences with a Chinese translation in the simplified script.

    Of several translations of a sentence the first one counts. A twentieth of the English
    sentences is for the test, a twentieth for validation.

    Returns:
        A `Dataset`; x is English, y Chinese, each (n,), str.

    Raises:
        companion.datasets.DatasetError: If the file is not in the cache.

    Source:
        https://tatoeba.org and https://www.manythings.org/anki/; who wrote each sentence
        stands in the third column of `lines`.
    """
    pairs = {}
    for english, chinese, _ in lines():
        if is_simplified(chinese):
            pairs.setdefault(str(english), str(chinese))
    x, y = np.array(list(pairs)), np.array(list(pairs.values()))
    share = np.array([zlib.crc32(text.encode()) % 20 for text in pairs])
    rows = (share > 1, share == 1, share == 0)
    return Dataset(
        *(array[part] for part in rows for array in (x, y)),
        name="tatoeba",
        source="Tatoeba (https://tatoeba.org), in the selection of manythings.org/anki",
        license="CC BY 2.0 FR; the author of each sentence stands in its line of the file",
    )
