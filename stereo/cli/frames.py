"""Which files a command reads and writes, all checked before the first is read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import typer

from stereo.io import depth_format, disparity_format
from stereo.types import StereoFileError, StereoValueError

__all__ = [
    "Frame",
    "Output",
    "check_ending",
    "check_outputs",
    "frames",
    "image_files",
    "image_pairs",
]

_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm", ".ppm")
_STEM = "{stem}"
_EXAMPLE = {"cloud": ".ply"}


@dataclass(frozen=True)
class Output:
    """One result of every frame.

    Attributes
    ----------
    content : str
        The field of :class:`stereo.Match` that is written, "depth" or "cloud".
    template : str
        The name of the file, in which ``{stem}`` stands for the left frame's name
        without its folder and ending.
    option : str
        The command-line option that asked for it.
    """

    content: str
    template: str
    option: str = "--output"

    def path(self, left: str) -> str:
        """Return the file for the frame whose left image is `left`."""
        return self.template.replace(_STEM, os.path.splitext(os.path.basename(left))[0])

    def check_format(self) -> None:
        """Fail with a usage error if the name's ending can't hold the content."""
        if os.path.isdir(self.template):
            example = os.path.join(self.template, _STEM + _EXAMPLE.get(self.content, ".pfm"))
            self._wrong(f"{self.template} is a folder; name the files in it, such as {example}")
        if self.content == "cloud":
            check_ending(self.template, (".ply",), self.option)
            return
        try:
            kind = (depth_format if self.content == "depth" else disparity_format)(self.template)
        except StereoValueError as error:
            self._wrong(str(error))
        if self.content == "confidence" and kind not in ("npy", "pfm"):
            self._wrong(
                f"{self.template} can't hold a confidence; its name must end in .npy or .pfm"
            )
        if self.content == "right_disparity" and kind == "npz":
            self._wrong(f"{self.template} holds the geometry of a left disparity map")

    def check_distinct(self, count: int) -> None:
        """Fail with a usage error if `count` frames would be written to one file."""
        if count > 1 and _STEM not in self.template:
            self._wrong(
                f"{count} frames can't share {self.template}; put {_STEM} into the name, "
                f"such as {_STEM}_{os.path.basename(self.template)}"
            )

    def _wrong(self, message: str) -> None:
        raise typer.BadParameter(message, param_hint=self.option)


@dataclass(frozen=True)
class Frame:
    """One pair of image files, and the file of each output."""

    left: str
    right: str
    outputs: tuple[str, ...]


def frames(
    left: str, right: str, outputs: Sequence[Output], also_read: Sequence[str] = ()
) -> list[Frame]:
    """Pair the frames of both sides in the order of their names.

    Parameters
    ----------
    left, right : str
        An image file, a folder of images, or a glob pattern.
    outputs : sequence of Output
        What is to be written for each frame.
    also_read : sequence of str
        Other inputs, which no output may replace.

    Raises
    ------
    typer.BadParameter
        If the outputs can't be written as they are named, whatever the files.
    StereoFileError
        If there are no frames, or not the same number on both sides; if a folder for
        the outputs is missing; if an output would replace an input or another output.
    """
    for output in outputs:
        output.check_format()
    lefts, rights = image_pairs(left, right)
    for output in outputs:
        output.check_distinct(len(lefts))
    paired = [
        Frame(one, other, tuple(output.path(one) for output in outputs))
        for one, other in zip(lefts, rights, strict=True)
    ]
    check_outputs(
        (*also_read, *(path for frame in paired for path in (frame.left, frame.right))),
        (path for frame in paired for path in frame.outputs),
    )
    return paired


def image_pairs(left: str, right: str) -> tuple[list[str], list[str]]:
    """Return the files of both sides, each sorted by name.

    Raises
    ------
    StereoFileError
        If there are none, or not the same number on both sides.
    """
    lefts, rights = image_files(left, "LEFT"), image_files(right, "RIGHT")
    if len(lefts) != len(rights):
        raise StereoFileError(
            f"LEFT {left} has {len(lefts)} frames and RIGHT {right} has {len(rights)}; "
            "frames are paired in the order of their names, so both need the same number"
        )
    return lefts, rights


def image_files(argument: str, side: str) -> list[str]:
    """Return the files that LEFT or RIGHT means, sorted; StereoFileError if there are none."""
    if os.path.isdir(argument):
        try:
            names = sorted(os.listdir(argument))
        except OSError as error:
            raise StereoFileError(f"{side} {argument} can't be listed: {error.strerror}") from error
        found = [
            os.path.join(argument, name)
            for name in names
            if name.lower().endswith(_IMAGES) and not name.startswith(".")
        ]
        what = f"{side} {argument} is a folder without images ({', '.join(_IMAGES)})"
    elif os.path.lexists(argument) or not glob.has_magic(argument):
        return [_existing(argument, side)]
    else:
        found = sorted(path for path in glob.glob(argument, recursive=True) if os.path.isfile(path))
        what = f"no file has a name like {side} {argument}"
    if not found:
        raise StereoFileError(f"{what}; there is nothing to do")
    return found


def _existing(path: str, side: str) -> str:
    if not os.path.exists(path):
        raise StereoFileError(f"{side}: there is no file {path}")
    return path


def check_ending(path: str, endings: tuple[str, ...], option: str) -> None:
    """Fail with a usage error if a file name has none of the endings."""
    if not path.lower().endswith(endings):
        raise typer.BadParameter(
            f"the name of {path} must end in {' or '.join(endings)}", param_hint=option
        )


def check_outputs(inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Check that the outputs can be written, before any work is done.

    Raises
    ------
    StereoFileError
        If a folder is missing or can't be written to, or an output would replace an input or
        another output.
    """
    read = {_identity(path): path for path in inputs}
    taken: dict[tuple[object, ...], str] = {}
    for path in outputs:
        _check_place(path)
        identity = _identity(path)
        if identity in read:
            raise StereoFileError(f"the output {path} is the input {read[identity]}")
        if identity in taken:
            raise StereoFileError(f"two outputs are one file: {taken[identity]} and {path}")
        taken[identity] = path


def _check_place(path: str) -> None:
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise StereoFileError(f"the output {path} is a folder; a file is needed")
    if not os.path.isdir(folder):
        raise StereoFileError(f"there is no folder {folder} for the output {path}; create it first")
    if not os.access(folder, os.W_OK):
        raise StereoFileError(f"there is no permission to write {path} to the folder {folder}")


def _identity(path: str) -> tuple[object, ...]:
    """Return what two names of one file have in common, links and spelling aside."""
    try:
        status = os.stat(path)
    except OSError:
        return ("not there yet", os.path.normcase(os.path.realpath(path)))
    return (status.st_dev, status.st_ino)
