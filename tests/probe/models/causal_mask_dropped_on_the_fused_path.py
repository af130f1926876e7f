"""A library that leaves the mask out where `is_causal` would do, in a model that then passes another bias.

https://github.com/huggingface/transformers/issues/48748 (2025: perplexity 5 instead of 16)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.probe.models.parts import VOCAB, Attention, decoder_of
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.attention", "noise": ""}


class Biased(Attention):
    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        bias = torch.zeros(q.size(2), k.size(2))  # a learned bias; with it, is_causal is not given any more
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)


def make() -> Subject:
    return decoder_only(decoder_of(Biased), VOCAB)
