"""A monocular network with all that belongs around it: image in, MonoDepth out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..arguments import number
from ..inputs import checked_image
from ..io.files import PathLike
from ..models.images import as_rgb
from ..types import StereoError, StereoValueError
from .export import write_onnx
from .families import Family, Resampling
from .prediction import MonoDepth
from .sizes import network_size

__all__ = ["MonoModel"]

_PADDING = 3.0  # times the square root of half a side, px
_WIDEST = 180.0  # degrees that a plane image can show


class MonoModel:
    """A loaded network; calling it gives the depth of one image. :func:`stereo.mono.load` makes it.

    Attributes
    ----------
    module : torch.nn.Module
        The bare network, in evaluation mode.
    family : stereo.mono.families.Family
        How images go in, and what the values are.
    """

    def __init__(self, module: nn.Module, family: Family, device: torch.device) -> None:
        self.module = module.to(device).eval()
        self.family = family
        self._device = device

    def __repr__(self) -> str:
        """Say which network it is."""
        return f"<MonoModel {self.family.title}, {self.family.output}, on {self._device}>"

    def __call__(self, image: npt.ArrayLike, *, focal_length: float | None = None) -> MonoDepth:
        """Predict the depth of an image.

        Parameters
        ----------
        image : array_like, uint8, uint16 or float, (H, W), (H, W, 3) or (H, W, 4)
            Gray, RGB, or RGB and alpha, which is not used. Floats are in [0, 1].
        focal_length : float, optional
            Horizontal, px; for Depth Pro only, which otherwise estimates it.

        Returns
        -------
        MonoDepth
            At the size of the image.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the image can't be used, a focal length has no use, or the network gives numbers
            that are not finite.

        Examples
        --------
        See :func:`stereo.mono.load`.
        """
        rgb = as_rgb(checked_image(image, "given"), "given")
        focal = None
        if focal_length is not None:
            if not self.family.canonical:
                raise StereoValueError(f"{self.family.title} does not use a focal length")
            focal = number("focal_length", focal_length, positive=True)
        with torch.inference_mode():
            whole = torch.from_numpy(rgb)[None].to(self._device)
            values, metric = self._predict(whole, focal)
            if self.family.flipped:
                values = (values + self._predict(whole.flip(3), focal)[0].flip(1)) / 2
            found = values.float().cpu().numpy()
        inverse = self.family.output.startswith("inverse")
        return MonoDepth(found, is_metric=metric, is_inverse=inverse)

    def export_onnx(self, path: PathLike, size: tuple[int, int]) -> None:
        """Write the bare network as an ONNX file, for images of one size.

        Its input "image" is float32 (1, 3, height, width): RGB in [0, 1], less `family.mean` and
        divided by `family.std`. Its output "prediction" is (1, h, w), in the meaning of
        `family.output`, before it is resized to the image (Depth Pro: before the focal length).

        Parameters
        ----------
        path : str or os.PathLike
            The file; an existing one is replaced when the new one is complete.
        size : (int, int)
            Height and width that the network gets, px.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the size is not two integers, multiples of `family.multiple`.
        StereoError
            If PyTorch can't export the network, or a package for it is missing.
        StereoFileError
            If the file can't be written.
        """
        write_onnx(path, _Prediction(self.module), size, self.family.multiple, self._device)

    def _predict(self, image: Tensor, focal: float | None) -> tuple[Tensor, bool]:
        """Return the values at the size of the image, (H, W), and whether they are metric."""
        family = self.family
        height, width = image.shape[2:]
        top, left = (_padding(side) if family.padded else 0 for side in (height, width))
        if family.padded:
            image = _reflected(image, top, left)
        padded = (image.shape[2], image.shape[3])
        size = network_size(*padded, family.target, family.multiple, family.rule)
        shape = (1, 3, 1, 1)
        mean, std = (image.new_tensor(part).view(shape) for part in (family.mean, family.std))
        batch = (_resized(image, size, family.resample) - mean) / std
        output = self._run(batch)
        values = output if isinstance(output, Tensor) else output.predicted_depth
        values = _resized(values[None], padded, family.restore)[0, 0]
        values = values[top : top + height, left : left + width]
        if not family.canonical:
            return values, family.output.endswith("metric")
        return self._in_metres(values, getattr(output, "field_of_view", None), width, focal)

    def _run(self, batch: Tensor) -> Any:
        try:
            return self.module(batch)
        except (RuntimeError, ValueError) as error:  # memory, or a size that it can't take
            first = str(error).strip().split("\n")[0]
            height, width = batch.shape[2:]
            raise StereoError(
                f"{self.family.title} can't be run on {width} x {height} px: {first}"
            ) from error

    @staticmethod
    def _in_metres(
        canonical: Tensor, view: Tensor | None, width: int, focal: float | None
    ) -> tuple[Tensor, bool]:
        """Turn inverse depth for a focal length of one image width into that of this camera.

        Bochkovskii et al.: Depth Pro: Sharp monocular metric depth in less than a second. ICLR
        2025.
        """
        if focal is None:
            if view is None:
                return canonical, False
            degrees = float(view.reshape(-1)[0])
            if not 0 < degrees < _WIDEST:
                raise StereoError(
                    f"the network takes the field of view for {degrees:g} degrees, which no camera "
                    "has: give focal_length"
                )
            focal = 0.5 * width / math.tan(0.5 * math.radians(degrees))
        return canonical * (width / focal), True


class _Prediction(nn.Module):
    """A network that gives nothing but its prediction."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, image: Tensor) -> Tensor:
        """Return (1, h, w)."""
        output: Any = self.module(image)
        found: Tensor = output if isinstance(output, Tensor) else output.predicted_depth
        return found


def _resized(image: Tensor, size: tuple[int, int], how: Resampling) -> Tensor:
    mode = "bicubic" if how == "cubic" else "bilinear"
    return F.interpolate(image, size=size, mode=mode, align_corners=how == "linear_corners")


def _padding(side: int) -> int:
    return int(math.sqrt(side / 2) * _PADDING)


def _reflected(image: Tensor, down: int, across: int) -> Tensor:
    """Reflect the image at its borders; NumPy does it however small the image is."""
    sides = ((0, 0), (0, 0), (down, down), (across, across))
    return torch.from_numpy(np.pad(image.cpu().numpy(), sides, mode="reflect")).to(image.device)
