"""Costs that were learned: arrays and functions of the user, feature maps, a trained network."""

from __future__ import annotations

from .arrays import as_cost_volume, call_cost
from .features import Features

__all__ = ["Features", "as_cost_volume", "call_cost"]
