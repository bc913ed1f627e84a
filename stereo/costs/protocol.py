"""What a matching cost is: the protocol that third parties implement."""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy.typing as npt

from ..arguments import whole
from ..types import StereoTypeError, StereoValueError
from ..volume import CostVolume

__all__ = ["MatchingCost", "checked_cost", "checked_result"]

_LARGEST = 65535  # what a volume of uint16 holds
_NEEDED = ("name", "unit", "maximum", "p1", "p2", "compute")


class MatchingCost(Protocol):
    """A measure of how little two pixels look alike; lower is better.

    Any object with these attributes will do: nothing is to be inherited. The class says in
    its docstring which paper the cost follows.

    Attributes
    ----------
    name : str
        What messages and mixes call it.
    unit : str
        What one step of cost is, such as "bits" or "gray levels".
    maximum : int
        Largest value that the cost can take, at most 65535.
    p1, p2 : int
        Penalties that suit the cost, in its unit, for a change of the disparity by 1 px
        and by more along a path; 0 <= p1 <= p2.

    Examples
    --------
    >>> import numpy as np
    >>> from stereo import costs
    >>> from stereo.volume import CostVolume, candidate_columns, copy_outside
    >>> class Hue:
    ...     name, unit, maximum, p1, p2 = "hue", "levels", 255, 64, 510
    ...
    ...     def compute(self, left, right, min_disp, max_disp, threads=None):
    ...         data = np.empty((*left.shape[:2], max_disp - min_disp), np.uint8)
    ...         one, two = (image[..., 0].astype(int) - image[..., 2] for image in (left, right))
    ...         for i, d in enumerate(range(min_disp, max_disp)):
    ...             x = np.array(candidate_columns(left.shape[1], d), int)
    ...             data[:, x, i] = abs(one[:, x] - two[:, x - d]) // 2
    ...         copy_outside(data, min_disp, self.maximum)
    ...         return CostVolume(data, min_disp, self.maximum, self.unit, self.p1, self.p2)
    >>> image = np.random.default_rng(0).integers(0, 256, (6, 40, 3), dtype=np.uint8)
    >>> costs.compute(Hue(), image, image, max_disp=4).data[3, 20].tolist()
    [0, 70, 49, 16]
    """

    @property
    def name(self) -> str:
        """What messages and mixes call it."""

    @property
    def unit(self) -> str:
        """What one step of cost is."""

    @property
    def maximum(self) -> int:
        """Largest value that the cost can take."""

    @property
    def p1(self) -> int:
        """Penalty for a change of the disparity by 1 px."""

    @property
    def p2(self) -> int:
        """Penalty for a larger change."""

    def compute(
        self,
        left: npt.NDArray[Any],
        right: npt.NDArray[Any],
        min_disp: int,
        max_disp: int,
        threads: int | None = None,
    ) -> CostVolume:
        """Return the volume of a pair.

        Parameters
        ----------
        left, right : ndarray, uint8, uint16 or float32, (H, W), (H, W, 3) or (H, W, 4)
            Images of one shape and dtype, finite; possibly read-only and with any strides. They
            may be the caller's own and are not to be changed.
        min_disp, max_disp : int
            Disparities min_disp <= d < max_disp, px.
        threads : int, optional
            Number of threads, by default every core this process may use.

        Returns
        -------
        CostVolume
            Of shape (H, W, max_disp - min_disp), starting at `min_disp`, and with no value
            above `maximum`. What has no counterpart in the right image takes the cost of
            the nearest column that has one: :func:`stereo.volume.copy_outside` does it.
        """


def checked_cost(cost: Any) -> MatchingCost:
    """Return `cost`, if it has all that a matching cost has.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an attribute is missing or has a wrong type or value.
    """
    missing = [name for name in _NEEDED if not hasattr(cost, name)]
    if missing or isinstance(cost, type):
        lack = "is a class, not an object" if isinstance(cost, type) else f"has no {missing[0]!r}"
        raise StereoTypeError(
            f"{cost!r} is no matching cost: it {lack} (stereo.costs.MatchingCost)"
        )
    for name in ("name", "unit"):
        if not isinstance(getattr(cost, name), str):
            raise StereoTypeError(f"the {name} of {cost!r} must be a string")
    if not callable(cost.compute):
        raise StereoTypeError(f"compute of {cost!r} can't be called")
    numbers = {
        name: whole(f"{name} of {cost!r}", getattr(cost, name)) for name in ("maximum", "p1", "p2")
    }
    if not 0 <= numbers["maximum"] <= _LARGEST:
        raise StereoValueError(
            f"the maximum of {cost.name!r} is {numbers['maximum']}: 0 … {_LARGEST} is possible"
        )
    if not 0 <= numbers["p1"] <= numbers["p2"]:
        raise StereoValueError(
            f"{cost.name!r} has p1 = {numbers['p1']} and p2 = {numbers['p2']}: "
            "0 <= p1 <= p2 is needed"
        )
    return cast(MatchingCost, cost)


def checked_result(
    volume: Any, cost: MatchingCost, shape: tuple[int, int, int], min_disp: int
) -> CostVolume:
    """Return what `cost` computed, if it is the volume that was asked for.

    Parameters
    ----------
    volume : object
        What ``cost.compute`` returned.
    cost : MatchingCost
    shape : (int, int, int)
        (H, W, D) that was asked for.
    min_disp : int
        Disparity of the first plane that was asked for, px.

    Raises
    ------
    StereoTypeError, StereoValueError
        If it is another type, has another shape or range, or values above its maximum.
    """
    if not isinstance(volume, CostVolume):
        raise StereoTypeError(
            f"{cost.name!r} returned {type(volume).__name__}: a stereo.volume.CostVolume is needed"
        )
    if volume.shape != shape or volume.min_disp != min_disp:
        raise StereoValueError(
            f"{cost.name!r} returned a volume {volume.shape} that starts at disparity "
            f"{volume.min_disp}: {shape} from {min_disp} was asked for"
        )
    highest, allowed = int(volume.data.max()), min(volume.maximum, cost.maximum)
    if highest > allowed:
        raise StereoValueError(f"{cost.name!r} has the cost {highest}, above its maximum {allowed}")
    return volume
