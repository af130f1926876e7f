"""The decoder one token at a time: from a cache where that is right, else computing everything again."""

import torch
from torch import Tensor

from transformer.decoding.folded import CachedDecoder
from transformer.model.faulty_models import CACHEABLE
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import SOS


class RecomputingDecoder:
    """What `CachedDecoder` does, without remembering: every step passes all tokens so far.

    For models in which earlier positions see later ones: with each new token the earlier ones change. And
    for all that `CachedDecoder` cannot do, see `step_decoder`.
    """

    def __init__(self, model: Transformer, src: Tensor) -> None:
        """Encodes the sources [B, S]."""
        self.model = model
        self.src_mask = model.make_src_mask(src)
        self.encoded = model.encode(src, self.src_mask)
        self.tokens = src.new_empty(src.size(0), 0)
        """The target so far, [B, L]."""

    @property
    def length(self) -> int:
        """Target tokens seen so far."""
        return self.tokens.size(1)

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [B] at the next position -> logits [B, V] for the token after them."""
        self.tokens = torch.cat([self.tokens, newest[:, None]], dim=1)
        return self.model.decode(self.tokens, self.encoded, self.src_mask)[:, -1]

    def reorder(self, rows: Tensor) -> None:
        """From here on row i continues row `rows[i]` [B]."""
        self.src_mask = self.src_mask.expand(len(self.encoded), -1, -1, -1)[rows]
        self.tokens, self.encoded = self.tokens[rows], self.encoded[rows]


def step_decoder(
    model: Transformer, src: Tensor, max_len: int, width: int = 1
) -> CachedDecoder | RecomputingDecoder:
    """The quickest way that gives what `forward` on the whole prefix gives, for up to `max_len` tokens.

    `width` targets are continued for each source, as in `CachedDecoder`. Everything is computed again where
    earlier positions see later ones; where SOS itself is masked as padding, which leaves nothing to attend
    to; and under autocast, which rounds in each module, and the cache works without modules.
    """
    sos_is_masked = model.config.trg_pad_idx == SOS
    if (
        model.config.mistake in CACHEABLE
        and not sos_is_masked
        and not torch.is_autocast_enabled(src.device.type)
    ):
        return CachedDecoder(model, src, max_len, width)
    return RecomputingDecoder(model, src.repeat_interleave(width, dim=0))
