"""A pair of a data set on disk: what it has is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from stereo.geometry.rectified import StereoGeometry
from stereo.io.images import read_image
from stereo.io.middlebury import MiddleburyCalibration
from stereo.types import StereoFileError, StereoValueError

__all__ = ["Dataset", "File", "Sample"]

T = TypeVar("T")
Array = TypeVar("Array", bound=npt.NDArray[Any])
Disparity = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Image = npt.NDArray[Any]
Size = tuple[int, int]


@dataclass(frozen=True)
class File(Generic[T]):
    """A file, and the function that reads it.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    read : callable
        Takes the path, and returns what the sample is to have. A function of a module, or a
        `functools.partial` of one, so that samples can be sent to other processes.
    """

    path: Path
    read: Callable[[Path], T]


@dataclass(frozen=True, eq=False)
class Sample:
    """A rectified pair on disk, with what the data set knows about it.

    Nothing is read before it is asked for, and nothing is kept: each access to a property reads
    the file again. Properties are None where the data set has no such file at all; a file that
    should be there and isn't is a StereoFileError, and so is one that is damaged or of another
    size than the left image.

    Attributes
    ----------
    dataset, name : str
        Names of the data set and of the pair.
    home : str
        Where the data set is to be had, for the errors.
    left_path, right_path : pathlib.Path
        The images.
    disparity_file, right_disparity_file, nonocc_file, objects_file, calibration_file : File
        What else there is; None where the data set has none.
    range_stop : int or None
        What the data set says of the disparities, if that is in no file.
    problem : str or None
        What was found to be wrong with the sample when the data set was opened: the properties
        raise it, and the other samples can be read.
    """

    dataset: str
    name: str
    home: str
    left_path: Path
    right_path: Path
    disparity_file: File[Disparity] | None = None
    right_disparity_file: File[Disparity] | None = None
    nonocc_file: File[Mask] | None = None
    objects_file: File[npt.NDArray[np.uint8]] | None = None
    calibration_file: File[StereoGeometry | MiddleburyCalibration] | None = None
    range_stop: int | None = None
    problem: str | None = None

    @property
    def left(self) -> Image:
        """The left image, uint8 or uint16, (H, W) or (H, W, 3), colour as RGB."""
        return self._read("left image", File(self.left_path, read_colour))

    @property
    def right(self) -> Image:
        """The right image, of the type and size of the left one."""
        return self._checked("right image", File(self.right_path, read_colour))

    @property
    def disparity(self) -> Disparity | None:
        """True disparity of the left image, float32 (H, W), px; NaN = unknown."""
        return self._map("left ground truth", self.disparity_file)

    @property
    def right_disparity(self) -> Disparity | None:
        """True disparity x_left - x_right seen from the right image, float32 (H, W), px."""
        return self._map("right ground truth", self.right_disparity_file)

    @property
    def nonocc(self) -> Mask | None:
        """The left pixels that the right image shows too, bool (H, W)."""
        return self._map("mask of non-occluded pixels", self.nonocc_file)

    @property
    def objects(self) -> npt.NDArray[np.uint8] | None:
        """Number of the object at each left pixel, uint8 (H, W); 0 = background."""
        return self._map("object map", self.objects_file)

    @property
    def calibration(self) -> StereoGeometry | None:
        """The geometry of the pair, in px and metres."""
        found = self._calibration()
        return found.geometry if isinstance(found, MiddleburyCalibration) else found

    @property
    def max_disp(self) -> int | None:
        """End of the search range in px: 0 <= d < max_disp is sure to be enough.

        The `ndisp` of the calibration, or what the format of the ground truth can hold. None
        where the data set says nothing.
        """
        found = self._calibration() if self.range_stop is None else None
        return found.ndisp if isinstance(found, MiddleburyCalibration) else self.range_stop

    @property
    def isint(self) -> bool:
        """Whether the calibration says that the ground truth has whole numbers only."""
        found = self._calibration()
        return isinstance(found, MiddleburyCalibration) and found.isint == 1

    @cached_property
    def image_size(self) -> Size:
        """Width and height of the left image, which is read for it once."""
        height, width = self.left.shape[:2]
        return width, height

    def _calibration(self) -> StereoGeometry | MiddleburyCalibration | None:
        if self.calibration_file is None:
            return None
        found = self._read("calibration", self.calibration_file)
        geometry = found.geometry if isinstance(found, MiddleburyCalibration) else found
        self._same_size("calibration", self.calibration_file.path, geometry.image_size)
        return found

    def _map(self, what: str, file: File[Array] | None) -> Array | None:
        return None if file is None else self._checked(what, file)

    def _checked(self, what: str, file: File[Array]) -> Array:
        array = self._read(what, file)
        self._same_size(what, file.path, (array.shape[1], array.shape[0]))
        return array

    def _same_size(self, what: str, path: Path, size: Size) -> None:
        if size != self.image_size:
            raise StereoFileError(
                f"the {what} of {self.dataset} {self.name}, {path}, is {size[0]} x {size[1]} px, "
                f"and the left image {self.image_size[0]} x {self.image_size[1]} px: "
                "both must be the same"
            )

    def _read(self, what: str, file: File[T]) -> T:
        if self.problem is not None:
            raise StereoFileError(self.problem)
        if not file.path.exists():
            raise StereoFileError(
                f"{self.dataset} {self.name} lacks its {what}: there is no file {file.path}. "
                f"{self.home} Nothing is downloaded."
            )
        return file.read(file.path)


class Dataset(Sequence[Sample]):
    """The samples of a data set, in the order of their names.

    Parameters
    ----------
    name : str
        Name of the data set.
    samples : sequence of Sample
        At least one, of different names.
    """

    def __init__(self, name: str, samples: Sequence[Sample]) -> None:
        self.name = name
        self._samples = tuple(samples)
        self._by_name = {sample.name: sample for sample in samples}
        if len(self._by_name) != len(self._samples) or not samples:
            raise StereoValueError(
                f"{name} has {len(self._samples)} samples of {len(self._by_name)} names: "
                "expected at least one, of different names"
            )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        """Return a sample, or a tuple of some."""
        return self._samples[index]

    def __iter__(self) -> Iterator[Sample]:
        """Go through the samples."""
        return iter(self._samples)

    def __repr__(self) -> str:
        """Name the data set, and say how large it is."""
        return f"<Dataset {self.name}: {len(self)} samples>"

    def sample(self, name: str) -> Sample:
        """Return the sample called `name`.

        Raises
        ------
        StereoValueError
            If there is none.
        """
        if name not in self._by_name:
            some = ", ".join([sample.name for sample in self._samples[:20]])
            raise StereoValueError(
                f"{self.name} has no sample {name!r}; it has {len(self)}: {some}"
                f"{', …' if len(self) > 20 else ''}"
            )
        return self._by_name[name]


def read_colour(path: Path) -> Image:
    """Read an image without its alpha channel."""
    image = read_image(path)
    return np.ascontiguousarray(image[:, :, :3]) if image.ndim == 3 else image
