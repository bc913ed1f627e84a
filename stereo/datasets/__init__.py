"""Stereo pairs with known disparity."""

from __future__ import annotations

from stereo.datasets import synthetic

__all__ = ["synthetic"]
