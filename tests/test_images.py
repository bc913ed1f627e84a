"""Image files: what is read, what is refused, and that half a file is never a picture."""

from __future__ import annotations

import itertools
import os
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stereo import io
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

LOSSLESS = [".png", ".tif", ".tiff", ".bmp", ".pgm", ".ppm"]
HOLDS = {".bmp": (8, (1, 3, 4)), ".pgm": (16, (1,)), ".ppm": (16, (3,))}


def picture(channels: int, dtype: Any, size: tuple[int, int] = (5, 7)) -> npt.NDArray[Any]:
    shape = size if channels == 1 else (*size, channels)
    peak = np.iinfo(dtype).max
    return np.random.default_rng(1).integers(0, peak, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("ending", LOSSLESS)
def test_lossless_round_trip(tmp_path: Path, ending: str, channels: int, dtype: Any) -> None:
    image = picture(channels, dtype)
    bits, allowed = HOLDS.get(ending, (16, (1, 3, 4)))
    path = tmp_path / f"image{ending}"
    if channels not in allowed or 8 * image.itemsize > bits:
        with pytest.raises(StereoValueError, match="can't hold"):
            io.write_image(path, image)
        assert not path.exists()
        return
    io.write_image(path, image)
    back = io.read_image(path)
    assert back.dtype == dtype
    assert np.array_equal(back, image)


def test_colours_are_in_rgb_order(tmp_path: Path) -> None:
    path = tmp_path / "image.ppm"
    path.write_bytes(b"P6 2 1 255 " + bytes([255, 1, 2, 3, 4, 250]))
    assert io.read_image(path).tolist() == [[[255, 1, 2], [3, 4, 250]]]
    rows = zlib.compress(b"\0" + bytes([255, 1, 2, 99]))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        png += struct.pack(">I", len(data)) + name + data
        png += struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(png)  # the name says .ppm; the content counts
    assert io.read_image(path).tolist() == [[[255, 1, 2, 99]]]


def test_16_bit_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "image.pgm"
    path.write_bytes(b"P5\n# a 12-bit camera\n2 1\n4095\n" + bytes([0x0F, 0xFF, 0x00, 0x05]))
    image = io.read_image(path)
    assert image.dtype == np.uint16
    assert image.tolist() == [[4095, 5]]
    path.write_bytes(b"P2\n2 1\n255\n17 # red\n 4\n")
    assert io.read_image(path).tolist() == [[17, 4]]


def test_jpeg_is_close(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))
    color = np.stack([ramp, ramp[:, ::-1], np.full_like(ramp, 90)], axis=2)
    for image in (ramp, color):
        io.write_image(tmp_path / "image.jpg", image)
        back = io.read_image(tmp_path / "image.jpg")
        assert back.shape == image.shape
        assert np.abs(back.astype(int) - image).mean() < 4


def test_any_strides_and_byte_order_can_be_written(tmp_path: Path) -> None:
    image = picture(3, np.uint16, (6, 8))
    for k, view in enumerate((image[::-1, ::2], image.astype(">u2"), np.asfortranarray(image))):
        view.flags.writeable = False
        io.write_image(tmp_path / f"{k}.png", view)
        assert np.array_equal(io.read_image(tmp_path / f"{k}.png"), view)


@pytest.mark.parametrize(
    ("ending", "channels"),
    [(".pgm", 1), (".ppm", 3), *itertools.product((".png", ".jpg", ".tif", ".bmp"), (1, 3))],
)
def test_a_cut_off_image_is_an_error_wherever_it_is_cut(
    tmp_path: Path, ending: str, channels: int
) -> None:
    path = tmp_path / f"image{ending}"
    io.write_image(path, picture(channels, np.uint8, (9, 11)))
    content = path.read_bytes()
    io.read_image(path)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError, match="image"):
            io.read_image(path)


def test_a_cut_off_text_image_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "image.pgm"
    content = b"P2 3 2 255\n1 2 3\n4 5 6\n"
    path.write_bytes(content)
    assert io.read_image(path).tolist() == [[1, 2, 3], [4, 5, 6]]
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(StereoFileError):
            io.read_image(path)


def test_a_jpeg_cut_off_after_its_thumbnail_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    io.write_image(path, picture(1, np.uint8, (40, 40)))
    content = path.read_bytes()
    thumbnail = b"\xff\xd8 a thumbnail \xff\xd9"
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(thumbnail)) + thumbnail
    path.write_bytes(content[:2] + segment + content[2:] + b"appended by the camera")
    assert io.read_image(path).shape == (40, 40)
    path.write_bytes(content[:2] + segment + content[2:-40])
    with pytest.raises(StereoFileError, match="end marker"):
        io.read_image(path)


def test_a_flipped_bit_in_a_png_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    io.write_image(path, picture(1, np.uint8, (20, 20)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(StereoFileError, match="checksum"):
        io.read_image(path)


def test_damage_of_any_kind_is_a_file_error_or_a_picture(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for ending in (".png", ".jpg", ".tif", ".bmp", ".pgm"):
        path = tmp_path / f"image{ending}"
        io.write_image(path, picture(1, np.uint8))
        content = path.read_bytes()
        for _ in range(60):
            damaged = bytearray(content)
            for place in rng.integers(0, min(len(content), 200), 3):
                damaged[place] = int(rng.integers(0, 256))
            path.write_bytes(damaged)
            try:
                io.read_image(path)
            except StereoFileError as error:
                assert str(path) in str(error)  # noqa: PT017


@pytest.mark.parametrize("content", [b"", b"\x89PNG", b"GIF89a" + bytes(50), b"hello", bytes(99)])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(content)
    with pytest.raises(StereoFileError, match=f"{len(content)} bytes.*PNG, JPEG"):
        io.read_image(path)


def test_float_images_are_refused(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "image.tif"
    path.write_bytes(cv2.imencode(".tiff", np.ones((3, 3), np.float32))[1].tobytes())
    with pytest.raises(StereoFileError, match="float32"):
        io.read_image(path)


def test_each_unreadable_path_has_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StereoFileError, match="there is no file"):
        io.read_image(tmp_path / "missing.png")
    with pytest.raises(StereoFileError, match="is a folder"):
        io.read_image(tmp_path)
    with pytest.raises(StereoFileError, match="can't be read"):
        io.read_image("nul\0.png")
    with pytest.raises(StereoTypeError, match="is not a path"):
        io.read_image(None)  # type: ignore[arg-type]
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(StereoFileError, match="not a regular file"):
        io.read_image(tmp_path / "pipe.png")

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.png").write_bytes(b"x")
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(StereoFileError, match="no permission"):
        io.read_image(tmp_path / "secret.png")


def test_what_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StereoTypeError, match="float64"):
        io.write_image(tmp_path / "a.png", np.ones((2, 2)))
    for shape in ((4,), (2, 2, 2), (2, 2, 5), (0, 3), (2, 0, 3)):
        with pytest.raises(StereoValueError, match="can't be written"):
            io.write_image(tmp_path / "a.png", np.ones(shape, np.uint8))
    with pytest.raises(StereoValueError, match="must end in one of"):
        io.write_image(tmp_path / "a.gif", np.ones((2, 2), np.uint8))
    with pytest.raises(StereoValueError, match="16 bits"):
        io.write_image(tmp_path / "a.jpg", np.ones((2, 2), np.uint16))
    with pytest.raises(StereoFileError, match="no folder"):
        io.write_image(tmp_path / "no" / "a.png", np.ones((2, 2), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_without_opencv_the_error_says_how_to_mend_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "image.png").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "cv2", None)
    for call in (
        lambda: io.read_image(tmp_path / "image.png"),
        lambda: io.write_image(tmp_path / "image.png", np.ones((2, 2), np.uint8)),
        lambda: io.write_kitti(tmp_path / "image.png", np.ones((2, 2))),
    ):
        with pytest.raises(StereoError, match=r"cv2.*pip install opencv-python-headless"):
            call()
    io.write_pfm(tmp_path / "d.pfm", np.ones((2, 2)))  # needs no OpenCV
