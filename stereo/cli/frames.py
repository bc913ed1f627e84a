"""Which files a `stereo match` reads and writes, all checked before the first is read."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from stereo.io import disparity_format
from stereo.types import StereoFileError, StereoValueError

__all__ = ["Frame", "Output", "frames"]

_IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".pgm", ".ppm")
_STEM = "{stem}"


@dataclass(frozen=True)
class Output:
    """One result of every frame.

    Attributes
    ----------
    content : str
        The field of :class:`stereo.Match` that is written.
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
            example = os.path.join(self.template, _STEM + ".pfm")
            self._wrong(f"{self.template} is a folder; name the files in it, such as {example}")
        try:
            kind = disparity_format(self.template)
        except StereoValueError as error:
            self._wrong(str(error))
        if self.content == "confidence" and kind not in ("npy", "pfm"):
            self._wrong(
                f"{self.template} can't hold a confidence; its name must end in .npy or .pfm"
            )

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


def frames(left: str, right: str, outputs: Sequence[Output]) -> list[Frame]:
    """Pair the frames of both sides in the order of their names.

    Parameters
    ----------
    left, right : str
        An image file, a folder of images, or a glob pattern.
    outputs : sequence of Output
        What is to be written for each frame.

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
    lefts, rights = _files(left, "LEFT"), _files(right, "RIGHT")
    if len(lefts) != len(rights):
        raise StereoFileError(
            f"LEFT {left} has {len(lefts)} frames and RIGHT {right} has {len(rights)}; "
            "frames are paired in the order of their names, so both need the same number"
        )
    for output in outputs:
        output.check_distinct(len(lefts))
    paired = [
        Frame(one, other, tuple(output.path(one) for output in outputs))
        for one, other in zip(lefts, rights, strict=True)
    ]
    _check_targets(paired)
    return paired


def _files(argument: str, side: str) -> list[str]:
    """Return the files that LEFT or RIGHT means, sorted."""
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
        raise StereoFileError(f"{what}; there is nothing to match")
    return found


def _existing(path: str, side: str) -> str:
    if not os.path.exists(path):
        raise StereoFileError(f"{side}: there is no file {path}")
    return path


def _check_targets(paired: list[Frame]) -> None:
    inputs = {_identity(path): path for frame in paired for path in (frame.left, frame.right)}
    taken: dict[tuple[object, ...], str] = {}
    for frame in paired:
        for path in frame.outputs:
            _check_place(path)
            identity = _identity(path)
            if identity in inputs:
                raise StereoFileError(f"the output {path} is the input {inputs[identity]}")
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
