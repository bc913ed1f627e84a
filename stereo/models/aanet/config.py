"""What an AANet is made of: the published configurations, and any other."""

from __future__ import annotations

from dataclasses import dataclass

from ...arguments import flag, integer, word
from ...types import StereoValueError

__all__ = ["SCALES", "VARIANTS", "AaNetConfig"]

SCALES = 3
"""Scales of the aggregation: a third, a sixth and a twelfth of the image."""


@dataclass(frozen=True)
class AaNetConfig:
    """The architecture of an AANet.

    Parameters
    ----------
    max_disp : int
        End of the search range, px: a multiple of 12, at most 1536.
    features : {"resnet", "hourglass"}
        "resnet": a residual network with a feature pyramid network (AANet); "hourglass": the
        stacked hourglass of GA-Net with a feature pyramid (AANet+).
    refinement : {"dilated", "hourglass"}
        "dilated": residual blocks of growing dilation, after StereoDRNet (AANet); "hourglass":
        a stacked hourglass (AANet+).
    fusions : int
        Number of adaptive aggregation modules, 1 … 32.
    deformable_fusions : int
        How many of them, the last ones, aggregate with deformable convolutions.
    training_heads : bool
        Give the disparities at a twelfth and a sixth too, which the training supervises.
    align_corners : bool
        How the refinement samples the right image, see :func:`stereo.models.warping.warp`:
        True as PyTorch did when the network was published.

    Raises
    ------
    StereoError
        If a value is outside what is supported.

    Examples
    --------
    >>> AaNetConfig(features="hourglass", refinement="hourglass").multiple
    96
    """

    max_disp: int = 192
    features: str = "resnet"
    refinement: str = "dilated"
    fusions: int = 6
    deformable_fusions: int = 3
    training_heads: bool = False
    align_corners: bool = True

    def __post_init__(self) -> None:
        """Check all fields."""
        if integer("max_disp", self.max_disp, 24, 1536) % 12:
            raise StereoValueError(f"max_disp = {self.max_disp} must be a multiple of 12")
        word("features", self.features, ("resnet", "hourglass"))
        word("refinement", self.refinement, ("dilated", "hourglass"))
        integer("fusions", self.fusions, 1, 32)
        integer("deformable_fusions", self.deformable_fusions, 0, self.fusions)
        flag("training_heads", self.training_heads)
        flag("align_corners", self.align_corners)

    @property
    def multiple(self) -> int:
        """Height and width of the images must be multiples of this."""
        return 96 if self.refinement == "hourglass" else 48

    @property
    def candidates(self) -> tuple[int, ...]:
        """Number of disparities that are compared, per scale, the finest first."""
        return tuple(self.max_disp // 3 // 2**scale for scale in range(SCALES))


VARIANTS = {
    "aanet": AaNetConfig(),
    "aanet+": AaNetConfig(features="hourglass", refinement="hourglass"),
}
"""The published configurations, in the form for inference."""
