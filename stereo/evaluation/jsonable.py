"""Dataclasses as JSON and back, checked: results on disk, and for other programs."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from stereo.types import StereoValueError

__all__ = ["from_json", "to_json"]

T = TypeVar("T")
_NO_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KIND = "kind"  # the key that tells the classes of a union apart


def to_json(value: Any) -> Any:
    """Return a dataclass, mapping, tuple or scalar as what JSON can hold.

    NaN and infinite numbers, which JSON has no way to write, become the strings "NaN", "Infinity"
    and "-Infinity". A dataclass has its name under the key "kind".
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {field.name: to_json(getattr(value, field.name)) for field in _fields(value)}
        return {_KIND: type(value).__name__, **found}
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return str(value) if isinstance(value, Path) else value


def from_json(kind: type[T], value: Any) -> T:
    """Return the dataclass that :func:`to_json` wrote.

    Raises
    ------
    StereoValueError
        If it is anything else; the message says where.
    """
    found: T = _read(kind, value, kind.__name__)
    return found


def _fields(kind: Any) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(kind) if field.init]


def _read(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is typing.Literal:
        return value if value in arguments else _wrong(where, value, f"one of {arguments}")
    if origin is tuple:
        return tuple(_read(arguments[0], each, where) for each in _is(list, value, where))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {
            _key(arguments[0], key, where): _read(arguments[1], each, f"{where}[{key}]")
            for key, each in _is(dict, value, where).items()
        }
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, where)
    return _scalar(kind, value, where)


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    classes: list[Any] = [kind for kind in kinds if dataclasses.is_dataclass(kind)]
    named = {kind.__name__: kind for kind in classes}
    name = _is(dict, value, where).get(_KIND)
    if name not in named:
        _wrong(where, name, f"one of {', '.join(named)}")
    return _dataclass(named[name], value, where)


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    hints = typing.get_type_hints(kind)
    found = dict(_is(dict, value, where))
    if found.pop(_KIND, None) != kind.__name__:
        _wrong(where, value, f"a {kind.__name__}")
    names = {field.name for field in _fields(kind)}
    if found.keys() != names:
        _wrong(where, sorted(found), f"the keys {sorted(names)}")
    return kind(**{name: _read(hints[name], found[name], f"{where}.{name}") for name in names})


def _key(kind: Any, key: str, where: str) -> Any:
    try:
        return kind(key)
    except ValueError:
        return _wrong(where, key, f"a {kind.__name__} as the key")


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is float:
        number = _NO_NUMBERS.get(value, value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            _wrong(where, value, "a number")
        return float(number)
    if kind is Path:
        return Path(_is(str, value, where))
    if kind is int and isinstance(value, bool):
        _wrong(where, value, "a whole number")
    return _is(kind, value, where)


def _is(kind: type[T], value: Any, where: str) -> T:
    if not isinstance(value, kind):
        _wrong(where, value, f"a {kind.__name__}")
    return value


def _wrong(where: str, value: Any, expected: str) -> typing.NoReturn:
    shown = repr(value)
    raise StereoValueError(
        f"{where} is {shown[:60]}{'…' if len(shown) > 60 else ''}: expected {expected}"
    )
