"""`x.view(B, H, L, Dh)` instead of `view(B, L, H, Dh).transpose(1, 2)`: a head mixes positions.

https://github.com/lsdefine/attention-is-all-you-need-keras/issues/36
"""

from torch import Tensor

from tests.probe.models.parts import VOCAB, Attention, D, H, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class Mixed(Attention):
    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), H, x.size(1), D // H)


def make() -> Subject:
    return decoder_only(decoder_of(Mixed), VOCAB)
