"""Calibration files calib.txt of the Middlebury stereo benchmark, and of ETH3D's two-view one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from stereo.geometry.rectified import StereoGeometry
from stereo.io.fields import Fields, read_keyed_lines, valid
from stereo.io.files import PathLike, write_bytes
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

__all__ = ["MiddleburyCalibration", "read_middlebury_calib", "write_middlebury_calib"]

_DOFFS_TOLERANCE = 0.01  # px: files have three digits
_WHOLE = ("ndisp", "isint", "vmin", "vmax")
_REAL = ("dyavg", "dymax")


@dataclass(frozen=True)
class MiddleburyCalibration:
    """A rectified pair, and what else the benchmark says of it.

    Attributes
    ----------
    geometry : StereoGeometry
        Lengths in metres.
    ndisp : int or None
        Disparities to search: 0 to ndisp - 1 is sure to be enough.
    isint : int or None
        1 if the ground truth has whole numbers only.
    vmin, vmax : int or None
        Bounds of the disparities, px, for showing them in colours.
    dyavg, dymax : float or None
        Average and largest vertical offset, px.
    """

    geometry: StereoGeometry
    ndisp: int | None = None
    isint: int | None = None
    vmin: int | None = None
    vmax: int | None = None
    dyavg: float | None = None
    dymax: float | None = None


def read_middlebury_calib(path: PathLike) -> MiddleburyCalibration:
    """Read a calib.txt of the Middlebury benchmark, or of the two-view pairs of ETH3D.

    The format is that of Scharstein et al. 2014: ``cam0`` and ``cam1`` (camera matrices, px),
    ``doffs`` (px), ``baseline`` (mm), ``width``, ``height`` (px); the other keys may be
    missing. Keys that are not of the format are left out.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    MiddleburyCalibration
        Its `geometry` has the baseline in metres.

    Raises
    ------
    StereoFileError
        If the file is missing, a key is missing or comes twice, a value is not what it must
        be, the cameras have different focal lengths, or doffs isn't the difference of the
        principal points.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> geometry = StereoGeometry.from_doffs(1500, 0.08, 199.0, 187.0, (450, 375), doffs=52)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "calib.txt"
    ...     write_middlebury_calib(path, MiddleburyCalibration(geometry, ndisp=64))
    ...     print(path.read_text())
    ...     read_middlebury_calib(path).geometry == geometry
    cam0=[1500.0 0 199.0; 0 1500.0 187.0; 0 0 1]
    cam1=[1500.0 0 251.0; 0 1500.0 187.0; 0 0 1]
    doffs=52.0
    baseline=80
    width=450
    height=375
    ndisp=64
    <BLANKLINE>
    True
    """
    fields = read_keyed_lines(path, "=")
    left, right = _camera(fields, "cam0"), _camera(fields, "cam1")
    if left[0] != right[0]:
        raise StereoFileError(
            f"cam0 and cam1 of {fields.name} have the focal lengths {left[0]} and {right[0]}: "
            "those of a rectified pair are equal"
        )
    doffs, difference = fields.number("doffs"), right[1] - left[1]
    if abs(doffs - difference) > _DOFFS_TOLERANCE:
        raise StereoFileError(
            f"'doffs' of {fields.name} is {doffs:g}, but the principal points of cam1 and cam0 "
            f"differ by {difference:g} px"
        )
    fields.number("baseline")  # for its error
    (millimetres,) = fields.value("baseline")
    size = fields.whole("width"), fields.whole("height")
    with valid(fields.name):
        geometry = StereoGeometry(
            left[0],
            float(Decimal(millimetres).scaleb(-3)),  # exact: 80 mm is 0.08 m
            left[1],
            left[2],
            right[1],
            right[2],
            size,
        )
    extras: dict[str, Any] = {key: fields.whole(key) for key in _WHOLE if key in fields}
    extras |= {key: fields.number(key) for key in _REAL if key in fields}
    return MiddleburyCalibration(geometry, **extras)


def write_middlebury_calib(
    path: PathLike, calibration: MiddleburyCalibration | StereoGeometry
) -> None:
    """Write a calib.txt of the Middlebury benchmark.

    Parameters
    ----------
    path : str or os.PathLike
        The file; an existing one is replaced when the new one is complete.
    calibration : MiddleburyCalibration or StereoGeometry
        What is None is not written. The baseline is written in mm.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is neither, or its pixels are not square, which the format can't hold.
    StereoFileError
        If the file can't be written.

    Examples
    --------
    See :func:`read_middlebury_calib`.
    """
    if isinstance(calibration, StereoGeometry):
        calibration = MiddleburyCalibration(calibration)
    if not isinstance(calibration, MiddleburyCalibration):
        raise StereoTypeError(
            f"a {type(calibration).__name__} can't be written as calib.txt of Middlebury: "
            "expected a StereoGeometry or MiddleburyCalibration"
        )
    geometry = calibration.geometry
    if geometry.aspect != 1:
        raise StereoValueError(
            f"the aspect of the geometry is {geometry.aspect:g}: calib.txt of Middlebury holds "
            "one focal length for both axes; write OpenCV's YAML"
        )
    millimetres = Decimal(repr(geometry.baseline)).scaleb(3)
    lines = [
        _matrix("cam0", geometry.focal_length, geometry.cx_left, geometry.cy_left),
        _matrix("cam1", geometry.focal_length, geometry.cx_right, geometry.cy_right),
        f"doffs={geometry.doffs!r}",
        f"baseline={millimetres:f}",
        f"width={geometry.image_size[0]}",
        f"height={geometry.image_size[1]}",
    ]
    for key in _WHOLE + _REAL:
        value = getattr(calibration, key)
        if value is not None:
            lines.append(f"{key}={value!r}")
    write_bytes(path, "\n".join([*lines, ""]).encode("ascii"))


def _camera(fields: Fields, key: str) -> tuple[float, float, float]:
    """Return focal length, cx and cy of a line "cam0=[f 0 cx; 0 f cy; 0 0 1]"."""
    text = " ".join(fields.value(key))
    rows = re.fullmatch(r"\[([^\[\]]*)\]", text)
    values = [row.split() for row in rows[1].split(";")] if rows else text
    matrix = Fields(fields.name, {key: values}).matrix(key, 3, 3)
    f, cx, cy = matrix[0, 0], matrix[0, 2], matrix[1, 2]
    if not np.array_equal(matrix, [[f, 0, cx], [0, f, cy], [0, 0, 1]]):
        raise StereoFileError(
            f"{key!r} of {fields.name} is {text}: expected [f 0 cx; 0 f cy; 0 0 1]"
        )
    return float(f), float(cx), float(cy)


def _matrix(key: str, f: float, cx: float, cy: float) -> str:
    return f"{key}=[{f!r} 0 {cx!r}; 0 {f!r} {cy!r}; 0 0 1]"
