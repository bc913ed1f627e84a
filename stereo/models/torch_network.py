"""Networks run by PyTorch: device, precision, bands, and the way to ONNX."""

from __future__ import annotations

from typing import Any

import torch

from ..arguments import integer, word
from ..io.files import PathLike, write_bytes
from ..types import StereoError, StereoTypeError, StereoValueError
from .bands import bands, checked_band
from .extras import require
from .network import Float32, Network

__all__ = ["PRECISIONS", "TorchNetwork"]

PRECISIONS = ("auto", "float32", "bfloat16", "float16")


class TorchNetwork(Network):
    """A module of this library that PyTorch runs.

    Parameters
    ----------
    name : str
        What messages call it.
    module : torch.nn.Module
        :class:`stereo.models.raft_stereo.RaftStereo` or :class:`stereo.models.aanet.AaNet`. It
        is moved to the device and put into evaluation mode.
    device : str
        A device of PyTorch, such as "cpu", "cuda" or "cuda:1".
    precision : {"auto", "float32", "bfloat16", "float16"}
        That of convolutions and products; what adds up stays float32. "auto" is float16 for
        RAFT-Stereo on CUDA, which its authors use there, and float32 otherwise.
    band_height, overlap : int, optional
        Compute bands of rows one after the other, see :func:`stereo.models.load`.

    Raises
    ------
    StereoError
        If the device can't be used or an option is outside what is supported.
    """

    def __init__(
        self,
        name: str,
        module: Any,
        *,
        device: str = "cpu",
        precision: str = "auto",
        band_height: int | None = None,
        overlap: int | None = None,
    ) -> None:
        super().__init__(name, module.max_disp)
        self.band = checked_band(band_height, overlap, module.multiple)
        self.device = checked_device(device)
        self.precision = word("precision", precision, PRECISIONS)
        if self.precision == "auto":
            half = module.published_in_half and self.device.type == "cuda"
            self.precision = "float16" if half else "float32"
        self.module = module.to(self.device).eval()

    def _infer(self, left: Float32, right: Float32) -> Float32:
        height, width = left.shape[1:]
        try:
            with torch.inference_mode(), self._autocast():
                pair = [
                    self.module.prepare(torch.from_numpy(image)[None].to(self.device))
                    for image in (left, right)
                ]
                found = self._in_bands(*pair)
        except RuntimeError as error:
            if "memory" not in str(error):
                raise
            raise StereoError(
                f"{width}x{height} px do not fit the memory of {self.device}: make band_height "
                f"smaller, or the images ({str(error).splitlines()[0]})"
            ) from error
        cut_left, _, cut_top, _ = self.module.padding(height, width)
        disparity = found[cut_top : cut_top + height, cut_left : cut_left + width]
        result: Float32 = disparity.cpu().numpy()
        return result

    def _autocast(self) -> Any:
        dtype = torch.bfloat16 if self.precision == "bfloat16" else torch.float16
        reduced = self.precision != "float32"
        return torch.autocast(self.device.type, dtype=dtype, enabled=reduced)

    def _in_bands(self, left: Any, right: Any) -> Any:
        """Return (H, W) of prepared images (1, 3, H, W)."""
        height = left.shape[2]
        kept = []
        for band in bands(height, *(self.band or (height, 0))):
            rows = slice(band.top, band.bottom)
            found = self.module.disparity(left[:, :, rows], right[:, :, rows])[0].float()
            kept.append(found[band.first - band.top : band.stop - band.top])
        return torch.cat(kept)

    def export_onnx(self, path: PathLike, size: tuple[int, int]) -> None:
        """Write an ONNX file, see :meth:`Network.export_onnx`. Bands are not kept."""
        if not self.module.exportable:
            raise StereoError(f"{self.name} can't be exported: of these networks RAFT-Stereo can")
        height, width = _checked_size(size)
        onnx = require("onnx", "onnx")
        require("onnxscript", "onnx")
        module = _Exported(self.module).cpu().eval()
        images = tuple(torch.zeros(1, 3, height, width) for _ in range(2))
        try:
            with warnings.catch_warnings():  # the exporter uses what PyTorch deprecates
                warnings.simplefilter("ignore", FutureWarning)
                program = torch.onnx.export(
                    module,
                    images,
                    input_names=["left", "right"],
                    output_names=["disparity"],
                    dynamo=True,
                    verbose=False,
                )
        except Exception as error:  # the exporter's errors have no common base
            first = str(error).strip().split("\n")[0]
            raise StereoError(f"{self.name} can't be exported: {first}") from error
        finally:
            self.module.to(self.device)
        model = program.model_proto
        facts = {"stereo_network": self.name, "stereo_max_disp": str(self.max_disp or "")}
        onnx.helper.set_model_props(model, facts)
        write_bytes(path, model.SerializeToString())


class _Exported(torch.nn.Module):
    """From RGB between 0 and 1 to the disparity, with padding and normalisation."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, left: Any, right: Any) -> Any:
        height, width = left.shape[2:]
        found = self.module.disparity(self.module.prepare(left), self.module.prepare(right))
        cut_left, _, cut_top, _ = self.module.padding(height, width)
        return found[:, cut_top : cut_top + height, cut_left : cut_left + width]


def checked_device(device: str) -> Any:
    """Return a device of PyTorch; StereoError if it can't be used here."""
    if not isinstance(device, str):
        raise StereoTypeError(f"device must be a string such as 'cpu' or 'cuda', got {device!r}")
    try:
        found = torch.device(device)
        torch.zeros(1, device=found).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        first = str(error).strip().split("\n")[0]
        raise StereoError(
            f"device = {device!r} can't be used here ({first}); 'cpu' always can"
        ) from error
    return found


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise StereoTypeError(f"size = {size!r} must be (height, width), px")
    height, width = (integer("size", side, 1, 1 << 16) for side in size)
    if height * width > 1 << 28:
        raise StereoValueError(f"size = {height}x{width} has more than {1 << 28} pixels")
    return height, width
