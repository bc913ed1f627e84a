"""Packages that only some parts of the library need, imported when those are used."""

from __future__ import annotations

import importlib
from typing import Any

from ..types import StereoError

__all__ = ["require"]


def require(module: str, extra: str) -> Any:
    """Import a module that an extra of the package brings.

    Parameters
    ----------
    module : str
        Name of the module.
    extra : str
        Name of the extra, for the message.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    StereoError
        If it can't be imported: the message says what to install.

    Examples
    --------
    >>> require("no_such_module", "torch")
    Traceback (most recent call last):
    stereo.types.StereoError: no_such_module is needed (No module named 'no_such_module'): ...
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise StereoError(
            f"{module} is needed ({error}): pip install 'stereo-depth[{extra}]'"
        ) from error
