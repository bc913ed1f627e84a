"""DPT with its own ViT on images that are not square."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

__all__ = ["allow_rectangles"]


def allow_rectangles(module: Any) -> None:
    """Let a ``transformers.DPTForDepthEstimation`` take images of any proportions.

    The decoder takes the patches of the port's own ViT for a square, and the hybrid's encoder
    compares the size with that of the training, though all else works for any rectangle, as the
    published networks do. So the decoder is told the rows and columns, and the encoder the size.
    """
    patch = int(module.config.patch_size)
    grid = [0, 0]

    def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        size = inputs[0].shape[2:]
        grid[:] = (side // patch for side in size)
        if module.config.is_hybrid:
            module.dpt.embeddings.image_size = tuple(size)

    def tell(_: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return (inputs[0], *grid)

    module.register_forward_pre_hook(look)
    module.neck.register_forward_pre_hook(tell)
