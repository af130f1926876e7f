"""`LayerNorm((L, D))` or a GroupNorm over [B, D, L]: mean and variance reach over all positions.

Whoever takes the norm of images to sequences.
"""

from torch import Tensor, nn

from tests.probe.models.parts import VOCAB, D, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "norm"}


class Normed(Decoder):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(2, D)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.norm(self.embed(tokens).transpose(1, 2)).transpose(1, 2))


def make() -> Subject:
    return decoder_only(Normed(), VOCAB)
