"""The command line: files to files, and one clear message for whatever is wrong."""

import stat
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from companion.practice import codec, compress

PICTURE = data.astronaut()[40:121, 120:201]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PICTURE).save(path)
    return path


def run(*arguments):
    command = [sys.executable, "-m", "companion.practice.compress", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_command_line_compresses_and_restores(photo, tmp_path):
    coded, back = tmp_path / "photo.aeb", tmp_path / "back.png"
    done = run("encode", photo, coded, "--quality", 24)
    assert (done.returncode, done.stderr) == (0, "")
    n_bytes = coded.stat().st_size
    assert f"81 x 81 pixels, {n_bytes} bytes, {8 * n_bytes / 81**2:.3f} bpp" in done.stdout
    done = run("decode", coded, back)
    assert (done.returncode, done.stderr) == (0, "")
    expected = codec.decode(codec.encode(PICTURE, 24))
    np.testing.assert_array_equal(np.asarray(Image.open(back)), expected)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "back.png",
        "photo.aeb",
        "photo.png",
    ]


def test_a_broken_file_ends_in_one_message(photo, tmp_path):
    coded = tmp_path / "photo.aeb"
    coded.write_bytes(codec.encode(PICTURE)[:-9])
    done = run("decode", coded, tmp_path / "back.png")
    assert done.returncode == 1
    assert done.stderr.startswith("error: truncated: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "back.png").exists()


def test_errors_are_told_in_one_line(photo, tmp_path, capsys):
    text = tmp_path / "text.png"
    text.write_text("no image")
    clear = Image.new("RGBA", (8, 8), (1, 2, 3, 0))
    clear.save(tmp_path / "clear.png")
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(tmp_path / "deep.png")
    target = str(tmp_path / "out.aeb")
    for arguments, message in {
        ("encode", tmp_path / "missing.png", target): "No such file",
        ("encode", text, target): "is not an image that Pillow reads",
        ("encode", tmp_path, target): "Is a directory",
        ("encode", tmp_path / "clear.png", target): "transparent",
        ("encode", tmp_path / "deep.png", target): "mode I;16",
        ("encode", photo, tmp_path / "nowhere" / "out.aeb"): "No such file",
        ("encode", photo, target, "--quality", "99"): "quality must be",
        ("decode", photo, tmp_path / "back.png"): "not an AEB file",
        ("decode", photo, tmp_path / "back.docx"): "no ending of an image",
    }.items():
        assert compress.main([str(a) for a in arguments]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("error: ")
        assert error.count("\n") == 1
    assert not (tmp_path / "out.aeb").exists()


def test_gray_and_palette_images_become_colors(tmp_path):
    path = tmp_path / "image.png"
    for mode in ("L", "1", "P"):
        Image.fromarray(PICTURE).convert(mode).save(path)
        np.testing.assert_array_equal(
            compress.read_image(path), np.asarray(Image.open(path).convert("RGB"))
        )


def test_photographs_are_turned_upright(tmp_path):
    path = tmp_path / "image.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: to be shown a quarter to the right
    Image.fromarray(PICTURE[:40]).save(path, exif=exif)
    np.testing.assert_array_equal(compress.read_image(path), np.rot90(PICTURE[:40], -1))


def test_an_image_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "image.png"
    Image.new("1", (5000, 5000)).save(path)
    with pytest.raises(codec.CodecError, match="5000 x 5000 pixels; at most 16777216"):
        compress.read_image(path)


def test_an_interruption_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.aeb"
    path.write_bytes(b"old")

    def interrupted(file):
        file.write(b"half of the new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress.write_whole(path, interrupted)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("verb", ["encode", "decode"])
def test_an_interruption_is_told_and_leaves_nothing(
    photo, tmp_path, monkeypatch, capsys, verb
):
    source = photo
    if verb == "decode":
        source = tmp_path / "photo.aeb"
        source.write_bytes(codec.encode(PICTURE))
    before = sorted(tmp_path.iterdir())

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(codec, verb, interrupted)
    target = tmp_path / ("new.aeb" if verb == "encode" else "new.png")
    assert compress.main([verb, str(source), str(target)]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert sorted(tmp_path.iterdir()) == before


def test_an_image_may_have_an_alpha_channel_but_no_half_clear_pixel(tmp_path):
    image = np.full((4, 4, 4), 255, np.uint8)
    Image.fromarray(image).save(tmp_path / "solid.png")
    assert compress.read_image(tmp_path / "solid.png").shape == (4, 4, 3)
    image[1, 1, 3] = 254
    Image.fromarray(image).save(tmp_path / "half.png")
    with pytest.raises(codec.CodecError, match="transparent in places"):
        compress.read_image(tmp_path / "half.png")


def test_a_file_larger_than_any_of_the_format_is_not_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(codec, "MAX_PIXELS", 2)
    large = tmp_path / "large.aeb"
    large.write_bytes(bytes(codec.OVERHEAD + 33))
    monkeypatch.setattr(compress.Path, "read_bytes", lambda path: pytest.fail("was read"))
    assert compress.main(["decode", str(large), str(tmp_path / "back.png")]) == 1
    assert "larger than any file of this format" in capsys.readouterr().err


def test_width_is_stated_before_height_and_others_may_read_the_file(tmp_path, capsys):
    Image.fromarray(PICTURE[:, :40]).save(tmp_path / "upright.png")
    target = tmp_path / "upright.aeb"
    assert compress.main(["encode", str(tmp_path / "upright.png"), str(target)]) == 0
    assert capsys.readouterr().out.startswith("upright.aeb: 40 x 81 pixels, ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
