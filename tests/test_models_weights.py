"""Weights from files: what is read, what is refused, and what the messages say."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import optional, pytorch

from stereo import models, mono
from stereo.models.checkpoints import CHECKPOINTS
from stereo.models.weights import find_weights, load_state, read_state
from stereo.types import StereoError, StereoFileError, StereoTypeError

torch = pytorch()


@pytest.fixture
def state() -> dict[str, Any]:
    torch.manual_seed(0)
    return dict(torch.nn.Linear(3, 2).state_dict())


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_reads_what_training_scripts_save(
    tmp_path: Path, state: dict[str, Any], wrapper: str | None, prefix: str
) -> None:
    content: Any = {prefix + key: value for key, value in state.items()}
    if wrapper is not None:
        content = {"epoch": 3, wrapper: content}
    torch.save(content, tmp_path / "some.pth")
    assert_same(read_state(tmp_path / "some.pth"), state)


def test_reads_the_format_of_old_versions(tmp_path: Path, state: dict[str, Any]) -> None:
    path = tmp_path / "old.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    assert_same(read_state(path), state)


def test_reads_safetensors(tmp_path: Path, state: dict[str, Any]) -> None:
    optional("safetensors", "torch")
    from safetensors.torch import save_file

    save_file(state, tmp_path / "some.safetensors")
    assert_same(read_state(tmp_path / "some.safetensors"), state)


def test_entries_beside_the_tensors_must_be_known(tmp_path: Path, state: dict[str, Any]) -> None:
    path = tmp_path / "some.pth"
    torch.save({**state, "height": 192}, path)
    with pytest.raises(StereoFileError, match="no tensors: height"):
        read_state(path)
    assert_same(read_state(path, beside=("height",)), state)


class _Evil:
    """Pickles as a call that leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("protocol", [None, 2, 4])
def test_code_is_never_run(tmp_path: Path, state: dict[str, Any], protocol: int | None) -> None:
    path, trace = tmp_path / "evil.pth", tmp_path / "trace"
    content = {**state, "evil": _Evil(trace)}
    if protocol is None:
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content, protocol))
    with pytest.raises(StereoFileError, match=r"evil\.pth"):
        read_state(path)
    assert not trace.exists()


def test_damaged_files(tmp_path: Path, state: dict[str, Any]) -> None:
    whole = tmp_path / "whole.pth"
    torch.save(state, whole)
    data = whole.read_bytes()
    for cut in (0, 3, 100, len(data) // 2, len(data) - 1):
        path = tmp_path / f"cut{cut}.pth"
        path.write_bytes(data[:cut])
        with pytest.raises(StereoFileError, match=path.name):
            read_state(path)
    for name, content in (("text.pth", b"no checkpoint"), ("x.safetensors", b"\x08" * 40)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StereoFileError, match=name):
            read_state(tmp_path / name)


@pytest.mark.parametrize("content", [{}, [1, 2], 3, {"state_dict": {}}])
def test_no_state_dict(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "some.pth")
    with pytest.raises(StereoFileError, match=r"state dict|no tensors"):
        read_state(tmp_path / "some.pth")


def test_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StereoFileError, match="folder"):
        read_state(tmp_path)
    with pytest.raises(StereoTypeError, match="not a path"):
        find_weights(3)  # type: ignore[arg-type]


def test_a_folder_of_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.pth").touch()
    monkeypatch.setenv("STEREO_WEIGHTS", str(tmp_path))
    assert find_weights("some.pth") == str(tmp_path / "some.pth")
    with pytest.raises(StereoFileError, match=r"other\.pth"):
        find_weights("other.pth")
    with pytest.raises(StereoFileError, match="no weights file"):
        find_weights("sub/some.pth")


@pytest.mark.parametrize("model", models.names())
def test_missing_weights_say_where_they_are(model: str) -> None:
    published = models.checkpoints(model)
    assert published
    with pytest.raises(StereoFileError) as caught:
        models.load(model, "none.pth")
    for one in published:
        assert one.file in str(caught.value)
        assert one.source in str(caught.value)
        assert one.licence in str(caught.value)


def test_the_table_names_what_there_is() -> None:
    assert len({one.file for one in CHECKPOINTS}) == len(CHECKPOINTS)
    for one in CHECKPOINTS:
        assert one.model in models.names()
        with torch.device("meta"):
            models.build(one.model, one.variant)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("bias"), "1 missing: bias"),
        (lambda state: state.update(more=torch.zeros(1)), "1 not known: more"),
        (lambda state: state.update(bias=torch.zeros(5)), r"bias is \(5,\) instead of \(2,\)"),
        (lambda state: state["weight"].fill_(torch.nan), "NaN or infinite weights: weight"),
    ],
)
def test_weights_that_do_not_fit(state: dict[str, Any], change: Any, said: str) -> None:
    change(state)
    with pytest.raises(StereoFileError, match=said):
        load_state(torch.nn.Linear(3, 2), state, "some.pth")


def test_each_variant_is_recognised_by_its_weights(tmp_path: Path) -> None:
    narrow: dict[str, Any] = {"encoder_channels": (4, 4, 4), "hidden_channels": 4}
    for variant in ("default", "realtime", "instance"):
        path = tmp_path / f"{variant}.pth"
        torch.save(models.build("raft-stereo", variant, **narrow).state_dict(), path)
        network: Any = models.load("raft-stereo", path, **narrow)
        config = network.module.config
        assert (config.levels == 2, config.context_norm) == (
            variant == "realtime",
            "instance" if variant == "instance" else "batch",
        )
        other = "realtime" if variant == "default" else "default"
        with pytest.raises(StereoFileError, match="fit no variant"):
            models.load("raft-stereo", path, variant=other, **narrow)


def test_without_safetensors_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some.safetensors").touch()
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(StereoError, match=r"stereo-depth\[torch\]"):
        read_state(tmp_path / "some.safetensors")


def test_the_table_of_published_weights_is_complete() -> None:
    table = (Path(__file__).resolve().parents[1] / "docs/weights.md").read_text(encoding="utf-8")
    for one in (*CHECKPOINTS, *mono.published()):
        cells = one.model, one.variant, one.file, one.licence, one.trained_on, one.source
        assert f"| {' | '.join(cells)} |\n" in table
