"""What is averaged over keys is divided by S, which counts PADs too.

Whoever replaces softmax by a ReLU over the length, or averages uniformly.
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, Encoder, decoder_of
from transformer.probe import Subject, encoder

FOUND = {"pad length": "layers.0.attention", "batch neighbour": "layers.0.attention"}


class Averaged(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return (q @ k.transpose(-2, -1)).relu().masked_fill(~mask, 0.0) / k.size(2) @ v


def make() -> Subject:
    return encoder(decoder_of(Averaged, Encoder), VOCAB, PAD)
