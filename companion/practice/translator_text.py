"""Texts as rows of symbols and back, with special symbols for what is no character.

`PAD` fills a row behind its text, `START` stands before a translation, `END` closes it,
and every character that the training texts do not have is read as `UNKNOWN`. A network
never writes one of these but `END`.
"""

import numpy as np

PAD = 0
START = 1
END = 2
UNKNOWN = 3
N_SPECIAL = 4
SHOWN = 40  # characters of a bad text that a message quotes


class Alphabet:
    """The characters of some texts, numbered from `N_SPECIAL` in their Unicode order.

    Args:
        texts: Texts, at least one of them not empty.

    Raises:
        ValueError: If there is no character.
    """

    def __init__(self, texts):
        self.characters = "".join(sorted(set().union(*map(str, texts))))
        if not self.characters:
            raise ValueError("texts must hold at least one character; got none")
        self._numbers = {c: i for i, c in enumerate(self.characters, N_SPECIAL)}

    def __len__(self):
        return N_SPECIAL + len(self.characters)

    def encode(self, texts, length):
        """Turn texts into rows of symbols.

        Args:
            texts: Sequence of texts.
            length: Symbols in a row; the longest text that is allowed.

        Returns:
            Symbols, shape (n, length), int32; padding behind each text.

        Raises:
            ValueError: If `texts` is a single text or empty; or if one is no text, is
                empty, longer than `length`, or has no character of the alphabet.
        """
        if isinstance(texts, str) or len(texts) == 0:
            raise ValueError(f"texts must be a sequence of texts; got {_quoted(texts)}")
        rows = np.full((len(texts), length), PAD, "int32")
        for i, text in enumerate(texts):
            _check_text(i, text, length)
            row = [self._numbers.get(c, UNKNOWN) for c in text]
            if set(row) == {UNKNOWN}:
                raise ValueError(
                    f"texts[{i}] must have a character that the training texts have; "
                    f"got {_quoted(text)}"
                )
            rows[i, : len(row)] = row
        return rows

    def encode_targets(self, texts, length):
        """The same for translations: each is closed by `END`, which `length` includes."""
        rows = self.encode(texts, length - 1)
        rows = np.pad(rows, [(0, 0), (0, 1)], constant_values=PAD)
        rows[np.arange(len(rows)), np.sum(rows != PAD, axis=1)] = END
        return rows

    def decode(self, rows):
        """Turn rows of symbols into texts; each ends before its first `END`.

        Args:
            rows: Symbols, shape (n, length); special ones other than `END` are left out.

        Returns:
            Texts, shape (n,), str.
        """
        return np.array([self._text(row) for row in np.asarray(rows).tolist()], dtype=str)

    def _text(self, row):
        row = row[: row.index(END)] if END in row else row
        return "".join(self.characters[i - N_SPECIAL] for i in row if i >= N_SPECIAL)


def _check_text(i, text, length):
    if not isinstance(text, str):
        raise ValueError(f"texts[{i}] must be a text; got {type(text).__name__}")
    if not 1 <= len(text) <= length:
        raise ValueError(
            f"texts[{i}] must have 1 to {length} characters; got {len(text)}: "
            f"{_quoted(text)}"
        )


def _quoted(text):
    shown = text[:SHOWN] if isinstance(text, str) else text
    return f"{shown!r}" + (" ..." if isinstance(text, str) and len(text) > SHOWN else "")


def side_by_side(source, target):
    """Join the symbols of texts and translations into what a `Translator` trains on.

    Args:
        source: Symbols, shape (n, S), or (members, n, S) if they differ.
        target: Symbols, shape (n, T) or (members, n, T).

    Returns:
        Pairs, shape (n, 1 or members, S + T), int32.

    Raises:
        ValueError: If there are not as many translations as texts.
    """
    source, target = (np.asarray(a, "int32") for a in (source, target))
    if source.shape[:-1] != target.shape[:-1]:
        raise ValueError(
            f"target must have the shape of source, {source.shape}, except for the last "
            f"side; got {target.shape}"
        )
    pairs = np.concatenate([source, target], axis=-1)
    pairs = pairs if pairs.ndim == 3 else pairs[np.newaxis]
    return np.ascontiguousarray(pairs.swapaxes(0, 1))
