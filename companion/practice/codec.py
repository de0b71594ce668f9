"""Images to bytes and back: a small file format around the trained coder.

A file is 24 bytes and a payload, all numbers little-endian:

    AEB and the version 1    4 bytes
    identity of the model    4 bytes
    height, width            2 bytes each
    channels, quality        1 byte each
    channels of the code     2 bytes
    length of the payload    4 bytes
    payload                  a multiple of 4 bytes
    CRC-32 of all before     4 bytes

Whatever is wrong with a file ends in a `CodecError` that says what; no wrong picture.
Sizes are checked before memory is taken for them.
"""

import struct
import zlib

import numpy as np

from companion.practice import image_model
from companion.practice.entropy_model import N_SYMBOLS, TOTAL, CorruptPayload

MAGIC, VERSION = b"AEB", 1
HEADER = struct.Struct("<3sB4sHHBBHI")
CHECKSUM = struct.Struct("<I")
OVERHEAD = HEADER.size + CHECKSUM.size  # bytes of a file beside its payload
MAX_PIXELS = 1 << 24
MAX_SIDE = 0xFFFF
DEFAULT_QUALITY = 18
# No table gives a symbol a larger share, so that every number takes at least these bits.
FEWEST_BITS = -np.log2((TOTAL - N_SYMBOLS + 1) / TOTAL)
SLACK_BITS = 64  # what the range coder may save or add at its end


class CodecError(ValueError):
    """What was given is no image, or no file of this format and model."""


def encode(image, quality=DEFAULT_QUALITY, model=None):
    """Compress one image.

    Args:
        image: (height, width, 3): uint8, or floating point in [0, 1], which is rounded to
            256 levels first.
        quality: From 0 to 36; six more halve the error's amplitude.
        model: An `companion.practice.image_model.ImageModel`; by default the shipped one.

    Returns:
        The bytes of a file.

    Raises:
        CodecError: If `image` is no such image, or `quality` no such number.
    """
    pixels = checked_image(image)
    if isinstance(quality, bool) or quality not in image_model.QUALITIES:
        raise CodecError(f"quality must be a whole number from 0 to 36; got {quality!r}")
    model = model or image_model.load()
    codes, _ = model.choose(pixels / 255.0, quality)
    payload, n_sent = model.entropy.encode(codes, int(model.arrays["per_step"][quality]))
    return pack(model, pixels.shape, quality, n_sent, payload)


def pack(model, shape, quality, n_sent, payload):
    """Put header, payload and checksum together."""
    head = (MAGIC, VERSION, model.identity[:4], *shape, quality, n_sent, len(payload))
    content = HEADER.pack(*head) + payload
    return content + CHECKSUM.pack(zlib.crc32(content))


def decode(data, model=None):
    """Restore an image from the bytes of a file.

    Args:
        data: Bytes that `encode` returned.
        model: The model they were made with; by default the shipped one.

    Returns:
        uint8, (height, width, 3): the same on every machine.

    Raises:
        CodecError: If the bytes are not a whole and unchanged file of this model.
    """
    model = model or image_model.load()
    height, width, quality, n_sent, payload = read_header(data, model)
    codes = unpack(payload, model, (height, width), quality, n_sent)
    return model.synthesize(codes, quality, (height, width))


def unpack(payload, model, size, quality, n_sent):
    """Decode the payload of a checked file to its codes, (K, h, w)."""
    shape = (len(model.arrays["order"]), *model.grid(*size))
    try:
        per_step = int(model.arrays["per_step"][quality])
        return model.entropy.decode(payload, shape, per_step, n_sent)
    except CorruptPayload as error:
        raise CodecError(f"the payload is corrupt: {error}") from error


def read_header(data, model):
    """Check a file, all but the meaning of its payload.

    Returns:
        height, width, quality, number of code channels sent, and the payload.

    Raises:
        CodecError: As `decode`.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise CodecError(f"data must be bytes; got {type(data).__name__}")
    data = bytes(data)
    if data[: len(MAGIC)] != MAGIC[: len(data)] or not data:
        raise CodecError("not an AEB file: it begins with other bytes")
    if len(data) < OVERHEAD:
        raise CodecError(f"truncated: {len(data)} bytes are less than a header")
    _, version, identity, *content = HEADER.unpack_from(data)
    length = content[-1]
    if version != VERSION:
        raise CodecError(f"version {version} of the format; this program reads {VERSION}")
    if len(data) != OVERHEAD + length:
        state = "truncated" if len(data) < OVERHEAD + length else "too long"
        raise CodecError(f"{state}: {len(data)} bytes instead of {OVERHEAD + length}")
    if CHECKSUM.unpack_from(data, len(data) - CHECKSUM.size)[0] != zlib.crc32(data[:-4]):
        raise CodecError("the checksum is wrong: some bytes were changed")
    if identity != model.identity[:4]:
        own = model.identity[:4].hex()
        raise CodecError(f"made by another model: {identity.hex()}; this one is {own}")
    _check_content(*content, model)
    height, width, _, quality, n_sent, _ = content
    return height, width, quality, n_sent, data[HEADER.size : -CHECKSUM.size]


def _check_content(height, width, channels, quality, n_sent, length, model):
    """Refuse contents that no encoder writes, before memory is taken for them."""
    if channels != 3:
        raise CodecError(f"the header is not sound: {channels} channels instead of 3")
    if not (height and width) or height * width > MAX_PIXELS:
        raise CodecError(f"the header is not sound: {height} x {width} pixels")
    if quality not in image_model.QUALITIES or n_sent > len(model.arrays["order"]):
        raise CodecError(f"the header is not sound: quality {quality}, {n_sent} channels")
    rows, columns = model.grid(height, width)
    needed = n_sent * rows * columns * FEWEST_BITS - SLACK_BITS
    if length % 4 or 8 * length < needed:
        raise CodecError(
            f"the header is not sound: {length} bytes cannot hold "
            f"{n_sent * rows * columns} numbers"
        )


def checked_image(image):
    """An image as uint8, (height, width, 3).

    Raises:
        CodecError: If it is none, or too large for the format.
    """
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise CodecError(f"image must be (height, width, 3); got shape {array.shape}")
    if max(array.shape) > MAX_SIDE or array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise CodecError(
            f"image must have at most {MAX_PIXELS} pixels and sides of at most {MAX_SIDE}; "
            f"got {array.shape[0]} x {array.shape[1]}"
        )
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise CodecError(f"image must be uint8 or floating point; got {array.dtype}")
    if not (array.min() >= 0 and array.max() <= 1):  # also refuses NaN
        raise CodecError(
            f"image must lie in [0, 1]; got values from {array.min()} to {array.max()}"
        )
    return np.rint(array * 255.0).astype(np.uint8)
