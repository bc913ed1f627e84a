"""What `stereo match` writes of each pair: disparity, depth, points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import typer

from stereo import geometry, io
from stereo.cli.frames import Output
from stereo.cli.maps import depth_scale_of, write_depth
from stereo.cli.scene import eight_bits
from stereo.geometry import StereoGeometry
from stereo.geometry.points import limited_depth
from stereo.options import Options

__all__ = ["Writer", "writer_of"]

_OUTPUTS = "--output, --right-disparity, --confidence, --depth or --cloud"


@dataclass(frozen=True)
class Writer:
    """The outputs of every frame, and how they are made."""

    outputs: Sequence[Output]
    min_depth: float | None
    max_depth: float | None
    depth_scale: float

    @property
    def contents(self) -> frozenset[str]:
        """What is written, by the names of `Output.content`."""
        return frozenset(output.content for output in self.outputs)

    def write(
        self,
        paths: Sequence[str],
        maps: dict[str, npt.NDArray[Any]],
        left: npt.NDArray[Any],
        rectified: StereoGeometry | None,
        options: Options,
    ) -> None:
        """Write the files of one frame.

        Parameters
        ----------
        paths : sequence of str
            The files, one for each output.
        maps : dict of str to ndarray
            The fields of a :class:`stereo.Match` that are needed.
        left : ndarray
            The left image that was matched.
        rectified : StereoGeometry or None
            That of the pair, where an output needs it.
        options : Options
            Those of the matching, for the range of the colours.
        """
        for output, path in zip(self.outputs, paths, strict=True):
            if rectified is not None and output.content == "cloud":
                io.write_ply(path, self._cloud(maps["disparity"], rectified, left))
            elif rectified is not None and output.content == "depth":
                metres = limited_depth(maps["disparity"], rectified, self.min_depth, self.max_depth)
                write_depth(path, metres, self.depth_scale)
            elif rectified is not None and io.disparity_format(path) == "npz":
                io.write_npz(path, maps[output.content], rectified)
            else:
                colors = {"min_disp": options.min_disp, "max_disp": options.max_disp}
                io.write_disparity(path, maps[output.content], **colors)

    def _cloud(
        self,
        disparity: npt.NDArray[np.float32],
        rectified: StereoGeometry,
        left: npt.NDArray[Any],
    ) -> geometry.PointCloud:
        limits = {"min_depth": self.min_depth, "max_depth": self.max_depth}
        return geometry.points(disparity, rectified, eight_bits(left), **limits)


def writer_of(
    outputs: Sequence[Output],
    calibration: str | None,
    min_depth: float | None,
    max_depth: float | None,
    depth_scale: float | None,
) -> Writer:
    """Check what is to be written; typer.BadParameter if options are missing or have no use."""
    if not outputs:
        raise typer.BadParameter(f"nothing is to be written: give {_OUTPUTS}")
    metric = [output for output in outputs if output.content in ("depth", "cloud")]
    for output in metric:
        output.check_format()
    needing = [*metric, *(one for one in outputs if one.template.lower().endswith(".npz"))]
    if needing and calibration is None:
        raise typer.BadParameter(
            f"{needing[0].template} needs to know the cameras: give --calib",
            param_hint=needing[0].option,
        )
    for name, limit in (("--min-depth", min_depth), ("--max-depth", max_depth)):
        if limit is not None and not metric:
            raise typer.BadParameter("it needs --depth or --cloud", param_hint=name)
    depths = [output.template for output in outputs if output.content == "depth"]
    return Writer(outputs, min_depth, max_depth, depth_scale_of(depth_scale, depths))
