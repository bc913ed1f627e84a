"""Filling of holes: from the row, from 16 directions, or by the cause of each hole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..arguments import as_array, flag, thread_count
from ..backends import applied, resolve_for
from ..contract import Backend, Float32
from ..devices import DeviceView
from ..types import Flag, StereoTypeError, StereoValueError
from ._arguments import checked_guide_beside, checked_map_anywhere, same_shape
from .guided import along_edges

__all__ = ["fill", "from_directions", "from_rows"]

Method = Literal["directions", "row", "interpolate"]
_METHODS = ("directions", "row", "interpolate")
_HIDDEN = int(Flag.OCCLUSION | Flag.BORDER | Flag.OUT_OF_RANGE)


def fill(
    disparity: npt.ArrayLike,
    flags: npt.ArrayLike | None = None,
    *,
    method: Method | None = None,
    guide: npt.ArrayLike | None = None,
    smooth: bool | None = None,
    backend: str = "auto",
    threads: int | None = None,
) -> Float32:
    """Return the map with its holes filled.

    Parameters
    ----------
    disparity : array_like, float32 (H, W)
        Pixels, NaN in the holes. A map in the memory of a CUDA device stays there; "interpolate"
        takes none.
    flags : array_like, uint8 (H, W), optional
        Bits of :class:`stereo.Flag`, the cause of each hole; "interpolate" needs them.
    method : {"interpolate", "directions", "row"}, optional
        By default "interpolate" where there are flags, else "row".

        - "row": the smaller of the nearest valid values left and right in the row, which is the
          background. A row without any takes the filled values of the nearest row that has some,
          of the upper one if two are equally near.
        - "directions": the lower median, element (n - 1) // 2, of the n first valid values along
          16 directions, the steps (1, 0), (2, 1), (1, 1), (1, 2), (0, 1), … around the circle. A
          hole from which none meets any takes its "row".
        - "interpolate", after Žbontar and LeCun (JMLR 2016): what is hidden in the right image
          (OCCLUSION, BORDER, OUT_OF_RANGE) takes the nearest valid value to the left in its row,
          without one the nearest to the right, without any its "row"; all other holes
          take their "directions".
    guide : array_like, uint8, (H, W), (H, W, 3) or (H, W, 4), optional
        The image that the disparity belongs to, for smoothing.
    smooth : bool, optional
        Pass the filled pixels, and only them, through :func:`weighted_median` with its defaults.
        By default this is done if there is a guide.
    backend, threads
        As for :func:`weighted_median`.

    Returns
    -------
    ndarray, float32 (H, W)
        Dense, but for a map without any valid pixel, which stays as it is.

    Raises
    ------
    StereoError
        If an argument can't be used, or would not be: flags without "interpolate", a guide
        without smoothing.

    Examples
    --------
    >>> import numpy as np, stereo
    >>> nan = np.nan
    >>> disparity = np.float32([[5, nan, nan, 9]])
    >>> stereo.filters.fill(disparity, method="row").tolist()
    [[5.0, 5.0, 5.0, 9.0]]
    """
    values = checked_map_anywhere(disparity)
    name = _checked_method(method, flags)
    smoothing = (guide is not None) if smooth is None else flag("smooth", smooth)
    if smoothing and guide is None:
        raise StereoValueError("smooth = True needs a guide")
    if guide is not None and not smoothing:
        raise StereoValueError("a guide is used by smooth = True only: leave one of them out")
    gray = None if guide is None else checked_guide_beside(values, guide)
    if flags is not None and isinstance(values, DeviceView):
        raise StereoTypeError(
            "method = 'interpolate' runs on the host: copy the disparity there, or use another"
        )
    causes = None if flags is None else _checked_flags(flags, values.shape)
    (_, engine), count = resolve_for(backend, disparity), thread_count(threads)

    def dense(on: Any) -> Any:
        return from_rows(engine, on) if name == "row" else from_directions(engine, on, count)

    def smoothed(on: Any, filled: Any, gray: Any) -> Any:
        return along_edges(engine, filled, gray, count, where=engine.holes(on))

    def whole(on: Any, gray: Any) -> Any:
        return dense(on) if gray is None else smoothed(on, dense(on), gray)

    result: Float32
    if causes is None:
        result = applied(engine, whole, values, gray)
        return result

    def rows() -> Float32:
        filled: Float32 = applied(engine, lambda on: from_rows(engine, on), values)
        return filled

    result = _by_cause(values, causes, applied(engine, dense, values), rows)
    return result if gray is None else applied(engine, smoothed, values, result, gray)


def _checked_method(method: Any, flags: Any) -> str:
    if method is None:
        return "row" if flags is None else "interpolate"
    if not isinstance(method, str):
        raise StereoTypeError(f"method must be a string, got {method!r}")
    if method not in _METHODS:
        raise StereoValueError(
            f"method = {method!r} is not one of {', '.join(map(repr, _METHODS))}"
        )
    if method == "interpolate" and flags is None:
        raise StereoValueError("method = 'interpolate' needs flags: the cause of each hole")
    if method != "interpolate" and flags is not None:
        raise StereoValueError(f"flags are used by 'interpolate' only, not by {method!r}")
    return method


def _checked_flags(flags: Any, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    array = as_array("flags", flags)
    if array.dtype != np.uint8:
        raise StereoTypeError(f"flags are {array.dtype}: expected uint8, bits of stereo.Flag")
    same_shape(array, shape, "flags")
    return array


def from_rows(engine: Backend, values: Float32) -> Float32:
    """Fill by "row", the method of :func:`fill`; an array of the backend."""
    return engine.fill_rows_between(engine.fill_row(values))


def from_directions(engine: Backend, values: Float32, threads: int) -> Float32:
    """Fill by "directions", the method of :func:`fill`; an array of the backend."""
    filled = engine.fill_directions(values, threads)
    return engine.patch(filled, lambda: from_rows(engine, values))


def _by_cause(
    values: Float32,
    flags: npt.NDArray[np.uint8],
    filled: Float32,
    rows: Callable[[], Float32],
) -> Float32:
    """Return what was filled from all directions, with what is hidden from the left instead."""
    hidden = np.isnan(values) & ((flags & _HIDDEN) != 0)
    valid = ~np.isnan(values)
    columns = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    left = np.maximum.accumulate(np.where(valid, columns, -1), axis=1)
    first = np.broadcast_to(valid.argmax(axis=1)[:, None], values.shape)  # the nearest to the right
    source = np.where(left >= 0, left, first)
    nearest = np.take_along_axis(values, source, axis=1)
    lost = hidden & np.isnan(nearest)  # in rows without any valid pixel
    np.copyto(filled, nearest, where=hidden)
    if lost.any():
        np.copyto(filled, rows(), where=lost)
    return filled
