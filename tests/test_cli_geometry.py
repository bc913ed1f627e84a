"""The commands between cameras and metres: what they write, say and return."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cameras
import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stereo
from stereo import geometry, io
from stereo.cli import main
from stereo.datasets import synthetic
from stereo.geometry import Calibration, StereoGeometry
from stereo.types import StereoError

Run = Callable[..., tuple[int, str, str]]

SIZE = WIDTH, HEIGHT = 240, 180
PAIR = synthetic.render(WIDTH, HEIGHT, color=True, max_disp=32, seed=4)
GEOMETRY = StereoGeometry.from_doffs(260, 0.12, 119.5, 89.5, SIZE)
MATCHING = ("--max-disp", "32", "--no-check")
MATCHER = stereo.SGM(32)


def raw_cameras() -> Calibration:
    """Return cameras whose right one is turned a little; the left one is as rectified."""
    R = cv2.Rodrigues(np.array([0.012, 0.02, -0.015]))[0]
    K = GEOMETRY.K_left
    return Calibration.from_rotation(K, [], K, [], R, R @ [-0.12, 0, 0], SIZE)


def raw_right() -> npt.NDArray[np.uint8]:
    """Return what the turned right camera sees."""
    K = GEOMETRY.K_left
    turned = K @ raw_cameras().R @ np.linalg.inv(K)
    image: npt.NDArray[np.uint8] = cv2.warpPerspective(PAIR.right, turned, SIZE)
    return image


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with a rectified pair, a raw pair, and their calibrations."""
    monkeypatch.chdir(tmp_path)
    io.write_image("left.png", PAIR.left)
    io.write_image("right.png", PAIR.right)
    io.write_image("raw.png", raw_right())
    io.write_calibration("calib.txt", GEOMETRY)
    io.write_calibration("raw.yml", raw_cameras())
    io.write_npz("d.npz", disparity(), GEOMETRY)
    io.write_disparity("d.pfm", disparity())
    io.write_npy("c.npy", MATCHER.match(PAIR.left, PAIR.right).confidence)
    return tmp_path


def disparity() -> npt.NDArray[np.float32]:
    return MATCHER.compute(PAIR.left, PAIR.right)


def assert_one_line(err: str, start: str = "stereo: error: ") -> None:
    assert err.startswith(start)
    assert err.count("\n") == 1
    assert err.endswith("\n")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- depth ---


@pytest.mark.parametrize(
    ("name", "error"), [("z.pfm", 0), ("z.npy", 0), ("z.tif", 0), ("z.png", 0.5e-3)]
)
@pytest.mark.parametrize("source", [("d.pfm", "--calib", "calib.txt"), ("d.npz",)])
def test_depth_in_every_format(
    folder: Path, run: Run, source: tuple[str, ...], name: str, error: float
) -> None:
    code, out, err = run("depth", *source, "-o", name, "--max-depth", 60)
    assert (code, err) == (0, "")
    metres = stereo.depth(disparity(), GEOMETRY)
    metres[metres > 60] = np.nan
    found = io.read_depth(name)
    assert np.array_equal(np.isnan(found), np.isnan(metres))
    assert np.nanmax(np.abs(found - metres)) <= error * 1.001
    assert out.startswith(f"{name}: 240x180, ")
    assert f"median {np.nanmedian(metres):.3f} m" in out


def test_depth_with_its_uncertainty(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("depth", "d.npz", "-o", "z.npy", "--uncertainty", "s.npy", "--sigma", 0.25, "-q"),
        *("--min-depth", 2),
    )
    assert (code, out, err) == (0, "", "")
    metres, spread = io.read_depth("z.npy"), io.read_depth("s.npy")
    assert np.nanmin(metres) >= 2
    expected = geometry.depth_uncertainty(disparity(), GEOMETRY, 0.25)
    np.testing.assert_array_equal(spread, np.where(np.isnan(metres), np.nan, expected))


def test_depth_scale_is_that_of_the_file(folder: Path, run: Run) -> None:
    assert run("depth", "d.npz", "-o", "z.png", "--depth-scale", 256, "-q") == (0, "", "")
    found = io.read_depth("z.png", depth_scale=256)
    np.testing.assert_allclose(found, stereo.depth(disparity(), GEOMETRY), atol=0.51 / 256)


def test_a_map_without_depth_is_said_to_be_so(folder: Path, run: Run) -> None:
    io.write_npz("d.npz", np.full((HEIGHT, WIDTH), np.nan), GEOMETRY)
    code, out, _ = run("depth", "d.npz", "-o", "z.npy")
    assert (code, out) == (0, "z.npy: 240x180, no depth is known\n")


# --- cloud ---


def test_cloud_with_colours_limits_and_a_preview(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("cloud", "d.pfm", "--calib", "calib.txt", "--colors", "left.png", "-o", "c.ply"),
        *("--min-depth", 1, "--max-depth", 5, "--preview", "p.png"),
        *("--confidence", "c.npy", "--min-confidence", 0.2),
    )
    assert (code, err) == (0, "")
    expected = stereo.points(
        disparity(),
        GEOMETRY,
        PAIR.left,
        min_depth=1,
        max_depth=5,
        confidence=io.read_npy("c.npy"),
        min_confidence=0.2,
    )
    assert 0 < len(expected.xyz) < WIDTH * HEIGHT
    found = io.read_ply("c.ply")
    assert np.array_equal(found.xyz, expected.xyz)
    assert np.array_equal(found.colors, expected.colors)
    assert found.normals is None
    assert out == f"c.ply: {len(expected.xyz)} points\n"
    assert io.read_image("p.png").shape == (600, 1200, 3)


def test_cloud_without_colours_as_text(folder: Path, run: Run) -> None:
    assert run("cloud", "d.npz", "-o", "c.ply", "--ascii", "-q") == (0, "", "")
    assert Path("c.ply").read_bytes().startswith(b"ply\nformat ascii")
    found = io.read_ply("c.ply")
    assert np.array_equal(found.xyz, stereo.points(disparity(), GEOMETRY).xyz)
    assert found.colors is None


def test_cloud_with_normals(folder: Path, run: Run) -> None:
    assert run("cloud", "d.npz", "-o", "c.ply", "--normals", "-q", "--max-depth", 6)[0] == 0
    found = io.read_ply("c.ply")
    assert found.normals is not None
    organised = geometry.organised_points(disparity(), GEOMETRY, max_depth=6)
    expected = geometry.normals(organised)[~np.isnan(organised[:, :, 2])]
    np.testing.assert_array_equal(found.normals, expected)
    assert np.isfinite(expected).all(axis=1).mean() > 0.9


def test_cloud_of_voxels(folder: Path, run: Run) -> None:
    arguments = ("cloud", "d.npz", "-o", "c.ply", "--colors", "left.png", "--voxel", 0.1)
    assert run(*arguments, "--max-depth", 10)[0] == 0
    cloud = stereo.points(disparity(), GEOMETRY, PAIR.left, max_depth=10)
    expected = geometry.voxel_thinned(cloud, 0.1)
    assert np.array_equal(io.read_ply("c.ply").xyz, expected.xyz)


def test_colours_of_16_bits_become_8(folder: Path, run: Run) -> None:
    io.write_image("deep.png", PAIR.left.astype(np.uint16) * 257)
    assert run("cloud", "d.npz", "-o", "c.ply", "--colors", "deep.png")[0] == 0
    expected = stereo.points(disparity(), GEOMETRY, PAIR.left).colors
    assert np.array_equal(io.read_ply("c.ply").colors, expected)


# --- match, with a calibration ---


def test_from_raw_images_to_points_in_one_call(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("match", "left.png", "raw.png", "--calib", "raw.yml", "--cloud", "c.ply"),
        *("--depth", "z.npy", "-o", "d2.npz", "-o", "d2.pfm", *MATCHING),
    )
    assert (code, err) == (0, "")
    assert out.startswith("left.png: 240x180, ")
    rectification = geometry.rectify(raw_cameras())
    left, right = rectification.apply(PAIR.left, raw_right())
    expected = MATCHER.compute(left, right)
    known, of_file = io.read_npz("d2.npz")
    assert np.array_equal(known, expected, equal_nan=True)
    assert np.array_equal(io.read_pfm("d2.pfm"), expected, equal_nan=True)
    assert of_file.baseline == pytest.approx(0.12)
    rectified = rectification.calibration
    np.testing.assert_allclose(io.read_depth("z.npy"), stereo.depth(expected, rectified), rtol=1e-6)
    cloud = stereo.points(expected, rectified, left)
    found = io.read_ply("c.ply")
    np.testing.assert_allclose(found.xyz, cloud.xyz, rtol=1e-5, atol=1e-6)
    assert np.array_equal(found.colors, cloud.colors)
    # The same scene as the rectified pair shows, within the accuracy of the disparities.
    truth = GEOMETRY.focal_length * GEOMETRY.baseline / np.median(PAIR.disparity)
    assert np.median(found.xyz[:, 2]) == pytest.approx(truth, rel=0.1)


def test_a_rectified_calibration_is_used_as_it_is(folder: Path, run: Run) -> None:
    code, _, err = run(
        *("match", "left.png", "right.png", "--calib", "calib.txt", "--depth", "z.npy"),
        *("--cloud", "c.ply", "--min-depth", 1, "--max-depth", 4, *MATCHING, "-q"),
    )
    assert (code, err) == (0, "")
    cloud = stereo.points(disparity(), GEOMETRY, PAIR.left, min_depth=1, max_depth=4)
    assert np.array_equal(io.read_ply("c.ply").xyz, cloud.xyz)
    metres = io.read_depth("z.npy")
    assert np.count_nonzero(~np.isnan(metres)) == len(cloud.xyz)


def test_empty_parts_of_rectified_images_have_no_disparity(folder: Path, run: Run) -> None:
    code, _, err = run(
        *("match", "left.png", "raw.png", "--calib", "raw.yml", "--alpha", 1, "-o", "d.npz"),
        *("--confidence", "c.npy", "--right-disparity", "r.npy", "--lr-max-diff", "none"),
        *("--uniqueness", 0, *MATCHING),
    )
    assert (code, err) == (0, "")
    rectification = geometry.rectify(raw_cameras(), alpha=1)
    assert not rectification.valid_left.all()
    assert np.isnan(io.read_npz("d.npz")[0][~rectification.valid_left]).all()
    assert np.isnan(io.read_npy("r.npy")[~rectification.valid_right]).all()
    assert (io.read_npy("c.npy")[~rectification.valid_left] == 0).all()


def test_a_sequence_of_raw_pairs(folder: Path, run: Run) -> None:
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        for k in range(2):
            io.write_image(folder / side / f"{k}.png", image)
    code, out, err = run(
        *("match", "l", "r", "--calib", "raw.yml", "--cloud", "{stem}.ply", *MATCHING)
    )
    assert (code, err) == (0, "")
    assert out.count("\n") == 2
    assert Path("0.ply").read_bytes() == Path("1.ply").read_bytes()


# --- match looks at the pair ---


def test_match_says_nothing_of_a_rectified_pair(folder: Path, run: Run) -> None:
    code, _, err = run("match", "left.png", "right.png", "-o", "d.npy", "--max-disp", 32)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_match_warns_of_an_unrectified_pair(folder: Path, run: Run, quiet: tuple[str, ...]) -> None:
    arguments = ("match", "left.png", "raw.png", "-o", "d2.npy", "--max-disp", 32, *quiet)
    code, _, err = run(*arguments)
    assert code == 0
    assert Path("d2.npy").exists()
    assert err.startswith("stereo: warning: left.png and raw.png: ")
    assert "px" in err
    assert run(*arguments, "--no-check")[::2] == (0, "")


def test_match_warns_of_a_swapped_pair(folder: Path, run: Run) -> None:
    code, _, err = run("match", "right.png", "left.png", "-o", "d2.npy", "--max-disp", 32)
    assert code == 0
    assert err.startswith("stereo: warning: right.png and left.png: ")
    assert "swapped" in err


def test_match_looks_at_what_it_matches_and_once(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    real = geometry.check_rectification
    monkeypatch.setattr(
        geometry,
        "check_rectification",
        lambda *pair, **options: looked.append(pair) or real(*pair, **options),
    )
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        for k in range(2):
            io.write_image(folder / side / f"{k}.png", image)
    code, _, err = run("match", "l", "r", "--calib", "raw.yml", "-o", "{stem}.npy")
    assert (code, err) == (0, "")
    ((left, _),) = looked
    assert np.array_equal(left, geometry.rectify(raw_cameras()).apply(PAIR.left, raw_right())[0])


def test_match_looks_on_until_there_are_features(folder: Path, run: Run) -> None:
    for side, image in (("l", PAIR.left), ("r", raw_right())):
        (folder / side).mkdir()
        io.write_image(folder / side / "0.png", np.full_like(image, 99))
        io.write_image(folder / side / "1.png", image)
    code, _, err = run("match", "l", "r", "-o", "{stem}.npy", "--max-disp", 32)
    assert code == 0
    assert all(line.startswith("stereo: warning: l/1.png and ") for line in err.splitlines())
    assert err != ""


def test_check_of_images_without_features(folder: Path, run: Run) -> None:
    io.write_image("flat.png", np.full((HEIGHT, WIDTH), 99, np.uint8))
    code, out, err = run("check", "flat.png", "flat.png")
    assert (code, err) == (3, "")
    assert out.count("\n") == 1
    assert "0 features" in out


@pytest.mark.parametrize("kind", [StereoError, cv2.error])
def test_a_check_that_fails_is_a_warning(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise kind("no features today")

    monkeypatch.setattr(geometry, "check_rectification", fail)
    code, out, err = run("match", "left.png", "right.png", "-o", "d2.npy", "--max-disp", 32)
    assert (code, out[:8]) == (0, "left.png")
    assert_one_line(err, "stereo: warning: ")
    assert "can't be checked: no features today" in err
    assert Path("d2.npy").exists()


# --- check ---


def test_check_of_a_rectified_pair(folder: Path, run: Run) -> None:
    code, out, err = run("check", "left.png", "right.png", "--picture", "p.png")
    assert (code, err) == (0, "")
    found = geometry.check_rectification(PAIR.left, PAIR.right)
    assert f"{found.vertical_rms:.2f} px RMS" in out
    assert f"{found.matches} matches" in out
    expected = geometry.epipolar_picture(PAIR.left, PAIR.right)
    assert np.array_equal(io.read_image("p.png"), expected)
    assert run("check", "left.png", "right.png", "-q") == (0, "", "")


@pytest.mark.parametrize("pair", [("left.png", "raw.png"), ("right.png", "left.png")])
def test_check_returns_3_where_there_is_a_problem(
    folder: Path, run: Run, pair: tuple[str, str]
) -> None:
    code, out, err = run("check", *pair, "-q")
    assert (code, err) == (3, "")
    assert out.startswith(f"{pair[0]}: ")


# --- rectify ---


def test_rectify_writes_pairs_and_their_calibration(folder: Path, run: Run) -> None:
    code, out, err = run(
        *("rectify", "raw.yml", "left.png", "raw.png", "-o", "out", "--picture", "p.png"),
        *("--alpha", 0.5, "--size", "300x200", "--method", "fusiello"),
    )
    assert (code, err) == (0, "")
    assert out.startswith("out: 1 pair of 300x200, focal length ")
    expected = geometry.rectify(raw_cameras(), alpha=0.5, image_size=(300, 200), method="fusiello")
    left, right = expected.apply(PAIR.left, raw_right())
    assert np.array_equal(io.read_image("out/left/left.png"), left)
    assert np.array_equal(io.read_image("out/right/raw.png"), right)
    found = io.read_calibration("out/calibration.yml")
    assert isinstance(found, StereoGeometry)
    assert found.image_size == (300, 200)
    assert found.focal_length == pytest.approx(expected.calibration.focal_length)
    assert io.read_image("p.png").shape == (200, 608, 3)


def test_what_rectify_writes_can_be_matched(folder: Path, run: Run) -> None:
    assert run("rectify", "raw.yml", "left.png", "raw.png", "-o", "out", "-q") == (0, "", "")
    rectified = ("out/left/left.png", "out/right/raw.png", "--calib", "out/calibration.yml")
    assert run("match", *rectified, "--cloud", "a.ply", *MATCHING)[0] == 0
    raw = ("left.png", "raw.png", "--calib", "raw.yml")
    assert run("match", *raw, "--cloud", "b.ply", *MATCHING)[0] == 0
    one, other = io.read_ply("a.ply"), io.read_ply("b.ply")
    np.testing.assert_allclose(one.xyz, other.xyz, rtol=1e-5, atol=1e-6)


def test_swapped_cameras_keep_the_names_of_their_images(folder: Path, run: Run) -> None:
    io.write_calibration("swapped.yml", raw_cameras().swapped())
    code, _, err = run("rectify", "swapped.yml", "raw.png", "left.png", "-o", "out")
    assert code == 0
    assert_one_line(err, "stereo: warning: ")
    assert "swapped" in err
    left, right = geometry.rectify(raw_cameras()).apply(PAIR.left, raw_right())
    for path, expected in (("out/left/left.png", left), ("out/right/raw.png", right)):
        difference = io.read_image(path).astype(int) - expected
        assert np.abs(difference).mean() < 0.5


def test_rectify_without_a_calibration(folder: Path, run: Run) -> None:
    code, out, err = run("rectify", "-", "left.png", "raw.png", "-o", "out")
    assert (code, err) == (0, "")
    assert "no metric scale" in out
    assert run("rectify", "-", "left.png", "raw.png", "-o", "other", "--method", "magic")[0] == 1
    assert not Path("out/calibration.yml").exists()
    images = [io.read_image(path) for path in ("out/left/left.png", "out/right/raw.png")]
    assert geometry.check_rectification(*images).vertical_median < 0.5


# --- calibrate ---

BOARD = geometry.Chessboard(7, 5, square=0.08)


KNOWN = cameras.pinhole((320, 240), distortion_left=[], distortion_right=[])


def board_image(left_from_board: npt.NDArray[np.float64], side: str) -> npt.NDArray[np.uint8]:
    """Return what one of the cameras, which have no distortion, sees of the board."""
    picture, pixel_from_board = cameras.board_picture(BOARD)
    camera_from_left = np.eye(4) if side == "left" else KNOWN.right_from_left
    plane = (camera_from_left @ left_from_board)[:3, [0, 1, 3]]
    double = np.array([[4, 0, 1.5], [0, 4, 1.5], [0, 0, 1]])  # 4 x 4 samples a pixel
    mapped = double @ getattr(KNOWN, f"K_{side}") @ plane @ np.linalg.inv(pixel_from_board)
    large = cv2.warpPerspective(picture, mapped, (4 * 320, 4 * 240), borderValue=128.0)
    image: npt.NDArray[np.uint8] = cv2.resize(large, (320, 240), interpolation=cv2.INTER_AREA)
    return image


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with images of a board, of which the last pair shows none."""
    folder = tmp_path_factory.mktemp("boards")
    for side in ("left", "right"):
        (folder / side).mkdir()
        for k, pose in enumerate(cameras.poses(BOARD, 6, seed=3, near=1.6)):
            io.write_image(folder / side / f"{side}{k}.png", board_image(pose, side))
        io.write_image(folder / side / f"{side}9.png", np.full((240, 320), 128, np.uint8))
    return folder


def test_calibrate_writes_calibration_report_and_coverage(
    boards: Path, folder: Path, run: Run
) -> None:
    code, out, err = run(
        *("calibrate", boards / "left", boards / "right", "--board", "7x5", "--square", 0.08),
        *("-o", "cal.yml", "--report", "report.html", "--coverage", "cov.png"),
    )
    assert code == 0
    assert all(line.startswith("stereo: warning: ") for line in err.splitlines())
    assert "left9.png" in err
    found = io.read_calibration("cal.yml")
    assert isinstance(found, Calibration)
    assert found.baseline == pytest.approx(KNOWN.baseline, rel=0.02)
    assert found.reprojection_error < 0.5
    assert f"baseline {found.baseline:.5g} m" in out
    assert "left9.png" in out
    assert "left9.png" in Path("report.html").read_text("utf-8")
    assert io.read_image("cov.png").ndim == 3


def test_calibrate_pairs_by_number_and_uses_views_without_a_partner(
    boards: Path, folder: Path, run: Run
) -> None:
    for side, missing in (("left", 1), ("right", 4)):
        (folder / side).mkdir()
        for k in range(6):
            if k != missing:
                image = io.read_image(boards / side / f"{side}{k}.png")
                io.write_image(folder / side / f"{side}{k}.png", image)
    code, out, _ = run(
        *("calibrate", "left", "right", "--board", "7x5", "--square", 0.08, "-o", "cal.yml")
    )
    assert code == 0
    assert out.count(" used") == 4
    assert out.count("right only") == out.count("left only") == 1
    found = io.read_calibration("cal.yml")
    assert isinstance(found, Calibration)
    assert found.baseline == pytest.approx(KNOWN.baseline, rel=0.02)


@pytest.mark.parametrize(
    "pairs",
    [
        [("a1.png", None), ("a2.png", "b2.png"), (None, "b3.png"), ("a10.png", "b10.png")],
        [("left-1-07.png", "right-2-7.jpg")],
        [("a1.png", "b5.png"), ("a2.png", "b6.png")],  # no number in common: in order
        [("a.png", "c.png"), ("b.png", "d.png")],
        [("1a.png", "1c.png"), ("1b.png", "1d.png")],  # a number twice: in order
    ],
)
def test_boards_are_paired_by_number_or_else_in_order(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    from stereo.cli.calibrate import paired

    sides = [sorted(name for name in side if name) for side in zip(*pairs, strict=True)]
    assert list(zip(*paired(*sides), strict=True)) == pairs


def test_calibrate_without_boards_names_the_images(boards: Path, folder: Path, run: Run) -> None:
    before = contents(folder)
    code, out, err = run(
        *("calibrate", boards / "left" / "left9.png", boards / "right" / "right9.png"),
        *("--board", "7x5", "--square", 0.08, "-o", "cal.yml", "--report", "report.html"),
    )
    assert (code, out) == (1, "")
    assert_one_line(err)
    assert "left9.png" in err
    assert contents(folder) == before


# --- mistakes ---

CALIBRATE = "calibrate left.png right.png --square 0.03 -o cal.yml"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("depth d.pfm -o z.npy", 2, ["--calib", "d.pfm"]),
        ("depth d.npz --calib calib.txt -o z.npy", 2, ["d.npz", "of its own"]),
        ("depth d.xyz --calib calib.txt -o z.npy", 2, ["d.xyz", ".pfm"]),
        ("depth missing.pfm --calib calib.txt -o z.npy", 1, ["missing.pfm"]),
        ("depth d.pfm --calib missing.txt -o z.npy", 1, ["missing.txt"]),
        ("depth d.pfm --calib raw.yml -o z.npy", 1, ["raw.yml", "raw cameras", "rectify"]),
        ("depth d.pfm --calib small.txt -o z.npy", 1, ["240", "180", "120", "90"]),
        ("depth d.npz -o z.jpg", 2, ["z.jpg", ".pfm"]),
        ("depth d.npz -o nowhere/z.npy", 1, ["no folder", "nowhere"]),
        ("depth d.npz -o d.npz", 2, ["d.npz", ".npy"]),
        ("depth d.npz -o z.npy --depth-scale 5000", 2, ["--depth-scale", ".png"]),
        ("depth d.npz -o z.npy --sigma 0.2", 2, ["--uncertainty", "--sigma"]),
        ("depth d.npz -o z.npy --uncertainty z.npy --sigma 0.2", 1, ["two outputs"]),
        ("depth d.npz -o z.npy --min-depth 5 --max-depth 2", 1, ["d.npz", "min_depth = 5"]),
        ("depth d.npz -o z.png --depth-scale 60000", 1, ["z.png", "60000", "--max-depth"]),
        ("cloud d.npz -o c.xyz", 2, ["c.xyz", ".ply"]),
        ("cloud d.npz -o c.ply --preview p.txt", 2, ["--preview", "p.txt"]),
        ("cloud d.npz -o c.ply --voxel 0.1 --normals", 2, ["--voxel"]),
        ("cloud d.npz -o c.ply --voxel 0", 1, ["size = 0"]),
        ("cloud d.npz -o c.ply --colors small.png", 1, ["120 x 90", "240 x 180"]),
        ("cloud d.npz -o c.ply --min-confidence 0.5", 1, ["confidence"]),
        ("cloud d.npz -o c.ply --max-depth 0.001 --preview p.png", 1, ["no points"]),
        ("cloud d.npz -o d.npz", 2, [".ply"]),
        ("match left.png raw.png --calib raw.yml", 2, ["--output", "--cloud"]),
        ("match left.png raw.png --cloud c.ply", 2, ["--cloud", "--calib"]),
        ("match left.png raw.png --depth z.npy", 2, ["--depth", "--calib"]),
        ("match left.png raw.png -o d2.npz", 2, ["--output", "--calib"]),
        ("match left.png right.png --calib raw.yml --cloud c.npy", 2, ["--cloud", ".ply"]),
        ("match left.png right.png --calib raw.yml --depth z.jpg", 2, ["--depth", ".pfm"]),
        ("match left.png right.png -o d2.npy --max-depth 5", 2, ["--max-depth", "--cloud"]),
        ("match left.png right.png -o d2.npy --alpha 1", 2, ["--alpha", "--calib"]),
        ("match left.png right.png -o d2.npy --rectified", 2, ["--rectified", "--calib"]),
        ("match left.png right.png -o d2.npy --calib calib.txt --alpha 1", 2, ["--alpha"]),
        ("match left.png raw.png -o d2.npy --calib raw.yml --rectified", 1, ["raw.yml"]),
        ("match left.png raw.png -o d2.npy --calib raw.yml --alpha 2", 1, ["alpha = 2"]),
        ("match small.png small.png --calib calib.txt --cloud c.ply", 1, ["120", "240"]),
        ("match left.png right.png --calib calib.txt --depth calib.txt", 2, ["calib.txt"]),
        ("match left.png right.png --calib calib.npy --depth calib.npy", 1, ["calib.npy"]),
        ("rectify calib.txt left.png right.png -o out", 1, ["calib.txt", "rectified already"]),
        ("rectify raw.yml small.png small.png -o out", 1, ["120", "240"]),
        ("rectify raw.yml left.png raw.png -o out --size 10", 2, ["--size", "640x480"]),
        ("rectify raw.yml left.png raw.png -o out --method magic", 1, ["magic", "fusiello"]),
        ("rectify raw.yml left.png raw.png -o out --alpha -1", 1, ["alpha = -1"]),
        ("rectify - left.png raw.png -o out --alpha 1", 2, ["--alpha", "calibration"]),
        ("rectify raw.yml left.png raw.png -o calib.txt", 1, ["calib.txt"]),
        ("check left.png", 2, ["RIGHT"]),
        ("check left.png small.png", 1, ["240 x 180", "120 x 90"]),
        ("check left.png right.png --picture p.txt", 2, ["--picture", "p.txt"]),
        (f"{CALIBRATE} --board 7", 2, ["--board", "9x6"]),
        (f"{CALIBRATE} --board 1x5", 2, ["--board", "columns = 1"]),
        (f"{CALIBRATE} --board 7x5 --dictionary DICT_4X4_50", 2, ["--dictionary", "--marker"]),
        (f"{CALIBRATE} --board 7x5 --legacy-pattern", 2, ["--legacy-pattern", "--marker"]),
        (f"{CALIBRATE} --board 7x5 --marker 0.02 --dictionary D", 2, ["--board", "'D'"]),
        (f"{CALIBRATE} --board 7x5 --report r.txt", 2, ["--report", ".html"]),
        (f"{CALIBRATE} --board 7x5 --coverage r.txt", 2, ["--coverage", ".png"]),
        (f"{CALIBRATE} --board 7x5 --model omni", 1, ["omni", "fisheye"]),
        (f"{CALIBRATE} --board 7x5", 1, ["left.png", "not found"]),
        ("calibrate left.png right.png --board 7x5 --square -1 -o c.yml", 2, ["square = -1"]),
        ("calibrate left.png right.png --board 7x5 -o c.yml", 2, ["--square"]),
        ("calibrate left.png right.png --board 7x5 --square 1 -o c.txt", 2, [".yml"]),
    ],
)
def test_mistakes_are_said_in_one_line(
    folder: Path, run: Run, arguments: str, code: int, said: list[str]
) -> None:
    io.write_calibration("small.txt", GEOMETRY.scaled(0.5))
    io.write_image("small.png", PAIR.left[::2, ::2])
    Path("calib.npy").write_bytes(Path("calib.txt").read_bytes())
    before = contents(folder)
    got, out, err = run(*arguments.split())
    assert got == code, err
    assert out == ""
    assert_one_line(err)
    for part in said:
        assert part in err
    assert contents(folder) == before


def test_warnings_of_the_library_are_lines_on_stderr(folder: Path, run: Run) -> None:
    text = Path("calib.txt").read_text("utf-8")
    assert "baseline=120" in text
    Path("mm.txt").write_text(text.replace("baseline=120", "baseline=120000"), "utf-8")
    code, _, err = run("depth", "d.pfm", "--calib", "mm.txt", "-o", "z.npy")
    assert code == 0
    assert_one_line(err, "stereo: warning: ")
    assert "120 m, which looks like millimetres" in err
    assert math.isclose(
        float(np.nanmedian(io.read_depth("z.npy"))),
        1000 * float(np.nanmedian(stereo.depth(disparity(), GEOMETRY))),
        rel_tol=1e-5,
    )


def test_a_warning_is_printed_once(folder: Path, run: Run) -> None:
    cal = raw_cameras()
    camera = cal.K_left, []
    with pytest.warns(stereo.StereoWarning):
        far = Calibration.from_rotation(*camera, *camera, cal.R, 1000 * cal.t, SIZE)
    io.write_calibration("mm.yml", far)
    code, _, err = run(
        *("match", "left.png", "raw.png", "--calib", "mm.yml", "--cloud", "c.ply", *MATCHING)
    )
    assert code == 0
    assert_one_line(err, "stereo: warning: ")  # though both calibrations have that baseline


# --- real cameras ---


@pytest.mark.parametrize("scene", ["Motorcycle", "Teddy"])
def test_a_real_pair_to_metres(data_root: Path, folder: Path, run: Run, scene: str) -> None:
    source = data_root / "middeval3_Q" / scene
    calib = source / "calib.txt"
    code, _, err = run(
        *("match", source / "im0.png", source / "im1.png", "--calib", calib),
        *("--max-disp", 80, "--depth", "z.npy", "--cloud", "c.ply", "-q"),
    )
    assert (code, err) == (0, "")
    known = io.read_calibration(calib)
    assert isinstance(known, StereoGeometry)
    truth = stereo.depth(io.read_pfm(source / "disp0GT.pfm"), known)
    metres = io.read_depth("z.npy")
    error = np.abs(metres / truth - 1)
    both = error[~np.isnan(error)]
    assert np.median(both) < 0.01
    assert np.mean(both < 0.03) > 0.9
    assert len(io.read_ply("c.ply").xyz) == np.count_nonzero(~np.isnan(metres))


def test_kitti_is_matched_raw_or_rectified(data_root: Path, folder: Path, run: Run) -> None:
    source = data_root / "kitti_raw" / "2011_09_26_drive_0048_0000000000"
    pair = (source / "image_02.png", source / "image_03.png")
    calib = ("--calib", source / "calib_cam_to_cam.txt", "--max-disp", 128, "--cloud", "c.ply")
    assert run("match", *pair, *calib, "--rectified", "--max-depth", 30, "-q") == (0, "", "")
    assert len(io.read_ply("c.ply").xyz) > 100_000
    code, _, err = run("match", *pair, *calib)  # these images are not those of the raw cameras
    assert code == 1
    assert_one_line(err)
    assert "1392 x 512" in err


def test_from_boards_to_points(data_root: Path, folder: Path, run: Run) -> None:
    source = data_root / "calibration" / "opencv_chessboard"
    images = [str(source / f"{side}[0-9]*.jpg") for side in ("left", "right")]
    code, out, err = run(
        *("calibrate", *images, "--board", "9x6", "--square", 0.025, "-o", "cal.yml")
    )
    assert (code, err) == (0, "")
    assert out.count(" used") == 13
    pair = [source / f"{side}01.jpg" for side in ("left", "right")]
    code, _, err = run("match", *pair, "--calib", "cal.yml", "--cloud", "c.ply", "--max-disp", 96)
    assert (code, err) == (0, "")  # also nothing to complain of in the rectified pair
    # The board, about 0.25 m wide, is held half a metre away.
    assert 0.2 < float(np.median(io.read_ply("c.ply").xyz[:, 2])) < 2


def test_every_command_explains_itself(run: Run) -> None:
    for command in ("calibrate", "rectify", "check", "depth", "cloud"):
        code, out, err = run(command, "--help")
        assert (code, err) == (0, "")
        assert command in out
