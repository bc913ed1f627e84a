"""The networks of Monodepth2: depth from one image, motion from two."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from stereo.arguments import integer, number
from stereo.io.images import opencv
from stereo.models.monodepth2_layers import DepthDecoder, Encoder, PoseDecoder
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["DepthNetwork", "Monodepth2", "PoseNetwork", "disparity_to_depth"]

STEP = 32
"""Width and height of the networks' images are multiples of this, and at least twice as much, px:
the decoder reflects the border of its coarsest features."""

_MOST_WIDTH = 1024


class DepthNetwork(nn.Module):
    """ResNet-18 and a decoder that gives a disparity at four scales.

    The names of the parameters are ``encoder.`` and ``depth.`` before those of the published
    files ``encoder.pth`` and ``depth.pth``.

    Parameters
    ----------
    width : int
        Channels of the first stage, a multiple of 4: 64 in the paper. All others follow.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019. He, Zhang, Ren, Sun: Deep residual learning for image recognition. CVPR 2016.

    Examples
    --------
    >>> import torch
    >>> network = DepthNetwork(width=8)
    >>> [tuple(disparity.shape) for disparity in network(torch.zeros(2, 3, 64, 96))]
    [(2, 1, 64, 96), (2, 1, 32, 48), (2, 1, 16, 24), (2, 1, 8, 12)]
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.encoder = Encoder(3, _checked_width(width))
        self.depth = DepthDecoder(width)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the sigmoid disparities (B, 1, H, W), (B, 1, H/2, W/2), ... of RGB in [0, 1].

        H and W are multiples of 32, from 64.
        """
        features = self.encoder(_network_images(images, 3))
        disparities: list[Tensor] = self.depth(features)
        return disparities


class PoseNetwork(nn.Module):
    """ResNet-18 over two images, and convolutions that give the motion of the camera.

    The names of the parameters are ``pose_encoder.`` and ``pose.`` before those of the published
    files ``pose_encoder.pth`` and ``pose.pth``.

    Parameters
    ----------
    width : int
        As in :class:`DepthNetwork`.

    References
    ----------
    Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised monocular depth estimation.
    ICCV 2019.

    Examples
    --------
    >>> import torch
    >>> axis_angle, translation = PoseNetwork(width=8)(torch.zeros(2, 6, 64, 96))
    >>> tuple(axis_angle.shape), tuple(translation.shape)
    ((2, 2, 1, 3), (2, 2, 1, 3))
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.pose_encoder = Encoder(6, _checked_width(width))
        self.pose = PoseDecoder(width)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return axis-angle and translation, (B, 2, 1, 3), of two frames in temporal order.

        `images` (B, 6, H, W) are both, RGB in [0, 1]. The network predicts two motions; the first
        one takes points of the first frame to the second one, and is the one that is used.
        """
        motion = self.pose(self.pose_encoder(_network_images(images, 6))[-1])
        return motion[..., :3], motion[..., 3:]


class Monodepth2(nn.Module):
    """Both networks, with the range of depth that the disparity stands for.

    Parameters
    ----------
    width : int
        Channels of the first stage, a multiple of 4: 64 in the paper.
    min_depth, max_depth : float
        The range of depth: metres where training knows the baseline or the poses.

    Examples
    --------
    >>> import numpy as np
    >>> model = Monodepth2(width=8)
    >>> depth = model.predict(np.zeros((48, 64, 3), np.uint8), size=(96, 64))
    >>> depth.shape, str(depth.dtype)
    ((48, 64), 'float32')
    """

    def __init__(
        self, width: int = 64, *, min_depth: float = 0.1, max_depth: float = 100.0
    ) -> None:
        super().__init__()
        _checked_range(min_depth, max_depth)
        self.min_depth, self.max_depth = float(min_depth), float(max_depth)
        self.depth_network = DepthNetwork(width)
        self.pose_network = PoseNetwork(width)

    def predict(
        self, image: npt.NDArray[np.uint8], *, size: tuple[int, int]
    ) -> npt.NDArray[np.float32]:
        """Return the depth of an image.

        Parameters
        ----------
        image : ndarray, uint8, (H, W, 3)
            RGB.
        size : (int, int)
            Width and height that the network sees, multiples of 32 from 64: those of its training.

        Returns
        -------
        ndarray, float32 (H, W)
            Depth from `min_depth` to `max_depth`. Its scale is that of the training: unknown
            where that was video alone.

        Raises
        ------
        StereoTypeError, StereoValueError
            For another kind of image or a size that the network can't have.
        """
        array = np.asarray(image)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
            raise StereoTypeError(
                f"image is {array.dtype} {array.shape}: expected uint8 (H, W, 3), RGB"
            )
        width, height = checked_size(size)
        cv2 = opencv()
        resized = cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)
        device = next(self.parameters()).device
        tensor = torch.from_numpy(resized).to(device).permute(2, 0, 1)[None].float() / 255
        was_training = self.training
        self.eval()
        try:
            with torch.no_grad():
                disparity = self.depth_network(tensor)[0]
        finally:
            self.train(was_training)
        full = functional.interpolate(
            disparity, size=array.shape[:2], mode="bilinear", align_corners=False
        )
        _, depth = disparity_to_depth(full, self.min_depth, self.max_depth)
        found: npt.NDArray[np.float32] = depth[0, 0].cpu().numpy()
        return found


def disparity_to_depth(
    disparity: Tensor, min_depth: float, max_depth: float
) -> tuple[Tensor, Tensor]:
    """Turn the sigmoid output into inverse depth and depth.

    Parameters
    ----------
    disparity : Tensor, floating point
        In [0, 1].
    min_depth, max_depth : float
        The range of depth, above 0.

    Returns
    -------
    inverse, depth : Tensor
        inverse = 1 / max_depth + (1 / min_depth - 1 / max_depth) * disparity, and 1 / inverse.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the range is none.

    Examples
    --------
    >>> import torch
    >>> inverse, depth = disparity_to_depth(torch.tensor([0.0, 1.0]), 0.5, 8)
    >>> inverse.tolist(), depth.tolist()
    ([0.125, 2.0], [8.0, 0.5])
    """
    nearest, farthest = _checked_range(min_depth, max_depth)
    inverse = 1 / farthest + (1 / nearest - 1 / farthest) * disparity
    return inverse, 1 / inverse


def checked_size(size: Any) -> tuple[int, int]:
    """Return width and height for the networks; errors for what they can't have."""
    try:
        width, height = size
    except (TypeError, ValueError):
        raise StereoTypeError(f"size must be (width, height), got {size!r}") from None
    found = integer("width", width, 2 * STEP, 1 << 14), integer("height", height, 2 * STEP, 1 << 14)
    if found[0] % STEP or found[1] % STEP:
        raise StereoValueError(
            f"size = {found[0]} x {found[1]} px: both must be multiples of {STEP}"
        )
    return found


def _checked_range(min_depth: float, max_depth: float) -> tuple[float, float]:
    nearest = number("min_depth", min_depth, positive=True)
    farthest = number("max_depth", max_depth, positive=True)
    if nearest >= farthest:
        raise StereoValueError(f"min_depth = {nearest:g} must be below max_depth = {farthest:g}")
    return nearest, farthest


def _checked_width(width: Any) -> int:
    found = integer("width", width, 4, _MOST_WIDTH)
    if found % 4:
        raise StereoValueError(f"width = {found} must be a multiple of 4")
    return found


def _network_images(images: Tensor, channels: int) -> Tensor:
    if not isinstance(images, torch.Tensor) or not images.is_floating_point():
        raise StereoTypeError("images must be a floating-point torch.Tensor in [0, 1]")
    shape = tuple(images.shape)
    fits = len(shape) == 4 and shape[0] > 0 and shape[1] == channels
    if not fits or any(side % STEP or side < 2 * STEP for side in shape[2:]):
        raise StereoValueError(
            f"images are {shape}: expected (B, {channels}, H, W) with H and W multiples of {STEP}, "
            f"at least {2 * STEP}"
        )
    return images
