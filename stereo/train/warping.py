"""How a camera sees what another one saw: poses, projection, sampling."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from stereo.losses._inputs import floating, images
from stereo.types import StereoValueError

__all__ = ["back_project", "pose_matrix", "project", "sample"]

_EPSILON = 1e-7  # keeps a rotation by nothing, and a point in the plane of the camera, finite


def pose_matrix(axis_angle: Tensor, translation: Tensor, *, invert: bool = False) -> Tensor:
    """Return rigid transforms from rotation vectors and translations.

    Parameters
    ----------
    axis_angle : Tensor, floating point, (B, 3)
        Axis of the rotation times its angle, radians (Rodrigues).
    translation : Tensor, floating point, (B, 3)
        Where the origin goes.
    invert : bool
        Return the inverse transform.

    Returns
    -------
    Tensor, (B, 4, 4)
        Rotates, then translates.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes.

    Examples
    --------
    >>> import torch
    >>> matrix = pose_matrix(torch.zeros(1, 3), torch.tensor([[1.0, 2.0, 3.0]]), invert=True)
    >>> matrix[0, :3, 3].tolist()
    [-1.0, -2.0, -3.0]
    """
    for name, value in (("axis_angle", axis_angle), ("translation", translation)):
        floating(name, value)
        if value.ndim != 2 or value.shape[1] != 3 or value.shape != axis_angle.shape:
            raise StereoValueError(f"{name} is {tuple(value.shape)}: expected (B, 3)")
    R, t = _rotation(axis_angle), translation[:, :, None]
    if invert:
        R = R.transpose(1, 2)
        t = -R @ t
    last = torch.tensor([0, 0, 0, 1], dtype=R.dtype, device=R.device).expand(len(R), 1, 4)
    return torch.cat([torch.cat([R, t], dim=2), last], dim=1)


def _rotation(vector: Tensor) -> Tensor:
    """Return rotation matrices (B, 3, 3): Rodrigues' formula."""
    # Not norm(): its gradient at the null vector is none.
    angle = (vector**2).sum(1, keepdim=True).clamp(min=torch.finfo(vector.dtype).tiny).sqrt()
    x, y, z = (vector / (angle + _EPSILON)).unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)
    axis = torch.stack([x, y, z], dim=1)
    outer = axis[:, :, None] * axis[:, None, :]
    c, s = angle.cos()[:, :, None], angle.sin()[:, :, None]
    identity = torch.eye(3, dtype=vector.dtype, device=vector.device)
    return c * identity + s * cross + (1 - c) * outer


def back_project(depth: Tensor, K: Tensor) -> Tensor:
    """Return the points that pixels show.

    Parameters
    ----------
    depth : Tensor, floating point, (B, 1, H, W)
        Depth along the optical axis.
    K : Tensor, floating point, (B, 3, 3)
        Camera matrices, px; pixel centres lie at whole numbers.

    Returns
    -------
    Tensor, (B, 3, H, W)
        X to the right, Y down and Z into the scene, in the unit of the depth.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes.

    Examples
    --------
    >>> import torch
    >>> back_project(torch.full((1, 1, 1, 2), 2.0), torch.eye(3)[None])[0, :, 0, 1].tolist()
    [2.0, 0.0, 2.0]
    """
    images("depth", depth)
    height, width = depth.shape[-2:]
    _check_matrices("K", K, depth, 3)
    y, x = torch.meshgrid(
        torch.arange(height, dtype=depth.dtype, device=depth.device),
        torch.arange(width, dtype=depth.dtype, device=depth.device),
        indexing="ij",
    )
    pixels = torch.stack([x, y, torch.ones_like(x)]).view(1, 3, -1)
    rays = torch.linalg.inv(K) @ pixels
    return depth * rays.view(-1, 3, height, width)


def project(points: Tensor, K: Tensor, camera_from_points: Tensor) -> Tensor:
    """Return where a camera sees points, for :func:`sample`.

    Parameters
    ----------
    points : Tensor, floating point, (B, 3, H, W)
        Points, such as those of :func:`back_project`.
    K : Tensor, floating point, (B, 3, 3)
        Camera matrices, px.
    camera_from_points : Tensor, floating point, (B, 4, 4)
        Rigid transforms to the camera.

    Returns
    -------
    Tensor, (B, H, W, 2)
        x and y; -1 and 1 are the centres of the first and the last pixel of an image of the size
        H x W. 1e-7 is added to Z before the division.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes.

    Examples
    --------
    >>> import torch
    >>> K, still = torch.eye(3)[None], torch.eye(4)[None]
    >>> points = back_project(torch.full((1, 1, 3, 3), 2.0), K)
    >>> project(points, K, still)[0, 2, 2].round(decimals=3).tolist()
    [1.0, 1.0]
    """
    images("points", points)
    _check_matrices("K", K, points, 3)
    _check_matrices("camera_from_points", camera_from_points, points, 4)
    height, width = points.shape[-2:]
    P = K @ camera_from_points[:, :3]
    seen = P[:, :, :3] @ points.flatten(2) + P[:, :, 3:]
    position = seen[:, :2] / (seen[:, 2:] + _EPSILON)
    last = torch.tensor([width - 1, height - 1], dtype=points.dtype, device=points.device)
    return (position.transpose(1, 2).view(-1, height, width, 2) / last - 0.5) * 2


def sample(image: Tensor, grid: Tensor, *, align_corners: bool = True) -> Tensor:
    """Sample an image bilinearly; beyond the border, the border goes on.

    Parameters
    ----------
    image : Tensor, floating point, (B, C, H, W)
        The image.
    grid : Tensor, floating point, (B, h, w, 2)
        Positions as of :func:`project`.
    align_corners : bool
        False takes -1 and 1 for the outer edges of the corner pixels instead of their centres,
        which is half a pixel off at the border. Published weights of Monodepth2 were trained so.

    Returns
    -------
    Tensor, (B, C, h, w)
        The warped image.

    Raises
    ------
    StereoTypeError, StereoValueError
        For other tensors or shapes.

    Examples
    --------
    >>> import torch
    >>> image = torch.arange(3.0).view(1, 1, 1, 3)
    >>> sample(image, torch.tensor([0.5, 0.0]).view(1, 1, 1, 2)).item()
    1.5
    """
    images("image", image)
    floating("grid", grid)
    if grid.ndim != 4 or grid.shape[-1] != 2 or grid.shape[0] != image.shape[0]:
        raise StereoValueError(f"grid is {tuple(grid.shape)}: expected (B, h, w, 2)")
    return functional.grid_sample(
        image, grid, mode="bilinear", padding_mode="border", align_corners=align_corners
    )


def _check_matrices(name: str, matrices: Tensor, like: Tensor, side: int) -> None:
    floating(name, matrices)
    expected = (like.shape[0], side, side)
    if tuple(matrices.shape) != expected:
        raise StereoValueError(f"{name} is {tuple(matrices.shape)}: expected {expected}")
