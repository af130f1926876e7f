"""What the cache saves: the same tokens written with and without it, counted and timed step by step."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from transformer.cache import CachedDecoder
from transformer.decoding import recomputed, within_limits
from transformer.model import Transformer
from transformer.trace import Trace
from transformer.vocabulary import SOS


@dataclass(frozen=True)
class Cost:
    """One token, written both ways."""

    step: int
    """0 for the first token after SOS."""
    tokens: tuple[int, int]
    """What was written with the cache, and without: the same, unless two logits are too close to call."""
    seconds: tuple[float, float]
    """With the cache, and without."""


@torch.inference_mode()
def time_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[Cost]:
    """Write `length` tokens for a source [1, S] with and without the cache, in turns; yields each step.

    Each way reads what it wrote itself. An EOS does not end it, so that all lengths can be measured.
    """
    model.eval()
    length = within_limits(model, length)
    decoder = CachedDecoder(model, src, length)
    follow = recomputed(model, src, None)
    newest = src.new_full((1,), SOS)
    tokens = newest[:, None]
    for step in range(length):
        started = time.perf_counter()
        newest = decoder.step(newest).argmax(dim=-1)
        between = time.perf_counter()
        again = follow(tokens)[0].argmax(dim=-1)
        ended = time.perf_counter()
        tokens = torch.cat([tokens, again[:, None]], dim=1)
        yield Cost(step, (int(newest), int(again)), (between - started, ended - between))


@dataclass(frozen=True)
class Work:
    """One step of a decode with the cache, and what it would take without."""

    tokens: Tensor
    """All that the decoder has read: [1, L]."""
    newest: int
    """The token that follows: the cache's choice."""
    again: int
    """The choice of computing everything again."""
    keys: Tensor
    """What the cache holds, of each decoder layer: [layers, H, L, Dh]."""
    values: Tensor
    rows: tuple[int, int]
    """Tokens that passed through the decoder, with the cache and without."""
    products: tuple[int, int]
    """Multiplications in matrix products, as counted while it ran, with the cache and without."""


@torch.inference_mode()
def work_of_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[Work]:
    """Greedy decoding of a source [1, S], of at most `length` tokens, both ways, step by step."""
    model.eval()
    length = within_limits(model, length)
    decoder = CachedDecoder(model, src, length)
    follow = recomputed(model, src, Trace())  # a trace multiplies in the open, where it can be counted
    tokens = src.new_full((1, 1), SOS)
    for _ in range(length):
        with FlopCounterMode(display=False) as cached:
            newest = int(decoder.step(tokens[:, -1]).argmax())
        with FlopCounterMode(display=False) as anew:
            logits, trace = follow(tokens)
        assert trace is not None
        keys, values = decoder.remembered()
        rows = (1, trace["decoder.input"].size(1))
        products = (cached.get_total_flops() // 2, anew.get_total_flops() // 2)  # a product and a sum each
        yield Work(tokens, newest, int(logits.argmax()), keys, values, rows, products)
        tokens = torch.cat([tokens, tokens.new_tensor([[newest]])], dim=1)
