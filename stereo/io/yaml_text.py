"""YAML files of calibrations, read strictly and written with all digits."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stereo.io.fields import Fields
from stereo.io.files import PathLike, path_name, read_text
from stereo.types import StereoError, StereoFileError

__all__ = ["read_yaml", "yaml_bytes"]


def _yaml() -> Any:
    """Return the module yaml; StereoError that says how to mend it if it can't be loaded."""
    try:
        import yaml
    except ImportError as error:
        raise StereoError(
            f"PyYAML can't be loaded ({error}); it reads and writes YAML: pip install PyYAML"
        ) from error
    return yaml


def read_yaml(path: PathLike) -> Fields:
    """Read a YAML file whose top level has keys.

    Only plain data is read, no objects, and a key that comes twice is an error.

    Raises
    ------
    StereoFileError
        If the file is missing, or no such YAML.
    StereoError
        If PyYAML can't be loaded.
    """
    yaml = _yaml()
    name, text = path_name(path), read_text(path)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        _refuse_twice(name, node)
        content = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StereoFileError(f"{name} is no valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise StereoFileError(
            f"{name} holds a {type(content).__name__}: expected keys with values, such as 'K: 1'"
        )
    return Fields(name, content)


def yaml_bytes(content: dict[str, Any]) -> bytes:
    """Return a YAML file; numbers have the digits that give them back."""
    text: str = _yaml().safe_dump(content, sort_keys=False, default_flow_style=None, width=100)
    return text.encode("utf-8")


def _refuse_twice(name: str, node: Any) -> None:
    """Fail if a key comes twice: PyYAML would take the last one.

    Three levels are looked at: a calibration has no more.
    """
    levels = [node]
    for _ in range(3):
        mappings = [one for one in levels if getattr(one, "id", "") == "mapping"]
        for mapping in mappings:
            counts = Counter(str(key.value) for key, _ in mapping.value)
            twice = [key for key, count in counts.items() if count > 1]
            if twice:
                line = mapping.start_mark.line + 1
                raise StereoFileError(f"{name} has {twice[0]!r} twice, from line {line} on")
        levels = [value for mapping in mappings for _, value in mapping.value]
