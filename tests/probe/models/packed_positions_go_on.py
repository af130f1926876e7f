"""Packed documents: the mask is block-diagonal, and positions count on from one to the next.

https://github.com/mit-han-lab/fastrl/issues/14, https://github.com/huggingface/nanoVLM/pull/204
"""

from tests.probe.models.parts import VOCAB, PackedDecoder, Stack
from transformer.probe import Subject, decoder_only

FOUND = {"packed neighbour": "position"}


class CountedOn(PackedDecoder):
    positions = Stack.positions


def make() -> Subject:
    model = CountedOn()
    return decoder_only(model, VOCAB, packed=model)
