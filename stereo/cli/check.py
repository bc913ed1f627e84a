"""`stereo check`: says whether pairs are rectified."""

from __future__ import annotations

from typing import Annotated

import typer

from stereo import geometry, io
from stereo.cli.frames import check_ending, check_outputs, image_pairs
from stereo.cli.progress import with_progress

__all__ = ["check"]

_INPUT = "Image file, folder of images, or quoted glob."
_FOUND = 3  # exit code


def check(
    left: Annotated[str, typer.Argument(metavar="LEFT", help=_INPUT)],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help=_INPUT)],
    picture: Annotated[
        str | None,
        typer.Option(
            metavar="OUT", help="The first pair side by side under epipolar lines: .png, .jpg."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print problems only.")] = False,
) -> None:
    """Measure from matched features whether pairs are rectified, swapped or turned.

    The exit code is 0 if they are in order, and 3 if there is a problem.
    """
    if picture is not None:
        check_ending(picture, (".png", ".jpg", ".jpeg"), "--picture")
    lefts, rights = image_pairs(left, right)
    check_outputs([*lefts, *rights], [] if picture is None else [picture])
    trouble = False
    pairs = list(zip(lefts, rights, strict=True))
    for k, (one, other) in enumerate(with_progress(pairs, quiet)):
        left_image, right_image = io.read_image(one), io.read_image(other)
        found = geometry.check_rectification(left_image, right_image)
        if picture is not None and k == 0:
            io.write_image(picture, geometry.epipolar_picture(left_image, right_image))
        problems = found.problems()
        trouble |= bool(problems)
        if found.measured and not quiet:
            print(
                f"{one}: vertical offset {found.vertical_rms:.2f} px RMS, median "
                f"{found.vertical_median:.2f} px, from {found.matches} matches"
            )
        for problem in problems:
            print(f"{one}: {problem}")
    if trouble:
        raise typer.Exit(_FOUND)
