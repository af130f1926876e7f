"""Writing an answer one token at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.masks import causal_mask
from transformer.model import Transformer
from transformer.sampling import Candidates, Sampling, candidates, chances, draw
from transformer.stepping import step_decoder
from transformer.trace import Edit, Trace
from transformer.vocabulary import EOS, PAD, SOS


@dataclass(frozen=True)
class DecodeStep:
    """What happened at one step of decoding, for all sequences of the batch."""

    step: int
    """0 for the first token after SOS."""
    tokens: Tensor
    """All tokens so far, from SOS to the one just written: [B, step + 2]."""
    logits: Tensor
    """[B, V], for the token just written."""
    probabilities: Tensor
    """softmax(logits): [B, V]."""
    finished: Tensor
    """Which sequences have written EOS: [B], bool. They go on with PAD."""
    trace: Trace | None = None
    """Of the pass over all tokens so far that gave the logits."""
    candidates: Candidates | None = None
    """What the token was drawn from; none in greedy decoding."""


@torch.inference_mode()
def decode(
    model: Transformer,
    src: Tensor,
    *,
    max_new_tokens: int = 64,
    use_cache: bool = True,
    trace: bool = False,
    edits: Mapping[str, Edit] | None = None,
    sampling: Sampling | None = None,
    forced: Mapping[int, int] | None = None,
) -> Iterator[DecodeStep]:
    """Decode sources [B, S]: yields a record per token, until every sequence has written EOS.

    Each token is the most probable one, or with `sampling` drawn as it says (see `candidates`).

    With `use_cache` only the newest token passes through the decoder at each step (all of them in a model
    for which a cache would be wrong, see `step_decoder`). Without it, or with a
    `trace`, all tokens so far do, and the trace shows every row of the attentions. `edits` (see `Trace`)
    alter every step's pass; with them each step is traced. At the steps that `forced` names (0 for the
    first) that token is written, whatever the model would choose. Raises `InputError` if it has none such.
    """
    if model.training:
        model.eval()
    max_new_tokens = within_limits(model, max_new_tokens)
    if edits or trace:
        follow = recomputed(model, src, Trace(edits))
    else:
        follow = _cached(model, src, max_new_tokens) if use_cache else recomputed(model, src, None)
    tokens = src.new_full((src.size(0), 1), SOS)
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    random = None if sampling is None else chances(src, max_new_tokens, sampling.seed)  # [B, steps]
    for step in range(max_new_tokens):
        logits, step_trace = follow(tokens)
        if sampling is None or random is None:
            drawn_from, newest = None, logits.argmax(dim=-1)
        else:
            drawn_from = candidates(logits, sampling)
            newest = draw(drawn_from.probabilities, random[:, step])
        if forced and step in forced:
            newest = torch.full_like(newest, _known(model, forced[step]))
        newest = newest.masked_fill(finished, PAD)
        finished = finished | (newest == EOS)
        tokens = torch.cat([tokens, newest[:, None]], dim=1)
        yield DecodeStep(step, tokens, logits, logits.softmax(dim=-1), finished, step_trace, drawn_from)
        if finished.all():
            return


def within_limits(model: Transformer, max_new_tokens: int) -> int:
    """At most what the model has positions for. Raises `InputError` below 1."""
    if max_new_tokens < 1:
        raise InputError(
            "{name} = {value} must be a whole number of at least 1.",
            name="max_new_tokens",
            value=max_new_tokens,
        )
    return min(max_new_tokens, model.config.max_len)


def _known(model: Transformer, token: int) -> int:
    """The token itself, if the target language has it. Raises `InputError` if not."""
    if not 0 <= token < model.config.trg_vocab_size:
        raise InputError(
            "There is no token {token}: this model's tokens are 0 to {last}.",
            token=token,
            last=model.config.trg_vocab_size - 1,
        )
    return token


Follow = Callable[[Tensor], tuple[Tensor, Trace | None]]
"""Tokens so far [B, L] -> logits [B, V] for the next one."""


def _cached(model: Transformer, src: Tensor, max_len: int) -> Follow:
    decoder = step_decoder(model, src, max_len)
    return lambda tokens: (decoder.step(tokens[:, -1]), None)


def recomputed(model: Transformer, src: Tensor, source_trace: Trace | None) -> Follow:
    """Every step passes all tokens so far through the decoder."""
    src_mask = model.make_src_mask(src)
    encoded = model.encode(src, src_mask, trace=source_trace)

    def follow(tokens: Tensor) -> tuple[Tensor, Trace | None]:
        step_trace = source_trace.copy() if source_trace is not None else None
        # No padding mask: what the model wrote is what it reads. A mistaken one makes its own mask.
        causal = causal_mask(tokens.size(1), tokens.device) if model.config.mistake == "none" else None
        return model.decode(tokens, encoded, src_mask, causal, trace=step_trace)[:, -1], step_trace

    return follow


@torch.inference_mode()
def greedy(model: Transformer, src: Tensor, *, max_new_tokens: int = 64) -> Tensor:
    """The tokens that `decode` ends with, [B, <= max_new_tokens + 1], and nothing else."""
    if model.training:
        model.eval()
    max_new_tokens = within_limits(model, max_new_tokens)
    decoder = step_decoder(model, src, max_new_tokens)
    tokens = src.new_full((src.size(0), max_new_tokens + 1), PAD)
    tokens[:, 0] = newest = src.new_full((src.size(0),), SOS)
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    for step in range(max_new_tokens):
        newest = decoder.step(newest).argmax(dim=-1).masked_fill_(finished, PAD)
        tokens[:, step + 1] = newest
        finished |= newest == EOS
        if finished.all():
            return tokens[:, : step + 2]
    return tokens
