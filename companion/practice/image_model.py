"""A trained image coder as arrays: its file, its identity, and what encoder and decoder do.

A model file is an ``.npz`` without pickles: whole numbers for all that the decoder needs,
float32 for the encoder's patterns, and a JSON text that tells how it was made. Its
identity is the start of a SHA-256 over all arrays, so that a file of another model can be
refused.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from companion.practice.entropy_model import EntropyModel
from companion.practice.exact_decoder import PIXEL_POINT, ExactDecoder
from companion.practice.forecasts import FORECASTER, ONE, Forecaster

SHIPPED = Path(__file__).parent / "image_model.npz"
QUALITIES = range(37)
WIDEST_STEP = 0.8
PER_HALVING = 6  # qualities after which the step is half as wide
PRICE = 0.1155  # squared error, in cells, that the encoder pays for a bit: ln(2) / 6


def steps():
    """Widths of the cells by quality, in units of x: from 0.8 to 0.0125, (37,)."""
    return WIDEST_STEP * 2.0 ** (-np.array(QUALITIES) / PER_HALVING)


def fixed_steps():
    """Steps as whole numbers: width, its logarithm and its inverse, each (37,)."""
    width = steps()
    return {
        "step": np.rint(width * 2**PIXEL_POINT).astype(np.int32),
        "log_step": np.rint(np.log(width) * ONE).astype(np.int32),
        "per_step": np.rint(ONE / width).astype(np.int32),
    }


@dataclass(frozen=True, eq=False)
class ImageModel:
    """Encoder, decoder and entropy model of images.

    Args:
        arrays: What `load` reads and `companion.practice.train_codec` makes, by name.
        about: How it was made: recipe, seed and measures.
    """

    arrays: dict
    about: dict

    @cached_property
    def identity(self):
        """Eight bytes that tell this model from others."""
        digest = hashlib.sha256()
        for name in sorted(self.arrays):
            array = self.arrays[name]
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            digest.update(f"{name} {array.dtype.name} {array.shape};".encode())
            digest.update(little.tobytes())
        return digest.digest()[:8]

    @cached_property
    def stride(self):
        """Pixels between blocks."""
        return len(self.arrays["rows"])

    @cached_property
    def entropy(self):
        """The `EntropyModel` of the codes."""
        parts = {name: self.arrays[name].astype(float) for name in FORECASTER}
        return EntropyModel(Forecaster(**parts), self.arrays["frequencies"])

    @cached_property
    def decoder(self):
        """The `ExactDecoder` of the codes."""
        a = {name: array.astype(float) for name, array in self.arrays.items()}
        return ExactDecoder(
            rows=a["rows_back"],
            columns=a["columns_back"],
            colors=a["colors_back"],
            order=self.arrays["order"].astype(int),
            **{
                name: tuple(a[f"{name}_{i}"] for i in range(3))
                for name in ("kernels", "biases", "tilts")
            },
        )

    def grid(self, height, width):
        """Blocks in a column and in a row of an image."""
        return -(-height // self.stride), -(-width // self.stride)

    def analyze(self, image):
        """Coefficients (K, h, w) of an image in [0, 1], (height, width, 3)."""
        stride, half = self.stride, self.stride // 2
        (h, w), (height, width) = self.grid(*image.shape[:2]), image.shape[:2]
        below, right = h * stride - height, w * stride - width
        x = (np.asarray(image, float) - 0.5) @ self.arrays["colors"].T
        x = np.pad(x, ((0, below), (0, right), (0, 0)), mode="edge")
        x = np.pad(x, ((half, half), (half, half), (0, 0)), mode="symmetric")
        x = x.reshape(h + 1, stride, -1)
        x = np.concatenate((x[:-1], x[1:]), axis=1)  # (h, 2 S, columns and colors)
        x = np.einsum("ui,hix->hux", self.arrays["rows"], x)
        x = x.reshape(h, stride, w + 1, stride, 3)
        x = np.concatenate((x[:, :, :-1], x[:, :, 1:]), axis=3)
        x = np.einsum("huwjc,vj->uvchw", x, self.arrays["columns"], optimize=True)
        u, v, c = self.arrays["order"].T
        return x[u, v, c]

    def choose(self, image, quality, price=PRICE):
        """Codes (K, h, w) of an image in [0, 1], and the bits they should take."""
        values = self.analyze(image) / (self.arrays["step"][quality] / 2.0**PIXEL_POINT)
        return self.entropy.choose(values, int(self.arrays["per_step"][quality]), price)

    def synthesize(self, codes, quality, size):
        """Decode codes to an image of `size`: uint8, (height, width, 3)."""
        step, log_step = (int(self.arrays[n][quality]) for n in ("step", "log_step"))
        return self.decoder.image(codes, step, log_step, size)

    def save(self, path):
        """Write the file of the model."""
        about = np.frombuffer(json.dumps(self.about, sort_keys=True).encode(), np.uint8)
        np.savez_compressed(path, about=about, **self.arrays)


@lru_cache(maxsize=4)
def load(path=SHIPPED):
    """Read a model from its file; by default the one that ships with the package."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return ImageModel(about=json.loads(arrays.pop("about").tobytes()), arrays=arrays)


def to_fixed(x, n_digits, dtype):
    """Round numbers to whole multiples of 2**-n_digits.

    Args:
        x: Numbers, any shape.
        n_digits: Binary digits after the point.
        dtype: Type of the result.

    Returns:
        The multiples, shaped as x.

    Raises:
        ValueError: If one does not fit into the type, or is NaN.
    """
    found = np.rint(np.asarray(x, dtype=float) * 2.0**n_digits)
    limits = np.iinfo(dtype)
    if not (found.min(initial=0) >= limits.min and found.max(initial=0) <= limits.max):
        raise ValueError(f"x must fit into {np.dtype(dtype)}; got up to {np.abs(x).max()}")
    return found.astype(dtype)
