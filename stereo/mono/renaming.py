"""State dicts as authors publish them, under the names of the ports in transformers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from stereo.types import StereoFileError

__all__ = ["Rule", "decoder", "renamed"]

Rule = tuple[str, str | Callable[[re.Match[str]], str]]
"""A pattern of published names, and the new name. The part "{qkv}" of it stands for three: the
tensor holds queries, keys and values one after the other. An empty name: it is left out."""

_QKV = "{qkv}"
_REFINEMENT = (
    ("out_conv", "projection"),
    ("resConfUnit", "residual_layer"),
    (".conv", ".convolution"),
)


def decoder(prefix: str) -> tuple[Rule, ...]:
    """Return the rules for the decoder of DPT, of which the ports count from the other end."""

    def refinement(found: re.Match[str]) -> str:
        rest = found[2]
        for old, new in _REFINEMENT:
            rest = rest.replace(old, new)
        return f"neck.fusion_stage.layers.{4 - int(found[1])}.{rest}"

    def narrow(found: re.Match[str]) -> str:
        return f"neck.convs.{int(found[1]) - 1}.{found[2]}"

    return (
        (prefix + r"layer(\d)_rn\.(.*)", narrow),
        (prefix + r"refinenet(\d)\.(.*)", refinement),
    )


def renamed(state: Mapping[str, Any], rules: tuple[Rule, ...], name: str) -> dict[str, Any]:
    """Return a state dict under its new names.

    Parameters
    ----------
    state : mapping of str to Tensor
        As published.
    rules : tuple of Rule
        The first one that fits a whole key counts. New names are those of transformers 4, which
        version 5 still reads.
    name : str
        The file, for errors.

    Raises
    ------
    StereoFileError
        If no rule fits a key.

    Examples
    --------
    >>> import numpy as np
    >>> rules = (("bias", "new.bias"), ("head", ""))
    >>> renamed({"bias": np.ones(2), "head": np.ones(3)}, rules, "weights.pt")
    {'new.bias': array([1., 1.])}
    """
    result: dict[str, Any] = {}
    for key, tensor in state.items():
        new = _new_name(key, rules, name)
        if _QKV in new:
            for part, third in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                result[new.replace(_QKV, part)] = third.contiguous()
        elif new:
            result[new] = tensor
    return result


def _new_name(key: str, rules: tuple[Rule, ...], name: str) -> str:
    for pattern, new in rules:
        if found := re.fullmatch(pattern, key):
            return found.expand(new) if isinstance(new, str) else new(found)
    raise StereoFileError(f"{name} has the key {key!r}, which no network of its kind has")
