"""Whoever knows `nn.MultiheadAttention` gives `scaled_dot_product_attention` a mask with True = masked out.

https://github.com/rasbt/LLMs-from-scratch/pull/1062
"""

import torch.nn.functional as F
from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Attention, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention"}


class Inverted(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=~mask)


def make() -> Subject:
    return decoder_only(decoder_of(Inverted), VOCAB, PAD)
