"""Arrays and functions of the user as matching costs, and the errors for what can't be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import refuse_masked
from ..contract import MAX_AGGREGATED
from ..memory import allocate
from ..types import StereoTypeError, StereoValueError
from ..volume import CostVolume, checked_volume, copy_outside

__all__ = [
    "STEPS",
    "as_cost_volume",
    "call_cost",
    "check_shape",
    "host_array",
    "penalties_of",
]

_MOST_PATHS = 16
STEPS = MAX_AGGREGATED * 4 // (_MOST_PATHS * 9)
"""Cost into which the largest value of a float volume is quantised, 1820.

The penalty p2 is 5/4 of it, and 16 paths of at most 9/4 of it are what S holds.
"""

_CHUNK = 1 << 17  # elements that are converted at a time: they stay in the second-level cache
_HOST_DEVICES = (1, 3)  # of DLPack: CPU, and memory of the host that CUDA has pinned
_DEVICES = {2: "a CUDA device", 8: "a Metal device", 10: "a ROCm device", 13: "a CUDA device"}


def as_cost_volume(
    cost: Any, left_shape: tuple[int, ...], min_disp: int, max_disp: int
) -> CostVolume:
    """Return the cost volume that an array of the user stands for.

    Parameters
    ----------
    cost : array_like (H, W, D), or CostVolume
        Cost of left pixel (y, x) at the disparity min_disp + i, lower is better, nowhere
        negative. NumPy arrays, and whatever offers DLPack on the CPU (PyTorch, JAX, CuPy's
        pinned memory), without a copy of its own. It is never written to.

        - uint8 and uint16 are taken as they are, C-contiguous ones without a copy. All entries
          count, also those of disparities whose counterpart lies outside the right image.
        - Other integers up to 65535 become uint8 or uint16.
        - Floats become uint16: the smallest value 0, the largest :data:`STEPS` = 1820, linear
          and rounded to the nearest step in between (halves up). Values that are far above all
          others cost resolution: truncate such a cost first.

        Where a volume is converted, an entry without counterpart in the right image may hold
        anything, NaN included: it takes the cost of the nearest column that has one.
    left_shape : tuple of int
        Shape of the left image, (H, W) or (H, W, channels).
    min_disp, max_disp : int
        The search is min_disp <= d < max_disp, px: D = max_disp - min_disp.

    Returns
    -------
    CostVolume
        `maximum` is the largest cost that occurs (floats: 1820), p1 and p2 are 1/4 and 5/4
        of it.

    Raises
    ------
    StereoError
        For another shape, dtype or device, for negative values, and for NaN or infinite
        values where there is a counterpart.

    Examples
    --------
    >>> import numpy as np
    >>> cost = np.linspace(0, 2, 4 * 8 * 3, dtype=np.float32).reshape(4, 8, 3)
    >>> volume = as_cost_volume(cost, (4, 8), 0, 3)
    >>> volume.data.dtype, volume.maximum, volume.p1, volume.p2
    (dtype('uint16'), 1820, 455, 2275)
    """
    shape = (*left_shape[:2], max_disp - min_disp)
    if isinstance(cost, CostVolume):
        check_shape(cost.shape, shape)
        if cost.min_disp != min_disp:
            raise StereoValueError(
                f"the cost volume begins at min_disp = {cost.min_disp}, the search at {min_disp}"
            )
        return checked_volume(cost)
    array = host_array(cost, "the cost volume")
    check_shape(array.shape, shape)
    if array.dtype.kind == "f":
        return _quantised(array, min_disp)
    if array.dtype.kind not in "iu":
        raise StereoTypeError(
            f"the cost volume is {array.dtype}: expected uint8, uint16, another integer or a float"
        )
    if array.dtype in (np.uint8, np.uint16) and array.dtype.isnative:
        return _volume(np.ascontiguousarray(array), min_disp, int(array.max()), "cost")
    return _narrowed(array, min_disp)


def call_cost(
    function: Callable[[Any, Any, int, int], Any],
    left: npt.NDArray[Any],
    right: npt.NDArray[Any],
    min_disp: int,
    max_disp: int,
) -> CostVolume:
    """Return the cost volume that a function of the user computes.

    Parameters
    ----------
    function : callable
        Called once as ``function(left, right, min_disp, max_disp)``; it returns what
        :func:`as_cost_volume` takes. Its exceptions come through unchanged. It gets copies of the
        images, C-contiguous and its own to change.
    left, right : ndarray, (H, W) or (H, W, channels)
        The rectified images.
    min_disp, max_disp : int
        The search is min_disp <= d < max_disp, px.

    Raises
    ------
    StereoError
        If what it returned can't be used.

    Examples
    --------
    >>> import numpy as np
    >>> def nothing(left, right, min_disp, max_disp):
    ...     return np.zeros((*left.shape, max_disp - min_disp), np.uint8)
    >>> call_cost(nothing, np.zeros((2, 5)), np.zeros((2, 5)), 0, 4).shape
    (2, 5, 4)
    """
    cost = function(left.copy(), right.copy(), min_disp, max_disp)
    return as_cost_volume(cost, left.shape, min_disp, max_disp)


def host_array(value: Any, what: str) -> npt.NDArray[Any]:
    """Return `value` as a NumPy array, without a copy where it offers DLPack on the CPU.

    Raises
    ------
    StereoTypeError
        If it lives on another device, is masked, or is no array; `what` names it.
    """
    refuse_masked(what, value)
    if isinstance(value, np.ndarray):
        array: npt.NDArray[Any] = np.asarray(value)
        return array
    offers_dlpack = hasattr(value, "__dlpack__") and hasattr(value, "__dlpack_device__")
    _check_device(value, what, offers_dlpack)
    try:
        array = np.from_dlpack(value) if offers_dlpack else np.asarray(value)
    except MemoryError:
        raise
    except Exception as error:  # such as a tensor that requires a gradient, or ragged rows
        held = f" of {value.dtype}" if hasattr(value, "dtype") else ""
        raise StereoTypeError(
            f"{what}, a {type(value).__name__}{held}, can't be made an array: {error} "
            "(a plain, dense one of float32 can)"
        ) from error
    if array.dtype == object:
        raise StereoTypeError(
            f"{what} is a {type(value).__name__}, which holds no numbers: expected an array"
        )
    return array


def _check_device(value: Any, what: str, offers_dlpack: bool) -> None:
    on_host = True
    name = "a CUDA device"
    if offers_dlpack:
        try:
            kind = int(value.__dlpack_device__()[0])
        except Exception as error:  # such as a tensor without storage
            raise StereoTypeError(f"{what} says of its device: {error}") from error
        on_host, name = kind in _HOST_DEVICES, _DEVICES.get(kind, f"DLPack's device type {kind}")
    elif hasattr(value, "__cuda_array_interface__"):
        on_host = False
    if not on_host:
        raise StereoTypeError(
            f"{what} lives on {name} and matching runs on the CPU: copy it there first, "
            "with .cpu() in PyTorch or .get() in CuPy"
        )


def check_shape(seen: tuple[int, ...], right: tuple[int, ...]) -> None:
    """Refuse a volume of another shape than image and search range need."""
    if seen == right:
        return
    hint = ""
    if seen == (right[2], *right[:2]):
        hint = ": move its first axis to the end, np.moveaxis(cost, 0, -1)"
    raise StereoValueError(
        f"the cost volume has shape {seen}, but image and search range need (H, W, D) = {right}"
        + hint
    )


def _volume(data: npt.NDArray[Any], min_disp: int, maximum: int, unit: str) -> CostVolume:
    p1, p2 = penalties_of(maximum)
    return CostVolume(data, min_disp=min_disp, maximum=maximum, unit=unit, p1=p1, p2=p2)


def penalties_of(maximum: int) -> tuple[int, int]:
    """Return the p1 and p2 that suit a cost of which nothing but its largest value is known."""
    p1 = max(maximum // 4, 1)
    return p1, max(maximum * 5 // 4, p1)


def _narrowed(cost: npt.NDArray[Any], min_disp: int) -> CostVolume:
    """Convert integers that are neither uint8 nor uint16."""
    low, high = _range(cost, min_disp)
    _check_not_negative(low)
    if high > 65535:
        raise StereoValueError(f"the cost volume reaches {high}: 65535 is the most, scale it down")
    data = allocate(cost.shape, np.uint8 if high <= 255 else np.uint16)
    for rows, inside in _chunks(cost, min_disp, low):
        data[rows] = inside
    copy_outside(data, min_disp, high)
    return _volume(data, min_disp, high, "cost")


def _quantised(cost: npt.NDArray[Any], min_disp: int) -> CostVolume:
    """Convert floats: the range of the values to 0 … STEPS."""
    low, high = _range(cost, min_disp)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise StereoValueError(_where_not_finite(cost, min_disp))
    _check_not_negative(low)
    data = allocate(cost.shape, np.uint16)
    span = high - low
    for rows, inside in _chunks(cost, min_disp, low):
        inside = inside.astype(np.float64)
        inside -= low
        if span > 0:
            inside /= span
        inside *= STEPS
        inside += 0.5
        data[rows] = inside.astype(np.uint16)
    copy_outside(data, min_disp, STEPS)
    unit = f"{span / STEPS:.6g}" if span > 0 else "1"
    return _volume(data, min_disp, STEPS, f"steps of {unit}")


def _check_not_negative(low: Any) -> None:
    if low < 0:
        raise StereoValueError(
            f"the cost volume holds the negative value {low}: a cost is 0 or more and lower is "
            "better; subtract the minimum, or use 1 - s for a similarity s"
        )


def _outside(width: int, disparities: int, min_disp: int) -> npt.NDArray[np.bool_]:
    """Return (W, D): where the counterpart x - d is not a column of the right image."""
    counterpart = np.subtract.outer(np.arange(width), np.arange(disparities) + min_disp)
    outside: npt.NDArray[np.bool_] = (counterpart < 0) | (counterpart >= width)
    return outside


def _chunks(
    cost: npt.NDArray[Any], min_disp: int, fill: Any
) -> Iterator[tuple[slice, npt.NDArray[Any]]]:
    """Yield copies of some rows, with `fill` where there is no counterpart."""
    height, width, disparities = cost.shape
    outside = _outside(width, disparities, min_disp)
    rows = max(1, _CHUNK // (width * disparities))
    for first in range(0, height, rows):
        band = slice(first, first + rows)
        chunk = np.array(cost[band], cost.dtype.newbyteorder("="), order="C")
        np.copyto(chunk, fill, where=outside)
        yield band, chunk


def _range(cost: npt.NDArray[Any], min_disp: int) -> tuple[Any, Any]:
    """Return the smallest and the largest value that has a counterpart; NaN shows in both.

    (0, 0) where no entry has one.
    """
    _, width, disparities = cost.shape
    inside = np.argwhere(~_outside(width, disparities, min_disp))
    if len(inside) == 0:
        return 0, 0
    some = cost[0, inside[0][0], inside[0][1]]
    lows, highs = zip(
        *((chunk.min(), chunk.max()) for _, chunk in _chunks(cost, min_disp, some)), strict=True
    )
    return np.min(lows).item(), np.max(highs).item()


def _where_not_finite(cost: npt.NDArray[Any], min_disp: int) -> str:
    row = 0
    for rows, chunk in _chunks(cost, min_disp, 0):
        bad = np.argwhere(~np.isfinite(chunk))
        if len(bad):
            row, column, plane = (int(k) for k in bad[0])
            row += rows.start
            value = cost[row, column, plane]
            return (
                f"the cost volume holds {value} at row {row}, column {column}, disparity "
                f"{min_disp + plane}, which has a counterpart in the right image: replace it "
                "by a finite cost"
            )
    raise AssertionError("the caller saw such a value")
