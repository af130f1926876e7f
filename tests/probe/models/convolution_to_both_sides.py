"""A convolution with `padding=kernel // 2` in a decoder: it has to be padded on the left only.

https://github.com/bentrevett/pytorch-seq2seq/issues/30
"""

from torch import Tensor, nn

from tests.probe.models.parts import VOCAB, D, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "conv"}


class Convolved(Decoder):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(D, D, 3, padding=1)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.conv(self.embed(tokens).transpose(1, 2)).transpose(1, 2))


def make() -> Subject:
    return decoder_only(Convolved(), VOCAB)
