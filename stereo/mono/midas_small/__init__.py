"""MiDaS v2.1-small (Ranftl et al. 2022) as a PyTorch module. Importing this needs torch."""

from __future__ import annotations

from .network import MidasSmall

__all__ = ["MidasSmall"]
