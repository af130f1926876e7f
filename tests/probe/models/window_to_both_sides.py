"""A sliding window `|i - j| <= w` from an encoder, used in a decoder.

https://github.com/huggingface/transformers/issues/48745 (decoders without their causal mask)
"""

import torch
from torch import Tensor

from tests.probe.models.parts import VOCAB, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class Window(Decoder):
    def mask(self, tokens: Tensor) -> Tensor:
        place = torch.arange(tokens.size(1))
        return (place[:, None] - place[None, :]).abs() <= 2


def make() -> Subject:
    return decoder_only(Window(), VOCAB)
