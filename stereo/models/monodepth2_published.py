"""Weights of Monodepth2 that its authors published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stereo.io.files import PathLike, path_name
from stereo.models.checkpoints import Checkpoint, missing_file
from stereo.models.monodepth2 import Monodepth2
from stereo.models.weights import load_state, read_state

__all__ = ["read_published"]

STEREO_SCALE = 5.4
"""Metres of a unit of depth of the models that were trained with pairs."""

_FILES = {
    "encoder.pth": "depth_network.encoder.",
    "depth.pth": "depth_network.depth.",
    "pose_encoder.pth": "pose_network.pose_encoder.",
    "pose.pth": "pose_network.pose.",
}
_SIZES = ("height", "width", "use_stereo")  # of the training, beside the tensors
_SOURCE = "https://github.com/nianticlabs/monodepth2 (a folder of an archive such as mono_640x192)"
_LICENCE = "Monodepth2 licence, non-commercial use only"


def read_published(folder: PathLike) -> Monodepth2:
    """Return the networks with the weights of a folder as the authors publish them.

    The weights may be used for non-commercial purposes only.

    Parameters
    ----------
    folder : str or os.PathLike
        With encoder.pth, depth.pth, and, where the motion was learned, pose_encoder.pth and
        pose.pth; otherwise the motion's network keeps its random weights.

    Returns
    -------
    Monodepth2
        In evaluation mode, with a range of 0.1 to 100. The depth of models that were trained with
        pairs is metres divided by 5.4; that of the others has no known scale.

    Raises
    ------
    StereoFileError
        If a file is missing, damaged or of another network.

    Examples
    --------
    >>> read_published("mono_640x192")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    stereo.types.StereoFileError: there is no weights file mono_640x192/encoder.pth, and ...
    """
    model, place = Monodepth2(), Path(path_name(folder))
    state: dict[str, Any] = dict(model.state_dict())
    has_pose = (place / "pose.pth").exists() or (place / "pose_encoder.pth").exists()
    for name, prefix in _FILES.items():
        if prefix.startswith("pose") and not has_pose:
            continue
        path = place / name
        if not path.exists():
            known = Checkpoint("monodepth2", "default", name, _SOURCE, _LICENCE, "KITTI raw")
            raise missing_file(str(path), (known,))
        found = read_state(path, beside=_SIZES)
        state = {key: value for key, value in state.items() if not key.startswith(prefix)}
        state |= {prefix + key: value for key, value in found.items()}
    load_state(model, state, place)
    model.eval()
    return model
