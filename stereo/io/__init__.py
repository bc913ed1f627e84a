"""Files in and out: images, disparities.

In memory a disparity is float32 pixels with NaN for "no match". What a file
format makes of that (rows from the bottom up, +inf, x256, 0) stays in here.
"""

from __future__ import annotations

from stereo.io.depth import depth_format, read_depth, write_depth
from stereo.io.depth_png import read_depth_png, write_depth_png
from stereo.io.disparity import disparity_format, read_disparity, write_disparity
from stereo.io.images import read_image, write_image
from stereo.io.kitti import read_kitti, write_kitti
from stereo.io.npy import read_npy, write_npy
from stereo.io.npz import read_npz, write_npz
from stereo.io.pfm import read_pfm, write_pfm
from stereo.io.ply import PlyCloud, read_ply, write_ply
from stereo.io.tiff import read_tiff, write_tiff

__all__ = [
    "PlyCloud",
    "depth_format",
    "disparity_format",
    "read_depth",
    "read_depth_png",
    "read_disparity",
    "read_image",
    "read_kitti",
    "read_npy",
    "read_npz",
    "read_pfm",
    "read_ply",
    "read_tiff",
    "write_depth",
    "write_depth_png",
    "write_disparity",
    "write_image",
    "write_kitti",
    "write_npy",
    "write_npz",
    "write_pfm",
    "write_ply",
    "write_tiff",
]
