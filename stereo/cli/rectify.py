"""`stereo rectify`: raw pairs in, rectified pairs and their calibration out."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any

import numpy.typing as npt
import typer

from stereo import geometry, io
from stereo.cli import options as given
from stereo.cli.frames import check_ending, check_outputs, image_pairs
from stereo.cli.progress import with_progress
from stereo.types import StereoError, StereoFileError

__all__ = ["rectify"]

_INPUT = "Image file, folder of images, or quoted glob."
_SIZE = re.compile(r"([0-9]+)x([0-9]+)")
_NONE = "-"


def rectify(
    calibration: Annotated[
        str,
        typer.Argument(
            metavar="CALIB",
            help="Calibration of the raw cameras; - for none: rectified from matched features.",
        ),
    ],
    left: Annotated[str, typer.Argument(metavar="LEFT", help=_INPUT)],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help=_INPUT)],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FOLDER",
            help="Where left/NAME.png, right/NAME.png and calibration.yml go.",
        ),
    ],
    second: given.Second = None,
    alpha: given.Alpha = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WIDTHxHEIGHT", help="Of the rectified images.", show_default="as they are"
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="bouguet or fusiello; without a calibration quasi-euclidean or hartley.",
            show_default="bouguet; the better one",
        ),
    ] = None,
    zero_doffs: Annotated[
        bool,
        typer.Option(
            "--zero-doffs/--no-zero-doffs",
            help="One principal point for both images; cameras that converge see more without.",
        ),
    ] = True,
    picture: Annotated[
        str | None,
        typer.Option(
            metavar="OUT", help="The first pair side by side under epipolar lines: .png, .jpg."
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print errors and warnings only.")
    ] = False,
) -> None:
    """Rectify pairs, so that they can be matched along their rows.

    The images of LEFT and RIGHT are paired in the order of their names.
    """
    if picture is not None:
        check_ending(picture, (".png", ".jpg", ".jpeg"), "--picture")
    options = _options(alpha, size, method, zero_doffs)
    lefts, rights = image_pairs(left, right)
    done = _rectification(calibration, second, (lefts[0], rights[0]), options)
    targets = _targets(output, lefts, rights, swapped=getattr(done, "swapped", False))
    outputs = [path for pair in targets for path in pair]
    known = isinstance(done, geometry.Rectification)
    if known:
        outputs.append(os.path.join(output, "calibration.yml"))
    _rectified(done, lefts[0], rights[0])  # what can't be rectified leaves no empty folders
    _make_folders(output)
    read = [path for path in (calibration, second) if path not in (_NONE, None)]
    check_outputs([*lefts, *rights, *read], outputs if picture is None else [*outputs, picture])
    work = list(zip(lefts, rights, targets, strict=True))
    for k, (one, other, pair) in enumerate(with_progress(work, quiet)):
        images = _rectified(done, one, other)
        for path, image in zip(pair, images, strict=True):
            io.write_image(path, image)
        if picture is not None and k == 0:
            windows = (done.roi_left, done.roi_right) if known else None
            io.write_image(picture, geometry.epipolar_picture(*images, windows=windows))
    if known:
        io.write_calibration(outputs[-1], done.calibration)
    if not quiet:
        print(_summary(done, len(lefts), output))


def _options(
    alpha: float | None, size: str | None, method: str | None, zero_doffs: bool
) -> dict[str, Any]:
    """Return the options of :func:`stereo.geometry.rectify` that were given."""
    found: dict[str, Any] = {"alpha": alpha, "method": method}
    if not zero_doffs:
        found["zero_doffs"] = False
    if size is not None:
        numbers = _SIZE.fullmatch(size.strip().lower())
        if numbers is None:
            raise typer.BadParameter(f"{size!r} must be like 640x480", param_hint="--size")
        found["image_size"] = (int(numbers[1]), int(numbers[2]))
    return {name: value for name, value in found.items() if value is not None}


def _rectification(
    calibration: str, second: str | None, first: tuple[str, str], options: dict[str, Any]
) -> Any:
    """Return what rectifies the pairs, from the calibration or from the first pair."""
    left = io.read_image(first[0])
    if calibration == _NONE:
        if second is not None or not options.keys() <= {"method"}:
            raise typer.BadParameter(
                "--second, --alpha, --size and --no-zero-doffs need a calibration: without one, "
                "there is no choice"
            )
        return geometry.rectify_uncalibrated(left, io.read_image(first[1]), **options)
    found = io.read_calibration(calibration, second, image_size=left.shape[1::-1])
    if not isinstance(found, geometry.Calibration):
        raise StereoError(
            f"{calibration} describes a pair that is rectified already: there is nothing to do"
        )
    return geometry.rectify(found, **options)


def _rectified(done: Any, left: str, right: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    try:
        images: tuple[npt.NDArray[Any], npt.NDArray[Any]] = done.apply(
            io.read_image(left), io.read_image(right)
        )
    except StereoError as error:
        raise StereoError(f"{left} and {right}: {error}") from error
    return images


def _targets(
    output: str, lefts: list[str], rights: list[str], *, swapped: bool
) -> list[tuple[str, str]]:
    """Return the files of each rectified pair, named after the images that they come from."""
    if swapped:
        lefts, rights = rights, lefts
    return [
        (_target(output, "left", one), _target(output, "right", other))
        for one, other in zip(lefts, rights, strict=True)
    ]


def _target(output: str, side: str, path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.join(output, side, f"{stem}.png")


def _make_folders(output: str) -> None:
    for side in ("left", "right"):
        folder = os.path.join(output, side)
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise StereoFileError(f"the folder {folder} can't be made: {error.strerror}") from error


def _summary(done: Any, count: int, output: str) -> str:
    width, height = done.image_size
    pairs = f"{output}: {count} {'pair' if count == 1 else 'pairs'} of {width}x{height}"
    if not isinstance(done, geometry.Rectification):
        return (
            f"{pairs}, vertical offset {done.vertical_median:.2f} px (median), disparities from "
            f"{done.min_disp} to {done.max_disp} px; no metric scale"
        )
    known = done.calibration
    return (
        f"{pairs}, focal length {known.focal_length:.1f} px, baseline {known.baseline:.5g} m, "
        f"doffs {known.doffs:.2f} px; valid windows (x, y, width, height): left "
        f"{done.roi_left}, right {done.roi_right}"
    )
