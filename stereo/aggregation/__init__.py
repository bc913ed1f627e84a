"""Aggregation: volume in, volume out; one file a method, one line a name."""

from __future__ import annotations

from .semiglobal import sgm, sgm_with_path_winners

__all__ = ["sgm", "sgm_with_path_winners"]
