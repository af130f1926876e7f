"""Run the decoder one token at a time: recompute everything at each step, or cache keys and values.

Both mask the tokens so far with `make_trg_mask`, as in training: a PAD is no key, even if the model wrote it.
`folded.py` has a third stepper, which is faster but harder to read. All give the same logits.
"""

from typing import Protocol

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.model.cache import Cache
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer


class Stepper(Protocol):
    """Reads one more token of each of R sequences and returns the logits of the next ones."""

    trace: Trace | None
    """The trace of the source and of the newest step, if they are traced."""

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [R] at the next position -> logits [R, V] for the token after them."""

    def reorder(self, rows: Tensor) -> None:
        """Make row i continue what row `rows[i]` [R] has read, which must have the same source."""


class RecomputingDecoder:
    """Passes all tokens so far through the decoder at every step."""

    cache: Cache | None = None

    def __init__(self, model: Transformer, src: Tensor, trace: Trace | None = None) -> None:
        """Encode the sources [B, S]; with a `trace`, every step sets `self.trace` to a new one."""
        self.model = model
        self.src_mask = model.make_src_mask(src)
        self.encoded = model.encode(src, self.src_mask, trace=trace)  # [B, S, D]
        self.tokens = src.new_empty(src.size(0), 0)
        """The target so far, [B, L]."""
        self.source_trace = trace
        self.trace: Trace | None = None

    def step(self, newest: Tensor) -> Tensor:
        """Tokens [B] at the next position -> logits [B, V] for the token after them."""
        self.tokens = torch.cat([self.tokens, newest[:, None]], dim=1)
        self.trace = None if self.source_trace is None else self.source_trace.copy()
        logits = self.model.decode(
            self.tokens, self.encoded, self.src_mask, trace=self.trace, cache=self.cache
        )  # [B, L, V], or [B, 1, V] with a cache
        return logits[:, -1]

    def reorder(self, rows: Tensor) -> None:
        """Make row i continue what row `rows[i]` [B] has read, which must have the same source."""
        self.tokens = self.tokens[rows]
        if self.cache is not None:
            self.cache.reorder(rows)


class CachedDecoder(RecomputingDecoder):
    """Passes only the newest token through the decoder, and caches the keys and values of earlier ones."""

    def __init__(self, model: Transformer, src: Tensor, trace: Trace | None = None) -> None:
        """Encode the sources [B, S]. Raises `InputError` unless the model is causal."""
        check_causal(model)
        super().__init__(model, src, trace)
        self.cache: Cache = Cache(model.config.num_layers)


def check_causal(model: Transformer) -> None:
    """Raise `InputError` if earlier positions of the model attend to later ones."""
    if not model.is_causal:
        raise InputError(
            "In this model each new token changes what earlier ones see, so there is nothing that a cache "
            "could keep."
        )


def is_cacheable(model: Transformer, device: torch.device) -> bool:
    """Whether a cache gives the same as a pass over all tokens; under autocast, rounding would differ."""
    return model.is_causal and not torch.is_autocast_enabled(device.type)


def readable_stepper(model: Transformer, src: Tensor) -> RecomputingDecoder:
    """A stepper for sources [B, S]: with a cache if that gives the same result."""
    return (CachedDecoder if is_cacheable(model, src.device) else RecomputingDecoder)(model, src)
