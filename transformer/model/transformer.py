"""The encoder-decoder Transformer of Vaswani et al. 2017, section 3."""

import math

import torch
from torch import Tensor, nn

from transformer.errors import InputError
from transformer.model.attention import MultiHeadAttention
from transformer.model.config import TransformerConfig
from transformer.model.dropout import Dropout
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import check_places
from transformer.model.positional import PositionalEncoding
from transformer.model.trace import Trace, at, record


class TransformerBlock(nn.Module):
    """Attention, then a feed-forward network; around each a residual sum and a LayerNorm."""

    def __init__(self, config: TransformerConfig, *, cross: bool = False) -> None:
        """The same block serves as encoder layer and as second half of a decoder layer (`cross`)."""
        super().__init__()
        self.attention = MultiHeadAttention(config, cross=cross)
        self.norm1 = nn.LayerNorm(config.embed_dim)
        self.norm2 = nn.LayerNorm(config.embed_dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.embed_dim, config.feed_forward_dim),
            nn.ReLU(),
            Dropout(config.dropout),
            nn.Linear(config.feed_forward_dim, config.embed_dim),
        )
        self.dropout = Dropout(config.dropout)
        self.pre_norm = config.norm == "pre"

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        trace: Trace | None = None,
        name: str = "self_attention",
    ) -> Tensor:
        """[B, L, D] -> [B, L, D]; `name` is what the trace calls the attention."""
        if self.pre_norm:
            normed = record(trace, "norm1", self.norm1(query))
            # In self-attention keys and values are the normed queries; the encoder's output comes normed.
            key, value = (normed if x is query else x for x in (key, value))
            attended = self.attention(normed, key, value, mask, at(trace, name))
            x = record(trace, "residual1", query + self.dropout(attended))
            normed = record(trace, "norm2", self.norm2(x))
            forward = record(trace, "feed_forward", self.feed_forward(normed))
            return record(trace, "residual2", x + self.dropout(forward))
        attended = self.attention(query, key, value, mask, at(trace, name))
        x = record(trace, "residual1", query + self.dropout(attended))
        x = record(trace, "norm1", self.norm1(x))
        forward = record(trace, "feed_forward", self.feed_forward(x))
        x = record(trace, "residual2", x + self.dropout(forward))
        return record(trace, "norm2", self.norm2(x))


class DecoderBlock(nn.Module):
    """Masked self-attention over the target so far, then a `TransformerBlock` that attends to the source."""

    def __init__(self, config: TransformerConfig) -> None:
        """`attention` is the decoder's self-attention, `transformer_block.attention` the cross-attention."""
        super().__init__()
        self.attention = MultiHeadAttention(config)
        self.norm = nn.LayerNorm(config.embed_dim)
        self.transformer_block = TransformerBlock(config, cross=True)
        self.dropout = Dropout(config.dropout)
        self.pre_norm = config.norm == "pre"

    def forward(
        self,
        x: Tensor,
        encoded: Tensor,
        src_mask: Tensor | None,
        trg_mask: Tensor | None,
        trace: Trace | None = None,
    ) -> Tensor:
        """Target [B, L, D] and encoder output [B, S, D] -> [B, L, D]."""
        own_trace = at(trace, "self_attention")
        if self.pre_norm:
            normed = record(trace, "norm", self.norm(x))
            attended = self.attention(normed, normed, normed, trg_mask, own_trace)
            query = record(trace, "residual", x + self.dropout(attended))
        else:
            attended = self.attention(x, x, x, trg_mask, own_trace)
            x = record(trace, "residual", x + self.dropout(attended))
            query = record(trace, "norm", self.norm(x))
        output: Tensor = self.transformer_block(query, encoded, encoded, src_mask, trace, "cross_attention")
        return output


class _Stack(nn.Module):
    """What encoder and decoder share: token ids become vectors, and a last norm where blocks are pre-norm."""

    def __init__(self, config: TransformerConfig, vocab_size: int, pad_idx: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, config.embed_dim, padding_idx=pad_idx)
        self.position = PositionalEncoding(config)
        self.dropout = Dropout(config.dropout)
        self.norm = nn.LayerNorm(config.embed_dim) if config.norm == "pre" else nn.Identity()
        self.scale = math.sqrt(config.embed_dim) if config.scale_embeddings else 1.0

    def embed_tokens(self, tokens: Tensor, trace: Trace | None) -> Tensor:
        """Token ids [B, L] -> embeddings plus positions [B, L, D]. Raises `InputError` for no such ids."""
        check_tokens(tokens)
        x = self.embed(tokens)
        if self.scale != 1.0:
            x = x * self.scale
        x = self.position(record(trace, "embedding", x), trace)
        return record(trace, "input", self.dropout(x))


def check_tokens(tokens: Tensor) -> None:
    """Raise `InputError` unless these are whole numbers [B, L], of at least one sequence and one token."""
    if tokens.dim() != 2 or tokens.numel() == 0:
        raise InputError(
            "Tokens need the shape [B, L], with at least one sequence and one position; these have {shape}.",
            shape=list(tokens.shape),
        )
    if tokens.dtype not in (torch.int64, torch.int32):
        raise InputError(
            "Tokens are ids, whole numbers of type int64 or int32; these are {dtype}.",
            dtype=str(tokens.dtype).removeprefix("torch."),
        )


class Encoder(_Stack):
    """Reads the source: every token is rewritten, layer by layer, in the light of all the others."""

    def __init__(self, config: TransformerConfig) -> None:
        """`layers` holds `num_layers` blocks, each with weights of its own."""
        super().__init__(config, config.src_vocab_size, config.src_pad_idx)
        self.layers = nn.ModuleList([TransformerBlock(config) for _ in range(config.num_layers)])

    def forward(self, src: Tensor, mask: Tensor | None, trace: Trace | None = None) -> Tensor:
        """Token ids [B, S] -> [B, S, D]; `mask` (True = may attend) broadcasts to [B, H, S, S]."""
        x = self.embed_tokens(src, trace)
        for i, layer in enumerate(self.layers):
            x = layer(x, x, x, mask, at(trace, i))
        return record(trace, "output", self.norm(x))


class Decoder(_Stack):
    """Writes the target: each position sees the ones before it and the whole encoded source."""

    def __init__(self, config: TransformerConfig) -> None:
        """`fc_out` turns a position's D numbers into one logit per word of the target vocabulary."""
        super().__init__(config, config.trg_vocab_size, config.trg_pad_idx)
        self.layers = nn.ModuleList([DecoderBlock(config) for _ in range(config.num_layers)])
        self.fc_out = nn.Linear(config.embed_dim, config.trg_vocab_size)

    def forward(
        self,
        trg: Tensor,
        encoded: Tensor,
        src_mask: Tensor | None,
        trg_mask: Tensor | None,
        trace: Trace | None = None,
    ) -> Tensor:
        """Token ids [B, L] and encoder output [B, S, D] -> logits [B, L, V]."""
        x = self.embed_tokens(trg, trace)
        for i, layer in enumerate(self.layers):
            x = layer(x, encoded, src_mask, trg_mask, at(trace, i))
        x = record(trace, "output", self.norm(x))
        return record(trace, "logits", self.fc_out(x))


class Transformer(nn.Module):
    """Encoder and decoder together: source ids [B, S] and target ids [B, L] in, logits [B, L, V] out."""

    def __init__(self, config: TransformerConfig) -> None:
        """All weights are drawn from torch's global generator: seed it first for the same model again."""
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [B, 1, 1, S]: every query of every head may attend to the real source tokens."""
        return padding_mask(src, self.config.src_pad_idx)

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, L, L]: position i may attend to the real target tokens among 0..i."""
        causal = causal_mask(trg.size(1), trg.device)  # [1, 1, L, L]
        return causal & padding_mask(trg, self.config.trg_pad_idx)  # [B, 1, L, L]

    def encode(self, src: Tensor, src_mask: Tensor | None = None, *, trace: Trace | None = None) -> Tensor:
        """Source ids [B, S] -> encoder output [B, S, D]; without a mask, `make_src_mask(src)`."""
        check_places(trace.edited if trace else (), self.config)
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
    ) -> Tensor:
        """Target ids [B, L] and encoder output [B, S, D] -> logits [B, L, V]."""
        check_tokens(trg)
        check_places(trace.edited if trace else (), self.config)
        trg_mask = self.make_trg_mask(trg) if trg_mask is None else trg_mask
        logits: Tensor = self.decoder(trg, encoded, src_mask, trg_mask, at(trace, "decoder"))
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
        from the tokens unless given. The cross-attention uses the source's mask. Raises `InputError` for
        other masks, and for tokens that are no ids.
        """
        src_mask = self.make_src_mask(src) if src_mask is None else src_mask
        encoded = self.encode(src, src_mask, trace=trace)
        return self.decode(trg, encoded, src_mask, trg_mask, trace=trace)
