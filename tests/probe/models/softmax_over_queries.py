"""`softmax(dim=2)` of scores [B, H, L, S]: over the queries, so that a later one takes from an earlier.

Whoever moves code from scores [B, L, S] to four axes and leaves `dim` as it was.
"""

from torch import Tensor

from tests.probe.models.parts import VOCAB, Attention, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class OverQueries(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return (q @ k.transpose(-2, -1)).masked_fill(~mask, -1e9).softmax(dim=2) @ v


def make() -> Subject:
    return decoder_only(decoder_of(OverQueries), VOCAB)
