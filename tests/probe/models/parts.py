"""Correct small models, of which each planted fault alters one place."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PAD, VOCAB, D, H = 0, 13, 16, 2


def causal(length: int, keys: int | None = None) -> Tensor:
    """[L, S], True = may attend; with more keys than queries, the queries are the last ones."""
    keys = length if keys is None else keys
    return torch.ones(length, keys, dtype=torch.bool).tril(keys - length)


class Attention(nn.Module):
    """Multi-head attention; `mask` is boolean, True = may attend, and broadcasts to [B, H, L, S]."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        q, k, v = self.split(self.q(x)), self.split(self.k(memory)), self.split(self.v(memory))
        return self.out(self.merge(self.attend(q, k, v, mask)))

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        scores = q @ k.transpose(-2, -1) / math.sqrt(D / H)
        return scores.masked_fill(~mask, -1e9).softmax(-1) @ v

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), H, D // H).transpose(1, 2)

    def merge(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).reshape(x.size(0), x.size(2), D)


class Block(nn.Module):
    """Attention, then a feed-forward network, each behind a norm."""

    attention_class: type[Attention] = Attention

    def __init__(self) -> None:
        super().__init__()
        self.attention = self.attention_class()
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.feed_forward = nn.Sequential(nn.Linear(D, 2 * D), nn.GELU(), nn.Linear(2 * D, D))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        normed = self.norm1(x)
        x = x + self.attention(normed, normed, mask)
        return x + self.feed_forward(self.norm2(x))


class Stack(nn.Module):
    """Embeddings, positions, two blocks."""

    block_class: type[Block] = Block

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(VOCAB, D)
        self.position = nn.Embedding(64, D)
        self.layers = nn.ModuleList([self.block_class() for _ in range(2)])
        self.head = nn.Linear(D, VOCAB)

    def positions(self, tokens: Tensor) -> Tensor:
        """[B, T] -> [B or 1, T]."""
        return torch.arange(tokens.size(1))[None]

    def run(self, tokens: Tensor, mask: Tensor) -> Tensor:
        x = self.embed(tokens) + self.position(self.positions(tokens))
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(x)


class Decoder(Stack):
    """Tokens [B, L] -> logits [B, L, V]."""

    def forward(self, tokens: Tensor) -> Tensor:
        return self.run(tokens, self.mask(tokens))

    def mask(self, tokens: Tensor) -> Tensor:
        return causal(tokens.size(1)) & (tokens != PAD)[:, None, None, :]


class Encoder(Stack):
    """Tokens [B, S] -> [B, S, V]."""

    def forward(self, tokens: Tensor) -> Tensor:
        return self.run(tokens, (tokens != PAD)[:, None, None, :])


class MaskedDecoder(Stack):
    """As Hugging Face calls them: `input_ids` and `attention_mask` [B, L]."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        self.keep = attention_mask.bool()
        own = torch.eye(input_ids.size(1), dtype=torch.bool)  # a PAD sees itself: no row without a key
        return self.run(input_ids, causal(input_ids.size(1)) & self.keep[:, None, None, :] | own)

    def positions(self, tokens: Tensor) -> Tensor:
        return (self.keep.long().cumsum(1) - 1).clamp(min=0)


class PackedDecoder(Stack):
    """Documents in one row: ids and the document of each, [1, T] each."""

    def forward(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        self.documents = torch.zeros_like(tokens) if documents is None else documents
        return self.run(tokens, self.mask(tokens))

    def mask(self, tokens: Tensor) -> Tensor:
        same = self.documents[:, :, None] == self.documents[:, None, :]
        return (causal(tokens.size(1)) & same)[:, None]

    def positions(self, tokens: Tensor) -> Tensor:
        same = self.documents[:, :, None] == self.documents[:, None, :]
        return (causal(tokens.size(1)) & same).sum(-1) - 1


class CachedAttention(Attention):
    """Keys and values of earlier calls are kept until `past` is emptied."""

    past: tuple[Tensor, Tensor] | None = None

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
        if self.past is not None:
            k, v = torch.cat([self.past[0], k], 2), torch.cat([self.past[1], v], 2)
        self.past = (k.detach(), v.detach())
        return self.seen(q, k, v)

    def seen(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=causal(q.size(2), k.size(2)))


class CachedBlock(Block):
    attention_class = CachedAttention


class CachedDecoder(Stack):
    """One token after another: `start` empties the cache, `step` takes the next token of each sentence."""

    block_class = CachedBlock

    def forward(self, tokens: Tensor) -> Tensor:
        self.start()
        return self.run(tokens, torch.ones(1, dtype=torch.bool))

    def start(self) -> None:
        self.length = 0
        for layer in self.layers:
            layer.attention.past = None

    def step(self, newest: Tensor) -> Tensor:
        logits = self.run(newest[:, None], torch.ones(1, dtype=torch.bool))
        self.length += 1
        return logits[:, 0]

    def positions(self, tokens: Tensor) -> Tensor:
        return self.length + torch.arange(tokens.size(1))[None]


def stepping(model: CachedDecoder):
    """What `Subject.step` wants."""

    def step(inputs):
        model.start()
        return model.step

    return step


class EncoderDecoder(nn.Module):
    """`nn.Transformer` between embeddings and logits: (src, trg) -> logits [B, L, V]."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed, self.position = nn.Embedding(VOCAB, D), nn.Embedding(64, D)
        self.transformer = nn.Transformer(D, H, 1, 1, 2 * D, batch_first=True, dropout=0.1)
        self.head = nn.Linear(D, VOCAB)

    def forward(self, src: Tensor, trg: Tensor) -> Tensor:
        vectors = [self.embed(ids) + self.position(torch.arange(ids.size(1))) for ids in (src, trg)]
        return self.head(self.transformer(*vectors, **self.masks(src, trg)))

    def masks(self, src: Tensor, trg: Tensor) -> dict[str, Tensor]:
        """True = masked out."""
        return {
            "tgt_mask": ~causal(trg.size(1)),
            "src_key_padding_mask": src == PAD,
            "tgt_key_padding_mask": trg == PAD,
            "memory_key_padding_mask": src == PAD,
        }


def decoder_of(attention: type[Attention], decoder: type[Stack] = Decoder) -> Stack:
    """A stack whose blocks use another attention."""
    block = type("Block", (Block,), {"attention_class": attention})
    return type("Model", (decoder,), {"block_class": block})()
