"""`tril(1)`, or `triu(2)` of what is masked: the diagonal counted one too far.

https://github.com/RVC-Boss/GPT-SoVITS/issues/965
"""

import torch
from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class OneTooFar(Decoder):
    def mask(self, tokens: Tensor) -> Tensor:
        length = tokens.size(1)
        return torch.ones(length, length, dtype=torch.bool).tril(1) & (tokens != PAD)[:, None, None, :]


def make() -> Subject:
    return decoder_only(OneTooFar(), VOCAB, PAD)
