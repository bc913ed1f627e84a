"""Aggregation: volume in, volume out; one file a method, one line a name."""

from __future__ import annotations

from .cross import cross_based
from .guided import guided_filter
from .more_global import mgm
from .semiglobal import sgm, sgm_with_path_winners
from .windows import box

__all__ = ["box", "cross_based", "guided_filter", "mgm", "sgm", "sgm_with_path_winners"]
