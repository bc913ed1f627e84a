"""DPT with its own ViT on images that are not square."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

__all__ = ["allow_rectangles"]


def allow_rectangles(module: Any) -> None:
    """Tell the decoder of a ``transformers.DPTForDepthEstimation`` the rows and columns of patches.

    For its own ViT the port takes them for a square, though everything else of it takes any
    rectangle, as the published network does.
    """
    patch = int(module.config.patch_size)
    grid = [0, 0]

    def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        grid[:] = (side // patch for side in inputs[0].shape[2:])

    def tell(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0], *grid)

    module.register_forward_pre_hook(look)
    module.neck.register_forward_pre_hook(tell)
