"""Bad input: an error that says what was seen, and never another backend in secret."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import missing, usable_backend

import stereo
from stereo.backends import BACKEND_NAMES, resolve
from stereo.backends.cuda import BACKEND
from stereo.contract import MAX_DISPARITIES
from stereo.types import StereoError

Matching = Callable[..., Any]
Kind = type[Exception] | tuple[type[Exception], ...]
GRAY = np.zeros((20, 30), np.uint8)
HEAVY = ("cv2", "matplotlib", "numba", "rich", "scipy", "typer")


def with_value(value: float, dtype: str = "float32", at: int = 95) -> npt.NDArray[Any]:
    """Return a float image with one odd value, at row 3, column 5 by default."""
    image = np.ones(GRAY.shape, dtype)
    image.flat[at] = value
    return image


def by_sgm(left: Any, right: Any, max_disp: Any = 8, **options: Any) -> Any:
    return stereo.sgm(left, right, max_disp, **options)


def by_compute(left: Any, right: Any, max_disp: Any = 8, **options: Any) -> Any:
    return stereo.SGM(max_disp, **options).compute(left, right)


def by_match(left: Any, right: Any, max_disp: Any = 8, **options: Any) -> Any:
    return stereo.SGM(max_disp, **options).match(left, right)


@pytest.fixture(params=[by_sgm, by_compute, by_match])
def matching(request: pytest.FixtureRequest) -> Matching:
    """Give each way to match a pair."""
    found: Matching = request.param
    return found


def assert_refused(
    matching: Matching, kind: Kind, said: tuple[str, ...], *images: Any, **options: Any
) -> None:
    with pytest.raises(StereoError) as caught:
        matching(*images, **options)
    message = str(caught.value)
    assert isinstance(caught.value, kind)
    assert [part for part in said if part not in message] == [], message
    assert "\n" not in message


def typed(dtype: Any) -> npt.NDArray[Any]:
    return np.zeros((20, 30), dtype)


IMAGES: list[tuple[Any, Any, Kind, tuple[str, ...]]] = [
    (GRAY, GRAY[:, 1:], ValueError, ("(20, 30)", "(20, 29)")),
    (GRAY, GRAY.T, ValueError, ("(20, 30)", "(30, 20)")),
    (GRAY, np.zeros((20, 30, 3), np.uint8), ValueError, ("(20, 30)", "(20, 30, 3)")),
    (GRAY[:0], GRAY[:0], ValueError, ("left", "empty", "(0, 30)")),
    (GRAY, GRAY[:, :0], ValueError, ("right", "empty", "(20, 0)")),
    (np.zeros((0, 5, 3)), np.zeros((0, 5, 3)), ValueError, ("empty", "(0, 5, 3)")),
    (GRAY[0], GRAY[0], ValueError, ("left", "(30,)", "(H, W)")),
    (GRAY, GRAY[None, None], ValueError, ("right", "(1, 1, 20, 30)", "(H, W, 3)")),
    (GRAY[:, :, None], GRAY[:, :, None], ValueError, ("(20, 30, 1)",)),
    (np.zeros((9, 9, 2)), np.zeros((9, 9, 2)), ValueError, ("(9, 9, 2)",)),
    (np.zeros((9, 9, 5)), np.zeros((9, 9, 5)), ValueError, ("(9, 9, 5)", "(H, W, 4)")),
    (np.uint8(7), np.uint8(7), ValueError, ("()",)),
    (None, GRAY, (ValueError, TypeError), ("left",)),
    ("left.png", GRAY, TypeError, ("left", "left.png", "read_image")),
    ([[1, 2], [3]], GRAY, (ValueError, TypeError), ("left",)),
    (GRAY.tolist(), GRAY.tolist(), TypeError, ("int64", "uint8")),
    *(
        (typed(dtype), typed(dtype), TypeError, ("left", str(np.dtype(dtype)), "uint16"))
        for dtype in (
            *("complex64", "object", "bool", "int8", "int16", "int32", "int64", "uint32"),
            *("float16", "longdouble", "<U3", "S2", "V4", "datetime64[s]"),
        )
    ),
    (GRAY, GRAY.astype("uint16"), TypeError, ("uint8", "uint16")),
    (GRAY, GRAY.astype("float32"), TypeError, ("uint8", "float32")),
    (with_value(np.nan), with_value(0), ValueError, ("left", "row 3", "column 5")),
    (with_value(0), with_value(np.inf), ValueError, ("right", "row 3", "column 5")),
    (with_value(-np.inf, "float64"), with_value(0, "float64"), ValueError, ("left",)),
    (with_value(np.nan, ">f4"), with_value(0), ValueError, ("left", "row 3")),
    (with_value(1e39, "float64"), with_value(0, "float64"), ValueError, ("left", "3.4e+38")),
    (with_value(0, "float64"), with_value(-1e300, "float64"), ValueError, ("right", "3.4e+38")),
]


@pytest.mark.parametrize(
    ("left", "right", "kind", "said"), IMAGES, ids=[", ".join(said) for *_, said in IMAGES]
)
def test_images(
    matching: Matching, left: Any, right: Any, kind: Kind, said: tuple[str, ...]
) -> None:
    assert_refused(matching, kind, said, left, right)


def test_a_bad_channel_is_found() -> None:
    image = np.zeros((4, 6, 3), np.float32)
    image[2, 5, 1] = np.nan
    assert_refused(by_sgm, ValueError, ("row 2", "column 5"), image, image)


SIZES = np.array([4, 8])


OPTIONS: list[tuple[dict[str, Any], Kind, tuple[str, ...]]] = [
    ({"max_disp": 0}, ValueError, ("max_disp = 0", "min_disp = 0")),
    ({"max_disp": 3, "min_disp": 7}, ValueError, ("max_disp = 3", "min_disp = 7")),
    (
        {"max_disp": MAX_DISPARITIES + 1},
        ValueError,
        (f"{MAX_DISPARITIES + 1}", f"at most {MAX_DISPARITIES}"),
    ),
    (
        {"max_disp": 10, "min_disp": 9 - MAX_DISPARITIES},
        ValueError,
        (f"{MAX_DISPARITIES + 1}", f"at most {MAX_DISPARITIES}"),
    ),
    ({"max_disp": 10**30}, ValueError, ("max_disp", "0" * 30)),
    ({"min_disp": -(10**30)}, ValueError, ("min_disp", "0" * 30)),
    ({"max_disp": 8.5}, TypeError, ("max_disp", "8.5")),
    ({"max_disp": 8.0}, TypeError, ("max_disp", "8.0")),
    ({"max_disp": True}, TypeError, ("max_disp", "True")),
    ({"max_disp": "8"}, TypeError, ("max_disp", "'8'")),
    ({"max_disp": None}, TypeError, ("max_disp", "None")),
    ({"max_disp": SIZES}, TypeError, ("max_disp", "array")),
    ({"max_disp": SIZES[:1]}, TypeError, ("max_disp", "array")),
    ({"min_disp": False}, TypeError, ("min_disp", "False")),
    ({"paths": 3}, ValueError, ("paths = 3", "4, 5, 8")),
    ({"paths": 16}, ValueError, ("paths = 16",)),
    ({"paths": "8"}, (ValueError, TypeError), ("paths", "'8'")),
    ({"paths": True}, (ValueError, TypeError), ("paths", "True")),
    ({"paths": 8.0}, (ValueError, TypeError), ("paths", "8.0")),
    ({"paths": SIZES}, (ValueError, TypeError), ("paths",)),
    ({"p1": 30, "p2": 20}, ValueError, ("p1 = 30", "p2 = 20")),
    ({"p1": 500}, ValueError, ("p1 = 500", "p2", "default")),
    ({"p2": 0}, ValueError, ("p1", "default", "p2 = 0")),
    ({"p1": -1}, ValueError, ("p1 = -1",)),
    ({"p2": -1}, ValueError, ("p2 = -1",)),
    ({"p1": 1.5}, TypeError, ("p1", "1.5")),
    ({"p2": "60"}, TypeError, ("p2", "'60'")),
    ({"p2": 8168, "cost": "census5x5"}, ValueError, ("p2 = 8168", "at most 8167")),
    ({"p2": 16322, "cost": "census9x7", "paths": 4}, ValueError, ("16322", "at most 16321")),
    ({"p2": 10**30}, ValueError, ("p2",)),
    ({"cost": "sad"}, ValueError, ("'sad'", "census5x5")),
    ({"cost": 5}, TypeError, ("cost",)),
    ({"passes": 3}, ValueError, ("passes = 3", "1, 2")),
    ({"preset": "best"}, ValueError, ("'best'", "default, fast, accurate, learned")),
    ({"preset": 3}, TypeError, ("preset", "int")),
    ({"edge_scale": -1}, ValueError, ("edge_scale = -1",)),
    ({"edge_scale": "10"}, TypeError, ("edge_scale", "'10'")),
    ({"edge_scale": float("nan")}, ValueError, ("edge_scale", "nan")),
    ({"weighted_median": 33}, ValueError, ("weighted_median = 33", "32")),
    ({"weighted_median": 1.0}, TypeError, ("weighted_median", "1.0")),
    ({"fill": 1}, TypeError, ("fill", "1")),
    ({"cost": ["census"]}, TypeError, ("cost",)),
    ({"backend": "gpu"}, ValueError, ("'gpu'", "'cpu'", "'numba'")),
    ({"backend": ""}, ValueError, ("''", "'auto'")),
    ({"backend": None}, (ValueError, TypeError), ("None",)),
    ({"backend": ["cpu"]}, (ValueError, TypeError), ("['cpu']",)),
    ({"subpixel": "sinc"}, ValueError, ("'sinc'", "'parabola'")),
    ({"subpixel": None}, (ValueError, TypeError), ("subpixel", "None")),
    ({"subpixel": True}, (ValueError, TypeError), ("subpixel", "True")),
    ({"median": 4}, ValueError, ("median = 4", "0, 3, 5")),
    ({"median": -3}, ValueError, ("median = -3",)),
    ({"median": 5.0}, (ValueError, TypeError), ("median", "5.0")),
    ({"median": False}, (ValueError, TypeError), ("median", "False")),
    ({"threads": 0}, ValueError, ("threads = 0",)),
    ({"threads": -2}, ValueError, ("threads = -2",)),
    ({"threads": 10**9}, ValueError, ("threads = 1000000000",)),
    ({"threads": 2.0}, TypeError, ("threads", "2.0")),
    ({"uniqueness": 100}, ValueError, ("uniqueness = 100", "99")),
    ({"uniqueness": -1}, ValueError, ("uniqueness = -1",)),
    ({"uniqueness": 5.5}, TypeError, ("uniqueness", "5.5")),
    ({"lr_max_diff": -1}, ValueError, ("lr_max_diff = -1",)),
    ({"lr_max_diff": 0.5}, TypeError, ("lr_max_diff", "0.5")),
    ({"lr_max_diff": 10**9}, ValueError, ("lr_max_diff = 1000000000",)),
    ({"speckle_size": -1}, ValueError, ("speckle_size = -1",)),
    ({"speckle_size": 1.5}, TypeError, ("speckle_size", "1.5")),
    ({"speckle_range": -0.5}, ValueError, ("speckle_range = -0.5",)),
    ({"speckle_range": np.nan}, ValueError, ("speckle_range = nan",)),
    ({"speckle_range": np.inf}, ValueError, ("speckle_range = inf",)),
    ({"speckle_range": "2"}, TypeError, ("speckle_range", "'2'")),
    ({"speckle_range": True}, TypeError, ("speckle_range", "True")),
    ({"speckle_range": 10**400}, (ValueError, TypeError), ("speckle_range",)),
    ({"speckle_range": SIZES}, (ValueError, TypeError), ("speckle_range",)),
]


@pytest.mark.parametrize(
    ("options", "kind", "said"), OPTIONS, ids=[str(options)[:48] for options, *_ in OPTIONS]
)
def test_options(options: dict[str, Any], kind: Kind, said: tuple[str, ...]) -> None:
    assert_refused(by_sgm, kind, said, GRAY, GRAY, **options)
    with pytest.raises(StereoError):  # at once, not with the first pair
        stereo.SGM(**{"max_disp": 8, **options})


def test_the_largest_values_are_accepted() -> None:
    pair = np.eye(6, 7, dtype=np.uint8), np.eye(6, 7, dtype=np.uint8)
    for options in (
        {"max_disp": MAX_DISPARITIES},
        {"max_disp": 1, "min_disp": 0},
        {"max_disp": 8, "p1": 8167, "p2": 8167, "cost": "census5x5"},
        {"max_disp": 8, "uniqueness": 99, "threads": 64, "lr_max_diff": MAX_DISPARITIES},
        {"max_disp": np.int16(8), "p1": np.uint8(3), "speckle_range": np.float32(0.5)},
        {"max_disp": 8, "speckle_range": 0, "speckle_size": 1 << 30, "lr_max_diff": None},
    ):
        assert stereo.sgm(*pair, **options).shape == (6, 7)


def test_a_workspace_beyond_the_memory_is_refused_at_once() -> None:
    usable_backend("cpu")
    side = 20000  # with the largest range 6.5e12 bytes; the image itself is one byte
    image = np.broadcast_to(np.uint8(0), (side, side))
    matcher = stereo.SGM(MAX_DISPARITIES, backend="cpu")
    with pytest.raises(StereoError, match=r"65[0-9]{11} bytes"):
        matcher.compute(image, image)
    assert matcher.workspace_bytes == 0
    assert matcher.compute(GRAY, GRAY).shape == GRAY.shape  # and it still works


@pytest.mark.parametrize("shape", [(2**32 + 1, 1), (1, 2**32 + 1), (1, 2**32 + 1, 3)])
def test_a_side_beyond_32_bits_is_refused(shape: tuple[int, ...]) -> None:
    usable_backend("cpu")
    image = np.broadcast_to(np.uint8(0), shape)
    said = f"{2**32 + 1}"
    assert_refused(by_sgm, ValueError, (said,), image, image, backend="cpu")


@pytest.mark.parametrize("name", BACKEND_NAMES)
def test_a_backend_asked_for_by_name_never_falls_back(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usable_backend(name), "unusable", lambda: "it is out of order")
    for call in (lambda: stereo.sgm(GRAY, GRAY, 8, backend=name), lambda: resolve(name)):
        with pytest.raises(StereoError, match=f"'{name}'.*it is out of order"):
            call()
    row = next(row for row in stereo.backends() if row.name == name)
    assert (row.usable, row.detail) == (False, "it is out of order")

    monkeypatch.setenv("STEREO_BACKEND", name)  # a name too
    with pytest.raises(StereoError, match=f"'{name}'.*it is out of order"):
        stereo.sgm(GRAY, GRAY, 8)


def test_auto_takes_the_first_usable_backend_but_never_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STEREO_BACKEND", raising=False)
    monkeypatch.setattr(BACKEND, "unusable", lambda: "no device was found")
    cpu, numba = usable_backend("cpu"), usable_backend("numba")
    assert stereo.SGM(8).backend == "cpu"
    monkeypatch.setattr(cpu, "unusable", lambda: "no compiler was found")
    assert stereo.SGM(8).backend == "numba"
    monkeypatch.setattr(numba, "unusable", lambda: "no LLVM was found")
    with pytest.raises(StereoError, match=r"no device .*no compiler .*no LLVM was found"):
        stereo.sgm(GRAY, GRAY, 8)
    assert [row.usable for row in stereo.backends()] == [False, False, False, True]


def test_the_environment_names_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEREO_BACKEND", "reference")
    assert stereo.SGM(8).backend == "reference"
    monkeypatch.setenv("STEREO_BACKEND", "nowhere")
    assert_refused(by_sgm, ValueError, ("'nowhere'", "'cpu'"), GRAY, GRAY)
    assert stereo.SGM(8, backend="reference").backend == "reference"  # a name beats it


def python(folder: Path, code: str, **environment: str) -> str:
    """Run `code` in a fresh interpreter, outside of the source tree; return what it prints."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


IMPORTS = f"""
import sys
import numpy as np
import stereo
pair = np.eye(12, 20, dtype=np.uint8), np.eye(12, 20, dtype=np.uint8)
disparity = stereo.sgm(*pair, max_disp=8)
matcher = stereo.SGM(8)
assert np.array_equal(matcher.match(*pair).disparity, disparity, equal_nan=True)
print(matcher.backend, sorted(set({HEAVY}) & set(sys.modules)))
"""


def test_matching_imports_nothing_heavy(tmp_path: Path) -> None:
    usable_backend("cpu")
    assert python(tmp_path, IMPORTS, STEREO_BACKEND="cpu") == "cpu []"


@pytest.mark.parametrize("backend", ["cpu", "numba", "reference"])
def test_matching_works_where_opencv_can_not_be_loaded(tmp_path: Path, backend: str) -> None:
    usable_backend(backend)
    broken = "raise ImportError('libGL.so.1: cannot open shared object file')"
    (tmp_path / "cv2.py").write_text(broken, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}){IMPORTS}"
    printed = python(tmp_path, code, STEREO_BACKEND=backend)
    assert printed.startswith(f"{backend} ")
    assert "cv2" not in printed


REFUSAL = """
import numpy as np, stereo
image = np.zeros((4, 5), np.uint8)
for backend in ("auto", "cpu"):
    try:
        print("matched", stereo.sgm(image, image, 4, backend=backend).shape)
    except stereo.StereoError as error:
        print(type(error).__name__, error)
print(*(f"{row.name} {row.usable} {row.detail}" for row in stereo.backends()), sep="\\n")
"""


def test_an_unsupported_instruction_set_is_no_reason_to_take_another_backend(
    tmp_path: Path,
) -> None:
    usable_backend("cpu")
    lines = python(tmp_path, REFUSAL, STEREO_SIMD="mmx", STEREO_BACKEND="").splitlines()
    assert len(lines) == 2 + len(BACKEND_NAMES)
    for line in lines[:2]:
        assert line.startswith("StereoValueError ")
        assert "STEREO_SIMD='mmx'" in line
        assert "baseline" in line  # what would be right
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines[2:]}
    assert rows["cpu"][0] == "False"
    assert "STEREO_SIMD='mmx'" in rows["cpu"][1]
    assert rows["reference"][0] == "True"


@pytest.mark.parametrize("name", ["baseline", "avx2", "avx512"])
def test_the_environment_names_the_instruction_set(tmp_path: Path, name: str) -> None:
    usable_backend("cpu")
    code = (
        "import stereo, stereo._cpu as native; list(stereo.backends())\n"
        f"print({name!r} in native.instruction_sets(), native.instruction_set())"
    )
    supported, used = python(tmp_path, code, STEREO_SIMD="").split()
    if supported != "True":
        missing(name, f"{name} can't be used on this machine")
    assert used == python(tmp_path, code, STEREO_SIMD=used).split()[1]
    assert python(tmp_path, code, STEREO_SIMD=name) == f"True {name}"


def test_without_the_native_module_the_reason_says_what_to_do(tmp_path: Path) -> None:
    usable_backend("numba")
    code = f"import sys; sys.modules['stereo._cpu'] = None{REFUSAL}"
    auto, named, *rows = python(tmp_path, code, STEREO_BACKEND="").splitlines()
    assert auto == "matched (4, 5)"  # by Numba, or a GPU
    assert named.startswith("StereoError backend 'cpu' can't be used: ")
    cpu = next(row for row in rows if row.startswith("cpu "))
    assert cpu.startswith("cpu False ")
    for line in (named, cpu):
        assert "module" in line
        assert "compiler" in line
