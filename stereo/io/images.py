"""Image files of 8 and 16 bits, decoded and encoded by OpenCV."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo.io.completeness import image_format, missing_part
from stereo.io.files import PathLike, path_name, read_bytes, write_bytes
from stereo.types import StereoError, StereoFileError, StereoTypeError, StereoValueError

__all__ = ["encode", "opencv", "read_image", "write_image"]

# What each ending can hold: bits a sample, and channels.
_WRITABLE: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    ".png": ((8, 16), (1, 3, 4)),
    ".tif": ((8, 16), (1, 3, 4)),
    ".tiff": ((8, 16), (1, 3, 4)),
    ".jpg": ((8,), (1, 3)),
    ".jpeg": ((8,), (1, 3)),
    ".bmp": ((8,), (1, 3, 4)),
    ".pgm": ((8, 16), (1,)),
    ".ppm": ((8, 16), (3,)),
}


def opencv() -> Any:
    """Return the module cv2; StereoError that says how to mend it if it can't be loaded."""
    try:
        import cv2
    except ImportError as error:
        raise StereoError(
            f"OpenCV can't be loaded ({error}); it reads and writes images: "
            "pip install opencv-python-headless"
        ) from error
    return cv2


def read_image(path: PathLike) -> npt.NDArray[Any]:
    """Read an image file: PNG, JPEG, TIFF, BMP, PGM or PPM.

    Nothing is scaled, turned or blended: the numbers are those of the file, and
    an orientation noted in the file (EXIF) is not applied.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its content decides the format, not its name.

    Returns
    -------
    ndarray, uint8 or uint16, (H, W), (H, W, 3) or (H, W, 4)
        Gray, RGB, or RGB and alpha.

    Raises
    ------
    StereoFileError
        If the file is missing, of another kind, cut off or damaged, or holds
        samples that are neither 8 nor 16 bits.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "gray.pgm"
    ...     _ = path.write_bytes(b"P5 3 1 255 " + bytes([10, 20, 30]))
    ...     read_image(path)
    array([[10, 20, 30]], dtype=uint8)
    """
    cv2 = opencv()
    name, data = path_name(path), read_bytes(path)
    kind = image_format(data)
    if kind is None:
        raise StereoFileError(
            f"{name} ({len(data)} bytes) is not an image that can be read; "
            "PNG, JPEG, TIFF, BMP, PGM and PPM files can"
        )
    # OpenCV decodes what is left of a file that was cut off, and fills up with gray.
    missing = missing_part(kind, data)
    if missing is not None:
        raise StereoFileError(f"{name} is a damaged or cut off {kind} file: {missing}")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise StereoFileError(f"{name} can't be decoded as {kind}: {error}") from error
    if image is None:
        raise StereoFileError(f"{name} can't be decoded: its {kind} content is damaged")
    if image.dtype not in (np.uint8, np.uint16) or image.shape[2:] not in ((), (3,), (4,)):
        raise StereoFileError(
            f"{name} holds a {image.dtype} image of shape {image.shape}; "
            "uint8 or uint16 with 1, 3 or 4 channels can be used"
        )
    return _swap_red_and_blue(image)


def write_image(path: PathLike, image: npt.ArrayLike) -> None:
    """Write an image file in the format that the ending of the name asks for.

    Parameters
    ----------
    path : str or os.PathLike
        ``.png``, ``.tif`` and ``.tiff`` hold everything; ``.jpg`` and ``.jpeg``
        (lossy) 8 bits without alpha; ``.bmp`` 8 bits; ``.pgm`` gray; ``.ppm``
        colour. An existing file is replaced when the new one is complete.
    image : array_like, uint8 or uint16, (H, W), (H, W, 3) or (H, W, 4)
        Gray, RGB, or RGB and alpha.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the array is no such image, or the format can't hold it.
    StereoFileError
        If the file can't be written.
    StereoError
        If OpenCV can't be loaded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "red.png"
    ...     write_image(path, np.full((2, 2, 3), (255, 0, 0), np.uint8))
    ...     read_image(path)[0, 0].tolist()
    [255, 0, 0]
    """
    array = np.asarray(image)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in (np.uint8, np.uint16):
        raise StereoTypeError(f"an image of dtype {array.dtype} can't be written; uint8 and uint16")
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,), (4,)) or array.size == 0:
        raise StereoValueError(
            f"an image of shape {array.shape} can't be written; "
            "it must be (H, W), (H, W, 3) or (H, W, 4), not empty"
        )
    name = path_name(path)
    ending = os.path.splitext(name)[1].lower()
    if ending not in _WRITABLE:
        raise StereoValueError(f"{name!r} must end in one of {', '.join(_WRITABLE)}")
    bits, channels = _WRITABLE[ending]
    count = 1 if array.ndim == 2 else array.shape[2]
    if 8 * array.itemsize not in bits or count not in channels:
        raise StereoValueError(
            f"{name} can't hold {8 * array.itemsize} bits and {count} channels; a {ending} file "
            f"has {' or '.join(map(str, bits))} bits and {' or '.join(map(str, channels))} channels"
        )
    write_bytes(path, encode(ending, array))


def encode(ending: str, image: npt.NDArray[Any], parameters: Sequence[int] = ()) -> bytes:
    """Return the bytes of an image file; `image` as in `write_image`, checked.

    `parameters` are those of OpenCV's imencode. Without any, WebP is lossless.
    """
    cv2 = opencv()
    pixels = np.ascontiguousarray(_swap_red_and_blue(image))
    try:
        done, data = cv2.imencode(ending, pixels, list(parameters))
    except cv2.error as error:
        raise StereoFileError(
            f"an image of shape {image.shape} can't be encoded as {ending}: {error}"
        ) from error
    if not done:
        raise StereoFileError(f"an image of shape {image.shape} can't be encoded as {ending}")
    content: bytes = data.tobytes()
    return content


def _swap_red_and_blue(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Turn OpenCV's channel order (BGR) into RGB, or back."""
    if image.ndim == 2:
        return image
    return np.ascontiguousarray(image[:, :, [2, 1, 0, *range(3, image.shape[2])]])
