"""What the cache saves: decoding with and without it, with operations counted and steps timed."""

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
    """The cost of one token, with and without the cache."""

    step: int
    """0 for the first token after SOS."""
    tokens: tuple[int, int]
    """The token written with the cache, and without: the same unless two logits are almost equal."""
    seconds: tuple[float, float]
    """With the cache, and without."""


@torch.inference_mode()
def time_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[Cost]:
    """Write `length` tokens for a source [1, S] with and without the cache, alternating; yields each step.

    Each decoder reads its own tokens. EOS does not end the decoding, so that all lengths can be measured. The
    first step's time includes encoding the source.
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
    """One step of decoding with the cache, and the same step without."""

    tokens: Tensor
    """All tokens that the decoder has read: [1, L]."""
    newest: int
    """The next token, chosen with the cache."""
    again: int
    """The next token, chosen without the cache."""
    keys: Tensor
    """The cached keys of each decoder layer: [layers, H, L, Dh]; `values` likewise."""
    values: Tensor
    rows: tuple[int, int]
    """Tokens that passed through the decoder, with the cache and without."""
    products: tuple[int, int]
    """Multiplications counted in the decoder's matrix products, with the cache and without. With it, the keys
    and values of the source are computed only at the first step."""


@torch.inference_mode()
def work_of_both_ways(model: Transformer, src: Tensor, length: int) -> Iterator[CachedStep]:
    """Greedy decoding of `length` tokens for a source [1, S], with and without the cache, step by step."""
    length = within_limits(model, length)
    with evaluating(model):  # a trace makes attention run step by step, so `Products` can count it
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
    """The number of tokens that passed through the decoder at the latest step."""
    assert decoder.trace is not None
    return decoder.trace["decoder.input"].size(1)
