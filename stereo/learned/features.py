"""Maps of learned features as a matching cost: cosine, L1 or dot product, made natively."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ..arguments import integer, number, thread_count
from ..backends import first_usable, resolve
from ..devices import DeviceView, device_view, on_device
from ..memory import allocate
from ..types import StereoError, StereoTypeError, StereoValueError
from ..volume import CostVolume
from .arrays import as_cost_volume, host_array, penalties_of
from .law import Law, Metric, law_for

__all__ = ["Features", "check_image"]

_MOST_FEATURES = 65536


@dataclass(frozen=True, eq=False)
class Features:
    r"""A matching cost from feature vectors, such as those of a Siamese network.

    The cost compares the vector l of a left pixel with the vector r of its counterpart
    (MC-CNN's fast architecture, Zbontar and LeCun 2016). Its excess e is

    - "cosine": 1 - l·r / (\|l\| \|r\|), in [0, 2]; 1 where a vector is 0,
    - "l1": the sum of \|l - r\| over the features,
    - "dot": m - l·r, where m is the largest length on the left times that on the right,

    and it costs ``round(maximum * min(e, truncate) / truncate)``. Features are first rounded to
    16 bits: cosine to within about 5e-5 of e, L1 to 1/32767 of the range of the features per
    feature, dot to sqrt(F) / 32768 of the largest feature. From there on sums are
    exact, so the costs are the same bits for every instruction set and number of threads.

    Parameters
    ----------
    left, right : array_like (H, W, F)
        float32 (float16 and float64 are converted), with H and W of the images. NumPy arrays
        of any strides, and whatever offers DLPack on the CPU, without a copy. float32 arrays in the
        memory of a CUDA device, for images there and the metric "cosine", stay there.
    metric : {"cosine", "l1", "dot"}
        How two vectors are compared.
    truncate : float, optional
        Excess from which on the cost no longer rises. None: 0.5 for cosine; for L1 the sum
        over the features of their mean absolute deviation, to three digits, which is about 0.7
        of what vectors of unrelated pixels are apart; m for the dot product.
    maximum : int
        Cost of a truncated excess, 1 … 65535. 60 is about as much as a census of 48 bits, to
        which such a cost is best added: see `base` of :meth:`volume`.

    Raises
    ------
    StereoError
        For another shape, dtype or device, or NaN or infinite features.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> right = rng.normal(size=(6, 20, 8)).astype(np.float32)
    >>> left = np.roll(right, 3, axis=1)
    >>> volume = Features(left, right).volume(left, right, 0, 5)
    >>> volume.data[2, 10].argmin(), volume.data.dtype
    (np.int64(3), dtype('uint8'))
    """

    left: Any = field(repr=False)
    right: Any = field(repr=False)
    metric: Metric = "cosine"
    truncate: float | None = None
    maximum: int = 60

    def __post_init__(self) -> None:
        """Check everything that needs no images."""
        if self.metric not in get_args(Metric):
            names = ", ".join(map(repr, get_args(Metric)))
            raise StereoValueError(f"metric = {self.metric!r} is not one of {names}")
        for side in ("left", "right"):
            object.__setattr__(self, side, _checked(getattr(self, side), side))
        if self.left.shape != self.right.shape:
            raise StereoValueError(
                f"the left features are {self.left.shape} and the right ones {self.right.shape}: "
                "both maps have one shape"
            )
        integer("maximum", self.maximum, 1, 65535)
        if self.truncate is not None:
            number("truncate", self.truncate, positive=True)

    def volume(
        self,
        left_image: npt.NDArray[Any],
        right_image: npt.NDArray[Any],
        min_disp: int,
        max_disp: int,
        threads: int | None = None,
        *,
        base: CostVolume | None = None,
        backend: str = "auto",
    ) -> CostVolume:
        """Return the costs of all disparities.

        Parameters
        ----------
        left_image, right_image : ndarray, (H, W) or (H, W, channels)
            The images that the features belong to; only their shape is used.
        min_disp, max_disp : int
            The search is min_disp <= d < max_disp, px.
        threads : int, optional
            By default every core of this process. The result does not depend on it.
        base : CostVolume, optional
            Another cost of the same pair and range, to which this one is added: census, in
            whose company a learned cost does best.
        backend : str
            "cpu", "numba", or "auto" for the first of them that can be used.

        Returns
        -------
        CostVolume
            uint8 where its maximum allows, else uint16. Candidates without a counterpart cost
            what the nearest column that has one costs. p1 and p2 are those that suit `base`
            plus 1/4 and 5/4 of `maximum`.

        Raises
        ------
        StereoError
            If images, features, range and `base` don't go together, or the backend can't be
            used.
        """
        for side, image in (("left", left_image), ("right", right_image)):
            check_image(self.left.shape, image.shape, side)
        if isinstance(self.left, DeviceView):
            raise StereoTypeError(
                "the features are on a CUDA device, and a volume for the host is made there: copy "
                "them, or give them as the cost of images on the device"
            )
        workers = thread_count(threads)
        shape = (*self.left.shape[:2], max_disp - min_disp)
        if base is not None:
            base = as_cost_volume(base, shape, min_disp, max_disp)
        total = self.maximum + (0 if base is None else base.maximum)
        if total > 65535:
            raise StereoValueError(f"base and features together reach {total}: 65535 is the most")
        narrow = total <= 255 and (base is None or base.data.dtype == np.uint8)
        data = allocate(shape, np.uint8 if narrow else np.uint16)
        fill = _filler(backend)
        law = law_for(self.left, self.right, self.metric, self.truncate, self.maximum)
        fill(self, law, None if base is None else base.data, data, min_disp, total, workers)
        p1, p2 = (0, 0) if base is None else (base.p1, base.p2)
        own_p1, own_p2 = penalties_of(self.maximum)
        return CostVolume(
            data,
            min_disp=min_disp,
            maximum=total,
            unit=self.metric if base is None else f"{base.unit} + {self.metric}",
            p1=p1 + own_p1,
            p2=p2 + own_p2,
        )


def _checked(value: Any, side: str) -> Any:
    what = f"the {side} feature map"
    if on_device(value):
        view = device_view(value, what)
        _check_layout(view, what)
        if view.dtype != np.float32:
            raise StereoTypeError(f"{what} is {view.dtype} on a CUDA device: expected float32")
        return view
    array = host_array(value, what)
    _check_layout(array, what)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise StereoTypeError(f"{what} is {array.dtype}: expected float32")
    with np.errstate(over="ignore"):  # what float32 can't hold becomes infinite, and is refused
        floats = array.astype(np.float32, copy=False)
    if not floats.flags.aligned:
        floats = floats.copy()
    if not (np.isfinite(floats.min()) and np.isfinite(floats.max())):
        row, column, feature = (int(k) for k in np.argwhere(~np.isfinite(floats))[0])
        raise StereoValueError(
            f"{what} holds {array[row, column, feature]} at row {row}, column {column}, "
            f"feature {feature}: expected values that are finite in float32"
        )
    return floats


def _check_layout(array: npt.NDArray[Any] | DeviceView, what: str) -> None:
    if array.ndim != 3 or array.size == 0:
        raise StereoValueError(f"{what} has shape {array.shape}: expected (H, W, F), not empty")
    if array.shape[2] > _MOST_FEATURES:
        raise StereoValueError(f"{what} has {array.shape[2]} features: {_MOST_FEATURES} at most")


def check_image(features: tuple[int, ...], image: tuple[int, ...], side: str) -> None:
    """Refuse an image of another height or width than the features."""
    if features[:2] == image[:2]:
        return
    first = features[1:] == image[:2]  # the order of the networks
    hint = ": move the first axis to the end, np.moveaxis(features, 0, -1)" if first else ""
    raise StereoValueError(
        f"the features are {features} and the {side} image is {image}, but features are (H, W, F)"
        + hint
    )


def _filler(backend: str) -> Any:
    """Return the function of the backend that fills a volume on the host."""
    name, _ = resolve(backend)
    if name not in _FILLERS and backend == "auto":
        name, _ = first_usable(tuple(_FILLERS))
    if name not in _FILLERS:
        raise StereoValueError(
            f"backend {name!r} makes no volume of features on the host: 'cpu' and 'numba' do"
        )
    return _FILLERS[name]


def _fill_native(
    features: Features, law: Law, base: Any, data: Any, min_disp: int, maximum: int, threads: int
) -> None:
    from .. import _cpu

    try:
        _cpu.feature_volume(
            features.left,
            features.right,
            base,
            data,
            **law.arguments,
            min_disp=min_disp,
            maximum=maximum,
            threads=threads,
        )
    except RuntimeError as error:  # std::system_error
        raise StereoError(f"{threads} threads can't be started: {error}") from error


def _fill_numba(
    features: Features, law: Law, base: Any, data: Any, min_disp: int, maximum: int, threads: int
) -> None:
    from ..backends.numba_kernels.features import fill

    fill(features.left, features.right, law, base, data, min_disp, maximum, threads)


_FILLERS = {"cpu": _fill_native, "numba": _fill_numba}
