"""A model with a fused and a plain path, of which only one masks.

https://github.com/karpathy/nanoGPT/issues/331
"""

import torch
from torch import Tensor

from tests.probe.models.parts import VOCAB, Attention, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"fast path": "layers.0.attention", "future": "layers.0.attention"}


class TwoPaths(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return super().attend(q, k, v, torch.ones_like(mask) if torch.is_grad_enabled() else mask)


def make() -> Subject:
    return decoder_only(decoder_of(TwoPaths), VOCAB)
