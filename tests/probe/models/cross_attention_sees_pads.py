"""`memory_key_padding_mask` forgotten: nothing asks for it.

https://github.com/facebookresearch/fairseq/issues/318
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, EncoderDecoder
from transformer.probe import Subject, encoder_decoder

FOUND = {"pad content": "transformer.decoder.layers.0.multihead_attn"}


class Forgotten(EncoderDecoder):
    def masks(self, src: Tensor, trg: Tensor) -> dict[str, Tensor]:
        masks = super().masks(src, trg)
        del masks["memory_key_padding_mask"]
        return masks


def make() -> Subject:
    return encoder_decoder(Forgotten(), VOCAB, PAD)
