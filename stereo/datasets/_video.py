"""The frames of a video file, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from stereo.io.files import PathLike, path_name, readable
from stereo.io.images import opencv
from stereo.types import StereoFileError

__all__ = ["VideoFrames"]

Image = npt.NDArray[np.uint8]


class VideoFrames(Sequence[Image]):
    """RGB frames, decoded when they are asked for: uint8 (H, W, 3).

    The file is gone through once when it is opened, since what its header says of the number of
    frames is often wrong. Frames in rising order are decoded one after the other; another order
    makes the decoder go back to a key frame. May be sent to other processes, which open it anew.
    """

    def __init__(self, path: PathLike) -> None:
        self._name = path_name(path)
        with readable(path):
            pass
        self._capture: Any = None
        self._next = 0
        self._length = self._count()
        if not self._length:
            raise StereoFileError(f"{self._name} has no frame that OpenCV can decode")

    def __len__(self) -> int:
        """Return the number of frames."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | Sequence[Image]:
        """Decode a frame, or some."""
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(self._length))]
        place = range(self._length)[index]
        if self._capture is None:
            self._capture, self._next = self._opened(), 0
        if place != self._next:
            self._capture.set(opencv().CAP_PROP_POS_FRAMES, place)
        done, frame = self._capture.read()
        if not done:
            self._capture = None
            raise StereoFileError(f"frame {place} of {self._name} can't be decoded")
        self._next = place + 1
        return np.ascontiguousarray(frame[:, :, ::-1])

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open file behind."""
        return {**self.__dict__, "_capture": None}

    def _opened(self) -> Any:
        capture = opencv().VideoCapture(self._name)
        if not capture.isOpened():
            raise StereoFileError(f"{self._name} is no video that OpenCV can decode")
        return capture

    def _count(self) -> int:
        capture, count = self._opened(), 0
        while capture.grab():
            count += 1
        capture.release()
        return count
