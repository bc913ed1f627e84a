"""The CUDA backend: the stages on a GPU, `stereo._cuda`.

A frame stays on its device from the upload to the download: the arrays between the stages are the
compiled module's, and their memory is the workspace's.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..contract import MatchingParams, Pair, Selection
from ..devices import DeviceView, allocated_like, device_view
from ..learned.law import Law
from ..types import StereoValueError
from .cuda_workspace import CudaWorkspace
from .native_arguments import matching_arguments

__all__ = ["BACKEND", "CudaBackend"]


class CudaBackend:
    """The functions of :class:`stereo.contract.DeviceBackend`, by a compiled module.

    Parameters
    ----------
    module : str
        Name of the module. It is imported when it is first asked for: importing it needs no
        driver, but what it says of the machine is the driver's.
    """

    def __init__(self, module: str) -> None:
        self._name = module
        self._loaded: ModuleType | None = None

    def unusable(self) -> str | None:
        """Why no GPU can be used, or None."""
        if importlib.util.find_spec(self._name) is None:
            return (
                "this installation has no CUDA module: reinstall from source where there is nvcc, "
                "with -C cmake.define.STEREO_CUDA=ON"
            )
        try:
            reason: str | None = self._module.unusable()
        except ImportError as error:
            return f"the compiled module {self._name} can't be loaded: {error}"
        return reason

    def describe(self) -> str:
        """Name the devices, and what the driver supports."""
        described: str = self._module.describe()
        return described

    @property
    def _module(self) -> ModuleType:
        if self._loaded is None:
            self._loaded = importlib.import_module(self._name)
        return self._loaded

    def workspace(self) -> CudaWorkspace:
        """Device memory, pinned memory and a stream that are kept between frames."""
        return CudaWorkspace(self._module)

    def upload(self, arrays: Sequence[Any], workspace: CudaWorkspace) -> tuple[Any, ...]:
        """Copy arrays of the host to the current device; take those of a device as they are."""
        views = [array for array in arrays if isinstance(array, DeviceView)]
        workspace.begin(views)
        return tuple(
            None
            if array is None
            else self._taken(array, workspace)
            if isinstance(array, DeviceView)
            else workspace.native.upload(array)
            for array in arrays
        )

    def _taken(self, view: DeviceView, workspace: CudaWorkspace) -> Any:
        array = workspace.native.take(view.pointer, view.shape, view.strides, view.dtype.str)
        if view.dtype.kind == "f" and not self._module.is_finite(array, view.allows_nan):
            values = "infinite values" if view.allows_nan else "NaN or infinite values"
            raise StereoValueError(f"{view.what} has {values}: replace them before")
        return array

    def download(self, maps: Sequence[Any], workspace: CudaWorkspace) -> tuple[Any, ...]:
        """Copy maps to the host, or into arrays of the library of those that were uploaded."""
        if not workspace.views:
            return tuple(workspace.native.download(list(maps)))
        owner = workspace.views[0].owner
        results = tuple(each if each is None else self._given(each, owner) for each in maps)
        workspace.end()
        return results

    def _given(self, array: Any, owner: Any) -> Any:
        given = allocated_like(owner, array.shape, array.dtype)
        if given is None:
            return self._module.copied(array)
        self._module.copy_to(array, device_view(given, "the result").pointer)
        return given

    def remap(self, image: Any, map_x: Any, map_y: Any, border: float) -> Any:
        """Return the image at the places that the maps name, bilinear; `border` is what is beyond.

        `csrc/cuda/stages.h` defines it. `border` is a value of the image's dtype.
        """
        return self._module.remap(image, map_x, map_y, border)

    def gray(self, image: Any) -> Any:
        """Architecture, stage 1. A contiguous gray image is returned as it is."""
        return self._module.gray(image)

    def tones(self, left: Any, right: Any, gray_level: int) -> tuple[Any, Any]:
        """Architecture, stage 1: the gray images on one 8-bit scale."""
        if gray_level == 1:
            return left, right
        one, other = self._module.tones(left, right, of_bytes=gray_level == 4)
        return one, other

    def even_contrast(self, tone: Any, threads: int) -> Any:
        """Architecture, stage 2: the guide of adaptive penalties."""
        return self._module.even_contrast(tone)

    def semiglobal(
        self, pair: Pair, params: MatchingParams, workspace: CudaWorkspace, details: bool
    ) -> Selection:
        """Architecture, stages 2 to 10."""
        given = matching_arguments(pair, params, lambda: self._module.flat_guide(pair.left))
        maps = self._module.semiglobal(pair.left, pair.right, details, **given)
        return Selection(*maps)

    def speckles(self, disparity: Any, size: int, max_diff: float) -> Any:
        """Architecture, stage 11."""
        with np.errstate(over="ignore"):  # beyond float32 there is no limit
            return self._module.speckles(disparity, size, float(np.float32(max_diff)))

    def remove_speckles(self, small: Any, disparity: Any, flags: Any, confidence: Any) -> Any:
        """Architecture, stage 11: what follows from the small regions."""
        return self._module.remove_speckles(small, disparity, flags, confidence)

    def median(self, disparity: Any, size: int, threads: int) -> Any:
        """Architecture, stage 12."""
        return self._module.median(disparity, size)

    def weighted_median(
        self,
        disparity: Any,
        guide: Any,
        color_weights: npt.NDArray[np.uint8],
        color_shift: int,
        space_weights: npt.NDArray[np.uint8],
        where: Any,
        edges_only: bool,
        threads: int,
    ) -> Any:
        """Weighted median; `stereo.filters.weighted_median` defines it."""
        return self._module.weighted_median(
            disparity, guide, color_weights, color_shift, space_weights, where, edges_only
        )

    def fill_directions(self, disparity: Any, threads: int) -> Any:
        """Fill each NaN with the lower median of what 16 directions meet first."""
        return self._module.fill_directions(disparity)

    def fill_row(self, disparity: Any) -> Any:
        """Fill each NaN with the smaller of its neighbours in the row."""
        return self._module.fill_row(disparity)

    def fill_rows_between(self, disparity: Any) -> Any:
        """Architecture, stage 14: rows without any number take those of the nearest row."""
        return self._module.fill_rows_between(disparity)

    def holes(self, disparity: Any) -> Any:
        """Where there is no number."""
        return self._module.holes(disparity)

    def patch(self, disparity: Any, other: Callable[[], Any]) -> Any:
        """Return the map, with the numbers of another where it has none."""
        return self._module.patch(disparity, other())

    def prior(self, disparity: Any) -> Any:
        """Whole disparities, rounded half to even; 0 for NaN."""
        return self._module.prior(disparity)

    def confirm(self, first: Any, second: Any) -> Any:
        """Return the second map, with the first one's number where they differ by 1 px at most."""
        return self._module.confirm(first, second)

    def largest(self, volume: Any) -> int:
        """Return the largest of given costs; it waits for them."""
        found: int = self._module.largest(volume)
        return found

    def feature_volume(
        self, left: Any, right: Any, law: Law, min_disp: int, disparities: int, maximum: int
    ) -> Any:
        """Make the costs of two maps of features."""
        return self._module.feature_volume(
            left,
            right,
            **law.arguments,
            min_disp=min_disp,
            disparities=disparities,
            maximum=maximum,
        )


BACKEND = CudaBackend("stereo._cuda")
