"""Writing an answer one token at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.checks import is_whole
from transformer.decoding.sampling import Candidates, Sampling, candidates, chances, draw
from transformer.decoding.stepper import step_decoder
from transformer.decoding.ties import probabilities
from transformer.errors import InputError, brief
from transformer.model.modes import evaluating
from transformer.model.trace import Edit, Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS, SOS


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
    """softmax(logits): [B, V]; infinite logits share the whole of it."""
    finished: Tensor
    """Which sequences have written EOS: [B], bool. They go on with the target's PAD, `trg_pad_idx`."""
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

    Each token is the most probable one (of equals the one with the lowest id), or with `sampling` drawn as
    it says (see `candidates`).

    With `use_cache` only the newest token passes through the decoder at each step (all of them in a model
    for which a cache would be wrong, see `step_decoder`). Without it, or with a
    `trace`, all tokens so far do, and the trace shows every row of the attentions. Either way the tokens
    written are masked as `make_trg_mask` masks them in training: a PAD is no key, even if the model wrote
    it. `edits` (see `Trace`) alter every step's pass; with them each step is traced. At the steps that
    `forced` names (0 for the first) that token is written, whatever the model would choose. The model
    computes in evaluation mode and is left in the mode it is in. Raises `InputError` if there is no source
    or no such token.
    """
    max_new_tokens = within_limits(model, max_new_tokens)
    with evaluating(model):
        if edits or trace:
            follow = recomputed(model, src, Trace(edits))
        else:
            follow = _cached(model, src, max_new_tokens) if use_cache else recomputed(model, src, None)
    tokens = src.new_full((src.size(0), 1), SOS)
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    pad, src_pad = model.config.trg_pad_idx, model.config.src_pad_idx
    random = None if sampling is None else chances(src, max_new_tokens, sampling.seed, src_pad)  # [B, steps]
    for step in range(max_new_tokens):
        with evaluating(model):
            logits, step_trace = follow(tokens)
        if sampling is None or random is None:
            drawn_from, newest = None, logits.argmax(dim=-1)
        else:
            drawn_from = candidates(logits, sampling)
            newest = draw(drawn_from.probabilities, random[:, step])
        if forced and step in forced:
            newest = torch.full_like(newest, _known(model, forced[step]))
        newest = newest.masked_fill(finished, pad)
        finished = finished | (newest == EOS)
        tokens = torch.cat([tokens, newest[:, None]], dim=1)
        yield DecodeStep(step, tokens, logits, probabilities(logits), finished, step_trace, drawn_from)
        if finished.all():
            return


def within_limits(model: Transformer, max_new_tokens: int) -> int:
    """At most what the model has positions for. Raises `InputError` for what is no whole number from 1 on."""
    if not is_whole(max_new_tokens) or max_new_tokens < 1:
        raise InputError(
            "{name} = {value} must be a whole number of at least 1.",
            name="max_new_tokens",
            value=brief(max_new_tokens),
        )
    return min(max_new_tokens, model.config.max_len)


def _known(model: Transformer, token: int) -> int:
    """The token itself, if the target language has it. Raises `InputError` if not."""
    if not is_whole(token) or not 0 <= token < model.config.trg_vocab_size:
        raise InputError(
            "There is no token {token}: this model's tokens are 0 to {last}.",
            token=brief(token),
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
        return model.decode(tokens, encoded, src_mask, trace=step_trace)[:, -1], step_trace

    return follow


@torch.inference_mode()
def greedy(model: Transformer, src: Tensor, *, max_new_tokens: int = 64) -> Tensor:
    """The tokens that `decode` ends with, [B, <= max_new_tokens + 1], and nothing else."""
    max_new_tokens = within_limits(model, max_new_tokens)
    with evaluating(model):
        return _greedy(model, src, max_new_tokens)


def _greedy(model: Transformer, src: Tensor, max_new_tokens: int) -> Tensor:
    decoder, pad = step_decoder(model, src, max_new_tokens), model.config.trg_pad_idx
    tokens = src.new_full((src.size(0), max_new_tokens + 1), pad)
    tokens[:, 0] = newest = src.new_full((src.size(0),), SOS)
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    for step in range(max_new_tokens):
        newest = decoder.step(newest).argmax(dim=-1).masked_fill_(finished, pad)
        tokens[:, step + 1] = newest
        finished |= newest == EOS
        if finished.all():
            return tokens[:, : step + 2]
    return tokens
