"""How PyTorch treats masks: fill values in each precision, fully masked rows, and its mask conventions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.errors import InputError
from transformer.model.attention import MultiHeadAttention
from transformer.model.config import TransformerConfig
from transformer.model.mask_conventions import to_additive, to_attn_mask, to_key_padding_mask
from transformer.model.masks import mask_energy, softmax_or_zeros
from transformer.model.places import Attention, sublayer
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer

# --- fill values -----------------------------------------------------------------------------------------

FILLS: dict[str, float | None] = {
    "-inf": float("-inf"),
    "finfo.min": None,
    "-1e20": -1e20,
    "-1e9": -1e9,
    "-1e4": -1e4,
    "1e-20": 1e-20,
    "-1e-20": -1e-20,
    "0": 0.0,
}
"""Fill values by their notation; None is the dtype's lowest number. 1e-20 is the mistake in the notes."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class FillResult:
    """The result of one fill value in one precision."""

    leaked: float
    """Share of the row's attention on forbidden keys."""
    row_sum: float
    error: str = ""
    """Type and message of the error, if PyTorch raised one."""


def try_fill(energy: Tensor, forbidden: Tensor, fill: str, dtype: torch.dtype) -> FillResult:
    """Softmax of one row of scores [S] in `dtype`, with `fill` where `forbidden` [S] is True."""
    value = FILLS[fill]
    try:
        masked = energy.to(dtype).masked_fill(forbidden, torch.finfo(dtype).min if value is None else value)
        weights = masked.softmax(dim=-1).float()
    except RuntimeError as error:
        return FillResult(float("nan"), float("nan"), f"{type(error).__name__}: {error}".splitlines()[0])
    return FillResult(float(weights[forbidden].sum()), float(weights.sum()))


# --- rows without a key ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class EmptyRow:
    """What one function returns for a query that may attend to nothing."""

    code: str
    verdict: Literal["nan", "zeros", "bias", "other", "error"]
    """`bias`: the attention gave zeros, so the output is just the bias of `out_proj`."""
    error: str = ""


def empty_row(q: Tensor, k: Tensor, v: Tensor, attention: MultiHeadAttention) -> list[EmptyRow]:
    """The results of softmax, this model and PyTorch's functions with every key masked for every query.

    q is [1, H, L, Dh], k and v are [1, H, S, Dh]; `nn.MultiheadAttention` gets the weights of `attention`.
    """
    rows, columns, width = q.size(2), k.size(2), attention.heads * attention.head_dim
    nothing = torch.zeros(1, 1, rows, columns, dtype=torch.bool)
    masked = torch.full((1, 1, rows, columns), float("-inf"))
    x, y = (part.transpose(1, 2).reshape(1, -1, width) for part in (q, k))  # any [1, L, D], [1, S, D] will do
    peer = torch_attention(attention)
    all_masked = to_attn_mask(nothing, 1, attention.heads)
    unseen = torch.ones(1, columns, dtype=torch.bool)

    def mha(code: str, **options: Any) -> EmptyRow:
        return _row(code, lambda: peer(x, y, y, **options)[0], peer.out_proj.bias)

    return [
        _row("masked_energy.softmax(dim=-1)", lambda: masked.softmax(dim=-1)),
        _row("softmax_or_zeros(masked_energy)", lambda: softmax_or_zeros(masked)),
        _row(
            "F.scaled_dot_product_attention(q, k, v, attn_mask=keep)",
            lambda: F.scaled_dot_product_attention(q, k, v, attn_mask=nothing),
        ),
        _row(
            "F.scaled_dot_product_attention(q, k, v, attn_mask=additive)",
            lambda: F.scaled_dot_product_attention(q, k, v, attn_mask=to_additive(nothing)),
        ),
        mha("mha(x, y, y, attn_mask=~keep)", attn_mask=all_masked),
        mha("mha(x, y, y, attn_mask=~keep, need_weights=False)", attn_mask=all_masked, need_weights=False),
        mha("mha(x, y, y, key_padding_mask=~keep)", key_padding_mask=unseen),
    ]


def _row(code: str, compute: Callable[[], Tensor], bias: Tensor | None = None) -> EmptyRow:
    with torch.inference_mode():
        try:
            row = compute().flatten(0, -2)[0]
        except RuntimeError as error:
            return EmptyRow(code, "error", f"{type(error).__name__}: {error}".splitlines()[0])
        if row.isnan().all():
            return EmptyRow(code, "nan")
        if not row.any():
            return EmptyRow(code, "zeros")
        return EmptyRow(code, "bias" if bias is not None and torch.allclose(row, bias) else "other")


# --- PyTorch's functions, fed with this model's weights and inputs ---------------------------------------


def torch_attention(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    """`nn.MultiheadAttention` with the weights of `ours`."""
    peer = nn.MultiheadAttention(ours.heads * ours.head_dim, ours.heads, batch_first=True)
    projections = (ours.fc_q, ours.fc_k, ours.fc_v)
    with torch.no_grad():
        peer.in_proj_weight.copy_(torch.cat([linear.weight for linear in projections]))
        peer.in_proj_bias.copy_(torch.cat([linear.bias for linear in projections]))
        peer.out_proj.load_state_dict(ours.fc_out.state_dict())
    return peer.eval()


def attention_module(model: Transformer, place: str) -> MultiHeadAttention:
    """The attention at a place of a trace, such as `decoder.1.cross_attention`."""
    attention = model.get_submodule(sublayer(model.config, place).module)
    assert isinstance(attention, MultiHeadAttention)
    return attention


def attention_inputs(trace: Trace, place: str, config: TransformerConfig) -> tuple[Tensor, Tensor]:
    """The inputs of an attention in a pass: for queries [B, L, D], and for keys and values [B, S, D]."""
    attention, _ = Attention.at(place)
    queries = trace[sublayer(config, place).given]
    return queries, trace["encoder.output"] if attention is Attention.CROSS else queries


@dataclass(frozen=True)
class Agreement:
    """The difference between a PyTorch function with a converted mask and this model."""

    weights: float
    """Largest difference of the attention weights, over queries that may attend to some key."""
    outputs: float
    """The same for the outputs of the attention."""
    empty_rows: int
    """Number of queries (of all heads) that may attend to nothing; not counted above."""
    nan_rows: int
    """Number of queries for which PyTorch returns NaN weights; this model gives zeros."""


@torch.inference_mode()
def check_keep(trace: Trace, place: str, mask: Tensor) -> Agreement:
    """Check `masked_fill` and softmax by hand, with the scores and values of the pass and this `mask`."""
    here = trace.at(place)
    weights = softmax_or_zeros(mask_energy(here["energy"], mask))
    alive = here["mask"].expand_as(here["weights"]).any(dim=-1)  # [B, H, L]
    return _agreement(here, weights, weights @ here["value"] - here["context"], alive, alive)


@torch.inference_mode()
def check_sdpa(trace: Trace, place: str, mask: Tensor) -> Agreement:
    """Check `scaled_dot_product_attention`, with the queries, keys and values of the pass and this `mask`.

    With the identity matrix as values, it returns its weights.
    """
    here = trace.at(place)
    q, k, v = here["query"], here["key"], here["value"]
    identity = torch.eye(k.size(2)).expand(k.size(0), k.size(1), -1, -1)
    weights = F.scaled_dot_product_attention(q, k, identity, attn_mask=mask)
    outputs = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    alive = here["mask"].expand_as(here["weights"]).any(dim=-1)  # [B, H, L]
    return _agreement(here, weights, outputs - here["context"], alive, alive)


@torch.inference_mode()
def check_mha(model: Transformer, trace: Trace, place: str, **masks: Tensor) -> Agreement:
    """Check `nn.MultiheadAttention`, with this layer's weights, the inputs of the pass and these `masks`."""
    here = trace.at(place)
    query, key = attention_inputs(trace, place, model.config)
    peer = torch_attention(attention_module(model, place))
    outputs, weights = peer(query, key, key, average_attn_weights=False, **masks)
    alive = here["mask"].expand_as(here["weights"]).any(dim=-1)  # [B, H, L]
    return _agreement(here, weights, outputs - here["output"], alive, alive.all(dim=1))


def _agreement(here: Trace, weights: Tensor, off: Tensor, alive: Tensor, alive_outputs: Tensor) -> Agreement:
    difference = (weights - here["weights"]).abs()[alive]
    outputs = off.abs()[alive_outputs]
    return Agreement(
        float(difference.max()) if difference.numel() else 0.0,
        float(outputs.max()) if outputs.numel() else 0.0,
        int((~alive).sum()),
        int(weights.isnan().any(dim=-1).sum()),
    )


def smallest(mask: Tensor) -> Tensor:
    """The smallest mask that broadcasts to `mask`: each axis along which nothing differs gets size 1."""
    for axis in range(mask.dim()):
        first = mask.narrow(axis, 0, 1)
        if bool((mask == first).all()):
            mask = first
    return mask


def key_padding_mask_or_none(mask: Tensor, batch: int) -> Tensor | None:
    """The mask as [B, S], True = masked out; None unless all heads and queries have the same keys."""
    kept = mask
    for axis in (1, 2):
        kept = kept[:, :1] if axis == 1 else kept[:, :, :1]
    if not bool((mask == kept).all()):
        return None
    try:
        return to_key_padding_mask(kept).expand(batch, -1)
    except InputError:
        return None
