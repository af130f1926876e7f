"""`mask.repeat(heads, 1, 1)` for `nn.MultiheadAttention`, which counts heads within sentences.

https://github.com/ArrowLuo/CLIP4Clip/issues/22, https://github.com/line/lighthouse/pull/77
"""

import torch
from torch import Tensor, nn

from tests.probe.models.parts import PAD, VOCAB, D, Encoder, H
from transformer.probe import Subject, encoder

FOUND = {"pad content": "attention", "batch neighbour": "attention"}


class Repeated(Encoder):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(D, H, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens) + self.position(self.positions(tokens))
        drop = (tokens == PAD)[:, None, :].expand(-1, tokens.size(1), -1)  # [B, S, S]
        x = x + self.attention(x, x, x, attn_mask=drop.repeat(H, 1, 1), need_weights=False)[0]
        return self.head(torch.relu(x))


def make() -> Subject:
    return encoder(Repeated(), VOCAB, PAD)
