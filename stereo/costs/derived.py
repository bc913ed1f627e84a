"""The images whose census the gradient census takes: smoothed, and the derivatives."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .sobel import sobel

__all__ = ["Derived", "derived", "smoothed"]


class Derived(NamedTuple):
    """An image, and how its census is taken.

    Attributes
    ----------
    image : ndarray, float32 (H, W)
    step : int
        Distance of neighbours in the grid, px.
    slack : float32
        A neighbour counts as darker where it is so by more than this.
    """

    image: npt.NDArray[np.float32]
    step: int
    slack: np.float32

    @property
    def padded(self) -> npt.NDArray[np.float32]:
        """The image with its border replicated by half a 5x5 grid."""
        return np.ascontiguousarray(np.pad(self.image, 2 * self.step, mode="edge"))


def derived(image: npt.NDArray[np.float32], gray_level: int) -> tuple[Derived, Derived, Derived]:
    """Return the smoothed image and both derivatives of a gray image.

    Parameters
    ----------
    image : ndarray, float32 (H, W)
    gray_level : int
        One level of an 8-bit image, in units of `image`: the least that its derivatives must differ
        by for more than rounding. 0 for other images.
    """
    slope_x, slope_y = sobel(image)
    slack = np.float32(gray_level)
    return (
        Derived(smoothed(image), 2, np.float32(0)),
        Derived(slope_x, 1, slack),
        Derived(slope_y, 1, slack),
    )


def smoothed(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return 16 times the image, smoothed down its columns by a binomial filter.

    Noise falls by half, and nothing is blurred along the rows, where matches are searched.

    Parameters
    ----------
    image : ndarray, float32 (H, W)
        Coordinates are clamped to the image.

    Returns
    -------
    ndarray (H, W)
        ((a + e) + 4 (b + d)) + 6 c of the rows a, b, c, d, e from y - 2 to y + 2, in the dtype of
        `image`.

    Examples
    --------
    >>> smoothed(np.float32([[0], [16], [0]])).ravel().tolist()
    [64.0, 96.0, 64.0]
    """
    padded = np.pad(image, ((2, 2), (0, 0)), mode="edge")
    a, b, c, d, e = (padded[k : k + len(image)] for k in range(5))
    four, six = image.dtype.type(4), image.dtype.type(6)
    with np.errstate(over="ignore", invalid="ignore"):  # images that reach beyond float32
        total: npt.NDArray[Any] = ((a + e) + four * (b + d)) + six * c
    return total
