"""What is evaluated: anything that makes a disparity map of two images and says how it does it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, integer
from stereo.evaluation.opencv import MODES, OpenCVMatcher, gray, opencv_threads
from stereo.io.images import opencv
from stereo.pipeline import SGM
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["Estimate", "FunctionMethod", "Method", "OpenCVMethod", "SemiGlobal"]

Image = npt.NDArray[Any]
Float32 = npt.NDArray[np.float32]

_MOST_THREADS = 4096
_SET_BY_SCENE = ("max_disp", "min_disp", "threads")
_STEP = 16  # px that the range of OpenCV is a multiple of


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a method makes of one pair.

    Attributes
    ----------
    disparity : ndarray, float32 (H, W)
        Pixels of the left image, NaN = no result.
    confidence : ndarray, float32 (H, W), or None
        Larger = surer, finite wherever there is a result.
    seconds : float
        Wall time of the matching alone.
    """

    disparity: Float32
    confidence: Float32 | None
    seconds: float


class Method(Protocol):
    """What :func:`stereo.evaluation.evaluate` takes: a class with these, in a module of its own.

    It is sent to other processes with :mod:`pickle`, unless ``jobs = 0``.
    """

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def options(self) -> Mapping[str, Any]:
        """All that its results depend on, as JSON can hold it: versions and weights too.

        Results are taken from the cache where the options are the same.
        """

    @property
    def threads(self) -> int:
        """Number of cores that a call keeps busy."""

    def __call__(self, left: Image, right: Image, max_disp: int) -> Estimate:
        """Match a pair.

        Parameters
        ----------
        left, right : ndarray, uint8 or uint16, (H, W) or (H, W, 3)
            The images as they are in the files; colour is RGB.
        max_disp : int
            End of the range from 0, px, exclusive.
        """


@dataclass(frozen=True)
class SemiGlobal:
    """Semi-global matching by this library, with the options of :class:`stereo.SGM`.

    Parameters
    ----------
    settings : mapping of str to Any
        Options of :class:`stereo.SGM`, as JSON can hold them; `min_disp`, `max_disp` and
        `threads` are none of them.
    threads : int
        Threads of a call.
    confidence : bool
        Give the confidence of :meth:`stereo.SGM.match` too. Only :meth:`stereo.SGM.compute` is
        timed, so that the time is that of a disparity map either way; the confidence then takes a
        second matching, which is not. The time is that of a first pair of its size: it includes
        what a matcher keeps for the next one.
    name : str
        What tables call it; by default "stereo" with its preset or cost.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an option can't be used.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 48, 5.0)
    >>> method = SemiGlobal({"preset": "fast"})
    >>> method.name, round(float(method(pair.left, pair.right, 16).disparity[24, 40]), 1)
    ('stereo fast', 5.0)
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 1
    confidence: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        """Check the options, and choose a name where none was given."""
        for option in _SET_BY_SCENE:
            if option in self.settings:
                raise StereoTypeError(
                    f"{option} is no option of the settings: the scene sets the range, and "
                    "`threads` is given apart"
                )
        integer("threads", self.threads, 1, _MOST_THREADS)
        flag("confidence", self.confidence)
        require_json(self.settings)
        self._matcher(1)
        if not self.name:
            chosen = self.settings.get("preset") or self.settings.get("cost") or "default"
            object.__setattr__(self, "name", f"stereo {chosen}")

    @property
    def options(self) -> dict[str, Any]:
        """The settings, the backend that they lead to here, and whether there is a confidence."""
        backend = self._matcher(1).backend
        return {**self.settings, "backend": backend, "confidence": self.confidence}

    def __call__(self, left: Image, right: Image, max_disp: int) -> Estimate:
        """Match a pair."""
        matcher = self._matcher(max_disp)
        _warm_up(json.dumps(dict(self.settings), sort_keys=True))
        start = time.perf_counter()
        disparity = matcher.compute(left, right)
        seconds = time.perf_counter() - start
        confidence = matcher.match(left, right).confidence if self.confidence else None
        return Estimate(disparity, confidence, seconds)

    def _matcher(self, max_disp: int) -> SGM:
        return SGM(max_disp, threads=self.threads, **self.settings)


@dataclass(frozen=True)
class OpenCVMethod:
    """A mode of OpenCV's StereoSGBM at its usual settings: those of :class:`OpenCVMatcher`.

    It gets gray images and a range that is rounded up to a multiple of 16 px. OpenCV leaves as many
    columns at the left empty, so the result is that of images with so many more columns; what is
    timed is the images as they are, with what makes them gray.

    Parameters
    ----------
    mode : str
        A name in :data:`stereo.evaluation.opencv.MODES`.
    threads : int
        Threads that OpenCV may use.
    uniqueness : int
        uniquenessRatio, per cent.
    block_size : int
        Side of the window, px, odd.

    Raises
    ------
    StereoValueError
        If there is no such mode.

    Examples
    --------
    >>> from stereo.datasets import synthetic
    >>> pair = synthetic.shifted(64, 48, 5.0)
    >>> round(float(OpenCVMethod("MODE_HH")(pair.left, pair.right, 16).disparity[24, 40]), 1)
    5.0
    """

    mode: str
    threads: int = 1
    uniqueness: int = 10
    block_size: int = 3

    def __post_init__(self) -> None:
        """Check the options."""
        if self.mode not in MODES:
            raise StereoValueError(
                f"OpenCV has no mode {self.mode!r}: choose from {', '.join(MODES)}"
            )
        integer("threads", self.threads, 1, _MOST_THREADS)

    @property
    def name(self) -> str:
        """The mode, as OpenCV calls it."""
        return f"OpenCV {self.mode}"

    @property
    def options(self) -> dict[str, Any]:
        """The settings of the mode, and the version of OpenCV."""
        settings = dict(vars(OpenCVMatcher(self.mode, _STEP, self.block_size, self.uniqueness)))
        del settings["max_disp"]  # the scene's
        return {**settings, "opencv": str(opencv().__version__)}

    def __call__(self, left: Image, right: Image, max_disp: int) -> Estimate:
        """Match a pair; StereoTypeError if the images don't have 8 bits."""
        if left.dtype != np.uint8 or right.dtype != np.uint8:
            raise StereoTypeError(
                f"the images are {left.dtype} and {right.dtype}: OpenCV's StereoSGBM takes uint8"
            )
        rounded = _STEP * math.ceil(max_disp / _STEP)
        matcher = OpenCVMatcher(self.mode, rounded, self.block_size, self.uniqueness)
        with opencv_threads(self.threads):
            engine = matcher.create()
            start = time.perf_counter()
            views = gray(left), gray(right)
            if rounded < left.shape[1]:  # OpenCV refuses images with no column left
                engine.compute(*views)
                seconds = time.perf_counter() - start
                return Estimate(matcher.disparity(*views), None, seconds)
            disparity = matcher.disparity(*views)
            return Estimate(disparity, None, time.perf_counter() - start)


@dataclass(frozen=True)
class FunctionMethod:
    """Any function as a method, which is timed.

    Parameters
    ----------
    name : str
        What tables call it.
    function : callable
        Takes left, right and max_disp as :class:`Method` says, and returns the disparity, floating
        point (H, W), NaN = no result. A function of a module, unless ``jobs = 0``.
    options : mapping of str to Any
        All that its results depend on, as JSON can hold it.
    threads : int
        Number of cores that a call keeps busy.

    Examples
    --------
    >>> import numpy as np
    >>> def zero(left, right, max_disp):
    ...     return np.zeros(left.shape[:2], np.float32)
    >>> FunctionMethod("zero", zero)(np.zeros((2, 3)), np.zeros((2, 3)), 16).disparity.shape
    (2, 3)
    """

    name: str
    function: Callable[[Image, Image, int], npt.NDArray[Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 1

    def __call__(self, left: Image, right: Image, max_disp: int) -> Estimate:
        """Match a pair."""
        start = time.perf_counter()
        disparity = self.function(left, right, max_disp)
        return Estimate(disparity, None, time.perf_counter() - start)


def require_json(options: Mapping[str, Any]) -> None:
    """Raise StereoTypeError for options that JSON can't hold, which no cache could tell apart."""
    try:
        json.dumps(dict(options), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StereoTypeError(
            f"the options {dict(options)!r} can't be written as JSON ({error}): give names, "
            "numbers, lists and the like"
        ) from error


@cache
def _warm_up(settings: str) -> None:
    """Match once in this process, so that no scene's time includes loading or compiling."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64), np.uint8)
    SGM(16, threads=1, **json.loads(settings)).compute(noise, noise)
