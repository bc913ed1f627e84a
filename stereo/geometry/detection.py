"""Boards in many images at once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy.typing as npt

from stereo.geometry.boards import Board, Detection
from stereo.inputs import checked_image
from stereo.io.images import read_image
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Image", "ViewImage", "detect_all"]

Image = npt.NDArray[Any] | str | os.PathLike[str] | None
"""One image of a list: an array, a path, or None where a camera has none."""


class ViewImage(NamedTuple):
    """What was found in one image.

    Attributes
    ----------
    name : str
        Of the file, or such as "left[3]".
    size : (int, int) or None
        Width and height, px; None where there is no image.
    detection : Detection or None
        None where the board was not found.
    """

    name: str
    size: tuple[int, int] | None
    detection: Detection | None


def detect_all(
    left_images: Iterable[Image],
    right_images: Iterable[Image],
    board: Board,
    threads: int,
    progress: bool,
) -> tuple[list[ViewImage], list[ViewImage]]:
    """Find the board in all images of both cameras.

    Raises
    ------
    StereoTypeError
        If a list is none, or an entry is neither an array nor a path.
    StereoValueError
        If the lists have different lengths, or images of different sizes.
    StereoFileError
        If a file can't be read.
    """
    left, right = _listed("left_images", left_images), _listed("right_images", right_images)
    if len(left) != len(right):
        raise StereoValueError(
            f"there are {len(left)} left and {len(right)} right images: they go in pairs; "
            "put None where one camera has no image of a pair"
        )
    jobs = [
        (image, _name(image, f"{side}[{k}]"))
        for side, images in (("left", left), ("right", right))
        for k, image in enumerate(images)
    ]
    with contextlib.ExitStack() as stack:
        advance = stack.enter_context(_progress(len(jobs))) if progress else None
        pool = ThreadPoolExecutor(threads)
        stack.callback(pool.shutdown, cancel_futures=True)
        found = []
        for done in pool.map(lambda job: _look(job[0], job[1], board), jobs):
            found.append(done)
            if advance is not None:
                advance()
    _check_sizes(found)
    return found[: len(left)], found[len(left) :]


def _listed(name: str, images: Any) -> Sequence[Image]:
    if isinstance(images, str | bytes | os.PathLike) or not isinstance(images, Iterable):
        raise StereoTypeError(
            f"{name} must be a list of images or of paths, got {type(images).__name__}"
        )
    return list(images)


def _name(image: Image, otherwise: str) -> str:
    return os.path.basename(image) if isinstance(image, str | os.PathLike) else otherwise


def _look(image: Image, name: str, board: Board) -> ViewImage:
    if image is None:
        return ViewImage(name, None, None)
    array = read_image(image) if isinstance(image, str | os.PathLike) else image
    checked = checked_image(array, name)
    height, width = checked.shape[:2]
    return ViewImage(name, (width, height), board.detect(checked))


def _check_sizes(images: Sequence[ViewImage]) -> None:
    sizes = [image.size for image in images if image.size is not None]
    if not sizes:
        raise StereoValueError("there are no images: both lists are empty or hold only None")
    usual = max(set(sizes), key=sizes.count)
    others = [
        f"{image.name} ({image.size[0]} x {image.size[1]})"
        for image in images
        if image.size is not None and image.size != usual
    ]
    if others:
        raise StereoValueError(
            f"the images have different sizes: most are {usual[0]} x {usual[1]} px, but not "
            f"{', '.join(others)}; both cameras must have one size"
        )


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on the error stream; gives the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("finding the board", total=total)
        yield lambda: bar.advance(task)
