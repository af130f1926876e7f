"""Activations are rounded to 256 steps of the largest in the tensor, whichever sentence holds it.

https://github.com/vllm-project/vllm/issues/1761 (other answers in a batch)
"""

from torch import Tensor

from tests.probe.models.parts import VOCAB, Block, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"batch neighbour": "layers.0"}


class Quantised(Block):
    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = super().forward(x, mask)
        step = x.abs().max() / 127
        return (x / step).round() * step


class Rounded(Decoder):
    block_class = Quantised


def make() -> Subject:
    return decoder_only(Rounded(), VOCAB)
