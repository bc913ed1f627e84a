"""Arrays on a CUDA device that offer DLPack and nothing else, read without any other library."""

from __future__ import annotations

import ctypes
import math
from typing import Any

__all__ = ["described"]

_STREAM = 1  # in DLPack's numbers for CUDA the default stream, as in __cuda_array_interface__
_CODES = {0: "i", 1: "u", 2: "f", 6: "b"}


class _Device(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int32), ("index", ctypes.c_int32))


class _Type(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("ndim", ctypes.c_int32),
        ("type", _Type),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


def described(value: Any) -> tuple[dict[str, Any], Any]:
    """Return what an array says of itself by DLPack.

    Parameters
    ----------
    value : object with ``__dlpack__``
        Its contents are asked for on the default stream of CUDA.

    Returns
    -------
    interface : dict
        The same as ``__cuda_array_interface__`` has.
    capsule : object
        Keeps the memory as long as it lives.

    Raises
    ------
    TypeError
        If an element is none that NumPy has.
    """
    capsule = value.__dlpack__(stream=_STREAM)
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    tensor = ctypes.cast(pointer_of(capsule, b"dltensor"), ctypes.POINTER(_Tensor)).contents
    kind, bits, lanes = tensor.type.code, tensor.type.bits, tensor.type.lanes
    if kind not in _CODES or bits % 8 or lanes != 1:
        raise TypeError(f"elements of DLPack's type code {kind}, {bits} bits and {lanes} lanes")
    size = bits // 8
    shape = tuple(tensor.shape[: tensor.ndim])
    if tensor.strides:
        strides = tuple(size * step for step in tensor.strides[: tensor.ndim])
    else:
        strides = tuple(size * math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    interface = {
        "shape": shape,
        "typestr": f"{'<' if size > 1 else '|'}{_CODES[kind]}{size}",
        "strides": strides,
        "data": ((tensor.data or 0) + tensor.byte_offset, False),
        "version": 3,
        "stream": _STREAM,
    }
    return interface, capsule
