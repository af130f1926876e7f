"""The mean over all positions is added to each, as squeeze-and-excitation does for images.

Whoever adds a summary of the sentence to a decoder.
"""

from torch import Tensor

from tests.probe.models.parts import VOCAB, Block, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0"}


class Summary(Block):
    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return super().forward(x + x.mean(dim=1, keepdim=True), mask)


class Summarised(Decoder):
    block_class = Summary


def make() -> Subject:
    return decoder_only(Summarised(), VOCAB)
