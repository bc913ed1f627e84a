"""Monocular networks out as ONNX files."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from ..arguments import integer
from ..io.files import PathLike, write_bytes
from ..models.extras import require
from ..types import StereoError, StereoTypeError, StereoValueError

__all__ = ["write_onnx"]

_LARGEST_SIDE = 1 << 14
_OPSET = 18


def write_onnx(
    path: PathLike, network: Any, size: tuple[int, int], multiple: int, device: torch.device
) -> None:
    """Write a network, from (1, 3, height, width) to (1, h, w); see `MonoModel.export_onnx`."""
    for package in ("onnx", "onnxscript"):
        require(package, "onnx")
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise StereoTypeError(f"size must be (height, width), got {size!r}")
    sides = [integer("a side", side, 1, _LARGEST_SIDE) for side in size]
    if any(side % multiple for side in sides):
        raise StereoValueError(
            f"size = {tuple(sides)}: both sides must be multiples of {multiple} for this network"
        )
    image = torch.zeros(1, 3, *sides, device=device)
    names = {"input_names": ["image"], "output_names": ["prediction"]}
    try:
        with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)  # of the exporter, for its own parts
            program: Any = torch.onnx.export(
                network.eval(), (image,), dynamo=True, opset_version=_OPSET, verbose=False, **names
            )
            content = program.model_proto.SerializeToString()
    except Exception as error:  # the exporter's exceptions have no common base
        raise StereoError(f"PyTorch can't export the network: {error}") from error
    write_bytes(path, content)
