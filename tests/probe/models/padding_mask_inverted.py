"""`src != PAD` where `nn.Transformer` wants True = masked out.

https://github.com/pytorch/pytorch/issues/92554
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, EncoderDecoder
from transformer.probe import Subject, encoder_decoder

FOUND = {"pad content": "transformer.encoder.layers.0.self_attn"}


class Inverted(EncoderDecoder):
    def masks(self, src: Tensor, trg: Tensor) -> dict[str, Tensor]:
        return super().masks(src, trg) | {"src_key_padding_mask": src != PAD}


def make() -> Subject:
    return encoder_decoder(Inverted(), VOCAB, PAD, promises=frozenset())
