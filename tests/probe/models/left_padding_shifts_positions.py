"""Positions counted from the first column, though PADs stand on the left.

https://github.com/TransformerLensOrg/TransformerLens/issues/1609, https://github.com/ndif-team/nnsight/pull/673
"""

from tests.probe.models.parts import PAD, VOCAB, MaskedDecoder, Stack
from transformer.probe import Subject, hugging_face

FOUND = {"pad side": "position"}


class FromTheFirstColumn(MaskedDecoder):
    positions = Stack.positions


def make() -> Subject:
    return hugging_face(FromTheFirstColumn(), VOCAB, PAD)
