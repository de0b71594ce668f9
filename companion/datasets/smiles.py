"""Read SMILES strings: clean them, count what is left out, split them by ring skeleton.

A SMILES string writes a molecule as a walk over its atoms, "CCO" for ethanol. One
molecule has many such strings, so all are rewritten in the canonical form of RDKit.
"""

import functools
from collections import Counter

import numpy as np
import selfies
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.Scaffolds import MurckoScaffold

MAX_TOKENS = 30
MIN_MOLECULES = 20
SHARES = (0.7, 0.15, 0.15)
LONGEST_LINE = 2000
REASONS = ("empty", "invalid", "charged", "no round trip", "too long", "rare token")
REASONS += ("duplicate",)


def read_smiles(lines, max_tokens=MAX_TOKENS, min_molecules=MIN_MOLECULES):
    """Read one molecule from each line, and count what is left out and why.

    A line is a SMILES string, and anything after white space is ignored. Of salts and
    mixtures the largest part is kept, charges are neutralized where a proton can do it, and
    stereochemistry is dropped. The result is in RDKit's canonical form, without duplicates,
    in the order of the lines.

    Args:
        lines: Texts.
        max_tokens: Longest SELFIES string kept, in tokens.
        min_molecules: A molecule with a SELFIES token that fewer have is left out.

    Returns:
        molecules: A tuple of canonical SMILES.
        report: A dictionary: "read", the number of lines, "kept", and how many were left
            out for each reason: "empty", "invalid", "charged" (and not to be neutralized),
            "no round trip" (SELFIES cannot say it), "too long", "rare token", "duplicate".

    Raises:
        ValueError: If `lines` is one text, or holds something that is no text.
    """
    if isinstance(lines, str):
        raise ValueError(f"lines must be a sequence of texts; got the text {lines[:40]!r}")
    lines = list(lines)
    for line in lines:
        if not isinstance(line, str):
            raise ValueError(f"lines must hold texts; got {line!r}")
    report, tokens = Counter(dict.fromkeys(REASONS, 0)), {}
    with rdBase.BlockLogs():
        for line in lines:
            smiles, split = _read_line(line, max_tokens)
            if split is None:
                report[smiles] += 1
            elif smiles in tokens:
                report["duplicate"] += 1
            else:
                tokens[smiles] = split
    counts = Counter(token for split in tokens.values() for token in set(split))
    kept = tuple(
        smiles
        for smiles, split in tokens.items()
        if all(counts[token] >= min_molecules for token in split)
    )
    report["rare token"] = len(tokens) - len(kept)
    return kept, {"read": len(lines), "kept": len(kept), **report}


def _read_line(line, max_tokens):
    """One line to canonical SMILES and its SELFIES tokens, or to a reason and None."""
    words = line.split()
    if not words:
        return "empty", None
    molecule = _parse(words[0])
    if molecule is None:
        return "invalid", None
    molecule = _neutral_part(molecule)
    if Chem.GetFormalCharge(molecule):
        return "charged", None
    smiles = Chem.MolToSmiles(molecule)
    try:
        string = selfies.encoder(smiles)
        split = tuple(selfies.split_selfies(string))
        if len(split) > max_tokens:
            return "too long", None
        again = Chem.MolFromSmiles(selfies.decoder(string))
    except (selfies.EncoderError, selfies.DecoderError):
        again = None
    if again is None or Chem.MolToSmiles(again) != smiles:
        return "no round trip", None
    return smiles, split


def _parse(word):
    if len(word) > LONGEST_LINE or not word.isascii():
        return None
    molecule = Chem.MolFromSmiles(word)
    return molecule if molecule is not None and molecule.GetNumAtoms() else None


def _neutral_part(molecule):
    """The largest part of a salt or mixture, neutralized, without stereochemistry."""
    parts = Chem.GetMolFrags(molecule, asMols=True)
    part = parts[0]
    if len(parts) > 1:
        part = max(parts, key=lambda one: (one.GetNumHeavyAtoms(), Chem.MolToSmiles(one)))
    if Chem.GetFormalCharge(part):
        part = rdMolStandardize.Uncharger().uncharge(part)
    Chem.RemoveStereochemistry(part)
    # Parsed again, because what was changed may have another canonical form.
    return Chem.MolFromSmiles(Chem.MolToSmiles(part)) or part


def scaffolds(smiles):
    """Find the rings of molecules and what links them, as canonical SMILES.

    Args:
        smiles: SMILES strings, (n,).

    Returns:
        A list of n texts; empty for a molecule without rings.

    Source:
        Bemis and Murcko (1996), J. Med. Chem. 39, 2887-2893.
    """
    return [_scaffold(str(one)) for one in smiles]


@functools.lru_cache(maxsize=100_000)
def _scaffold(smiles):
    return MurckoScaffold.MurckoScaffoldSmiles(smiles)


def scaffold_split(smiles, rng, shares=SHARES):
    """Split so that no ring skeleton stands in two parts.

    Whole groups of molecules with one scaffold go, in random order, to the part with most
    room; very large ones go to training. A molecule without rings is a group of its own.

    Args:
        smiles: SMILES strings, (n,).
        rng: A `numpy.random.Generator`.
        shares: Shares of training, validation and test, which sum to 1.

    Returns:
        Three sorted arrays of indices.

    Raises:
        ValueError: If the shares are not positive or do not sum to 1.
    """
    if min(shares) <= 0 or not np.isclose(sum(shares), 1.0):
        raise ValueError(f"shares must be positive and sum to 1; got {shares}")
    groups = {}
    for row, (one, scaffold) in enumerate(zip(smiles, scaffolds(smiles), strict=True)):
        groups.setdefault(scaffold or one, []).append(row)
    groups = sorted(groups.values())
    room = np.array(shares) * len(smiles)
    parts = [[] for _ in shares]
    # Groups that half fill the smallest part go to training, before it is full of others.
    large = [len(group) > room.min() / 2 for group in groups]
    order = rng.permutation(len(groups))
    for i in sorted(order, key=lambda i: not large[i]):
        part = 0 if large[i] else int(np.argmax(room / shares))
        parts[part] += groups[i]
        room[part] -= len(groups[i])
    return tuple(np.sort(part).astype("int64") for part in parts)
