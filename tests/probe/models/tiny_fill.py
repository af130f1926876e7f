"""`masked_fill(mask == 0, 1e-20)`: a tiny number, where a huge negative one was meant.

In the study notes that this project began with.
"""

import math

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, D, H, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention", "pad length": "layers.0.attention"}


class TinyFill(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        scores = q @ k.transpose(-2, -1) / math.sqrt(D / H)
        return scores.masked_fill(~mask, 1e-20).softmax(-1) @ v


def make() -> Subject:
    return decoder_only(decoder_of(TinyFill), VOCAB, PAD)
