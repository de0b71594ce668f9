"""Molecules as small pictures: the drawing that a chemist reads."""

import io

import numpy as np
from PIL import Image
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

N_GRAYS = 16


def pictures(smiles, size=120):
    """Draw molecules.

    Args:
        smiles: SMILES strings, n of them.
        size: Width and height of each picture, in pixels.

    Returns:
        (n, size, size), float32 in [0, 1], in few shades of gray for small files.

    Raises:
        ValueError: If a text is no molecule.
    """
    return np.array([_picture(str(one), size) for one in smiles], "float32")


def _picture(smiles, size):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"smiles must hold molecules; got {smiles!r:.60}")
    drawing = rdMolDraw2D.MolDraw2DCairo(size, size)
    drawing.drawOptions().useBWAtomPalette()
    drawing.drawOptions().bondLineWidth = 1
    rdMolDraw2D.PrepareAndDrawMolecule(drawing, molecule)
    drawing.FinishDrawing()
    image = Image.open(io.BytesIO(drawing.GetDrawingText())).convert("L")
    return np.round(np.asarray(image) / 255.0 * (N_GRAYS - 1)) / (N_GRAYS - 1)
