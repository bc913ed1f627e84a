"""Files in and out: images, disparities, depths, points, calibrations.

In memory a disparity is float32 pixels with NaN for "no match". What a file
format makes of that (rows from the bottom up, +inf, x256, 0) stays in here.
"""

from __future__ import annotations

from stereo.io.calibration import calibration_format, read_calibration, write_calibration
from stereo.io.depth import depth_format, read_depth, write_depth
from stereo.io.depth_png import read_depth_png, write_depth_png
from stereo.io.disparity import disparity_format, read_disparity, write_disparity
from stereo.io.eth3d import read_eth3d_cameras, write_eth3d_cameras
from stereo.io.images import read_image, write_image
from stereo.io.kalibr import read_kalibr_calib, write_kalibr_calib
from stereo.io.kitti import read_kitti, write_kitti
from stereo.io.kitti_calib import KittiCalibration, read_kitti_calib, write_kitti_calib
from stereo.io.kitti_raw import KittiRawCalibration, read_kitti_raw_calib, write_kitti_raw_calib
from stereo.io.middlebury import (
    MiddleburyCalibration,
    read_middlebury_calib,
    write_middlebury_calib,
)
from stereo.io.npy import read_npy, write_npy
from stereo.io.npz import read_npz, write_npz
from stereo.io.opencv_storage import read_opencv_calib, write_opencv_calib
from stereo.io.pfm import read_pfm, write_pfm
from stereo.io.ply import PlyCloud, read_ply, write_ply
from stereo.io.ros import RosCalibration, read_ros_calib, write_ros_calib
from stereo.io.tiff import read_tiff, write_tiff

__all__ = [
    "KittiCalibration",
    "KittiRawCalibration",
    "MiddleburyCalibration",
    "PlyCloud",
    "RosCalibration",
    "calibration_format",
    "depth_format",
    "disparity_format",
    "read_calibration",
    "read_depth",
    "read_depth_png",
    "read_disparity",
    "read_eth3d_cameras",
    "read_image",
    "read_kalibr_calib",
    "read_kitti",
    "read_kitti_calib",
    "read_kitti_raw_calib",
    "read_middlebury_calib",
    "read_npy",
    "read_npz",
    "read_opencv_calib",
    "read_pfm",
    "read_ply",
    "read_ros_calib",
    "read_tiff",
    "write_calibration",
    "write_depth",
    "write_depth_png",
    "write_disparity",
    "write_eth3d_cameras",
    "write_image",
    "write_kalibr_calib",
    "write_kitti",
    "write_kitti_calib",
    "write_kitti_raw_calib",
    "write_middlebury_calib",
    "write_npy",
    "write_npz",
    "write_opencv_calib",
    "write_pfm",
    "write_ply",
    "write_ros_calib",
    "write_tiff",
]
