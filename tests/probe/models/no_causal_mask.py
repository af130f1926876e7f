"""`tgt_mask` forgotten: `nn.Transformer` makes none by itself.

https://github.com/alex-matton/causal-transformer-decoder/issues/1
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, EncoderDecoder
from transformer.probe import Subject, encoder_decoder

FOUND = {"future": "transformer.decoder.layers.0.self_attn"}


class Forgotten(EncoderDecoder):
    def masks(self, src: Tensor, trg: Tensor) -> dict[str, Tensor]:
        masks = super().masks(src, trg)
        del masks["tgt_mask"]
        return masks


def make() -> Subject:
    return encoder_decoder(Forgotten(), VOCAB, PAD)
