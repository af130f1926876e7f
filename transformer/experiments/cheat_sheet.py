"""A cheat sheet of masks, computed: which mask each attention takes, and how PyTorch's functions read it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.experiments.torch_masks import (
    EmptyRow,
    attention_module,
    check_mha,
    check_sdpa,
    empty_row,
    torch_attention,
)
from transformer.learning.checkpoint import Checkpoint
from transformer.model.mask_conventions import to_additive, to_attn_mask, to_key_padding_mask
from transformer.model.places import Attention
from transformer.model.trace import Trace
from transformer.tasks import Batch

EQUAL = 1e-4
"""Differences below this are rounding."""

PADDED = Attention.ENCODER.place(0)
"""An attention with padding among its keys."""


@dataclass(frozen=True)
class Use:
    """The mask of one of the three attentions, as used in a forward pass."""

    attention: Attention
    mask: tuple[int, ...]
    """The mask's shape as it is stored."""
    scores: tuple[int, ...]
    """The shape that it is broadcast to."""
    mha: str
    """The equivalent argument of `nn.MultiheadAttention`, with its shape."""
    agrees: bool
    """Whether both of PyTorch's functions gave the same weights as the pass."""


@dataclass(frozen=True)
class Reading:
    """How one of PyTorch's functions reads a mask."""

    code: str
    true: str
    """What a boolean True does: `keeps` or `masks`."""
    added: bool
    """Whether a float mask of 0 and -inf gave the same weights as the boolean one."""


@torch.inference_mode()
def uses(checkpoint: Checkpoint, batch: Batch) -> list[Use]:
    """The masks of the three attentions in a pass over a padded batch."""
    model, trace = checkpoint.model, Trace()
    model(batch.src, batch.trg_input, trace=trace)
    found = []
    for attention in Attention:
        place = attention.place(0)
        mask, energy = trace[f"{place}.mask"], trace[f"{place}.energy"]
        if attention is Attention.SELF:
            full = to_attn_mask(mask, len(energy), energy.size(1))
            argument, peer = "attn_mask", check_mha(model, trace, place, attn_mask=full)
        else:
            full = to_key_padding_mask(mask)
            argument, peer = "key_padding_mask", check_mha(model, trace, place, key_padding_mask=full)
        own = check_sdpa(trace, place, mask)
        found.append(
            Use(
                attention,
                tuple(mask.shape),
                tuple(energy.shape),
                f"{argument} {list(full.shape)}",
                max(peer.weights, own.weights) < EQUAL,
            )
        )
    return found


@torch.inference_mode()
def readings(checkpoint: Checkpoint, batch: Batch) -> list[Reading]:
    """How each function reads a mask, found by calling it: which keys get the weight."""
    model, trace, place = checkpoint.model, Trace(), PADDED
    model(batch.src, batch.trg_input, trace=trace)
    here, mask = trace.at(place), trace[f"{place}.mask"]
    keep = mask.expand(-1, 1, here["energy"].size(2), -1)

    def means(weights: Tensor) -> str:
        """What True means, judging from weights [B, H, L, S] computed with `mask`: `keeps` or `masks`."""
        return "keeps" if float(weights[~mask.expand_as(weights)].sum()) == 0 else "masks"

    q, k = here["query"], here["key"]
    identity = torch.eye(k.size(2)).expand(*k.shape[:2], -1, -1)
    ours, by_hand = here["weights"], (here["energy"] + to_additive(mask)).softmax(dim=-1)
    sdpa = F.scaled_dot_product_attention(q, k, identity, attn_mask=keep)
    added = F.scaled_dot_product_attention(q, k, identity, attn_mask=to_additive(keep))
    found = [
        Reading("energy.masked_fill(~mask, -inf)", means(ours), _same(ours, by_hand)),
        Reading("F.scaled_dot_product_attention(attn_mask=)", means(sdpa), _same(sdpa, added)),
    ]
    x = trace["encoder.input"]
    peer = torch_attention(attention_module(model, place))
    for argument, boolean in (
        ("key_padding_mask", mask[:, 0, 0]),
        ("attn_mask", keep.expand(-1, q.size(1), -1, -1).flatten(0, 1)),
    ):
        weights = peer(x, x, x, average_attn_weights=False, **{argument: boolean})[1]
        dropped = peer(x, x, x, average_attn_weights=False, **{argument: ~boolean})[1]
        floats = peer(x, x, x, average_attn_weights=False, **{argument: to_additive(boolean)})[1]
        code = f"nn.MultiheadAttention({argument}=)"
        found.append(Reading(code, means(weights.nan_to_num()), _same(dropped, floats)))
    return found


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=EQUAL)


@torch.inference_mode()
def empty_rows(checkpoint: Checkpoint, batch: Batch) -> list[EmptyRow]:
    """What each function returns for a query without any key."""
    trace, place = Trace(), PADDED
    checkpoint.model(batch.src, batch.trg_input, trace=trace)
    here = trace.at(place)
    q, k, v = (here[name][:1] for name in ("query", "key", "value"))
    return empty_row(q, k, v, attention_module(checkpoint.model, place))
