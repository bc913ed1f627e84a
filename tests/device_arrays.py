"""Arrays on the emulated device, shown as libraries for GPUs show theirs."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from stereo import dlpack

View = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


class OnDevice:
    """An array on the device, with ``__cuda_array_interface__`` and nothing else.

    Parameters
    ----------
    base : ndarray
        C-contiguous; its bytes are uploaded.
    view : callable
        From `base` to a view of it, whose shape and strides the array has.
    **said : object
        Entries of the interface in place of its own.
    """

    def __init__(self, base: npt.NDArray[Any], view: View | None = None, **said: Any) -> None:
        native = sys.modules["_simt"]
        base = np.ascontiguousarray(base)
        seen = base if view is None else view(base)
        workspace = native.Workspace()
        workspace.begin()
        self.memory = native.copied(workspace.upload(base.view(np.uint8).reshape(1, -1)))
        workspace.end([])
        first = self.memory.__cuda_array_interface__["data"][0]
        offset = seen.__array_interface__["data"][0] - base.__array_interface__["data"][0]
        self.shape, self.dtype = seen.shape, seen.dtype
        self.__cuda_array_interface__ = {
            "shape": seen.shape,
            "typestr": seen.dtype.str,
            "strides": seen.strides,
            "data": (first + offset, False),
            "version": 3,
            "stream": 1,
            **said,
        }


def on_host(array: Any) -> npt.NDArray[Any]:
    """Return a C-contiguous array of the device as NumPy's."""
    said = array.__cuda_array_interface__
    shape, dtype = said["shape"], np.dtype(said["typestr"])
    pointer = said["data"][0]
    native = sys.modules["_simt"]
    workspace = native.Workspace()
    workspace.begin_on(native.device_of(pointer), said["stream"])
    steps = np.empty(shape, dtype).strides
    (found,) = workspace.download([workspace.take(pointer, shape, steps, dtype.str)])
    result: npt.NDArray[Any] = found
    return result


def fake_cupy() -> ModuleType:
    """Return a module that allocates as CuPy does, on the emulated device."""

    class ndarray(OnDevice):
        """CuPy's array."""

        device: AbstractContextManager[None] = nullcontext()

    ndarray.__module__ = "cupy"
    module = ModuleType("cupy")
    module.ndarray = ndarray  # type: ignore[attr-defined]
    module.empty = lambda shape, dtype: ndarray(np.zeros(shape, dtype))  # type: ignore[attr-defined]
    return module


class ByDLPack:
    """An array on the device with DLPack and nothing else, of another array there."""

    def __init__(self, array: OnDevice, lanes: int = 1) -> None:
        said = array.__cuda_array_interface__
        dtype, ndim = np.dtype(said["typestr"]), len(said["shape"])
        sides = ctypes.c_int64 * ndim
        tensor = dlpack._Tensor(
            said["data"][0] - 4,
            (2, 0),
            ndim,
            ({"u": 1, "f": 2}[dtype.kind], 8 * dtype.itemsize, lanes),
            sides(*said["shape"]),
            sides(*(step // dtype.itemsize for step in said["strides"])),
            4,
        )
        self.kept = array, tensor
        self.asked: list[Any] = []

    def __dlpack_device__(self) -> tuple[int, int]:
        """CUDA's first device."""
        return 2, 0

    def __dlpack__(self, *, stream: Any) -> Any:
        """Give a capsule, and remember the stream."""
        self.asked.append(stream)
        make = ctypes.pythonapi.PyCapsule_New
        make.restype = ctypes.py_object
        make.argtypes = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
        return make(ctypes.addressof(self.kept[1]), b"dltensor", None)
