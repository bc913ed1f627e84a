"""Edge-aware smoothness: disparity may change where the image does."""

from __future__ import annotations

from torch import Tensor

from stereo.arguments import flag
from stereo.losses._inputs import images
from stereo.types import StereoValueError

__all__ = ["edge_aware_smoothness"]

_MEAN_EPSILON = 1e-7


def edge_aware_smoothness(disparity: Tensor, image: Tensor, *, normalise: bool = True) -> Tensor:
    """Return the mean gradient of a disparity, weighted by exp(-gradient of the image).

    Parameters
    ----------
    disparity : Tensor, floating point, (B, 1, H, W)
        Disparity or inverse depth, at least 2 x 2 pixels.
    image : Tensor, floating point, (B, C, H, W)
        The image in [0, 1]; the mean of its channels' absolute gradients weighs.
    normalise : bool
        Divide each disparity by its mean first, so that the loss can't be lowered by shrinking it.

    Returns
    -------
    Tensor, ()
        The mean along the rows plus that along the columns.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or sizes that differ.

    References
    ----------
    Godard, Mac Aodha, Brostow: Unsupervised monocular depth estimation with left-right
    consistency. CVPR 2017. Godard, Mac Aodha, Firman, Brostow: Digging into self-supervised
    monocular depth estimation. ICCV 2019, equation 3.

    Examples
    --------
    >>> import torch
    >>> float(edge_aware_smoothness(torch.ones(1, 1, 4, 4), torch.rand(1, 3, 4, 4)))
    0.0
    """
    flag("normalise", normalise)
    images("disparity", disparity)
    images("image", image)
    same = disparity.shape[0] == image.shape[0] and disparity.shape[-2:] == image.shape[-2:]
    if not same or disparity.shape[1] != 1 or min(image.shape[-2:]) < 2:
        raise StereoValueError(
            f"disparity is {tuple(disparity.shape)} and image {tuple(image.shape)}: expected "
            "(B, 1, H, W) and (B, C, H, W) of at least 2 x 2 pixels"
        )
    shown = disparity
    if normalise:
        shown = disparity / (disparity.mean((2, 3), keepdim=True) + _MEAN_EPSILON)
    return _weighted(shown, image, 3) + _weighted(shown, image, 2)


def _weighted(disparity: Tensor, image: Tensor, axis: int) -> Tensor:
    """Return the mean weighted gradient along one axis."""
    step = disparity.diff(dim=axis).abs()
    edges = image.diff(dim=axis).abs().mean(1, keepdim=True)
    return (step * (-edges).exp()).mean()
