"""Networks run by onnxruntime, from the files that `Network.export_onnx` writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import word
from ..io.files import PathLike, path_name, readable
from ..types import StereoError, StereoFileError, StereoValueError
from .extras import require
from .network import Float32, Network

__all__ = ["OnnxNetwork"]

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxNetwork(Network):
    """An exported network, for images of one size.

    Parameters
    ----------
    path : str or os.PathLike
        A file of :meth:`Network.export_onnx`.
    device : {"cpu", "cuda"}
        What runs it; "cuda" needs onnxruntime-gpu.

    Attributes
    ----------
    size : (int, int)
        Height and width of its images.

    Raises
    ------
    StereoFileError
        If the file is missing, damaged, or of another origin.
    StereoError
        If onnxruntime is not installed or can't use the device.
    """

    def __init__(self, path: PathLike, device: str = "cpu") -> None:
        self.path = path_name(path)
        self.device = word("device", device, tuple(_PROVIDERS))
        self._session = _opened(self.path, self.device)
        facts = self._session.get_modelmeta().custom_metadata_map
        inputs = {one.name: one.shape for one in self._session.get_inputs()}
        if "stereo_network" not in facts or set(inputs) != {"left", "right"}:
            raise StereoFileError(f"{self.path} is no file of stereo's Network.export_onnx")
        end = facts["stereo_max_disp"]
        super().__init__(facts["stereo_network"], int(end) if end else None)
        self.size: tuple[int, int] = (inputs["left"][2], inputs["left"][3])

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the path: a session can't be."""
        return OnnxNetwork, (self.path, self.device)

    def _infer(self, left: Float32, right: Float32) -> Float32:
        if left.shape[1:] != self.size:
            height, width = self.size
            raise StereoValueError(
                f"the images are {left.shape[1]}x{left.shape[2]} (height x width), but "
                f"{self.path} was exported for {height}x{width}"
            )
        feed = {"left": left[np.newaxis], "right": right[np.newaxis]}
        result: Float32 = self._session.run(["disparity"], feed)[0][0]
        return result

    def export_onnx(self, path: PathLike, size: tuple[int, int]) -> None:
        """Refuse: it is an ONNX file already."""
        raise StereoError(f"{self.path} is an ONNX file: it can't be exported once more")


def _opened(path: str, device: str) -> Any:
    runtime = require("onnxruntime", "onnx")
    provider = _PROVIDERS[device]
    if provider not in runtime.get_available_providers():
        raise StereoError(f"the installed onnxruntime has no {provider}: device='cpu' always works")
    with readable(path):
        options = runtime.SessionOptions()
        options.log_severity_level = 3  # errors only, and those are raised as well
        try:
            return runtime.InferenceSession(path, options, providers=[provider])
        except Exception as error:  # onnxruntime's exceptions have no common base
            raise StereoFileError(f"onnxruntime can't load {path}: {error}") from error
