"""`stereo calibrate`: images of a board in, a calibration out."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from typing import Annotated, cast

import typer

from stereo import geometry, io
from stereo.cli.frames import check_ending, check_outputs, image_files
from stereo.geometry.calibration import CameraModel
from stereo.types import StereoFileError, StereoValueError

__all__ = ["calibrate", "paired"]

_INPUT = "Folder or quoted glob of images of the board."
_SIZE = re.compile(r"([0-9]+)x([0-9]+)")


def calibrate(
    left: Annotated[str, typer.Argument(metavar="LEFT", help=_INPUT)],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help=_INPUT)],
    board: Annotated[
        str,
        typer.Option(
            metavar="COLUMNSxROWS",
            help="Inner corners of a chessboard such as 9x6; squares of a ChArUco board.",
        ),
    ],
    square: Annotated[float, typer.Option(metavar="METRES", help="Side of a square.")],
    output: Annotated[
        str,
        typer.Option(
            "-o", "--output", metavar="OUT", help="Calibration: .yml, .yaml, .xml or .json."
        ),
    ],
    marker: Annotated[
        float | None,
        typer.Option(metavar="METRES", help="Side of a marker: the board is a ChArUco board."),
    ] = None,
    dictionary: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Of its markers, as OpenCV calls it.", show_default="DICT_5X5_250"
        ),
    ] = None,
    legacy_pattern: Annotated[
        bool, typer.Option("--legacy-pattern", help="It was printed by OpenCV before 4.6.")
    ] = False,
    model: Annotated[str, typer.Option(metavar="NAME", help="pinhole or fisheye.")] = "pinhole",
    coefficients: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT",
            help="Of the distortion: 0, 4, 5, 8, 12 or 14; fisheye 4.",
            show_default="5; fisheye 4",
        ),
    ] = None,
    outliers: Annotated[
        bool, typer.Option("--outliers/--no-outliers", help="Leave out views that don't fit.")
    ] = True,
    report: Annotated[
        str | None, typer.Option(metavar="OUT", help="A page with all figures: .html.")
    ] = None,
    coverage: Annotated[
        str | None, typer.Option(metavar="OUT", help="A picture of where the corners were: .png.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Threads.", show_default="every core")
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("-q", "--quiet", help="Print errors and warnings only, no progress bar."),
    ] = False,
) -> None:
    """Calibrate two cameras from images of a chessboard or ChArUco board.

    The images of LEFT and RIGHT are paired by the last number in their names, and may lack
    partners; if the numbers have nothing in common, in the order of the names.
    """
    pattern = _board(board, square, marker, dictionary, legacy_pattern)
    if report is not None:
        check_ending(report, (".html", ".htm"), "--report")
    if coverage is not None:
        check_ending(coverage, (".png",), "--coverage")
    check_ending(output, (".yml", ".yaml", ".xml", ".json"), "--output")
    files = image_files(left, "LEFT"), image_files(right, "RIGHT")
    outputs = [path for path in (output, report, coverage) if path is not None]
    check_outputs([*files[0], *files[1]], outputs)
    found = geometry.calibrate(
        *paired(*files),
        pattern,
        model=cast(CameraModel, model),
        coefficients=coefficients,
        outliers=outliers,
        threads=threads,
        progress=not quiet and sys.stderr.isatty(),
    )
    assert found.report is not None  # calibrate() always makes one
    picture = None if coverage is None else geometry.coverage_picture(found.report)
    io.write_calibration(output, found)
    if report is not None:
        found.report.write_html(report)
    if coverage is not None and picture is not None:
        io.write_image(coverage, picture)
    if not quiet:
        print(replace(found.report, remarks=()).text())  # the remarks are warnings on stderr
        print(f"{output}: {found.reprojection_error:.3f} px, baseline {found.baseline:.5g} m")


def paired(lefts: list[str], rights: list[str]) -> tuple[list[str | None], list[str | None]]:
    """Pair files by their numbers, with None where one has no partner, or else by their order."""
    by_number = [{_number(path): path for path in side} for side in (lefts, rights)]
    numbers = set[int | None]().union(*by_number)
    unique = len(by_number[0]) == len(lefts) and len(by_number[1]) == len(rights)
    if None not in numbers and unique and by_number[0].keys() & by_number[1].keys():
        order = sorted(number for number in numbers if number is not None)
        return [by_number[0].get(k) for k in order], [by_number[1].get(k) for k in order]
    if len(lefts) != len(rights):
        raise StereoFileError(
            f"there are {len(lefts)} left and {len(rights)} right images, and their names have no "
            "numbers in common to pair them by: give one for one, or number them"
        )
    return [*lefts], [*rights]


def _number(path: str) -> int | None:
    """Return the last number in the name of a file."""
    found = re.findall(r"[0-9]+", os.path.splitext(os.path.basename(path))[0])
    return int(found[-1]) if found else None


def _board(
    board: str, square: float, marker: float | None, dictionary: str | None, legacy_pattern: bool
) -> geometry.Chessboard | geometry.Charuco:
    """Return the board that the options describe; typer.BadParameter if they don't."""
    size = _SIZE.fullmatch(board.strip().lower())
    if size is None:
        raise typer.BadParameter(f"{board!r} must be two counts such as 9x6", param_hint="--board")
    columns, rows = int(size[1]), int(size[2])
    if marker is None and (dictionary is not None or legacy_pattern):
        raise typer.BadParameter(
            "a chessboard has no markers: give --marker for a ChArUco board",
            param_hint="--legacy-pattern" if dictionary is None else "--dictionary",
        )
    try:
        if marker is None:
            return geometry.Chessboard(columns, rows, square=square)
        name = geometry.Charuco.dictionary if dictionary is None else dictionary
        return geometry.Charuco(columns, rows, square, marker, name, legacy_pattern)
    except StereoValueError as error:
        raise typer.BadParameter(str(error), param_hint="--board") from error
