"""RAFT-Stereo: the network, from two images to a flow that is refined again and again."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...arguments import integer, word
from ...types import StereoValueError
from .config import RaftStereoConfig
from .correlation import CORRELATIONS, Correlation
from .encoders import ContextEncoder, FeatureEncoder, ResidualBlock, initialise
from .update import Gates, UpdateBlock, convex_upsample

__all__ = ["RaftStereo"]


class RaftStereo(nn.Module):
    """RAFT-Stereo (Lipson, Teed and Deng, 3DV 2021, arXiv 2109.07547), with random weights.

    Batch norm stays in evaluation mode, also in training, as the paper has it.

    Parameters
    ----------
    config : RaftStereoConfig, optional
        The architecture; by default the published one.
    correlation : {"volume", "on_the_fly"}
        Keep all correlations, N·h·w² float32 numbers and the same again for the pyramid, at
        1 / 2^downsample of the image's size; or make them anew for each update, a few rows at a
        time. Both give the same numbers but for rounding. The weights do not depend on it.

    Attributes
    ----------
    multiple : int
        Height and width of the images must be multiples of this.
    max_disp : None
        The search range is not limited.
    published_in_half : bool
        Its authors run it in mixed precision on CUDA.
    exportable : bool
        It can be written as ONNX.

    Raises
    ------
    StereoError
        If `correlation` is none of these.

    Examples
    --------
    >>> import torch
    >>> narrow = RaftStereoConfig(
    ...     encoder_channels=(8, 8, 8), hidden_channels=8, feature_channels=8
    ... )
    >>> network = RaftStereo(narrow).eval()
    >>> images = torch.zeros(2, 1, 3, 32, 64)
    >>> low, up = network(images[0], images[1], iters=2)
    >>> low.shape, up.shape
    (torch.Size([1, 1, 8, 16]), torch.Size([1, 1, 32, 64]))
    """

    multiple = 32
    max_disp = None
    published_in_half = True
    exportable = True

    def __init__(
        self, config: RaftStereoConfig | None = None, *, correlation: str = "volume"
    ) -> None:
        super().__init__()
        self.config = config = config or RaftStereoConfig()
        self.correlation = word("correlation", correlation, tuple(CORRELATIONS))
        widths, hidden = config.encoder_channels, config.hidden_channels
        self.cnet = ContextEncoder(widths, hidden, config.downsample, config.context_norm)
        self.update_block = UpdateBlock(config)
        self.context_zqr_convs = nn.ModuleList(
            nn.Conv2d(hidden, 3 * hidden, 3, padding=1) for _ in range(config.levels)
        )
        if config.shared_backbone:
            self.conv2 = nn.Sequential(
                ResidualBlock(widths[2], widths[2], "instance"),
                nn.Conv2d(widths[2], config.feature_channels, 3, padding=1),
            )
            initialise(self.conv2)
        else:
            self.fnet = FeatureEncoder(widths, config.feature_channels, config.downsample)
        self.train()

    def train(self, mode: bool = True) -> RaftStereo:
        """Set the mode as every module does, except that batch norm stays frozen."""
        super().train(mode)
        for part in self.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.eval()
        return self

    def forward(
        self, left: Tensor, right: Tensor, iters: int | None = None
    ) -> tuple[Tensor, Tensor] | list[Tensor]:
        """Return the flow from left to right along x: minus the disparity, in pixels.

        Parameters
        ----------
        left, right : Tensor, float32 (N, 3, H, W)
            Rectified RGB images with values in 0 … 255; H and W are multiples of 32.
        iters : int, optional
            Number of updates; by default that of the configuration.

        Returns
        -------
        tuple of Tensor, in evaluation mode
            The last flow at low resolution (N, 1, h, w), in its pixels, and at full
            resolution (N, 1, H, W).
        list of Tensor, in training mode
            The flow at full resolution after each update.

        Raises
        ------
        StereoError
            If `iters` is not a positive integer or the shapes do not fit.
        """
        count = self.config.iterations if iters is None else integer("iters", iters, 1, 1000)
        self._check(left, right)
        states, context, features = self._encode(2 * left / 255 - 1, 2 * right / 255 - 1)
        with torch.autocast(left.device.type, enabled=False):
            correlations = CORRELATIONS[self.correlation](
                features[0].float(),
                features[1].float(),
                self.config.correlation_levels,
                self.config.radius,
            )
        return self._refine(correlations, states, context, count)

    def padding(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Return what `prepare` adds left, right, above and below, px."""
        right, bottom = -width % self.multiple, -height % self.multiple
        return right // 2, right - right // 2, bottom // 2, bottom - bottom // 2

    def prepare(self, image: Tensor) -> Tensor:
        """Return RGB in [0, 1], (N, 3, H, W) of any size, as `forward` takes it: padded."""
        return functional.pad(255 * image, self.padding(*image.shape[2:]), mode="replicate")

    def disparity(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the disparity (N, H, W), px, in evaluation mode."""
        return -self(left, right)[1][:, 0]

    def adapted(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return what of a published state dict belongs in here: all of it."""
        return state

    def _refine(
        self, correlations: Correlation, states: list[Tensor], context: list[Gates], count: int
    ) -> tuple[Tensor, Tensor] | list[Tensor]:
        images, _, height, width = states[0].shape
        columns = torch.arange(width, device=states[0].device, dtype=torch.float32)
        start = columns.expand(images, 1, height, width)
        x, flows = start, []
        for update in range(count):
            x = x.detach()
            states, change = self._update(correlations, states, context, x, x - start)
            x = x + change
            if self.training or update == count - 1:
                logits = self.update_block.upsampling_weights(states[0]).float()
                flows.append(convex_upsample(x - start, logits, self.config.factor))
        return flows if self.training else (x - start, flows[-1])

    def _update(
        self,
        correlations: Correlation,
        states: list[Tensor],
        context: list[Gates],
        x: Tensor,
        flow: Tensor,
    ) -> tuple[list[Tensor], Tensor]:
        """Return the next states and the change of x, (N, 1, h, w)."""
        with torch.autocast(x.device.type, enabled=False):
            correlation = correlations(x)
        if self.config.slow_fast:
            for finest in range(self.config.levels - 1, 0, -1):
                states = self.update_block.coarse(states, context, finest)
        flow = torch.cat([flow, torch.zeros_like(flow)], dim=1)
        states = self.update_block(states, context, flow, correlation)
        return states, self.update_block.flow_head(states[0])[:, :1].float()

    def _encode(
        self, left: Tensor, right: Tensor
    ) -> tuple[list[Tensor], list[Gates], tuple[Tensor, Tensor]]:
        """Return the states, the contexts of the gates, and the features of both images."""
        if self.config.shared_backbone:
            trunk = self.cnet.trunk(torch.cat([left, right]))
            features = self.conv2(trunk).chunk(2)
            trunk = trunk.chunk(2)[0]
        else:
            trunk = self.cnet.trunk(left)
            features = self.fnet(torch.cat([left, right])).chunk(2)
        heads = self.cnet.heads(trunk, self.config.levels)
        states = [torch.tanh(state) for state, _ in heads]
        context = [
            convolution(about.relu()).chunk(3, dim=1)
            for convolution, (_, about) in zip(self.context_zqr_convs, heads, strict=True)
        ]
        return states, [(z, r, q) for z, r, q in context], features

    def _check(self, left: Tensor, right: Tensor) -> None:
        sides = left.shape[2:]
        if left.shape != right.shape or left.dim() != 4 or left.shape[1] != 3:
            raise StereoValueError(
                f"left is {tuple(left.shape)} and right {tuple(right.shape)}: "
                "both must be (N, 3, H, W), of one shape"
            )
        if not sides.numel() or any(side % self.multiple for side in sides):
            raise StereoValueError(
                f"the images are {sides[0]}x{sides[1]} (height x width): "
                f"both must be multiples of {self.multiple}"
            )
