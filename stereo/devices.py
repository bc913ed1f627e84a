"""Arrays in the memory of a CUDA device: what they say of themselves, new ones of their kind."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import dlpack
from .types import StereoTypeError, StereoValueError

__all__ = ["DeviceView", "allocated_like", "device_view", "on_device"]

_CUDA_KINDS = (2, 13)  # of DLPack: memory of a CUDA device, and managed memory
_LEGACY_STREAM = 1  # what __cuda_array_interface__ calls the default stream


@dataclass(frozen=True, eq=False)
class DeviceView:
    """An array of a caller in the memory of a CUDA device.

    Attributes
    ----------
    what : str
        What messages call it.
    pointer : int
        Address of its first element.
    shape : tuple of int
    strides : tuple of int
        Bytes from one element to the next, of any sign.
    dtype : dtype
    stream : int
        CUDA stream on which its contents are ready, and on which the caller goes on.
    owner : object
        The caller's array.
    held : object
        What keeps its memory.
    allows_nan : bool
        Whether NaN is one of its values; infinite ones never are.
    """

    what: str
    pointer: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]
    stream: int
    owner: Any = field(repr=False)
    held: Any = field(repr=False)
    allows_nan: bool = False

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


def on_device(value: Any) -> bool:
    """Whether a value is an array in the memory of a CUDA device.

    Examples
    --------
    >>> import numpy as np
    >>> on_device(np.zeros(3))
    False
    """
    if isinstance(value, np.ndarray):
        return False
    if hasattr(value, "__dlpack_device__"):
        try:
            return int(value.__dlpack_device__()[0]) in _CUDA_KINDS
        except Exception:  # whoever wants its values will see why there are none
            return False
    return hasattr(value, "__cuda_array_interface__")


def device_view(value: Any, what: str, *, allows_nan: bool = False) -> DeviceView:
    """Return what an array on a CUDA device says of itself.

    Parameters
    ----------
    value : object with ``__cuda_array_interface__`` or ``__dlpack__``
        Such as arrays of CuPy, Numba and JAX, and tensors of PyTorch.
    what : str
        What messages call it.
    allows_nan : bool
        Whether NaN is one of its values.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it gives no such description, or one that breaks the rules of version 3.
    """
    held = value
    try:
        if hasattr(type(value), "__cuda_array_interface__") or not hasattr(value, "__dlpack__"):
            said = value.__cuda_array_interface__
        else:
            said, capsule = dlpack.described(value)
            held = value, capsule
    except Exception as error:  # such as a tensor that requires a gradient
        raise StereoTypeError(
            f"{what}, a {type(value).__name__}, can't be used on its device: {error} "
            "(a plain, dense array can)"
        ) from error
    try:
        shape = tuple(int(side) for side in said["shape"])
        dtype = np.dtype(said["typestr"])
        pointer = int(said["data"][0])
        strides = said.get("strides") or _contiguous(shape, dtype.itemsize)
        steps = tuple(int(step) for step in strides)
        masked, stream = said.get("mask") is not None, said.get("stream")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StereoTypeError(f"what {what} says of its memory can't be read: {error!r}") from error
    if masked:
        raise StereoTypeError(f"{what} is masked: fill it, masks are not used")
    if len(steps) != len(shape) or min(shape, default=0) < 0:
        raise StereoValueError(f"{what} says its shape is {shape} and its strides {steps}")
    if math.prod(shape) > 0 and pointer == 0:
        raise StereoValueError(f"{what} has the shape {shape} and no memory")
    if any(step % dtype.itemsize for step in steps) or pointer % dtype.itemsize:
        raise StereoValueError(f"{what} is not aligned to its {dtype.itemsize} bytes: copy it")
    ready = _stream_of(value, stream)
    return DeviceView(what, pointer, shape, steps, dtype, ready, value, held, allows_nan)


def _contiguous(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    return tuple(itemsize * math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _stream_of(value: Any, said: Any) -> int:
    """Return the stream of the interface, or the current one of PyTorch, which leaves it out."""
    if said is not None:
        if int(said) == 0:
            raise StereoValueError(
                "__cuda_array_interface__ names the stream 0, which is ambiguous"
            )
        return int(said)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return int(torch.cuda.current_stream(value.device).cuda_stream) or _LEGACY_STREAM
    return _LEGACY_STREAM


def allocated_like(owner: Any, shape: tuple[int, ...], dtype: Any) -> Any | None:
    """Return an uninitialised array of the library and on the device of `owner`.

    It comes from the memory pool of that library, which knows when the streams of the caller are
    done with it. None for a library other than CuPy and PyTorch.
    """
    library = type(owner).__module__.partition(".")[0]
    if library == "cupy":
        with owner.device:
            return sys.modules["cupy"].empty(shape, dtype)
    if library == "torch":
        torch = sys.modules["torch"]
        return torch.empty(shape, dtype=getattr(torch, np.dtype(dtype).name), device=owner.device)
    return None
