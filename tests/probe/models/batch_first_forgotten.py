"""`batch_first=True` forgotten: [B, L, D] is read as [L, B, D], and sentences attend to each other.

https://github.com/pytorch/pytorch/issues/64706 (what the axes of `nn.MultiheadAttention` are)
"""

from torch import Tensor, nn

from tests.probe.models.parts import PAD, VOCAB, D, Encoder, H
from transformer.probe import Subject, encoder

FOUND = {"batch neighbour": "attention"}


class Crossed(Encoder):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(D, H)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens) + self.position(self.positions(tokens))
        return self.head(x + self.attention(x, x, x)[0])


def make() -> Subject:
    return encoder(Crossed(), VOCAB, PAD)
