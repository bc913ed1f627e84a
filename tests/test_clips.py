"""Clips: from folders, KITTI's raw data, videos, and rendered ones."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stereo import io
from stereo.datasets import clips, synthetic
from stereo.geometry.calibration import Calibration
from stereo.geometry.rectified import StereoGeometry
from stereo.io.kitti_raw import KittiRawCalibration, write_kitti_raw_calib
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

FRAME = np.zeros((12, 16, 3), np.uint8)
K = np.array([[20.0, 0, 8], [0, 20, 6], [0, 0, 1]])


def test_the_first_view_is_that_of_the_pair() -> None:
    clip = clips.render(48, 36, frames=1, max_disp=8)
    pair = synthetic.render(48, 36, max_disp=8, color=True)
    np.testing.assert_array_equal(clip.left[0], pair.left)
    np.testing.assert_array_equal(clip.right[0], pair.right)
    assert clip.geometry is not None
    disparity = clip.geometry.focal_length * clip.geometry.baseline / clip.depth[0]
    np.testing.assert_allclose(disparity, pair.disparity, rtol=1e-5)


def test_depth_and_poses_explain_the_images() -> None:
    cv2 = pytest.importorskip("cv2")
    clip = clips.render(96, 64, frames=4, noise=0.0)
    first, other = 0, 3
    height, width = clip.depth[first].shape
    y, x = np.mgrid[:height, :width]
    rays = np.linalg.inv(clip.K) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    points = np.vstack([rays * clip.depth[first].ravel(), np.ones(x.size)])
    seen = np.linalg.inv(clip.poses[other]) @ clip.poses[first] @ points
    u, v, w = clip.K @ seen[:3]
    place = [(a / w).reshape(x.shape).astype(np.float32) for a in (u, v)]
    warped = cv2.remap(clip.left[other], *place, cv2.INTER_LINEAR).astype(int)
    before = np.abs(clip.left[other].astype(int) - clip.left[first])
    after = np.abs(warped - clip.left[first])
    assert np.median(after) <= 3
    assert np.median(after) < np.median(before) / 4


def test_a_pose_of_ones_own() -> None:
    pose = np.eye(4)
    pose[2, 3] = 0.5  # half a unit forward
    clip = clips.render(32, 24, poses=[np.eye(4), pose])
    assert len(clip) == 2
    middle = [depth[12, 16] for depth in clip.depth]
    assert middle[0] - middle[1] == pytest.approx(0.5, abs=0.1)


def test_the_same_seed_is_the_same_clip() -> None:
    one, same, other = (clips.render(32, 24, frames=2, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.left[1], same.left[1])
    assert (one.left[1] != other.left[1]).any()
    assert (one.left[0] != one.left[1]).any()


def test_folders(tmp_path: Path) -> None:
    for side in ("left", "right"):
        (tmp_path / side).mkdir()
        for k in range(3):
            io.write_image(tmp_path / side / f"{k}.png", FRAME + k)
        (tmp_path / side / "notes.txt").write_text("not an image")
    clip = clips.image_folder(tmp_path / "left", tmp_path / "right", K=K)
    assert len(clip) == 3
    assert [int(image[0, 0, 0]) for image in clip.left] == [0, 1, 2]
    assert [int(image.max()) for image in clip.left[1:]] == [1, 2]
    (tmp_path / "right" / "2.png").unlink()
    with pytest.raises(StereoFileError, match="3 images"):
        clips.image_folder(tmp_path / "left", tmp_path / "right")
    with pytest.raises(StereoFileError, match="no folder"):
        clips.image_folder(tmp_path / "middle")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("")
    with pytest.raises(StereoFileError, match="no image files"):
        clips.image_folder(tmp_path / "empty")


def test_kitti_raw(tmp_path: Path) -> None:
    geometry = StereoGeometry.from_doffs(20, 0.5, 8, 6, (16, 12))
    cameras = Calibration.from_rotation(K, [], K, [], np.eye(3), [-0.5, 0, 0], (16, 12))
    date = tmp_path / "2011_09_26"
    drive = date / "2011_09_26_drive_0001_sync"
    for k in (0, 1):
        place = drive / f"image_{k:02d}" / "data"
        place.mkdir(parents=True)
        io.write_image(place / "0000000000.png", FRAME + k)
    with pytest.raises(StereoFileError, match="calib_cam_to_cam"):
        clips.kitti_raw(drive, cameras=(0, 1))
    raw = KittiRawCalibration(cameras, geometry, np.eye(3), np.eye(3))
    write_kitti_raw_calib(date / "calib_cam_to_cam.txt", raw)
    clip = clips.kitti_raw(drive, cameras=(0, 1))
    assert clip.geometry is not None
    assert clip.geometry.baseline == pytest.approx(0.5)
    assert int(clip.right[0].max()) == 1


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cv2 = pytest.importorskip("cv2")
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no mp4")
    rng = np.random.default_rng(0)
    for k in range(30):
        frame = np.full((48, 64, 3), 8 * k, np.uint8)
        frame[:, :, 0] = rng.integers(0, 30)
        writer.write(frame)
    writer.release()
    return path


def test_video_frames_in_any_order(film: Path) -> None:
    clip = clips.video(film, K=K)
    assert len(clip) == 30
    in_order = [np.array(frame) for frame in clip.left]
    assert [abs(int(frame[0, 0, 0]) - 8 * k) < 6 for k, frame in enumerate(in_order)] == [True] * 30
    for k in (17, 3, 4, 29, 0, -1):
        np.testing.assert_array_equal(clip.left[k], in_order[k])
    again = pickle.loads(pickle.dumps(clip))
    np.testing.assert_array_equal(again.left[5], in_order[5])
    with pytest.raises(IndexError):
        clip.left[30]


def test_what_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StereoFileError, match="no video"):
        clips.video(path)


SIDEWAYS = np.eye(4)[[2, 1, 0, 3]] * [[-1], [1], [1], [1]]
WRONG = [
    ("no image", lambda: clips.Clip([]), StereoValueError),
    ("no sequence", lambda: clips.Clip(3), StereoTypeError),
    ("numbers differ", lambda: clips.Clip([FRAME], [FRAME] * 2), StereoValueError),
    ("no camera", lambda: clips.Clip([FRAME], K=np.eye(4)), StereoValueError),
    ("geometry", lambda: clips.Clip([FRAME], geometry=K), StereoTypeError),
    ("poses", lambda: clips.Clip([FRAME], poses=np.eye(4)), StereoValueError),
    ("number of poses", lambda: clips.Clip([FRAME], poses=[np.eye(4)] * 2), StereoValueError),
    ("no rotation", lambda: clips.Clip([FRAME], poses=[2 * np.eye(4)]), StereoValueError),
    ("frames", lambda: clips.render(frames=0), StereoValueError),
    ("travel", lambda: clips.render(32, 24, travel=2), StereoValueError),
    ("size", lambda: clips.render(0, 24), StereoValueError),
    ("max_disp", lambda: clips.render(32, 24, max_disp=0), StereoValueError),
    ("looks past", lambda: clips.render(32, 24, poses=[SIDEWAYS]), StereoValueError),
    ("missing video", lambda: clips.video("none.mp4"), StereoFileError),
    ("missing drive", lambda: clips.kitti_raw("none"), StereoFileError),
]


@pytest.mark.parametrize(("call", "error"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_input_is_refused(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
