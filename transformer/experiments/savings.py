"""What the cache saves: the same tokens written with and without it, counted and timed step by step."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.decoding.folded import CachedDecoder
from transformer.decoding.loop import recomputed, within_limits
from transformer.experiments.products import Products
from transformer.model.modes import evaluating
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import SOS


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

    Each way reads what it wrote itself. An EOS does not end it, so that all lengths can be measured. The
    first step's time is also that of reading the source.
    """
    length = within_limits(model, length)
    with evaluating(model):
        begun = time.perf_counter()
        decoder = CachedDecoder(model, src, length)
        prepared = time.perf_counter()
        follow = recomputed(model, src, None)
    reading = [prepared - begun, time.perf_counter() - prepared]
    newest = src.new_full((1,), SOS)
    tokens = newest[:, None]
    for step in range(length):
        with evaluating(model):
            started = time.perf_counter()
            newest = decoder.step(newest).argmax(dim=-1)
            between = time.perf_counter()
            again = follow(tokens)[0].argmax(dim=-1)
            ended = time.perf_counter()
        tokens = torch.cat([tokens, again[:, None]], dim=1)
        yield Cost(
            step,
            (int(newest), int(again)),
            (between - started + reading[0], ended - between + reading[1]),
        )
        reading = [0.0, 0.0]


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
    """Multiplications in the decoder's matrix products, as counted while it ran, with the cache and without.
    What the cache computes once is in those of the first step: the keys and values of the source, and what
    biases come to."""


@torch.inference_mode()
def work_of_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[Work]:
    """Greedy decoding of a source [1, S], of at most `length` tokens, both ways, step by step."""
    length = within_limits(model, length)
    with evaluating(model), Products() as encoding:
        model.encode(src)
    with evaluating(model), Products() as preparing:
        decoder = CachedDecoder(model, src, length)
    once = preparing.count - encoding.count  # what the fused kernel hides is missing in both alike
    with evaluating(model):
        follow = recomputed(model, src, Trace())  # a trace multiplies in the open, where it can be counted
    tokens = src.new_full((1, 1), SOS)
    for _ in range(length):
        with Products() as cached:
            newest = int(decoder.step(tokens[:, -1]).argmax())
        with evaluating(model), Products() as anew:
            logits, trace = follow(tokens)
        assert trace is not None
        keys, values = decoder.remembered()
        rows = (1, trace["decoder.input"].size(1))
        products = (once + cached.count, anew.count)
        once = 0
        yield Work(tokens, newest, int(logits.argmax()), keys, values, rows, products)
        tokens = torch.cat([tokens, tokens.new_tensor([[newest]])], dim=1)
