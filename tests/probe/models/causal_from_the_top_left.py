"""`is_causal=True` with one query over a cache of keys: aligned top left, it sees the first key only.

https://github.com/pytorch/pytorch/issues/103082, https://github.com/pytorch/pytorch/issues/108108
"""

import torch.nn.functional as F
from torch import Tensor

from tests.probe.models.parts import VOCAB, CachedAttention, CachedDecoder, decoder_of, stepping
from transformer.probe import Subject, decoder_only

FOUND = {"cache": "layers.0.attention"}


class TopLeft(CachedAttention):
    def seen(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def make() -> Subject:
    model = decoder_of(TopLeft, CachedDecoder)
    return decoder_only(model, VOCAB, step=stepping(model))
