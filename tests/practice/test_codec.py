"""The file format: what comes back, what is refused, and that no bytes break it."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from companion.practice import codec, image_model
from companion.practice.codec import CodecError

MODEL = image_model.load()
SMALL = data.astronaut()[60:101, 180:233]
FILE = codec.encode(SMALL, 12)


@pytest.fixture(scope="module")
def picture():
    return data.astronaut()[40:240, 120:345]


def sealed(data, offset, form, value):
    """Change a field of the header, and set the checksum right again."""
    changed = bytearray(data)
    struct.pack_into(form, changed, offset, value)
    struct.pack_into("<I", changed, len(data) - 4, zlib.crc32(changed[:-4]))
    return bytes(changed)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 40), (16, 16), (17, 31), (99, 64), (200, 225)]
)
@pytest.mark.parametrize("quality", [0, 18, 36])
def test_decoder_restores_what_it_makes_of_the_codes(picture, size, quality):
    image = picture[: size[0], : size[1]]
    codes, _ = MODEL.choose(image / 255.0, quality)
    expected = MODEL.synthesize(codes, quality, size)
    found = codec.decode(codec.encode(image, quality))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_higher_quality_is_closer_and_longer(picture):
    files = [codec.encode(picture, q) for q in (0, 12, 24, 36)]
    errors = [np.mean((codec.decode(f).astype(float) - picture) ** 2) for f in files]
    assert errors == sorted(errors, reverse=True)
    assert [len(f) for f in files] == sorted(len(f) for f in files)
    assert 10 * np.log10(255**2 / errors[-1]) > 46


def test_bits_of_the_tables_are_those_of_the_file(picture):
    for quality in (6, 18, 30):
        _, bits = MODEL.choose(picture / 255.0, quality)
        payload = len(codec.encode(picture, quality)) - codec.OVERHEAD
        assert 8 * payload == pytest.approx(bits, rel=0.01)


def test_length_of_a_thousand_tiles_is_their_cross_entropy(rng):
    image = data.astronaut()
    places = rng.integers(0, 480, (1000, 2))
    tiles = np.stack([image[a : a + 32, b : b + 32] for a, b in places])
    mosaic = tiles.reshape(25, 40, 32, 32, 3).swapaxes(1, 2).reshape(800, 1280, 3)
    codes, promised = MODEL.choose(mosaic / 255.0, 24)
    payload, _ = MODEL.entropy.encode(codes, int(MODEL.arrays["per_step"][24]))
    assert 8 * len(payload) == pytest.approx(promised, rel=0.002)  # demanded: 0.02


def test_floating_point_and_bytes_are_the_same_image():
    assert codec.encode(SMALL / 255.0, 12) == FILE
    assert codec.encode((SMALL / 255.0).astype(np.float32), 12) == FILE


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4)), "height, width, 3"),
        (np.zeros((4, 4, 1)), "height, width, 3"),
        (np.zeros((4, 4, 4), np.uint8), "height, width, 3"),
        (np.zeros((0, 4, 3), np.uint8), "height, width, 3"),
        (np.zeros((4, 4, 3), np.int64), "uint8 or floating"),
        (np.zeros((4, 4, 3), bool), "uint8 or floating"),
        (np.full((4, 4, 3), 1.5), r"lie in \[0, 1\]; got values from 1.5"),
        (np.full((4, 4, 3), np.nan), r"lie in \[0, 1\]"),
        (np.full((4, 4, 3), -0.1), r"lie in \[0, 1\]"),
        ("no image", "height, width, 3"),
        (np.broadcast_to(np.uint8(0), (4097, 4096, 3)), "at most 16777216 pixels"),
        (np.broadcast_to(np.uint8(0), (1, 70_000, 3)), "sides of at most 65535"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(CodecError, match=message):
        codec.encode(image)


@pytest.mark.parametrize("quality", [-1, 37, 2.5, True, None, "best", np.nan])
def test_qualities_out_of_range_are_refused(quality):
    with pytest.raises(CodecError, match="quality must be"):
        codec.encode(SMALL, quality)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an AEB file"),
        (b"\x89PNG" + FILE[4:], "not an AEB file"),
        (FILE[:2], "truncated"),
        (FILE[:20], "truncated"),
        (FILE[:-1], "truncated"),
        (FILE + b"\0", "too long"),
        (FILE[:40] + bytes([FILE[40] ^ 1]) + FILE[41:], "checksum"),
        (sealed(FILE, 3, "<B", 2), "version 2"),
        (sealed(FILE, 4, "<I", 7), "another model: 07000000"),
        (sealed(FILE, 8, "<H", 0), "0 x 53 pixels"),
        (sealed(sealed(FILE, 8, "<H", 65535), 10, "<H", 65535), "65535 x 65535 pixels"),
        (sealed(FILE, 8, "<H", 65535), "cannot hold"),
        (sealed(FILE, 12, "<B", 1), "1 channels"),
        (sealed(FILE, 13, "<B", 37), "quality 37"),
        (sealed(FILE, 14, "<H", 769), "769 channels"),
        ("text", "must be bytes"),
        (None, "must be bytes"),
    ],
)
def test_bad_files_are_refused(data, message):
    with pytest.raises(CodecError, match=message):
        codec.decode(data)


def test_a_file_of_another_model_is_refused():
    arrays = MODEL.arrays | {"floor": MODEL.arrays["floor"] + np.int16(1)}
    other = image_model.ImageModel(arrays, MODEL.about)
    with pytest.raises(CodecError, match="another model"):
        codec.decode(FILE, other)
    assert codec.decode(codec.encode(SMALL, 12, other), other).shape == SMALL.shape


def test_every_flipped_bit_is_found():
    for position in range(8 * len(FILE)):
        changed = bytearray(FILE)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(CodecError):
            codec.decode(bytes(changed))


def test_memory_is_not_taken_for_a_size_that_is_only_claimed():
    huge = sealed(sealed(FILE, 8, "<H", 4096), 10, "<H", 4096)
    tracemalloc.start()
    with pytest.raises(CodecError, match="cannot hold"):
        codec.decode(huge)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


TINY = codec.encode(data.astronaut()[100:132, 200:232], 8)
edit = st.tuples(
    st.sampled_from(["set", "cut", "insert", "repeat"]),
    st.integers(0, len(TINY) - 1),
    st.binary(min_size=1, max_size=6),
)


def edited(edits, seal):
    found = bytearray(TINY)
    for kind, at, content in edits:
        if kind == "set":
            found[at : at + len(content)] = content
        elif kind == "cut":
            del found[at : at + len(content)]
        elif kind == "insert":
            found[at:at] = content
        else:
            found[at:at] = found[at : at + len(content)]
    if seal and len(found) > codec.OVERHEAD:  # a forger who knows the format
        struct.pack_into("<I", found, 16, len(found) - codec.OVERHEAD)
        struct.pack_into("<I", found, len(found) - 4, zlib.crc32(found[:-4]))
    return bytes(found)


def decode_or_refuse(data):
    try:
        image = codec.decode(data)
    except CodecError:
        return
    assert image.dtype == np.uint8
    assert image.ndim == 3


N_PLACES = 24


@settings(max_examples=400)
@given(edits=st.lists(edit, min_size=1, max_size=4))
def test_no_mutation_breaks_the_decoder(edits):
    for place in range(N_PLACES):  # 9600 mutations in all
        moved = [
            (kind, (at + 7 * place) % len(TINY), content) for kind, at, content in edits
        ]
        decode_or_refuse(edited(moved, seal=False))


@settings(max_examples=400)
@given(edits=st.lists(edit, min_size=1, max_size=2))
def test_no_forged_file_breaks_the_decoder(edits):
    decode_or_refuse(edited(edits, seal=True))


def test_floating_point_goes_to_the_nearest_of_256_levels():
    image = np.array([100.4, 100.6, 254.9])[np.newaxis, np.newaxis] / 255.0
    assert codec.checked_image(image).tolist() == [[[100, 101, 255]]]
