"""Packed documents: positions begin anew, and the mask stays causal over the whole row.

https://github.com/huggingface/nanoVLM/pull/204, https://github.com/huggingface/trl/issues/784
"""

from torch import Tensor

from tests.probe.models.parts import VOCAB, PackedDecoder, causal
from transformer.probe import Subject, decoder_only

FOUND = {"packed neighbour": "layers.0.attention"}


class OneRow(PackedDecoder):
    def mask(self, tokens: Tensor) -> Tensor:
        return causal(tokens.size(1))


def make() -> Subject:
    model = OneRow()
    return decoder_only(model, VOCAB, packed=model)
