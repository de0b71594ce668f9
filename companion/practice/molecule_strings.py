"""Molecules as rows of symbols, in SMILES or in SELFIES, and back.

Both notations write a molecule as a walk over its atoms. A SMILES string marks branches by
parentheses and rings by pairs of digits, so most strings of its symbols mean nothing. In
SELFIES every symbol is a rule that is read in the light of what stands before it; a symbol
that asks for more bonds than an atom has left gets fewer, so every row of symbols that
places an atom is a molecule.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import selfies
from rdkit import Chem, rdBase

SMILES_SYMBOL = re.compile(r"\[[^\]]*\]|Br|Cl|%\d\d|.")
SMILES_PIECES = re.compile(r"(?:\[[^\[\]]+\]|[A-Za-z0-9()=#%.+\-/\\@:*$])*")


@functools.lru_cache(maxsize=100_000)
def canonical(smiles):
    """Rewrite a SMILES string in RDKit's canonical form, without a word on stderr.

    Args:
        smiles: A text.

    Returns:
        Another text, the same for every way to write the molecule; None if `smiles` is no
        molecule or has no atom.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return None
    return Chem.MolToSmiles(molecule)


@functools.lru_cache(maxsize=100_000)
def _write_selfies(smiles):
    return selfies.encoder(smiles)


def _split_selfies(text):
    return list(selfies.split_selfies(text))


@functools.lru_cache(maxsize=100_000)
def _read_selfies(symbols):
    return canonical(selfies.decoder("".join(symbols)))


def _read_smiles(symbols):
    return canonical("".join(symbols))


@dataclass(frozen=True)
class Notation:
    """How molecules are written.

    Args:
        name: "SELFIES" or "SMILES".
        write: From a canonical SMILES string to a text of the notation.
        split: From such a text to its symbols.
        read: From symbols to canonical SMILES, None where they mean nothing.
    """

    name: str
    write: Callable
    split: Callable
    read: Callable


SELFIES = Notation("SELFIES", _write_selfies, _split_selfies, _read_selfies)
SMILES = Notation("SMILES", str, SMILES_SYMBOL.findall, _read_smiles)


@dataclass(frozen=True)
class Alphabet:
    """The symbols of a set of molecules, numbered from 1; 0 marks the end of a row.

    Args:
        notation: A `Notation`.
        symbols: Its symbols, in order; the first is the empty end mark.
        length: T, the number of places in a row.
    """

    notation: Notation
    symbols: tuple
    length: int

    @classmethod
    def of(cls, notation, molecules, length=None):
        """Collect the symbols of molecules.

        Args:
            notation: A `Notation`.
            molecules: Canonical SMILES strings.
            length: T, the number of places in a row; by default that of the longest.

        Returns:
            An `Alphabet`.
        """
        split = [notation.split(notation.write(str(smiles))) for smiles in molecules]
        found = {symbol for symbols in split for symbol in symbols}
        return cls(notation, ("", *sorted(found)), length or max(map(len, split)))

    def encode(self, molecules):
        """Write molecules as rows of numbers.

        Args:
            molecules: Canonical SMILES strings, n of them.

        Returns:
            int64 array, (n, T); unused places at the end are 0.

        Raises:
            ValueError: If there is no molecule, one is empty, is no molecule, is longer
                than T, or has a symbol that the alphabet lacks.
        """
        if isinstance(molecules, str) or len(molecules) == 0:
            raise ValueError(f"molecules must be a list of texts; got {molecules!r:.60}")
        rows = np.zeros((len(molecules), self.length), "int64")
        number = {symbol: i for i, symbol in enumerate(self.symbols) if symbol}
        for row, smiles in zip(rows, molecules, strict=True):
            symbols = self._split(smiles)
            if unknown := [symbol for symbol in symbols if symbol not in number]:
                raise ValueError(
                    f"molecules must be written in the alphabet; got {unknown[0]!r:.20} in "
                    f"{smiles!r:.60}"
                )
            row[: len(symbols)] = [number[symbol] for symbol in symbols]
        return rows

    def _split(self, smiles):
        shown = f"{smiles!r:.60}"
        if not isinstance(smiles, str) or not smiles:
            raise ValueError(f"molecules must be texts that are not empty; got {shown}")
        # Before RDKit reads it: a text of a million characters shall fail at once.
        if len(smiles) > 50 * self.length:
            raise ValueError(
                f"molecules must have {self.length} symbols at most; got {shown}"
            )
        if not SMILES_PIECES.fullmatch(smiles) or canonical(str(smiles)) is None:
            raise ValueError(f"molecules must be SMILES strings; got {shown}")
        try:
            symbols = self.notation.split(self.notation.write(str(smiles)))
        except selfies.EncoderError as error:
            raise ValueError(
                f"molecules must be sayable in SELFIES; got {shown}"
            ) from error
        if len(symbols) > self.length:
            raise ValueError(
                f"molecules must have {self.length} symbols at most; got {len(symbols)} in "
                f"{shown}"
            )
        return symbols

    def one_hot(self, rows):
        """Turn rows of numbers, (n, T), into one-hot vectors, (n, T, V), float32."""
        return np.eye(len(self.symbols), dtype="float32")[rows]

    def decode(self, rows):
        """Read molecules from rows of numbers; what stands after an end mark is ignored.

        Args:
            rows: Integers from 0 to V - 1, shape (n, T).

        Returns:
            A list of n canonical SMILES strings, None for a row that is no molecule.

        Raises:
            ValueError: If `rows` is no table of such numbers.
        """
        rows = np.asarray(rows)
        if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.integer):
            raise ValueError(f"rows must be integers, (n, T); got shape {rows.shape}")
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self.symbols):
            raise ValueError(
                f"rows must lie in [0, {len(self.symbols) - 1}]; got values from "
                f"{rows.min()} to {rows.max()}"
            )
        return [self.notation.read(self.cut(row)) for row in rows]

    def cut(self, row):
        """The symbols of a row up to its first end mark, as a tuple."""
        ends = np.flatnonzero(np.asarray(row) == 0)
        return tuple(self.symbols[i] for i in row[: ends[0] if len(ends) else None])
