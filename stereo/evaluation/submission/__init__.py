"""Results as the boards want them uploaded."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from stereo.datasets import Dataset
from stereo.evaluation.results import Evaluation
from stereo.evaluation.submission.eth3d import write_eth3d
from stereo.evaluation.submission.kitti import write_kitti2012, write_kitti2015
from stereo.evaluation.submission.middlebury import write_middlebury
from stereo.io.files import PathLike, path_name
from stereo.types import StereoValueError, StereoWarning

__all__ = ["FORMATS", "method_name", "require_board", "write_submission"]

FORMATS: Mapping[str, Callable[[Path, Evaluation, Dataset, str], list[Path]]] = MappingProxyType(
    {
        "eth3d": write_eth3d,
        "kitti2012": write_kitti2012,
        "kitti2015": write_kitti2015,
        "middeval3": write_middlebury,
    }
)
"""The data sets whose boards take results, and what writes them."""


def write_submission(
    folder: PathLike, evaluation: Evaluation, dataset: Dataset, *, name: str | None = None
) -> list[Path]:
    """Write the disparity maps of an evaluation in the upload format of the data set's board.

    Parameters
    ----------
    folder : str or os.PathLike
        It is made where it is missing; files of the same names in it are replaced.

        - middeval3: SPLIT/SCENE/disp0NAME_s.pfm, the map as it is, disp0NAME.pfm, the same with
          its holes filled (:func:`stereo.filters.fill`, "row", with the left image as the guide),
          and timeNAME.txt, the seconds of the dense map. Maps without holes have no sparse file.
        - kitti2015: NAME.zip with disp_0/000000_10.png; kitti2012: NAME.zip with 000000_10.png.
          Levels of 1/256 px, 0 = no result: the board fills the holes.
        - eth3d: low_res_two_view/SCENE.pfm and SCENE.txt with the line "runtime SECONDS".

        PFM files have +inf where there is no result.
    evaluation : Evaluation
        Of `dataset`; scenes without ground truth are written like the others.
    dataset : Dataset
        Where the scenes are.
    name : str, optional
        What the files are called; by default that of the method, without what file names on the
        boards don't have.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    StereoValueError
        If the data set has no board, the name can't be used, or nothing was evaluated.
    StereoFileError
        If a file can't be read or written.

    Warns
    -----
    StereoWarning
        If scenes are missing, without which the boards take no submission.

    References
    ----------
    The upload format of vision.middlebury.edu/stereo/submit3, the readme files of KITTI's
    development kits of 2012 and 2015, and the documentation of www.eth3d.net.
    """
    require_board(dataset)
    called = method_name(evaluation.method) if name is None else _checked(name)
    if not evaluation.results:
        raise StereoValueError("no scene was evaluated: there is nothing to submit")
    if evaluation.failures:
        warnings.warn(
            f"{len(evaluation.failures)} of {len(dataset)} scenes are missing in the submission",
            StereoWarning,
            stacklevel=2,
        )
    return FORMATS[dataset.name](Path(path_name(folder)), evaluation, dataset, called)


def require_board(dataset: Dataset) -> None:
    """Raise StereoValueError if no board takes results of a data set."""
    if dataset.name not in FORMATS:
        raise StereoValueError(
            f"there is no board that takes results of {dataset.name}: there is one for "
            f"{', '.join(FORMATS)}"
        )


def method_name(method: str) -> str:
    """Return the name of a method with hyphens for all but letters, digits, "-" and "_".

    Examples
    --------
    >>> method_name("stereo accurate")
    'stereo-accurate'
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", method).strip("-") or "method"


def _checked(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise StereoValueError(
            f"name = {name!r} is part of file names on the boards: use letters, digits, - and _"
        )
    return name
