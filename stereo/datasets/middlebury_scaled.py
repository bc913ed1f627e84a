"""Middlebury's data sets with scaled 8-bit ground truth: 2001, 2003, 2005 and 2006."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from stereo.arguments import integer, word
from stereo.datasets._files import scaled_png
from stereo.datasets._layouts import first_there, folder, folders_in, nothing_found
from stereo.datasets.sample import Dataset, File, Sample
from stereo.io.files import PathLike
from stereo.types import StereoValueError

__all__ = ["middlebury2001", "middlebury2003", "middlebury2005", "middlebury2006"]

_HOME = "The data set is at vision.middlebury.edu/stereo/data, under 'Stereo datasets' of {year}."
_SCALES_2003 = {"Q": 4, "H": 2, "F": 1}
_SCALES_LATER = {"full": 1, "half": 2, "third": 3}
_LEVELS = 255  # the largest disparity times the scale

# Left and right image, and their ground truth; two scenes of 2001 are named otherwise.
_USUAL = ("im2", "im6", "disp2", "disp6")
_NAMES_2001 = {
    "map": ("im0", "im1", "disp0", "disp1"),
    "tsukuba": ("scene1.row3.col3", "scene1.row3.col4", "truedisp.row3.col3", None),
}


def middlebury2001(root: PathLike) -> Dataset:
    """Open the six planar scenes, "map" and "tsukuba" of 2001.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the scenes: ROOT/venus/im2.ppm, im6.ppm, disp2.pgm, disp6.pgm; map has im0,
        im1, disp0, disp1, and tsukuba scene1.row3.col3.ppm, col4 and truedisp.row3.col3.pgm. PNG
        files of these names are found too.

    Returns
    -------
    Dataset
        Ground truth: level / 8 px, tsukuba level / 16 px; 0 = unknown.

    Raises
    ------
    StereoFileError
        If there is no scene.

    References
    ----------
    Scharstein, Szeliski: A taxonomy and evaluation of dense two-frame stereo correspondence
    algorithms. IJCV 2002. The scales are those of the data set's page.
    """
    home = _HOME.format(year=2001)
    samples = []
    for scene in folders_in(folder(root, home), "*", "SCENE/im2.ppm", home):
        left, right, truth, right_truth = _NAMES_2001.get(scene.name, _USUAL)
        scale = 16 if scene.name == "tsukuba" else 8
        samples.append(
            _sample(
                "middlebury2001",
                scene,
                home,
                (left, right),
                (truth, right_truth),
                scale,
                endings=("ppm", "pgm", "png"),
            )
        )
    return Dataset("middlebury2001", samples)


def middlebury2003(root: PathLike, *, split: Literal["Q", "H", "F"] = "Q") -> Dataset:
    """Open "cones" and "teddy" of 2003.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the scenes: ROOT/cones/im2.png, im6.png, disp2.png, disp6.png at quarter
        size; ROOT/conesH and ROOT/conesF at half and full size.
    split : {"Q", "H", "F"}
        Size of the images: quarter (450 x 375), half or full.

    Returns
    -------
    Dataset
        Ground truth: level / 4, / 2 or / 1 px at quarter, half and full size; 0 = unknown.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such size.

    References
    ----------
    Scharstein, Szeliski: High-accuracy stereo depth maps using structured light. CVPR 2003. The
    scales are those of the data set's page.
    """
    home = _HOME.format(year=2003)
    scale = _SCALES_2003[word("split", split, tuple(_SCALES_2003))]
    parent, ending = folder(root, home), "" if split == "Q" else split
    scenes = [parent / f"{name}{ending}" for name in ("cones", "teddy")]
    found = [scene for scene in scenes if scene.is_dir()]
    if not found:
        nothing_found(parent, f"cones{ending}/im2.png or teddy{ending}/im2.png", home)
    names = _USUAL[:2], _USUAL[2:]
    return Dataset(
        "middlebury2003",
        [_sample("middlebury2003", scene, home, *names, scale) for scene in found],
    )


def middlebury2005(
    root: PathLike,
    *,
    split: Literal["full", "half", "third"] = "third",
    illumination: int | None = None,
    exposure: int | None = None,
) -> Dataset:
    """Open the scenes of 2005.

    Parameters
    ----------
    root : str or os.PathLike
        The folder of the scenes of one size: ROOT/Art/view1.png, view5.png, disp1.png, disp5.png
        and ROOT/Art/Illum1/Exp0/view1.png, view5.png.
    split : {"full", "half", "third"}
        Size of the images in it.
    illumination, exposure : int, optional
        Take the images of IllumI/ExpE, I = 1 … 3 and E = 0 … 2, instead of the scene's own ones;
        both or none.

    Returns
    -------
    Dataset
        Ground truth: level / 1, / 2 or / 3 px at full, half and third size; 0 = unknown. The
        scenes without ground truth ("Computer", "Drumsticks", "Dwarves") have `disparity` None
        if they have no disp1.png.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such size, illumination or exposure.

    References
    ----------
    Scharstein, Pal: Learning conditional random fields for stereo. CVPR 2007. The scales are
    those of the data set's page.
    """
    return _later("middlebury2005", 2005, root, split, illumination, exposure)


def middlebury2006(
    root: PathLike,
    *,
    split: Literal["full", "half", "third"] = "third",
    illumination: int | None = None,
    exposure: int | None = None,
) -> Dataset:
    """Open the scenes of 2006.

    Parameters
    ----------
    root, split, illumination, exposure
        As in :func:`middlebury2005`; ROOT/Aloe/view1.png and so on.

    Returns
    -------
    Dataset
        Ground truth as in :func:`middlebury2005`.

    Raises
    ------
    StereoFileError
        If there is no scene.
    StereoTypeError, StereoValueError
        If there is no such size, illumination or exposure.

    References
    ----------
    Hirschmüller, Scharstein: Evaluation of cost functions for stereo matching. CVPR 2007. The
    scales are those of the data set's page.
    """
    return _later("middlebury2006", 2006, root, split, illumination, exposure)


_WITHOUT_TRUTH = ("Computer", "Drumsticks", "Dwarves")


def _later(
    name: str,
    year: int,
    root: PathLike,
    split: str,
    illumination: int | None,
    exposure: int | None,
) -> Dataset:
    home = _HOME.format(year=year)
    scale = _SCALES_LATER[word("split", split, tuple(_SCALES_LATER))]
    views = ""
    if illumination is not None or exposure is not None:
        if illumination is None or exposure is None:
            raise StereoValueError(
                f"illumination = {illumination} and exposure = {exposure}: give both or none"
            )
        lights = integer("illumination", illumination, 1, 3), integer("exposure", exposure, 0, 2)
        views = f"Illum{lights[0]}/Exp{lights[1]}/"
    images = f"{views}view1", f"{views}view5"
    samples = []
    for scene in folders_in(folder(root, home), "*", f"SCENE/{views}view1.png", home):
        hidden = scene.name in _WITHOUT_TRUTH and not (scene / "disp1.png").exists()
        truths = (None, None) if hidden else ("disp1", "disp5")
        samples.append(_sample(name, scene, home, images, truths, scale))
    return Dataset(name, samples)


def _sample(
    dataset: str,
    scene: Path,
    home: str,
    images: tuple[str | None, ...],
    truths: tuple[str | None, ...],
    scale: int,
    *,
    endings: tuple[str, ...] = ("png",),
) -> Sample:
    left, right = (first_there(scene, [f"{name}.{end}" for end in endings]) for name in images)
    maps = []
    for name in truths:
        # Ground truth has no colour, so a missing file is called .pgm, not .ppm.
        files = [f"{name}.{end}" for end in endings if end != "ppm"]
        maps.append(name and File(first_there(scene, files), scaled_png(scale)))
    return Sample(
        dataset=dataset,
        name=scene.name,
        home=home,
        left_path=left,
        right_path=right,
        disparity_file=maps[0] or None,
        right_disparity_file=maps[1] or None,
        range_stop=_LEVELS // scale + 1,
    )
