"""KITTI's stereo benchmarks of 2012 and 2015."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import flag, word
from stereo.datasets._files import kitti_calibration, known_in_kitti, labels
from stereo.datasets._layouts import files_in, folder
from stereo.datasets.sample import Dataset, File, Sample
from stereo.geometry.rectified import StereoGeometry
from stereo.io.files import PathLike
from stereo.io.kitti import read_kitti
from stereo.io.kitti_raw import read_kitti_raw_calib

__all__ = ["kitti2012", "kitti2015"]

_HOME_2012 = (
    "The data set is at www.cvlibs.net/datasets/kitti, under 'stereo 2012' (data_stereo_flow.zip)."
)
_HOME_2015 = (
    "The data set is at www.cvlibs.net/datasets/kitti, under 'stereo 2015' "
    "(data_scene_flow.zip; the calibration is in data_scene_flow_calib.zip)."
)
_SPLITS = ("training", "testing")
_RANGE_STOP = 256  # 16 bits of 1/256 px


def kitti2012(
    root: PathLike, *, split: Literal["training", "testing"] = "training", color: bool = False
) -> Dataset:
    """Open the stereo benchmark of 2012.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of data_stereo_flow: ROOT/training/image_0/000000_10.png, image_1, colored_0,
        colored_1, disp_occ, disp_noc, and calib/000000.txt.
    split : {"training", "testing"}
        The part; only "training" has ground truth.
    color : bool
        Take colored_0 and colored_1 instead of the gray images.

    Returns
    -------
    Dataset
        `disparity` is disp_occ, `nonocc` where disp_noc has a number; level / 256 px, 0 =
        unknown. `calibration` is that of cameras 0 and 1, or 2 and 3.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such split.

    References
    ----------
    Geiger, Lenz, Urtasun: Are we ready for autonomous driving? The KITTI vision benchmark suite.
    CVPR 2012. Encoding and folders: the readme of the benchmark's development kit.
    """
    part = folder(root, _HOME_2012) / word("split", split, _SPLITS)
    folders = ("colored_0", "colored_1") if flag("color", color) else ("image_0", "image_1")
    cameras = (2, 3) if color else (0, 1)
    samples = []
    for left in _pairs(part / folders[0], _HOME_2012):
        calibration = part / "calib" / f"{left.name[:6]}.txt"
        truth = split == "training"
        samples.append(
            Sample(
                dataset="kitti2012",
                name=left.stem,
                home=_HOME_2012,
                left_path=left,
                right_path=part / folders[1] / left.name,
                disparity_file=File(part / "disp_occ" / left.name, read_kitti) if truth else None,
                nonocc_file=(
                    File(part / "disp_noc" / left.name, known_in_kitti) if truth else None
                ),
                calibration_file=File(calibration, kitti_calibration(left, cameras)),
                range_stop=_RANGE_STOP,
            )
        )
    return Dataset("kitti2012", samples)


def kitti2015(root: PathLike, *, split: Literal["training", "testing"] = "training") -> Dataset:
    """Open the stereo benchmark of 2015.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of data_scene_flow: ROOT/training/image_2/000000_10.png, image_3, disp_occ_0,
        disp_noc_0, obj_map, and of data_scene_flow_calib calib_cam_to_cam/000000.txt.
    split : {"training", "testing"}
        The part; only "training" has ground truth.

    Returns
    -------
    Dataset
        `disparity` is disp_occ_0, `nonocc` where disp_noc_0 has a number; level / 256 px, 0 =
        unknown. `objects` is obj_map, 0 = background.

    Raises
    ------
    StereoFileError
        If there is no pair.
    StereoTypeError, StereoValueError
        If there is no such split.

    References
    ----------
    Menze, Geiger: Object scene flow for autonomous vehicles. CVPR 2015. Encoding and folders: the
    readme of the benchmark's development kit.
    """
    part = folder(root, _HOME_2015) / word("split", split, _SPLITS)
    samples = []
    for left in _pairs(part / "image_2", _HOME_2015):
        truth = split == "training"
        noc, objects = part / "disp_noc_0" / left.name, part / "obj_map" / left.name
        samples.append(
            Sample(
                dataset="kitti2015",
                name=left.stem,
                home=_HOME_2015,
                left_path=left,
                right_path=part / "image_3" / left.name,
                disparity_file=File(part / "disp_occ_0" / left.name, read_kitti) if truth else None,
                nonocc_file=File(noc, known_in_kitti) if truth else None,
                objects_file=File(objects, labels) if truth else None,
                calibration_file=File(
                    part / "calib_cam_to_cam" / f"{left.name[:6]}.txt", _geometry_of_raw
                ),
                range_stop=_RANGE_STOP,
            )
        )
    return Dataset("kitti2015", samples)


def _pairs(images: Path, home: str) -> list[Path]:
    # _11 is the next frame of the same camera: it has no ground truth of its own.
    return files_in(images, "*_10.png", "NNNNNN_10.png", home)


def _geometry_of_raw(path: Path) -> StereoGeometry:
    return read_kitti_raw_calib(path).geometry
