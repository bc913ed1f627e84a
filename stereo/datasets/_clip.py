"""What a clip is: images in the order of time, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from stereo.datasets.sample import read_colour
from stereo.geometry.arguments import checked_camera_matrix, finite_array, rigid_transform
from stereo.geometry.rectified import StereoGeometry
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["MOST_FRAMES", "Clip", "ImageFiles", "checked_poses"]

MOST_FRAMES = 100_000
"""Of a clip with poses, or a rendered one."""

Image = npt.NDArray[Any]
Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Clip:
    """Consecutive images, of one camera or of a rectified pair.

    Attributes
    ----------
    left : sequence of ndarray, uint8 or uint16, (H, W) or (H, W, 3)
        The images in the order of time, colour as RGB. They are asked for when they are needed.
    right : sequence of ndarray, optional
        As many of the right camera, at the same times.
    K : ndarray, float64 (3, 3), optional
        Camera matrix of the left images, px. By default that of `geometry`.
    geometry : StereoGeometry, optional
        The rectified pair, in px and metres.
    poses : ndarray, float64 (n, 4, 4), optional
        world_from_left of each image.
    depth : sequence of ndarray, float32 (H, W), optional
        True depth of the left images; NaN = unknown.

    Raises
    ------
    StereoTypeError, StereoValueError
        If there is no image, the numbers of images differ, or a matrix is none.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((4, 6, 3), np.uint8)
    >>> len(Clip([frame, frame], K=np.array([[5.0, 0, 3], [0, 5, 2], [0, 0, 1]])))
    2
    """

    left: Sequence[Image]
    right: Sequence[Image] | None = None
    K: Float64Array | None = None
    geometry: StereoGeometry | None = None
    poses: Float64Array | None = None
    depth: Sequence[npt.NDArray[np.float32]] | None = None

    def __post_init__(self) -> None:
        """Check everything that needs no image."""
        for name in ("left", "right", "depth"):
            self._check_length(name, getattr(self, name))
        if self.geometry is not None and not isinstance(self.geometry, StereoGeometry):
            raise StereoTypeError(
                f"geometry must be a StereoGeometry, got {type(self.geometry).__name__}"
            )
        if self.K is not None:
            object.__setattr__(self, "K", checked_camera_matrix("K", self.K))
        elif self.geometry is not None:
            object.__setattr__(self, "K", self.geometry.K_left)
        if self.poses is not None:
            object.__setattr__(self, "poses", checked_poses(self.poses, len(self.left)))

    def __len__(self) -> int:
        """Return the number of left images."""
        return len(self.left)

    def _check_length(self, name: str, images: Any) -> None:
        if images is None:
            return
        try:
            count = len(images)
        except TypeError:
            raise StereoTypeError(
                f"{name} must be a sequence of images, got {type(images).__name__}"
            ) from None
        if not count or count != len(self.left):
            raise StereoValueError(
                f"the clip has {len(self.left)} left images and {count} of {name}: expected as "
                "many, and at least one"
            )


class ImageFiles(Sequence[Image]):
    """Images that are read when they are asked for; alpha is left out.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The files.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | Sequence[Image]:
        """Read an image, or some."""
        if isinstance(index, slice):
            return ImageFiles(self.paths[index])
        return read_colour(self.paths[index])


def checked_poses(poses: Any, count: int | None) -> Float64Array:
    """Return rigid transforms (n, 4, 4), `count` of them if it is given."""
    array = finite_array("poses", poses)
    if array.ndim != 3 or array.shape[1:] != (4, 4) or not 1 <= len(array) <= MOST_FRAMES:
        raise StereoValueError(f"poses are {array.shape}: expected (n, 4, 4), one an image")
    if count is not None and len(array) != count:
        raise StereoValueError(f"there are {len(array)} poses for {count} images: one an image")
    return np.stack([rigid_transform(f"poses[{k}]", pose) for k, pose in enumerate(array)])
