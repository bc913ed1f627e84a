"""Monocular networks from local files: each family on a real image, and what is refused."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from conftest import missing, optional

from stereo import io, mono
from stereo.types import StereoError, StereoFileError, StereoWarning

torch = optional("torch", "torch")
transformers = optional("transformers", "mono")
safetensors_torch = optional("safetensors.torch", "torch")

from mono_checkpoints import BUILDERS, save  # noqa: E402  (needs both)

UNITS = {
    "depth-anything-metric": ("m", False),
    "depth-pro": ("1/m", True),
    "glpn": ("m", False),
    "zoedepth": ("m", False),
    "zoedepth-two-heads": ("m", False),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every attempt to reach a network an error."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a test reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a function that returns the folder of a tiny checkpoint, made once."""
    root = tmp_path_factory.mktemp("checkpoints")

    def folder(name: str) -> Path:
        found = root / name
        return found if found.exists() else save(name, found)

    return folder


@pytest.fixture(scope="module")
def image(data_root: Path) -> np.ndarray[Any, Any]:
    """Give a real image, of a size that is no multiple of anything."""
    folder = data_root / "middlebury2003/cones"
    if not folder.is_dir():
        missing("data", f"there is no {folder}")
    name = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["left"]
    return io.read_image(folder / name)[30:127, 40:171]


@pytest.mark.parametrize("name", BUILDERS)
def test_each_family_on_a_real_image(name: str, checkpoint: Any, image: Any) -> None:
    found = mono.load(checkpoint(name))(image)
    assert found.values.shape == image.shape[:2]
    assert (found.unit, found.is_inverse) == UNITS.get(name, ("relative", True))
    assert np.ptp(found.values) > 1e-3 * np.abs(found.values).max()  # it depends on the image


def test_images_of_every_kind_are_one(checkpoint: Any, image: Any) -> None:
    model = mono.load(checkpoint("depth-anything"))
    expected = model(image).values
    alpha = np.dstack([image, np.zeros(image.shape[:2], np.uint8)])
    for other in (alpha, image.astype(np.uint16) * 257, image / np.float32(255)):
        np.testing.assert_allclose(model(other).values, expected, atol=1e-5)
    gray = np.repeat(image[..., :1], 3, axis=2)
    np.testing.assert_array_equal(model(gray[..., 0]).values, model(gray).values)


def test_flip_averages_with_the_mirrored_image(checkpoint: Any, image: Any) -> None:
    plain = mono.load(checkpoint("zoedepth"), flip=False)
    once, mirrored = plain(image).values, plain(image[:, ::-1]).values[:, ::-1]
    assert np.abs(once - mirrored).max() > 1e-6
    found = mono.load(checkpoint("zoedepth"))(image).values
    np.testing.assert_allclose(found, (once + mirrored) / 2, atol=1e-6)


def test_depth_pro_and_the_focal_length(checkpoint: Any, image: Any, tmp_path: Path) -> None:
    model = mono.load(checkpoint("depth-pro"))
    half, twice = model(image, focal_length=50).values, model(image, focal_length=100.0).values
    np.testing.assert_allclose(half, 2 * twice, rtol=1e-5)
    folder = tmp_path / "none"
    folder.mkdir()
    for path in checkpoint("depth-pro").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    change(folder / "config.json", use_fov_model=False)
    blind = mono.load(folder)
    assert blind(image).unit == "relative"
    assert blind(image, focal_length=100).unit == "1/m"


def test_dpt_says_what_it_is_told(checkpoint: Any, image: Any) -> None:
    found = mono.load(checkpoint("dpt-vit"), output="metric")(image)
    assert (found.unit, found.is_inverse) == ("m", False)


def test_onnx_equals_pytorch(checkpoint: Any, tmp_path: Path) -> None:
    runtime = optional("onnxruntime", "onnx")
    optional("onnxscript", "onnx")
    model = mono.load(checkpoint("depth-anything"))
    path = tmp_path / "tiny.onnx"
    model.export_onnx(path, (56, 70))
    batch = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 56, 70)))
    with torch.inference_mode():
        expected = model.module(batch.float()).predicted_depth
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(["prediction"], {"image": batch.float().numpy()})
    assert np.abs(found - expected.numpy()).max() < 1e-3 * float(expected.max())
    for size, kind in (((56, 60), ValueError), ((56,), TypeError), ((0, 14), ValueError)):
        with pytest.raises(kind):
            model.export_onnx(path, size)


# --- what can't be used ---


def change(path: Path, **settings: Any) -> None:
    """Change settings in a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **settings}), encoding="utf-8")


def lose_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    state = safetensors_torch.load_file(path)
    kept = {key: value for key, value in state.items() if "head.conv2" not in key}
    safetensors_torch.save_file(kept, path, {"format": "pt"})


def break_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    state = safetensors_torch.load_file(path)
    safetensors_torch.save_file(
        {key: value * np.nan for key, value in state.items()}, path, {"format": "pt"}
    )


def only_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


DAMAGES: list[tuple[Callable[[Path], Any], str]] = [
    (lambda folder: (folder / "config.json").unlink(), r"no weights file .*config.json.*Apache"),
    (lambda folder: (folder / "config.json").write_text("{"), "config.json is no valid JSON"),
    (lambda folder: change(folder / "config.json", backbone="a/b"), "backbone = 'a/b'.*download"),
    (
        lambda folder: change(
            folder / "config.json", auto_map={"AutoConfig": "a.B"}, model_type="x"
        ),
        "can't be used",
    ),
    (lambda folder: change(folder / "config.json", model_type="none"), "config.json can't be used"),
    (lambda folder: change(folder / "config.json", model_type="vit"), "'vit' is not supported"),
    (lambda folder: change(folder / "config.json", fusion_hidden_size=16), "can't be loaded"),
    (only_a_pickle, "no model.safetensors.*pickle"),
    (truncate, "can't be loaded"),
    (lose_weights, r"lacks weights: head.conv2.bias, head.conv2.weight"),
    (lambda folder: (folder / "preprocessor_config.json").write_text("{"), "is no valid JSON"),
    (lambda folder: (folder / "preprocessor_config.json").write_text("[]"), "list"),
    (lambda folder: change(folder / "preprocessor_config.json", size=[1]), "can't be used"),
    (lambda folder: change(folder / "preprocessor_config.json", image_std=[0, 1, 1]), "above 0"),
    (lambda folder: change(folder / "preprocessor_config.json", do_pad=True), "do_pad = True"),
    (lambda folder: change(folder / "preprocessor_config.json", rescale_factor=1), "not 1 / 255"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_damaged_folders(damage: Any, said: str, checkpoint: Any, tmp_path: Path) -> None:
    for path in checkpoint("depth-anything").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    damage(tmp_path)
    with pytest.raises(StereoError, match=said):
        mono.load(tmp_path)


def test_a_network_that_says_nan(checkpoint: Any, tmp_path: Path, image: Any) -> None:
    for path in checkpoint("depth-anything").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    break_weights(tmp_path)
    with pytest.raises(StereoError, match="nan at row 0"):
        mono.load(tmp_path)(image)


def test_weights_without_use_are_said(checkpoint: Any, tmp_path: Path) -> None:
    for path in checkpoint("depth-anything").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "model.safetensors"
    state = safetensors_torch.load_file(path)
    safetensors_torch.save_file({**state, "more": torch.ones(1)}, path, {"format": "pt"})
    with pytest.warns(StereoWarning, match="does not use: more"):
        mono.load(tmp_path)


class Code:
    """What a pickle may run."""

    def __reduce__(self) -> Any:
        """Return a call."""
        return (pytest.fail, ("the code of a pickle was run",))


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ({"a": torch.zeros(1)}, {"model": "midas-v2.1-small"}, "does not fit MidasSmall"),
        ({"a": torch.zeros(1)}, {"model": "depth-anything-v2"}, "no checkpoint of Depth Anything"),
        ({"a": torch.zeros(1)}, {"model": "dpt-large"}, "no checkpoint of dpt-large"),
        ({"a": Code()}, {"model": "depth-anything-v2"}, "may run code"),
        (None, {"model": "depth-anything-v2"}, "Depth-Anything-V2-Small.*Apache"),
        (None, {"model": "midas-v2.1-small"}, "midas_v21_small_256.pt.*MIT.*isl-org"),
        ({}, {}, "give model, one of 'midas-v2.1-small'"),
        ({}, {"model": "midas-v2.1-small", "output": "metric"}, "output is for DPT"),
        ({}, {"model": "midas-v2.1-small", "max_depth": 20}, "max_depth has no use"),
    ],
)
def test_files_that_can_not_be_used(
    content: Any, options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "weights.pth"
    if content is not None:
        torch.save(content, path)
    with pytest.raises(StereoError, match=said) as caught:
        mono.load(path, **options)
    assert isinstance(caught.value, StereoFileError) or "weights.pth" in said or content == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "midas"}, "'midas' is not one of"),
        ({"model": "depth-anything-v2"}, "model is for files"),
        ({"max_depth": 20}, "max_depth is for files"),
        ({"max_depth": 0}, "max_depth = 0"),
        ({"output": "metric"}, "output = 'metric' is for DPT"),
        ({"output": "metres"}, "'metres' is not one of"),
        ({"flip": 1}, "flip must be True or False"),
        ({"device": "tpu7"}, "device = 'tpu7' can't be used"),
        ({"device": 0}, "device must be a string"),
    ],
)
def test_options_that_can_not_be_used(options: dict[str, Any], said: str, checkpoint: Any) -> None:
    with pytest.raises(StereoError, match=said):
        mono.load(checkpoint("depth-anything"), **options)


@pytest.mark.parametrize(
    ("name", "given", "options", "said"),
    [
        ("depth-anything", "left.png", {}, "path 'left.png'"),
        ("depth-anything", np.zeros((4, 4, 2)), {}, r"\(4, 4, 2\)"),
        ("depth-anything", np.full((4, 4), 2.0), {}, "from 2 to 2"),
        ("depth-anything", np.full((4, 4), np.nan), {}, "NaN"),
        ("depth-anything", np.zeros((1, 20000), np.uint8), {}, "more than 16777216 pixels"),
        ("depth-anything", np.zeros((4, 4)), {"focal_length": 500}, "does not use a focal length"),
        ("depth-pro", np.zeros((4, 4)), {"focal_length": 0}, "focal_length = 0"),
        ("glpn", np.zeros((31, 64)), {}, "64 x 31 px.*32 x 32"),
    ],
)
def test_images_that_can_not_be_used(
    name: str, given: Any, options: dict[str, Any], said: str, checkpoint: Any
) -> None:
    with pytest.raises(StereoError, match=said):
        mono.load(checkpoint(name))(given, **options)


def test_a_network_that_fails_says_at_which_size(checkpoint: Any, image: Any) -> None:
    model = mono.load(checkpoint("depth-anything"))

    def fail(*_: Any) -> NoReturn:
        raise RuntimeError("not enough memory\nand more")

    model.module.forward = fail
    with pytest.raises(StereoError, match=r"can't be run on 70 x 56 px: not enough memory$"):
        model(image)


def test_tiny_images_work(checkpoint: Any) -> None:
    for name in ("depth-anything", "zoedepth", "dpt-swinv2"):
        assert mono.load(checkpoint(name))(np.ones((1, 2))).values.shape == (1, 2)
