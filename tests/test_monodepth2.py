"""Monodepth2: networks, geometry and loss against published numbers and NumPy."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import optional
from golden import Golden

from stereo.types import StereoFileError, StereoTypeError, StereoValueError

torch = optional("torch", "torch")
monodepth2 = importlib.import_module("stereo.models.monodepth2")
warping = importlib.import_module("stereo.train.warping")
reprojection = importlib.import_module("stereo.train.reprojection")

SIZE = (64, 96)


def camera(dtype: Any = torch.float32) -> Any:
    h, w = SIZE
    rows = [[0.58 * w, 0, 0.5 * w], [0, 1.92 * h, 0.5 * h], [0, 0, 1]]
    return torch.tensor(rows, dtype=dtype)[None]


def test_depth_network_golden(golden: Golden) -> None:
    network = golden.fill(monodepth2.DepthNetwork(), "monodepth2/depth_net")
    with torch.no_grad():
        found = network(torch.from_numpy(golden.weights.image("mono/target", 96, 160)))
    golden.assert_close("monodepth2/depth_net", **{f"disp_{k}": d for k, d in enumerate(found)})


def test_pose_network_golden(golden: Golden) -> None:
    network = golden.fill(monodepth2.PoseNetwork(), "monodepth2/pose_net")
    frames = [golden.weights.image(f"mono/{name}", 96, 160) for name in ("target", "next")]
    with torch.no_grad():
        axis_angle, translation = network(torch.from_numpy(np.concatenate(frames, axis=1)))
    golden.assert_close("monodepth2/pose_net", axisangle=axis_angle, translation=translation)


def test_geometry_goldens(golden: Golden) -> None:
    gauss, field = golden.weights.gauss, golden.weights.field
    sigmoid = torch.from_numpy(field("mono/disp", (2, 1, 6, 8)))
    inverse, depth = monodepth2.disparity_to_depth(sigmoid, 0.1, 100)
    golden.assert_close("monodepth2/ops", disp_to_depth_disp=inverse, disp_to_depth_depth=depth)

    angles = gauss("mono/aa", (3, 1, 3), 0.3)
    angles[2] *= np.float32(1e-4)
    pose = torch.from_numpy(angles[:, 0]), torch.from_numpy(gauss("mono/t", (3, 1, 3), 0.5)[:, 0])
    golden.assert_close(
        "monodepth2/ops",
        pose_matrix_invert_0=warping.pose_matrix(*pose),
        pose_matrix_invert_1=warping.pose_matrix(*pose, invert=True),
    )

    K = camera().expand(2, 3, 3)
    points = warping.back_project(torch.from_numpy(field("mono/depth", (2, 1, 64, 96), 1, 20)), K)
    motion = warping.pose_matrix(
        torch.from_numpy(gauss("mono/aa2", (2, 1, 3), 0.02)[:, 0]),
        torch.from_numpy(gauss("mono/t2", (2, 1, 3), 0.2)[:, 0]),
    )
    homogeneous = torch.cat([points, torch.ones(2, 1, *SIZE)], dim=1)
    golden.assert_close(
        "monodepth2/ops",
        backproject=homogeneous[..., ::4, ::4],
        project_matrix=motion,
        project=warping.project(points, K, motion)[:, ::4, ::4],
    )


def golden_frames(golden: Golden) -> dict[int, Any]:
    colour, gauss = golden.weights.colour, golden.weights.gauss
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]].astype(np.float64)
    move = 2.5 * np.clip((x - 24) / 8, 0, 1)
    views = {0: (x, y), -1: (x + move, y), 1: (x - move, y + 0.2 * move)}
    frames = {}
    for k, (u, v) in views.items():
        noisy = colour("mono/seq", u, v) + gauss(f"mono/seq/noise{k}", (3, *SIZE), 0.02)
        frames[k] = torch.from_numpy(noisy.astype(np.float32))[None].double()
    return frames


def golden_disparity(golden: Golden, scale: int) -> Any:
    y, x = np.mgrid[0 : SIZE[0] >> scale, 0 : SIZE[1] >> scale].astype(np.float64)
    wave = golden.weights.texture(f"mono/seq/disp{scale}", x * 2**scale, y * 2**scale)
    found = (0.02 + 0.12 / (1 + np.exp(-wave))).astype(np.float32)
    return torch.from_numpy(found)[None, None].double().requires_grad_()


@pytest.mark.parametrize("align_corners", [True, False])
def test_loss_golden(golden: Golden, align_corners: bool) -> None:
    # In float64: in float32 the rounding of the inverse of K alone puts some samples on the other
    # side of a pixel's centre, where the derivative jumps.
    frames, K = golden_frames(golden), camera(torch.float32).double()
    disparities = [golden_disparity(golden, scale) for scale in range(4)]
    angle = torch.tensor([[0.002, -0.004, 0.001]], dtype=torch.float64)
    ways = [
        torch.tensor([[-0.1, 0.01, 0.02]], dtype=torch.float64, requires_grad=True) for _ in "ab"
    ]
    sources = [
        reprojection.Source(frames[k], K, warping.pose_matrix(angle, way, invert=k < 0))
        for k, way in zip((-1, 1), ways, strict=True)
    ]
    found = reprojection.explain(frames[0], K, disparities, sources, align_corners=align_corners)
    found.loss.backward()
    name = f"align_corners_{str(align_corners).lower()}"
    outputs = {f"mask_{k}": scale.warped[:, 0] for k, scale in enumerate(found.scales)}
    outputs |= {f"grad_disp_{k}": d.grad for k, d in enumerate(disparities)}
    outputs["grad_disp_0"] = outputs["grad_disp_0"][..., ::2, ::2]
    outputs["losses"] = torch.stack([found.loss, *found.losses])
    outputs["grad_translation"] = torch.stack([way.grad for way in ways], dim=1)
    for k, warped in zip((-1, 1), found.warped, strict=True):
        outputs[f"warped_frame{k}_scale0"] = warped[..., ::2, ::2]
    golden.assert_close(
        "monodepth2/photometric_loss",
        **{f"{name}/{key}": value.detach() for key, value in outputs.items()},
    )


def test_projection_equals_numpy() -> None:
    rng = np.random.default_rng(0)
    K = np.array([[50.0, 0, 20], [0, 60, 15], [0, 0, 1]])
    depth = rng.uniform(2, 5, (24, 32))
    vector, t = np.array([0.1, -0.2, 0.05]), np.array([0.3, 0.1, -0.2])
    pose = warping.pose_matrix(*(torch.from_numpy(v)[None] for v in (vector, t)))
    cv2 = optional("cv2", "opencv")
    R, _ = cv2.Rodrigues(vector)
    np.testing.assert_allclose(pose[0, :3, :3], R, atol=1e-6)

    y, x = np.mgrid[0:24, 0:32]
    rays = np.linalg.inv(K) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    seen = K @ (R @ (rays * depth.ravel()) + t[:, None])
    expected = (seen[:2] / seen[2]).reshape(2, 24, 32)
    tensor_K = torch.from_numpy(K)[None]
    points = warping.back_project(torch.from_numpy(depth)[None, None], tensor_K)
    grid = warping.project(points, tensor_K, pose)[0]
    found = (grid.numpy() + 1) / 2 * [31, 23]
    np.testing.assert_allclose(found, np.moveaxis(expected, 0, -1), atol=1e-4)


def test_no_rotation_has_a_gradient() -> None:
    vector = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    warping.pose_matrix(vector, torch.ones(1, 3, dtype=torch.float64)).sum().backward()
    assert vector.grad.isfinite().all()


def test_prediction_keeps_the_model_as_it_is() -> None:
    torch.manual_seed(0)
    model = monodepth2.Monodepth2(width=8, min_depth=0.5, max_depth=20).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3)).astype(np.uint8)
    depth = model.predict(image, size=(96, 64))
    assert depth.shape == (50, 70)
    assert depth.dtype == np.float32
    assert depth.min() >= 0.5
    assert depth.max() <= 20
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_published_weights_are_read(tmp_path: Path) -> None:
    published = importlib.import_module("stereo.models.monodepth2_published")
    torch.manual_seed(0)
    model = monodepth2.Monodepth2()
    parts = {
        "encoder": model.depth_network.encoder,
        "depth": model.depth_network.depth,
        "pose_encoder": model.pose_network.pose_encoder,
        "pose": model.pose_network.pose,
    }
    for name, part in parts.items():
        state = dict(part.state_dict())
        if name == "encoder":
            state |= {"height": 192, "width": 640, "use_stereo": False}
        torch.save(state, tmp_path / f"{name}.pth")
    found = published.read_published(tmp_path)
    assert not found.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, found.state_dict()[name]), name
    (tmp_path / "pose_encoder.pth").unlink()
    with pytest.raises(StereoFileError, match="non-commercial"):
        published.read_published(tmp_path)
    (tmp_path / "pose.pth").unlink()
    assert published.read_published(tmp_path).depth_network.encoder is not None
    torch.save(parts["depth"].state_dict(), tmp_path / "encoder.pth")
    with pytest.raises(StereoFileError, match="does not fit"):
        published.read_published(tmp_path)


NARROW = monodepth2.Monodepth2(width=4)
BATCH = torch.zeros(1, 3, 64, 64)
WRONG = [
    ("odd width", lambda: monodepth2.DepthNetwork(width=6), StereoValueError),
    ("text width", lambda: monodepth2.DepthNetwork(width="4"), StereoTypeError),
    ("range", lambda: monodepth2.Monodepth2(4, min_depth=2, max_depth=1), StereoValueError),
    ("size of images", lambda: NARROW.depth_network(torch.zeros(1, 3, 60, 64)), StereoValueError),
    ("small images", lambda: NARROW.depth_network(torch.zeros(1, 3, 32, 64)), StereoValueError),
    ("channels", lambda: NARROW.pose_network(BATCH), StereoValueError),
    ("bytes", lambda: NARROW.depth_network(BATCH.byte()), StereoTypeError),
    ("gray", lambda: NARROW.predict(np.zeros((9, 9), np.uint8), size=(64, 64)), StereoTypeError),
    (
        "size",
        lambda: NARROW.predict(np.zeros((9, 9, 3), np.uint8), size=(64, 50)),
        StereoValueError,
    ),
    ("K", lambda: warping.back_project(BATCH[:, :1], torch.eye(4)[None]), StereoValueError),
    ("pose", lambda: warping.pose_matrix(torch.zeros(3), torch.zeros(3)), StereoValueError),
    ("grid", lambda: warping.sample(BATCH, torch.zeros(1, 4, 4, 3)), StereoValueError),
    ("no source", lambda: reprojection.explain(BATCH, camera(), [BATCH], []), StereoValueError),
]


@pytest.mark.parametrize(("call", "error"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_input_is_refused(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
