"""Costs of the user that are made, or are already, in the memory of a device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..contract import DeviceBackend
from ..devices import DeviceView, device_view
from ..types import StereoTypeError
from .arrays import check_shape, penalties_of
from .features import check_image
from .law import law_for

if TYPE_CHECKING:
    from .features import Features

__all__ = ["feature_costs", "given_costs"]

Made = tuple[tuple[Any, ...], Callable[[Sequence[Any]], tuple[Any, "KnownCost"]]]


@dataclass(frozen=True)
class KnownCost:
    """What is known of the costs of a volume on a device.

    Attributes
    ----------
    maximum : int
        Largest value.
    p1, p2 : int
        Penalties that suit it.
    """

    maximum: int
    p1: int
    p2: int


def given_costs(
    cost: Any, backend: DeviceBackend, left_shape: tuple[int, ...], min_disp: int, max_disp: int
) -> Made:
    """Return the array of a volume (H, W, D) on the device, and what makes costs of it.

    The costs are those of :func:`stereo.learned.arrays.as_cost_volume`, which for uint8 and uint16
    takes them as they are.

    Raises
    ------
    StereoError
        For another shape or dtype.
    """
    view = device_view(cost, "the cost volume")
    check_shape(view.shape, (*left_shape[:2], max_disp - min_disp))
    if view.dtype not in (np.uint8, np.uint16):
        raise StereoTypeError(
            f"the cost volume is {view.dtype} on a CUDA device: expected uint8 or uint16, "
            "scale and round it there"
        )

    def volume(arrays: Sequence[Any]) -> tuple[Any, KnownCost]:
        maximum = backend.largest(arrays[0])
        return arrays[0], KnownCost(maximum, *penalties_of(maximum))

    return (view,), volume


def feature_costs(
    features: Features,
    backend: DeviceBackend,
    left: Any,
    right: Any,
    min_disp: int,
    max_disp: int,
) -> Made:
    """Return both maps of features and what makes costs of them on the device.

    The costs are those of :meth:`stereo.costs.Features.volume`.

    Raises
    ------
    StereoError
        If features and images don't go together or are not in the same place, or the law of the
        costs needs statistics of features that are on the device.
    """
    for side, image in (("left", left), ("right", right)):
        check_image(features.left.shape, image.shape, side)
    if isinstance(left, DeviceView) != isinstance(features.left, DeviceView):
        raise StereoTypeError(
            "either the images or the features are on a CUDA device and the others are not: "
            "copy one of them"
        )
    if isinstance(features.left, DeviceView) and features.metric != "cosine":
        raise StereoTypeError(
            f"metric = {features.metric!r} needs the range of the features, which is looked for "
            "on the host: copy them there, or use 'cosine'"
        )
    law = law_for(
        features.left, features.right, features.metric, features.truncate, features.maximum
    )
    known = KnownCost(features.maximum, *penalties_of(features.maximum))

    def volume(arrays: Sequence[Any]) -> tuple[Any, KnownCost]:
        one, other = arrays
        costs = backend.feature_volume(
            one, other, law, min_disp, max_disp - min_disp, features.maximum
        )
        return costs, known

    return (features.left, features.right), volume
