"""Weights that others published: where they are, under which licence, for which network."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import StereoFileError

__all__ = ["CHECKPOINTS", "Checkpoint", "checkpoints"]


@dataclass(frozen=True)
class Checkpoint:
    """A file of weights that somebody published. Nothing here downloads it.

    Attributes
    ----------
    model, variant : str
        What `stereo.models.load` takes them for.
    file : str
        Name of the file, in the archive at `source` where that is one.
    source : str
        Where its authors offer it.
    licence : str
        That of the repository that offers it.
    trained_on : str
        Data it was last trained on: scores on those say little.
    """

    model: str
    variant: str
    file: str
    source: str
    licence: str
    trained_on: str


_RAFT_STEREO = "https://github.com/princeton-vl/RAFT-Stereo (download_models.sh, models.zip)"
_AANET = "https://github.com/haofeixu/aanet (MODEL_ZOO.md)"


def _raft_stereo(variant: str, file: str, trained_on: str) -> Checkpoint:
    return Checkpoint("raft-stereo", variant, file, _RAFT_STEREO, "MIT", trained_on)


def _aanet(model: str, file: str, trained_on: str) -> Checkpoint:
    return Checkpoint(model, model, file, _AANET, "Apache-2.0", trained_on)


CHECKPOINTS = (
    _raft_stereo("default", "raftstereo-sceneflow.pth", "Scene Flow"),
    _raft_stereo("default", "raftstereo-middlebury.pth", "Middlebury 2014"),
    _raft_stereo("default", "raftstereo-eth3d.pth", "ETH3D"),
    _raft_stereo("realtime", "raftstereo-realtime.pth", "Scene Flow"),
    _raft_stereo("instance", "iraftstereo_rvc.pth", "the Robust Vision Challenge 2022"),
    _aanet("aanet", "aanet_sceneflow-5aa5a24e.pth", "Scene Flow"),
    _aanet("aanet", "aanet_kitti12-e20bb24d.pth", "KITTI 2012"),
    _aanet("aanet", "aanet_kitti15-fb2a0d23.pth", "KITTI 2015"),
    _aanet("aanet+", "aanet+_sceneflow-d3e13ef0.pth", "Scene Flow"),
    _aanet("aanet+", "aanet+_kitti12-56157808.pth", "KITTI 2012"),
    _aanet("aanet+", "aanet+_kitti15-2075aea1.pth", "KITTI 2015"),
)
"""The files that are known here."""


def checkpoints(model: str) -> tuple[Checkpoint, ...]:
    """Return the published weights of a network.

    Parameters
    ----------
    model : str
        A name of :func:`stereo.models.names`.

    Returns
    -------
    tuple of Checkpoint
        Those that are known here; none for a network without.

    Examples
    --------
    >>> from stereo import models
    >>> [one.file for one in models.checkpoints("aanet")][0]
    'aanet_sceneflow-5aa5a24e.pth'
    """
    return tuple(one for one in CHECKPOINTS if one.model == model)


def missing_file(path: str, known: tuple[Checkpoint, ...]) -> StereoFileError:
    """Return the error for weights that are not there: it says where they are to be had."""
    said = f"there is no weights file {path}, and nothing is downloaded"
    offers = [
        f"{one.file} ({one.licence}, trained on {one.trained_on}): {one.source}" for one in known
    ]
    return StereoFileError("; ".join([said, *offers]))
