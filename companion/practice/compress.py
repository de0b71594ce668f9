"""Compress image files from the command line.

    python -m companion.practice.compress encode photo.png photo.aeb --quality 20
    python -m companion.practice.compress decode photo.aeb back.png

Reads and writes whatever Pillow does. A file is written under another name first and gets
its own in one step, so that an interruption leaves no half of a file. At a terminal a bar
shows how far a large image has come.
"""

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from companion.practice import codec


def read_image(path):
    """Read an image file as uint8, (height, width, 3); gray and palettes become colors.

    Raises:
        companion.practice.codec.CodecError: If it is no image, has more than 8 bits for a
            color, is transparent, or is too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit on the size is lower
            with Image.open(path) as image:
                _check_size(image)
                image = ImageOps.exif_transpose(image)
                _check_mode(image)
                return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        raise codec.CodecError(f"{path} is not an image that Pillow reads") from error


def _check_size(image):
    if image.width * image.height > codec.MAX_PIXELS:
        raise codec.CodecError(
            f"the image has {image.width} x {image.height} pixels; at most "
            f"{codec.MAX_PIXELS} are possible"
        )


def _check_mode(image):
    if image.mode not in ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr"):
        raise codec.CodecError(f"images of mode {image.mode} cannot be compressed")
    transparent = image.mode in ("RGBA", "LA") or "transparency" in image.info
    if transparent and image.convert("RGBA").getchannel("A").getextrema()[0] < 255:
        raise codec.CodecError("the image is transparent in places, which would be lost")


def write_whole(path, write):
    """Write a file in one step.

    Args:
        path: Its name.
        write: Takes an open binary file and writes the content.
    """
    path = Path(path)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def encode_file(source, target, quality):
    """Compress an image file; returns its size in pixels and the bytes written."""
    image = read_image(source)
    data = codec.encode(image, quality)
    write_whole(target, lambda file: file.write(data))
    return image.shape[:2], len(data)


def decode_file(source, target):
    """Restore an image file; returns its size in pixels and the bytes that were read."""
    extensions = Image.registered_extensions()
    kind = extensions.get(Path(target).suffix.lower())
    if kind not in Image.SAVE:
        raise codec.CodecError(f"{target} has no ending of an image that Pillow writes")
    limit = codec.OVERHEAD + 16 * codec.MAX_PIXELS
    if Path(source).stat().st_size > limit:
        raise codec.CodecError(f"{source} is larger than any file of this format")
    data = Path(source).read_bytes()
    image = codec.decode(data)
    write_whole(target, lambda file: Image.fromarray(image).save(file, kind))
    return image.shape[:2], len(data)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m companion.practice.compress",
        description="Compress an image with a trained autoencoder, or restore it.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (("encode", "compress an image"), ("decode", "restore an image")):
        sub = verbs.add_parser(verb, help=what)
        sub.add_argument("source")
        sub.add_argument("target")
        if verb == "encode":
            sub.add_argument("--quality", type=int, default=codec.DEFAULT_QUALITY)
    return parser


def main(arguments=None):
    """Run the command line; returns 0, or 1 after one message on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.verb == "encode":
            size, n_bytes = encode_file(asked.source, asked.target, asked.quality)
        else:
            size, n_bytes = decode_file(asked.source, asked.target)
    except (codec.CodecError, OSError, MemoryError) as error:
        print(f"error: {error or 'not enough memory'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    name, bpp = Path(asked.target).name, 8 * n_bytes / (size[0] * size[1])
    print(f"{name}: {size[1]} x {size[0]} pixels, {n_bytes} bytes, {bpp:.3f} bpp")
    return 0


if __name__ == "__main__":
    sys.exit(main())
