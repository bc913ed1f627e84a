"""What a monocular network says of an image, and what may be made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stereo.arguments import as_array, flag
from stereo.types import StereoTypeError, StereoValueError

__all__ = ["MonoDepth", "checked_prediction", "reciprocal"]

Float32 = npt.NDArray[np.float32]

_WHY_RELATIVE = (
    "the prediction is relative: the network knows what is nearer and what is farther, up to a "
    "scale and a shift that differ from image to image, so it has no metres; find them with "
    "stereo.mono.to_metric, from a disparity map and its calibration, from known depths or points"
)


@dataclass(frozen=True, eq=False)
class MonoDepth:
    """Depth from one image, as its network means it.

    Parameters
    ----------
    values : array_like, floating point, (H, W)
        The prediction at the size of the image; finite. It is kept as float32.
    is_metric : bool
        Whether the values are metres, or 1 / metres. If not, they are known only up to a scale,
        and usually a shift, that differ from image to image.
    is_inverse : bool
        Whether larger is nearer: the values are inverse depth, like disparity.

    Raises
    ------
    StereoTypeError, StereoValueError
        If the values are not floating point, not (H, W), empty or not finite, or a flag is not
        a bool.

    Examples
    --------
    >>> prediction = MonoDepth(np.float32([[0.5, 0.25]]), is_metric=True, is_inverse=True)
    >>> prediction.unit, prediction.to_depth().tolist()
    ('1/m', [[2.0, 4.0]])
    """

    values: Float32 = field(repr=False)
    is_metric: bool
    is_inverse: bool

    def __post_init__(self) -> None:
        """Check everything."""
        flag("is_metric", self.is_metric)
        flag("is_inverse", self.is_inverse)
        array = as_array("the prediction", self.values)
        if array.dtype.kind != "f":
            raise StereoTypeError(f"the prediction is {array.dtype}: expected floating point")
        if array.ndim != 2 or array.size == 0:
            raise StereoValueError(
                f"the prediction has shape {array.shape}: expected (H, W), not empty"
            )
        with np.errstate(over="ignore"):
            values = np.ascontiguousarray(array, np.float32)
        if not np.isfinite(values).all():
            row, column = (int(k) for k in np.argwhere(~np.isfinite(values))[0])
            raise StereoValueError(
                f"the prediction is {array[row, column]} at row {row}, column {column}: a network "
                "says something of every pixel, in finite numbers that float32 can hold"
            )
        object.__setattr__(self, "values", values)

    @property
    def unit(self) -> str:
        """What the values are in: "m", "1/m", or "relative"."""
        if not self.is_metric:
            return "relative"
        return "1/m" if self.is_inverse else "m"

    def to_depth(self) -> Float32:
        """Return the depth in metres.

        Returns
        -------
        ndarray, float32 (H, W)
            Depth along the optical axis, metres; NaN where the prediction is not above 0.

        Raises
        ------
        StereoValueError
            If the prediction is relative.

        Examples
        --------
        See :class:`MonoDepth`.
        """
        self._require_metric()
        return reciprocal(self.values) if self.is_inverse else _positive(self.values)

    def to_inverse_depth(self) -> Float32:
        """Return the inverse depth, 1 / metres.

        Returns
        -------
        ndarray, float32 (H, W)
            NaN where the prediction is not above 0.

        Raises
        ------
        StereoValueError
            If the prediction is relative.

        Examples
        --------
        >>> MonoDepth(np.float32([[4.0]]), is_metric=True, is_inverse=False).to_inverse_depth()
        array([[0.25]], dtype=float32)
        """
        self._require_metric()
        return _positive(self.values) if self.is_inverse else reciprocal(self.values)

    def _require_metric(self) -> None:
        if not self.is_metric:
            raise StereoValueError(_WHY_RELATIVE)


def checked_prediction(prediction: object) -> MonoDepth:
    """Return a MonoDepth; StereoTypeError for anything else."""
    if isinstance(prediction, MonoDepth):
        return prediction
    raise StereoTypeError(
        f"the prediction is a {type(prediction).__name__}: expected a stereo.mono.MonoDepth, which "
        "says whether its values are metric and whether they are inverse"
    )


def reciprocal(values: Float32) -> Float32:
    """Return 1 / values; NaN where they are not above 0, or float32 can't hold it."""
    with np.errstate(all="ignore"):
        inverse: Float32 = np.float32(1) / values
    return np.where((values > 0) & np.isfinite(inverse), inverse, np.float32(np.nan))


def _positive(values: Float32) -> Float32:
    return np.where(values > 0, values, np.float32(np.nan))
