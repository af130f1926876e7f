"""Record the attention of any PyTorch model: all masks and weights of one pass, in a `Trace`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from transformer.model.mask_conventions import from_additive
from transformer.model.trace import Trace


def record_attention(module: nn.Module, run: Callable[[], Any]) -> Trace:
    """Record the module's attentions while `run` runs: `PLACE.weights` [B, H, L, S] and `PLACE.mask`.

    It records calls of `nn.MultiheadAttention` and `scaled_dot_product_attention`. The mask is converted to
    boolean, True = may attend. PLACE is the name of the calling module; its second call is `PLACE.2`. Weights
    of fused kernels, which return none, are recomputed from queries and keys.
    """
    trace = Trace()
    with torch.no_grad(), _inside(module) as inside, _Recorder(trace, inside):
        run()
    return trace


@contextmanager
def _inside(module: nn.Module) -> Iterator[list[str]]:
    """The names of the modules that are running, the outermost first, kept up to date by hooks."""
    running: list[str] = []
    handles = []
    for name, part in module.named_modules():
        handles.append(part.register_forward_pre_hook(lambda *_, name=name: running.append(name)))
        handles.append(part.register_forward_hook(lambda *_: _leave(running)))
    try:
        yield running
    finally:
        for handle in handles:
            handle.remove()


def _leave(running: list[str]) -> None:
    """Remove the innermost name; returns None, because a hook's return value would replace the output."""
    running.pop()


class _Recorder(TorchFunctionMode):
    """Intercepts PyTorch's two attention functions."""

    def __init__(self, trace: Trace, inside: list[str]) -> None:
        super().__init__()
        self.trace, self.inside = trace, inside
        self.counted: dict[str, int] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = dict(kwargs or {})
        if func is F.scaled_dot_product_attention:
            self.note(*_sdpa(*args, **named))
        elif func is F.multi_head_attention_forward:
            return self.multi_head(func, args, named)
        return func(*args, **named)

    def multi_head(self, func: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call the function for the weights of every head, and return what the caller asked for."""
        wanted, average = named.get("need_weights", True), named.get("average_attn_weights", True)
        output, weights = func(*args, **named | {"need_weights": True, "average_attn_weights": False})
        self.note(weights if weights.dim() == 4 else weights[None], _given(named, weights))
        if not wanted:
            return output, None
        return output, weights.mean(dim=-3) if average else weights

    def note(self, weights: Tensor, mask: Tensor) -> None:
        """Record weights and mask under the name of the running module."""
        name = next((name for name in reversed(self.inside) if name), "attention")
        self.counted[name] = count = self.counted.get(name, 0) + 1
        here = self.trace.at(name if count == 1 else f"{name}.{count}")
        here.record("mask", mask)
        here.record("weights", weights)


def _sdpa(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[Tensor, Tensor]:
    """Weights and mask of `scaled_dot_product_attention`, [B, H, L, S] each."""
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
    scores = query.float() @ key.float().transpose(-2, -1) * (scale or 1 / math.sqrt(query.size(-1)))
    keep = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device)
    if is_causal:
        keep = keep.tril()  # aligned top left, even if there are more keys than queries
    if attn_mask is not None and attn_mask.dtype != torch.bool:
        scores = scores + attn_mask
        keep = keep & from_additive(attn_mask)
    elif attn_mask is not None:
        keep = keep & attn_mask
    weights = scores.masked_fill(~keep, -math.inf).softmax(-1).nan_to_num(0.0)
    return weights, keep.expand_as(scores)


def _given(named: Mapping[str, Any], weights: Tensor) -> Tensor:
    """Both masks of `nn.MultiheadAttention` combined: [B, H, L, S], True = may attend."""
    batch, heads, rows, columns = weights.shape if weights.dim() == 4 else (1, *weights.shape)
    keep = torch.ones(batch, heads, rows, columns, dtype=torch.bool, device=weights.device)
    padding, own = named.get("key_padding_mask"), named.get("attn_mask")
    if padding is not None:
        keep = keep & _to_all_keys(_keeps(padding).reshape(batch, 1, 1, -1), columns)
    if own is not None:
        by_head = _keeps(own).reshape((batch, heads, rows, -1) if own.dim() == 3 else (1, 1, rows, -1))
        keep = keep & _to_all_keys(by_head, columns)
    return keep


def _to_all_keys(keep: Tensor, columns: int) -> Tensor:
    """Extend the mask to keys that the module adds (`add_bias_kv`, `add_zero_attn`) and never masks."""
    return F.pad(keep, (0, columns - keep.size(-1)), value=True)


def _keeps(mask: Tensor) -> Tensor:
    return ~mask if mask.dtype == torch.bool else from_additive(mask)
