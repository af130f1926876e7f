"""What the cache saves: the same tokens written with and without it, counted and timed step by step."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.decoding.loop import within_limits
from transformer.decoding.stepper import CachedDecoder, RecomputingDecoder
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
        with_cache = CachedDecoder(model, src)
        prepared = time.perf_counter()
        without = RecomputingDecoder(model, src)
    reading = [prepared - begun, time.perf_counter() - prepared]
    newest = again = src.new_full((1,), SOS)
    for step in range(length):
        with evaluating(model):
            started = time.perf_counter()
            newest = with_cache.step(newest).argmax(dim=-1)
            between = time.perf_counter()
            again = without.step(again).argmax(dim=-1)
            ended = time.perf_counter()
        yield Cost(
            step,
            (int(newest), int(again)),
            (between - started + reading[0], ended - between + reading[1]),
        )
        reading = [0.0, 0.0]


@dataclass(frozen=True)
class CachedStep:
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
    With it the keys and values of the source are computed at the first step only."""


@torch.inference_mode()
def work_of_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[CachedStep]:
    """Greedy decoding of a source [1, S], of at most `length` tokens, both ways, step by step."""
    length = within_limits(model, length)
    with evaluating(model):  # a trace multiplies step by step, where it can be counted
        with_cache, without = CachedDecoder(model, src, Trace()), RecomputingDecoder(model, src, Trace())
    newest = src.new_full((1,), SOS)
    for _ in range(length):
        with evaluating(model), Products() as cached:
            logits = with_cache.step(newest)
        with evaluating(model), Products() as anew:
            logits_again = without.step(newest)
        keys, values = (kept[:, 0] for kept in with_cache.cache.of_target())
        rows = (_rows_passed(with_cache), _rows_passed(without))
        products = (cached.count, anew.count)
        newest = logits.argmax(dim=-1)
        yield CachedStep(
            without.tokens, int(newest), int(logits_again.argmax()), keys, values, rows, products
        )


def _rows_passed(decoder: RecomputingDecoder) -> int:
    """How many tokens passed through the decoder at the newest step."""
    assert decoder.trace is not None
    return decoder.trace["decoder.input"].size(1)
