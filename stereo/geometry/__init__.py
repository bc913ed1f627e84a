"""From two raw cameras to metres: calibration, rectification, depth and points."""

from __future__ import annotations

from stereo.geometry.calibration import Calibration
from stereo.geometry.depth import depth, depth_uncertainty, disparity_from_depth
from stereo.geometry.normals import normals
from stereo.geometry.points import PointCloud, organised_points, points
from stereo.geometry.rectified import StereoGeometry
from stereo.geometry.voxels import voxel_thinned

__all__ = [
    "Calibration",
    "PointCloud",
    "StereoGeometry",
    "depth",
    "depth_uncertainty",
    "disparity_from_depth",
    "normals",
    "organised_points",
    "points",
    "voxel_thinned",
]
