"""What each family of monocular networks takes and gives, as its authors published it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from stereo.mono.sizes import Rule
from stereo.types import StereoError, StereoFileError, StereoValueError

__all__ = [
    "MIDAS_SMALL",
    "Family",
    "Output",
    "Resampling",
    "family_of",
    "with_preprocessor",
]

Output = Literal["inverse_relative", "relative", "inverse_metric", "metric"]
Resampling = Literal["cubic", "linear", "linear_corners"]
Triple = tuple[float, float, float]

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_HALF = (0.5, 0.5, 0.5)
_ROUNDING = 1e-3


@dataclass(frozen=True)
class Family:
    """How an image goes into a network, and what comes out.

    Attributes
    ----------
    title : str
        Its name, for people.
    output : {"inverse_relative", "relative", "inverse_metric", "metric"}
        What the values are.
    target, multiple, rule
        The size of the input, see :func:`stereo.mono.sizes.network_size`.
    mean, std : (float, float, float)
        (rgb - mean) / std goes in, with rgb in [0, 1].
    resample, restore : {"cubic", "linear", "linear_corners"}
        How images are resized on the way in, and predictions on the way out; "corners": the
        centres of the corner pixels stay where they are (align_corners of PyTorch).
    padded : bool
        Whether the image is first reflected at its borders (ZoeDepth).
    flipped : bool
        Whether the prediction of the mirrored image is averaged in (ZoeDepth).
    canonical : bool
        Whether the values are inverse depth for a focal length of one image width (Depth Pro).
    """

    title: str
    output: Output
    target: tuple[int, int]
    multiple: int
    rule: Rule
    mean: Triple
    std: Triple
    resample: Resampling
    restore: Resampling
    padded: bool = False
    flipped: bool = False
    canonical: bool = False


MIDAS_SMALL = Family(
    "MiDaS v2.1-small",
    "inverse_relative",
    (256, 256),
    32,
    "upper_bound",
    _IMAGENET_MEAN,
    _IMAGENET_STD,
    "cubic",
    "cubic",
)


def family_of(config: Any, output: Output | None) -> Family:
    """Return the family of a checkpoint, from its own configuration.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        That of a model for depth estimation.
    output : {"inverse_relative", "relative", "inverse_metric", "metric"}, optional
        What the values are; for DPT only, whose configuration does not say it.

    Raises
    ------
    StereoError
        If the model is of another family, or `output` is needed or is not.
    """
    kind = str(config.model_type)
    if kind not in _FAMILIES:
        raise StereoError(
            f"a checkpoint of the type {kind!r} is not supported; these are: "
            f"{', '.join(sorted(_FAMILIES))}"
        )
    if output is not None and kind != "dpt":
        raise StereoValueError(
            f"output = {output!r} is for DPT checkpoints: the configuration of {kind!r} says what "
            "its values are"
        )
    try:
        found = _FAMILIES[kind](config)
    except (AttributeError, TypeError) as error:  # such as sizes of two numbers
        raise StereoError(f"this configuration of {kind!r} is not supported: {error}") from error
    return found if output is None else replace(found, output=output)


def with_preprocessor(family: Family, settings: Mapping[str, Any], name: str) -> Family:
    """Return the family with what a checkpoint's ``preprocessor_config.json`` says.

    Size, multiple, proportions, mean and deviation are taken from it, as far as it names them.

    Raises
    ------
    StereoFileError
        If a setting can't be used; `name` is the file.
    """
    for key, wanted in (("do_resize", True), ("do_rescale", True), ("do_pad", family.padded)):
        if settings.get(key) not in (None, wanted):
            raise StereoFileError(
                f"{name} says {key} = {settings[key]!r}: {family.title} is supported with {wanted}"
            )
    changes: dict[str, Any] = {}
    try:
        if abs(255 * float(settings.get("rescale_factor") or 1 / 255) - 1) > _ROUNDING:
            raise ValueError(f"rescale_factor = {settings['rescale_factor']} is not 1 / 255")
        for key, field in (("image_mean", "mean"), ("image_std", "std")):
            if settings.get(key) is not None and family.rule != "floor":
                first, second, third = (float(value) for value in settings[key])
                changes[field] = (first, second, third)
        if settings.get("do_normalize") is False:
            changes |= {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
        if family.rule == "floor":
            return replace(family, **changes, multiple=int(settings.get("size_divisor", 32)))
        size = settings.get("size")
        if size is not None:
            both = (size, size) if isinstance(size, int) else (size["height"], size["width"])
            changes["target"] = (int(both[0]), int(both[1]))
        if "keep_aspect_ratio" in settings and family.rule in ("minimal", "fixed"):
            changes["rule"] = "minimal" if settings["keep_aspect_ratio"] else "fixed"
        if "ensure_multiple_of" in settings:
            changes["multiple"] = int(settings["ensure_multiple_of"])
        found = replace(family, **changes)
        if min(*found.target, found.multiple) < 1 or min(found.std) <= 0:
            raise ValueError("sizes, multiples and deviations must be above 0")
    except (TypeError, ValueError, KeyError) as error:
        raise StereoFileError(f"{name} can't be used: {error!r}") from error
    return found


def _dpt(config: Any) -> Family:
    backbone = getattr(config, "backbone_config", None)
    if backbone is None or config.is_hybrid:
        side, multiple, rule = config.image_size, 2 * config.patch_size, "minimal"
    else:
        side, multiple = backbone.image_size, 32
        rule = "fixed" if backbone.model_type in ("swin", "swinv2") else "minimal"
        if backbone.model_type not in ("beit", "swin", "swinv2"):
            raise StereoValueError(
                f"a DPT with the backbone {backbone.model_type!r} is not supported: vit, beit, "
                "swin and swinv2 are, as in MiDaS 3.0 and 3.1"
            )
    return Family(
        "DPT",
        "inverse_relative",
        (int(side), int(side)),
        int(multiple),
        rule,  # type: ignore[arg-type]
        _HALF,
        _HALF,
        "cubic",
        "cubic",
    )


def _depth_anything(config: Any) -> Family:
    return Family(
        "Depth Anything",
        "metric" if config.depth_estimation_type == "metric" else "inverse_relative",
        (518, 518),
        14,
        "lower_bound",
        _IMAGENET_MEAN,
        _IMAGENET_STD,
        "cubic",
        "linear_corners",
    )


def _zoedepth(config: Any) -> Family:
    del config
    resample: Resampling = "linear_corners"
    return Family(
        "ZoeDepth", "metric", (384, 512), 32, "minimal", _HALF, _HALF, resample, "cubic",
        padded=True, flipped=True,
    )  # fmt: skip


def _depth_pro(config: Any) -> Family:
    patch = int(config.patch_size)
    side = round(patch / min(config.scaled_images_ratios))
    return Family(
        "Depth Pro", "inverse_metric", (side, side), 1, "fixed", _HALF, _HALF, "linear", "linear",
        canonical=True,
    )  # fmt: skip


def _glpn(config: Any) -> Family:
    del config
    plain = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return Family("GLPN", "metric", (32, 32), 32, "floor", *plain, "linear", "cubic")


_FAMILIES: dict[str, Callable[[Any], Family]] = {
    "depth_anything": _depth_anything,
    "depth_pro": _depth_pro,
    "dpt": _dpt,
    "glpn": _glpn,
    "zoedepth": _zoedepth,
}
