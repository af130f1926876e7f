"""A mask of the floats 0 and 1 is added to the scores, as if 0 removed a key.

https://github.com/pytorch/pytorch/issues/136816
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, Encoder, decoder_of
from transformer.probe import Subject, encoder

FOUND = {"pad content": "layers.0.attention", "pad length": "layers.0.attention"}


class Added(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return (q @ k.transpose(-2, -1) + mask.float()).softmax(-1) @ v


def make() -> Subject:
    return encoder(decoder_of(Added, Encoder), VOCAB, PAD)
