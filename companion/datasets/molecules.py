"""Sets of small organic molecules, each a canonical SMILES string with a property.

`companion.datasets.smiles` reads and cleans them; duplicates go before the split.

What is known of the rights: the National Cancer Institute gives out the open part of its
database as public domain data. ZINC calls itself a free public resource (Irwin et al.,
2012, doi:10.1021/ci3001277); under which terms a part of it may be passed on was not
confirmed, and the file of solubilities states no license of its own. So these two are
downloaded by whoever wants them, and not distributed here.
"""

import csv
import functools
from pathlib import Path

import numpy as np
from rdkit import Chem, RDConfig
from rdkit.Chem import Crippen

from companion.datasets import Dataset
from companion.datasets.cache import Collection, RemoteFile, fetch
from companion.datasets.smiles import SHARES, read_smiles

LONG = 50  # SELFIES tokens of the longest molecule of the full-size sets

ESOL = Collection(
    mirrors=("https://deepchemdata.s3-us-west-1.amazonaws.com/datasets/",),
    files=(
        RemoteFile(
            "delaney-processed.csv",
            "8c06a76f0c6487d29ab0f903e6a7a7139f189ab3c1178f159c8be8964602f189",
            96_699,
        ),
    ),
    embedded_instead="molecules",
)
ZINC = Collection(
    # The file is called test.txt there; what follows the question mark is ignored. The
    # checksum is that of data/zinc/test.txt at commit d4c425a of that repository.
    mirrors=(
        "https://raw.githubusercontent.com/wengong-jin/icml18-jtnn/master/data/zinc/test.txt?",
    ),
    files=(
        RemoteFile(
            "zinc-test-5000.txt",
            "31f6ce92914814db33bf0dbfc45f3836193e27cb80a59c54d88bc05a1f5fab83",
            225_615,
        ),
    ),
    embedded_instead="molecules",
)
COLLECTIONS = {"esol": ESOL, "zinc_5000": ZINC}


def molecules():
    """Molecules of the US National Cancer Institute, as they ship with RDKit.

    The split is random, after duplicates were removed: 70 % training, 15 % validation,
    15 % test. `companion.datasets.smiles.scaffold_split` makes one by ring skeleton.

    Returns:
        A `Dataset`; x is canonical SMILES, y the octanol-water partition coefficient log P
        that the atom contributions of Wildman and Crippen (1999) predict (no unit).
    """
    found, _ = embedded_molecules()
    return _dataset(
        "molecules",
        found,
        log_p(found),
        source="National Cancer Institute, first 5,000 of a public set, in RDKit's wheel",
        license="public domain data of the National Cancer Institute, in a BSD-3 package",
    )


def esol():
    """Measured solubility of small molecules in water.

    Returns:
        A `Dataset`; x is canonical SMILES, y the logarithm (base 10) of the solubility in
        mol per liter.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Delaney (2004), J. Chem. Inf. Comput. Sci. 44, 1000-1005.
    """
    (path,) = fetch("molecules", ESOL)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measured = "measured log solubility in mols per litre"
    known = {}
    for row in rows:
        kept, _ = read_smiles([row["smiles"]], LONG, min_molecules=1)
        if kept:
            # A molecule that stands there twice keeps its first measurement.
            known.setdefault(kept[0], float(row[measured]))
    found, _ = read_smiles(known, LONG, min_molecules=10)
    return _dataset(
        "esol",
        found,
        [known[smiles] for smiles in found],
        source="Delaney (2004), as DeepChem distributes it",
        license="not stated with the file",
    )


def zinc_5000():
    """Drug-like molecules for sale: the 5,000 test molecules of Jin et al. from ZINC.

    Returns:
        A `Dataset`, with y as in `molecules`.

    Raises:
        companion.datasets.DatasetError: If the file is neither in the cache nor to be had.

    Source:
        Jin, Barzilay and Jaakkola (2018), arXiv:1802.04364; the molecules: ZINC.
    """
    (path,) = fetch("molecules", ZINC)
    found, _ = read_smiles(path.read_text(encoding="utf-8").splitlines(), LONG)
    return _dataset(
        "zinc_5000",
        found,
        log_p(found),
        source="ZINC, the test part of Jin, Barzilay and Jaakkola (2018)",
        license="free to use, as ZINC states; terms of passing it on unconfirmed",
    )


@functools.cache
def embedded_molecules():
    """Read the file that ships with RDKit; see `read_smiles` for what is returned."""
    path = Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi"
    return read_smiles(path.read_text(encoding="utf-8").splitlines())


def log_p(smiles):
    """Predict log P of molecules, (n,) SMILES, by Wildman and Crippen's contributions."""
    return [Crippen.MolLogP(Chem.MolFromSmiles(one)) for one in smiles]


def _dataset(name, smiles, y, source, license):
    rng = np.random.default_rng(0)
    rows, n = rng.permutation(len(smiles)), len(smiles)
    cuts = np.cumsum([round(n * share) for share in SHARES[:-1]])
    x, y = np.array(smiles), np.array(y, "float32")
    arrays = [array[part] for part in np.split(rows, cuts) for array in (x, y)]
    return Dataset(*arrays, name=name, source=source, license=license)
