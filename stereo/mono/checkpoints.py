"""Monocular checkpoints that others published: where they are, and under which licence."""

from __future__ import annotations

from ..models.checkpoints import Checkpoint

__all__ = ["CHECKPOINTS", "published"]

_HUB = "https://huggingface.co/"
_MIDAS = "https://github.com/isl-org/MiDaS/releases"
_V2 = "CC-BY-NC-4.0, non-commercial"
_FOLDER = "config.json, preprocessor_config.json and model.safetensors"


def _folder(model: str, variant: str, place: str, licence: str, trained_on: str) -> Checkpoint:
    return Checkpoint(model, variant, _FOLDER, _HUB + place, licence, trained_on)


def _anything(size: str, licence: str) -> tuple[Checkpoint, Checkpoint]:
    place = f"depth-anything/Depth-Anything-V2-{size}"
    file = f"depth_anything_v2_vit{size[0].lower()}.pth"
    data = "synthetic images and 62 million pseudo-labelled ones"
    return (
        _folder("depth-anything-v2", size, f"{place}-hf", licence, data),
        Checkpoint("depth-anything-v2", size, file, _HUB + place, licence, data),
    )


CHECKPOINTS = (
    Checkpoint(
        "midas-v2.1-small", "default", "midas_v21_small_256.pt", _MIDAS, "MIT", "ten data sets"
    ),
    Checkpoint("dpt-hybrid", "default", "dpt_hybrid_384.pt", _MIDAS, "MIT", "ten data sets"),
    Checkpoint("dpt-large", "default", "dpt_large_384.pt", _MIDAS, "MIT", "ten data sets"),
    _folder("dpt", "large", "Intel/dpt-large", "Apache-2.0", "ten data sets (MiDaS 3.0)"),
    _folder("dpt", "hybrid", "Intel/dpt-hybrid-midas", "Apache-2.0", "ten data sets (MiDaS 3.0)"),
    _folder("dpt", "beit-large", "Intel/dpt-beit-large-512", "MIT", "twelve data sets (MiDaS 3.1)"),
    *_anything("Small", "Apache-2.0"),
    *_anything("Base", _V2),
    *_anything("Large", _V2),
    _folder("zoedepth", "two heads", "Intel/zoedepth-nyu-kitti", "MIT", "NYU Depth v2 and KITTI"),
    _folder("depth-pro", "default", "apple/DepthPro-hf", "Apple's own, for research", "many"),
    _folder("glpn", "nyu", "vinvino02/glpn-nyu", "Apache-2.0", "NYU Depth v2"),
    _folder("glpn", "kitti", "vinvino02/glpn-kitti", "Apache-2.0", "KITTI"),
)
"""The checkpoints that are known here. Nothing here downloads them; read the licence there."""


def published(model: str | None = None) -> tuple[Checkpoint, ...]:
    """Return the published checkpoints of a network, or all that are known here.

    Parameters
    ----------
    model : str, optional
        What :func:`stereo.mono.load` calls a file, or "dpt", "zoedepth", "depth-pro" or "glpn".

    Returns
    -------
    tuple of stereo.models.Checkpoint
        Files, and folders of transformers, with their sources and licences.

    Examples
    --------
    >>> published("midas-v2.1-small")[0].licence
    'MIT'
    """
    return tuple(one for one in CHECKPOINTS if model in (None, one.model))
