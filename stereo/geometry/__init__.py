"""From two raw cameras to metres: calibration, rectification, depth and points."""

from __future__ import annotations

from stereo.geometry.boards import Charuco, Chessboard, Detection
from stereo.geometry.calibrate import CalibratedPair, calibrate, calibrate_corners
from stereo.geometry.calibration import Calibration
from stereo.geometry.check import RectificationCheck, check_rectification
from stereo.geometry.depth import depth, depth_uncertainty, disparity_from_depth
from stereo.geometry.normals import normals
from stereo.geometry.pictures import cloud_picture, coverage_picture, epipolar_picture
from stereo.geometry.points import PointCloud, organised_points, points
from stereo.geometry.rectified import StereoGeometry
from stereo.geometry.rectify import Rectification, rectify
from stereo.geometry.report import CalibrationReport
from stereo.geometry.uncalibrated import UncalibratedRectification, rectify_uncalibrated
from stereo.geometry.voxels import voxel_thinned

__all__ = [
    "CalibratedPair",
    "Calibration",
    "CalibrationReport",
    "Charuco",
    "Chessboard",
    "Detection",
    "PointCloud",
    "Rectification",
    "RectificationCheck",
    "StereoGeometry",
    "UncalibratedRectification",
    "calibrate",
    "calibrate_corners",
    "check_rectification",
    "cloud_picture",
    "coverage_picture",
    "depth",
    "depth_uncertainty",
    "disparity_from_depth",
    "epipolar_picture",
    "normals",
    "organised_points",
    "points",
    "rectify",
    "rectify_uncalibrated",
    "voxel_thinned",
]
