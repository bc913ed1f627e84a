"""Learned stereo networks."""

from __future__ import annotations
