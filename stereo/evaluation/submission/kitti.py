"""The upload formats of KITTI's stereo benchmarks of 2012 and 2015."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from stereo.datasets import Dataset
from stereo.evaluation.results import Evaluation
from stereo.evaluation.submission.files import disparity_of, made
from stereo.io.files import read_bytes, replacing
from stereo.io.kitti import write_kitti
from stereo.types import StereoValueError

__all__ = ["write_kitti2012", "write_kitti2015"]

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same maps are the same archive


def write_kitti2012(
    folder: Path, evaluation: Evaluation, dataset: Dataset, name: str
) -> list[Path]:
    """Write NAME.zip with the maps as 000000_10.png."""
    return _write(folder, evaluation, name, "")


def write_kitti2015(
    folder: Path, evaluation: Evaluation, dataset: Dataset, name: str
) -> list[Path]:
    """Write NAME.zip with the maps as disp_0/000000_10.png."""
    return _write(folder, evaluation, name, "disp_0/")


def _write(folder: Path, evaluation: Evaluation, name: str, inside: str) -> list[Path]:
    path = made(folder) / f"{name}.zip"
    with (
        tempfile.TemporaryDirectory() as place,
        replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        picture = Path(place) / "disparity.png"
        for result in evaluation.results:
            try:
                write_kitti(picture, disparity_of(result))
            except StereoValueError as error:
                raise StereoValueError(f"{result.name}: {error}") from error
            entry = zipfile.ZipInfo(f"{inside}{result.name}.png", _EPOCH)
            archive.writestr(entry, read_bytes(picture))
    return [path]
