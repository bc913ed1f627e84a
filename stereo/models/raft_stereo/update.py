"""The recurrent unit: gated updates at up to three resolutions, and what they are fed."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .config import RaftStereoConfig

__all__ = ["Gates", "UpdateBlock", "convex_upsample"]

Gates = tuple[Tensor, Tensor, Tensor]
"""What the context adds inside the update gate, the reset gate and the candidate."""


class ConvGru(nn.Module):
    """A gated recurrent unit of 3x3 convolutions (Cho et al. 2014)."""

    def __init__(self, hidden: int, inputs: int) -> None:
        super().__init__()
        self.convz = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)
        self.convr = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)
        self.convq = nn.Conv2d(hidden + inputs, hidden, 3, padding=1)

    def forward(self, state: Tensor, context: Gates, *inputs: Tensor) -> Tensor:
        """Return the next state, (N, hidden, h, w)."""
        z_context, r_context, q_context = context
        x = torch.cat(inputs, dim=1)
        both = torch.cat([state, x], dim=1)
        z = torch.sigmoid(self.convz(both) + z_context)
        r = torch.sigmoid(self.convr(both) + r_context)
        q = torch.tanh(self.convq(torch.cat([r * state, x], dim=1)) + q_context)
        return (1 - z) * state + z * q


class MotionEncoder(nn.Module):
    """What the recurrent unit sees of the present flow and its correlations."""

    def __init__(self, correlations: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.convc1 = nn.Conv2d(correlations, half, 1)
        self.convc2 = nn.Conv2d(half, half, 3, padding=1)
        self.convf1 = nn.Conv2d(2, half, 7, padding=3)
        self.convf2 = nn.Conv2d(half, half, 3, padding=1)
        self.conv = nn.Conv2d(2 * half, outputs - 2, 3, padding=1)

    def forward(self, flow: Tensor, correlation: Tensor) -> Tensor:
        """Return (N, outputs, h, w), the last two channels being the flow."""
        c = self.convc2(self.convc1(correlation).relu()).relu()
        f = self.convf2(self.convf1(flow).relu()).relu()
        return torch.cat([self.conv(torch.cat([c, f], dim=1)).relu(), flow], dim=1)


class FlowHead(nn.Module):
    """The change of the flow, from the state."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, 2, 3, padding=1)

    def forward(self, state: Tensor) -> Tensor:
        """Return (N, 2, h, w); the second channel, along y, is of no use to stereo."""
        return self.conv2(self.conv1(state).relu())


class UpdateBlock(nn.Module):
    """One update of the states of all levels, and what follows from the finest."""

    def __init__(self, config: RaftStereoConfig) -> None:
        super().__init__()
        hidden, self.levels = config.hidden_channels, config.levels
        correlations = config.correlation_levels * (2 * config.radius + 1)
        self.encoder = MotionEncoder(correlations, hidden)
        self.gru08 = ConvGru(hidden, hidden * (2 if self.levels > 1 else 1))
        self.gru16 = ConvGru(hidden, hidden * (2 if self.levels > 2 else 1))
        self.gru32 = ConvGru(hidden, hidden)
        self.flow_head = FlowHead(hidden, 2 * hidden)
        self.mask = nn.Sequential(
            nn.Conv2d(hidden, 2 * hidden, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * hidden, 9 * config.factor**2, 1),
        )

    def coarse(self, states: list[Tensor], context: list[Gates], finest: int) -> list[Tensor]:
        """Return the states after an update of the levels from `finest`, 1 or 2, on."""
        states = list(states)
        if self.levels > 2:
            states[2] = self.gru32(states[2], context[2], _pooled(states[1]))
        if self.levels > 1 and finest == 1:
            inputs = [_pooled(states[0])]
            if self.levels > 2:
                inputs.append(_resized(states[2], states[1]))
            states[1] = self.gru16(states[1], context[1], *inputs)
        return states

    def forward(
        self, states: list[Tensor], context: list[Gates], flow: Tensor, correlation: Tensor
    ) -> list[Tensor]:
        """Return the states of all levels after an update, the finest first."""
        states = self.coarse(states, context, finest=1)
        inputs = [self.encoder(flow, correlation)]
        if self.levels > 1:
            inputs.append(_resized(states[1], states[0]))
        states[0] = self.gru08(states[0], context[0], *inputs)
        return states

    def upsampling_weights(self, state: Tensor) -> Tensor:
        """Return the logits of `convex_upsample`; a quarter balances their gradients."""
        return 0.25 * self.mask(state)


def convex_upsample(flow: Tensor, logits: Tensor, factor: int) -> Tensor:
    """Upsample a flow by convex combinations of 3x3 neighbours (Teed and Deng 2020).

    Parameters
    ----------
    flow : Tensor, (N, 1, h, w)
        Low-resolution flow, in its own pixels.
    logits : Tensor, (N, 9 * factor**2, h, w)
        Channel = (neighbour * factor + row) * factor + column, neighbours in row-major order.
        Softmax runs over the neighbours; those outside the image are 0.
    factor : int
        How much larger the result is.

    Returns
    -------
    Tensor, (N, 1, factor * h, factor * w)
        In pixels of the larger image.

    Examples
    --------
    >>> import torch
    >>> up = convex_upsample(torch.ones(1, 1, 3, 3), torch.zeros(1, 36, 3, 3), 2)
    >>> up.shape, round(float(up[0, 0, 3, 3]), 3)
    (torch.Size([1, 1, 6, 6]), 2.0)
    """
    images, _, height, width = flow.shape
    weights = logits.view(images, 9, factor, factor, height, width).softmax(dim=1)
    neighbours = functional.unfold(factor * flow, 3, padding=1)
    neighbours = neighbours.view(images, 9, 1, 1, height, width)
    fine = (weights * neighbours).sum(dim=1)  # (N, row, column, h, w)
    fine = fine.permute(0, 3, 1, 4, 2)
    return fine.reshape(images, 1, factor * height, factor * width)


def _pooled(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=2, padding=1)


def _resized(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)
