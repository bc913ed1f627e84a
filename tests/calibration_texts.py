"""Calibration files as other programs write them."""

from __future__ import annotations

MIDDLEBURY = """cam0=[700 0 320; 0 700 240; 0 0 1]
cam1=[700 0 330; 0 700 240; 0 0 1]
doffs=10
baseline=120
width=640
height=480
"""

KALIBR = """cam0:
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [-0.2, 0.1, 1e-5, 0.0]
  distortion_model: radtan
  intrinsics: [460.0, 459.0, 367.0, 248.0]
  resolution: [752, 480]
  rostopic: /cam0/image_raw
cam1:
  T_cn_cnm1:
  - [0.9999, 0.0, 0.01414, -0.11]
  - [0.0, 1.0, 0.0, 0.0]
  - [-0.01414, 0.0, 0.9999, 0.0]
  - [0.0, 0.0, 0.0, 1.0]
  cam_overlaps: [0]
  camera_model: pinhole
  distortion_coeffs: [-0.2, 0.1, 0.0, 0.0]
  distortion_model: radtan
  intrinsics: [461.0, 460.0, 368.0, 247.0]
  resolution: [752, 480]
cam2:
  T_cn_cnm1: [[1, 0, 0, -0.1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
  camera_model: pinhole
  distortion_coeffs: [0, 0, 0, 0]
  distortion_model: radtan
  intrinsics: [461, 460, 368, 247]
  resolution: [752, 480]
"""

COLMAP = """# Camera list with one line of data per camera:
#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]
4 PINHOLE 752 480 460.5 460.25 376.5 240.5
7 THIN_PRISM_FISHEYE 752 480 460 460 376 240 0.1 0.2 0 0 0.3 0.4 0 0
8 THIN_PRISM_FISHEYE 752 480 460 460 376 240 0.1 0.2 0.5 0 0.3 0.4 0 0.5
"""
IMAGES = """# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME
# POINTS2D[] as (X, Y, POINT3D_ID)
1 1 0 0 0 1 2 3 4 images/a 1.png
10 20 -1 30 40 5
2 1 0 0 0 0.5 2 3 4 images/b.png

3 1 0 0 0 0 0 0 7 c.png

4 1 0 0 0 -1 0 0 7 d.png
"""

OPENCV = """%YAML:1.0
---
image_width: 640
image_height: 480
M1: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 700., 0., 320., 0., 700., 240., 0., 0., 1. ]
D1: [ 0., 0., 0., 0. ]
M2: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 700., 0., 320., 0., 700., 240., 0., 0., 1. ]
D2: [ 0., 0., 0., 0. ]
R: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 1., 0., 0., 0., 1., 0., 0., 0., 1. ]
T: [ -0.12, 0., 0. ]
"""
