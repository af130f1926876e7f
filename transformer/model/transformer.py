"""The encoder-decoder Transformer of Vaswani et al. 2017, section 3."""

import math
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor, nn

from transformer.model.argument_checks import check_tokens
from transformer.model.attention import AttentionClass, MultiHeadAttention
from transformer.model.cache import Cache, KeyValues, LayerCache
from transformer.model.config import TransformerConfig
from transformer.model.dropout import Dropout
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import check_places
from transformer.model.positional import PositionalEncoding
from transformer.model.trace import Trace, at, record


class _Layer(nn.Module):
    """Base class of both kinds of layers: a residual sum and a LayerNorm around each part."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.dropout = Dropout(config.dropout)
        self.pre_norm = config.norm == "pre"

    def add_and_norm(
        self, x: Tensor, part: Callable[[Tensor], Tensor], norm: nn.Module, number: str, trace: Trace | None
    ) -> Tensor:
        """`norm(x + part(x))`, or `x + part(norm(x))` with pre-norm: [B, L, D] -> [B, L, D]."""
        given = record(trace, f"norm{number}", norm(x)) if self.pre_norm else x
        x = record(trace, f"residual{number}", x + self.dropout(part(given)))
        return x if self.pre_norm else record(trace, f"norm{number}", norm(x))


class TransformerBlock(_Layer):
    """Attention, then a feed-forward network; around each a residual sum and a LayerNorm."""

    def __init__(
        self, config: TransformerConfig, attention: AttentionClass = MultiHeadAttention, cross: bool = False
    ) -> None:
        """The block is an encoder layer or, with `cross`, the second half of a decoder layer."""
        super().__init__(config)
        self.attention = attention(config, cross=cross)
        self.norm1 = nn.LayerNorm(config.embed_dim)
        self.norm2 = nn.LayerNorm(config.embed_dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.embed_dim, config.feed_forward_dim),
            nn.ReLU(),
            Dropout(config.dropout),
            nn.Linear(config.feed_forward_dim, config.embed_dim),
        )

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        encoded: Tensor | None = None,
        trace: Trace | None = None,
        cache: KeyValues | None = None,
    ) -> Tensor:
        """[B, L, D] -> [B, L, D]: attends to the encoder output [B, S, D] or, if that is None, to `x`."""

        def attend(x: Tensor) -> Tensor:
            name, read = ("self_attention", x) if encoded is None else ("cross_attention", encoded)
            output: Tensor = self.attention(x, read, read, mask, at(trace, name), cache)
            return output

        x = self.add_and_norm(x, attend, self.norm1, "1", trace)
        return self.add_and_norm(
            x, lambda x: record(trace, "feed_forward", self.feed_forward(x)), self.norm2, "2", trace
        )


class DecoderBlock(_Layer):
    """Masked self-attention over the target so far, then a `TransformerBlock` that attends to the source."""

    def __init__(self, config: TransformerConfig, attention: AttentionClass = MultiHeadAttention) -> None:
        """`attention` is the decoder's self-attention, `transformer_block.attention` the cross-attention."""
        super().__init__(config)
        self.attention = attention(config)
        self.norm = nn.LayerNorm(config.embed_dim)
        self.transformer_block = TransformerBlock(config, attention, cross=True)

    def forward(
        self,
        x: Tensor,
        encoded: Tensor,
        src_mask: Tensor | None,
        trg_mask: Tensor | None,
        trace: Trace | None = None,
        cache: LayerCache | None = None,
    ) -> Tensor:
        """Target [B, L, D] and encoder output [B, S, D] -> [B, L, D]."""
        target, source = cache or (None, None)

        own_trace = at(trace, "self_attention")
        x = self.add_and_norm(
            x, lambda x: self.attention(x, x, x, trg_mask, own_trace, target), self.norm, "", trace
        )
        output: Tensor = self.transformer_block(x, src_mask, encoded, trace, source)
        return output


class _Stack(nn.Module):
    """Base class of encoder and decoder: embeddings of token ids, and a final norm if blocks are pre-norm."""

    def __init__(self, config: TransformerConfig, vocab_size: int, pad_idx: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, config.embed_dim, padding_idx=pad_idx)
        self.position = PositionalEncoding(config)
        self.dropout = Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.embed_dim) if config.norm == "pre" else nn.Identity()
        self.scale = math.sqrt(config.embed_dim) if config.scale_embeddings else 1.0

    def embed_tokens(self, tokens: Tensor, trace: Trace | None, start: int = 0) -> Tensor:
        """Token ids [B, L] at positions start, start + 1, ... -> embeddings plus positions [B, L, D].

        Raises `InputError` if `tokens` are not ids.
        """
        check_tokens(tokens)
        x = self.embed(tokens)
        if self.scale != 1.0:
            x = x * self.scale
        x = self.position(record(trace, "embedding", x), trace, start)
        return record(trace, "input", self.dropout(x))


class Encoder(_Stack):
    """Encodes the source: in each layer, every token gathers information from all others."""

    def __init__(self, config: TransformerConfig, attention: AttentionClass = MultiHeadAttention) -> None:
        """`layers` holds `num_layers` blocks, each with its own weights."""
        super().__init__(config, config.src_vocab_size, config.src_pad_idx)
        self.layers = nn.ModuleList([TransformerBlock(config, attention) for _ in range(config.num_layers)])

    def forward(self, src: Tensor, mask: Tensor | None, trace: Trace | None = None) -> Tensor:
        """Token ids [B, S] -> [B, S, D]; `mask` (True = may attend) broadcasts to [B, H, S, S]."""
        x = self.embed_tokens(src, trace)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, trace=at(trace, i))
        return record(trace, "output", self.norm(x))


class Decoder(_Stack):
    """Predicts the target: each position attends to positions up to its own and to the encoded source."""

    def __init__(self, config: TransformerConfig, attention: AttentionClass = MultiHeadAttention) -> None:
        """`fc_out` maps the D numbers of a position to one logit per word of the target vocabulary."""
        super().__init__(config, config.trg_vocab_size, config.trg_pad_idx)
        self.layers = nn.ModuleList([DecoderBlock(config, attention) for _ in range(config.num_layers)])
        self.fc_out = nn.Linear(config.embed_dim, config.trg_vocab_size)

    def forward(
        self,
        trg: Tensor,
        encoded: Tensor,
        src_mask: Tensor | None,
        trg_mask: Tensor,
        trace: Trace | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Token ids [B, L] and encoder output [B, S, D] -> logits [B, L, V].

        With a `cache`, only the tokens not cached yet pass through the layers: [B, L - cache.length, V].
        """
        start = 0 if cache is None else cache.length
        if start > 0:
            trg, trg_mask = trg[:, start:], trg_mask[:, :, start - trg.size(1) :]
        x = self.embed_tokens(trg, trace, start)
        for i, layer in enumerate(self.layers):
            kept = None if cache is None else cache.layers[i]
            x = layer(x, encoded, src_mask, trg_mask, at(trace, i), kept)
        x = record(trace, "output", self.norm(x))
        return record(trace, "logits", self.fc_out(x))


class Transformer(nn.Module):
    """Encoder and decoder together: source ids [B, S] and target ids [B, L] in, logits [B, L, V] out."""

    is_causal: ClassVar[bool] = True
    """Whether no target position depends on a later one, so that keys and values may be cached."""
    attention: ClassVar[AttentionClass] = MultiHeadAttention

    def __init__(self, config: TransformerConfig) -> None:
        """Draw all weights from torch's global generator: seed it first to reproduce them."""
        super().__init__()
        self.config = config
        self.encoder = Encoder(config, self.attention)
        self.decoder = Decoder(config, self.attention)

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [B, 1, 1, S]: every query of every head may attend to the real source tokens."""
        return padding_mask(src, self.config.src_pad_idx)

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, L, L]: position i may attend to the real target tokens among 0..i."""
        causal = causal_mask(trg.size(1), trg.device)  # [1, 1, L, L]
        return causal & padding_mask(trg, self.config.trg_pad_idx)  # [B, 1, L, L]

    def encode(self, src: Tensor, src_mask: Tensor | None = None, *, trace: Trace | None = None) -> Tensor:
        """Source ids [B, S] -> encoder output [B, S, D]; `src_mask` defaults to `make_src_mask(src)`."""
        check_places(() if trace is None else trace.edited, self.config)
        src_mask = self.make_src_mask(src) if src_mask is None else src_mask
        output: Tensor = self.encoder(src, src_mask, at(trace, "encoder"))
        return output

    def decode(
        self,
        trg: Tensor,
        encoded: Tensor,
        src_mask: Tensor,
        trg_mask: Tensor | None = None,
        *,
        trace: Trace | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Target ids [B, L] and encoder output [B, S, D] -> logits [B, L, V].

        `trg_mask` defaults to `make_trg_mask(trg)`. With a `cache`, logits of the new tokens only.
        """
        check_tokens(trg)
        check_places(() if trace is None else trace.edited, self.config)
        trg_mask = self.make_trg_mask(trg) if trg_mask is None else trg_mask
        logits: Tensor = self.decoder(trg, encoded, src_mask, trg_mask, at(trace, "decoder"), cache)
        return logits

    def forward(
        self,
        src: Tensor,
        trg: Tensor,
        src_mask: Tensor | None = None,
        trg_mask: Tensor | None = None,
        *,
        trace: Trace | None = None,
    ) -> Tensor:
        """Logits [B, L, V] for the token that follows each target position.

        Masks (bool, True = may attend, four axes that broadcast to [B, H, S, S] and [B, H, L, L]) are made
        from the tokens unless given. Raises `InputError` for other masks, and if tokens are not ids.
        """
        src_mask = self.make_src_mask(src) if src_mask is None else src_mask
        encoded = self.encode(src, src_mask, trace=trace)
        return self.decode(trg, encoded, src_mask, trg_mask, trace=trace)
