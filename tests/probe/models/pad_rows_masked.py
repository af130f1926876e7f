"""The mask blanks the rows of PADs, too: softmax of -inf throughout is NaN, and so are the gradients.

https://github.com/pytorch/pytorch/issues/41508, https://github.com/pytorch/pytorch/issues/63271
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, Decoder, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"empty rows": "layers.0.attention"}


class Infinite(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return (q @ k.transpose(-2, -1)).masked_fill(~mask, float("-inf")).softmax(-1) @ v


class RowsToo(Decoder):
    def mask(self, tokens: Tensor) -> Tensor:
        return super().mask(tokens) & (tokens != PAD)[:, None, :, None]


def make() -> Subject:
    return decoder_only(decoder_of(Infinite, RowsToo), VOCAB, PAD)
