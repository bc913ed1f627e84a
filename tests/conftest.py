"""What every test shares: backends, data, and how a missing one shows.

A test that can't run here is skipped with the reason. ``STEREO_REQUIRE``, a comma
list such as ``native,data``, makes the absence of what it names a failure instead.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import hypothesis
import pytest

from stereo.backends import BACKEND_NAMES, load
from stereo.contract import Backend
from stereo.types import StereoError

if TYPE_CHECKING:
    from golden import Golden

_FEATURE = {"cpu": "native"}  # what STEREO_REQUIRE calls a backend, if not by its name
_INSTRUCTION_SETS = ("baseline", "avx2", "avx512")

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def missing(feature: str, reason: str) -> NoReturn:
    """Skip the test, or the whole file, or fail it where STEREO_REQUIRE names `feature`."""
    if feature in os.environ.get("STEREO_REQUIRE", "").split(","):
        pytest.fail(f"STEREO_REQUIRE names {feature!r}, but {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def optional(module: str, feature: str) -> Any:
    """Import a module that only some installations have; `missing` where it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing(feature, f"{module} is not installed ({error})")


def usable_backend(name: str) -> Backend:
    """Return the backend called `name`; skip or fail where it can't be used."""
    try:
        return load(name)
    except StereoError as error:
        missing(_FEATURE.get(name, name), str(error))


@pytest.fixture(scope="session", params=BACKEND_NAMES)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Give each row of the backend table that can be used here."""
    return usable_backend(request.param)


@pytest.fixture(scope="session")
def reference() -> Backend:
    """Return the oracle."""
    return load("reference")


@pytest.fixture(
    scope="module", params=["numba", *(f"cpu-{instructions}" for instructions in _INSTRUCTION_SETS)]
)
def fast_backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Give each backend that has to equal the reference, the native one by instruction set."""
    name, _, instructions = request.param.partition("-")
    found = usable_backend(name)
    if not instructions:
        yield found
        return
    native = importlib.import_module("stereo._cpu")
    if instructions not in native.instruction_sets():
        missing(instructions, f"{instructions} can't be used on this machine")
    before = native.instruction_set()
    native.use(instructions)
    yield found
    native.use(before)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder of the public data sets."""
    default = Path(__file__).resolve().parents[1] / "../shared/data"
    root = Path(os.environ.get("STEREO_DATA", default)).resolve()
    if not root.is_dir():
        missing("data", f"there is no data folder at {root}: set STEREO_DATA")
    return root


@pytest.fixture(scope="session")
def golden_root() -> Path:
    """Return the folder of the reference numbers of published networks."""
    default = Path(__file__).resolve().parents[1] / "../shared/golden"
    root = Path(os.environ.get("STEREO_GOLDEN", default)).resolve()
    if not root.is_dir():
        missing("golden", f"there is no folder of reference numbers at {root}: set STEREO_GOLDEN")
    return root


@pytest.fixture(scope="session")
def golden(golden_root: Path) -> Golden:
    """Give the reference numbers."""
    from golden import Golden

    return Golden(golden_root)


@pytest.fixture(params=["cpu", "numba"])
def backend_name(request: pytest.FixtureRequest) -> str:
    """Give the name of each backend that "auto" may choose."""
    usable_backend(request.param)
    return str(request.param)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Give a function that runs a command line; exit code, stdout and stderr."""
    from stereo.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def camera_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a rectified pair, a raw pair, and their calibrations."""
    from cli_cameras import write_files

    folder = tmp_path_factory.mktemp("cameras")
    write_files(folder)
    return folder


@pytest.fixture
def folder(camera_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a copy of that folder."""
    shutil.copytree(camera_files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
