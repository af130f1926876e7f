"""Weights are set to 0 after softmax: what is masked still stands in the denominator.

https://github.com/aimagelab/meshed-memory-transformer/issues/27
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class MaskedLate(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return (q @ k.transpose(-2, -1)).softmax(-1).masked_fill(~mask, 0.0) @ v


def make() -> Subject:
    return decoder_only(decoder_of(MaskedLate), VOCAB, PAD)
