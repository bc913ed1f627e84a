"""The command `stereo`: one file per command, put together in `app.py`."""

from __future__ import annotations

from stereo.cli.app import main

__all__ = ["main"]
