"""Writing an answer one token at a time."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from transformer.checks import is_whole
from transformer.decoding.folded import fast_stepper
from transformer.decoding.sampling import Candidates, Sampling, candidates, chances, draw
from transformer.decoding.stepper import RecomputingDecoder, Stepper, readable_stepper
from transformer.decoding.ties import probabilities
from transformer.errors import InputError, brief
from transformer.model.modes import evaluating
from transformer.model.trace import Edit, Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS, SOS


@dataclass(frozen=True)
class DecodeStep:
    """The result of one step of decoding, for all sequences of the batch."""

    step: int
    """0 for the first token after SOS."""
    tokens: Tensor
    """All tokens so far, from SOS to the one just written: [B, step + 2]."""
    logits: Tensor
    """[B, V], for the token just written."""
    finished: Tensor
    """Which sequences have written EOS: [B], bool. They continue with the target's PAD, `trg_pad_idx`."""
    trace: Trace | None = None
    """The trace of the pass over all tokens so far, if it was traced."""
    candidates: Candidates | None = None
    """What the token was drawn from; None in greedy decoding."""

    @cached_property
    def probabilities(self) -> Tensor:
        """softmax(logits): [B, V]; infinite logits share the whole probability."""
        return probabilities(self.logits)


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
    """Decode sources [B, S]: yields one `DecodeStep` per token, until every sequence has written EOS.

    Each token is the most probable one (the lowest id in case of a tie) or, with `sampling`, drawn at random
    (see `candidates`). With `use_cache`, only the newest token passes through the decoder at each step,
    unless a cache would be wrong for this model. Without it, or with a `trace`, all tokens so far do, and the
    trace has every row of the attentions. `edits` (see `Trace`) alter every step's pass and imply `trace`.
    `forced` maps steps (0 for the first) to tokens that are written whatever the model would choose. The
    model computes in evaluation mode and then returns to its previous mode. Raises `InputError` for sources
    that are not [B, S] ids, and for a forced token that does not exist.
    """
    limit = within_limits(model, max_new_tokens)
    with evaluating(model):
        if edits or trace:
            stepper = RecomputingDecoder(model, src, Trace(edits))
        else:
            stepper = readable_stepper(model, src) if use_cache else RecomputingDecoder(model, src)
    choose: Choose = _best if sampling is None else _sampled(model, src, limit, sampling)
    if forced:
        choose = _forced(model, choose, forced)
    yield from _written(model, src, stepper, limit, choose)


@torch.inference_mode()
def greedy(model: Transformer, src: Tensor, *, max_new_tokens: int = 64) -> Tensor:
    """The final tokens of greedy decoding, [B, <= max_new_tokens + 1]: faster than `decode`."""
    limit = within_limits(model, max_new_tokens)
    with evaluating(model):
        steps = _written(model, src, fast_stepper(model, src, limit), limit, _best)
        return deque(steps, maxlen=1).pop().tokens


Choose = Callable[[int, Tensor], tuple[Tensor, Candidates | None]]
"""The step and its logits [B, V] -> tokens [B] and what they were drawn from."""


def _written(
    model: Transformer, src: Tensor, stepper: Stepper, limit: int, choose: Choose
) -> Iterator[DecodeStep]:
    """Read a token and choose the next one, until every sequence has written EOS or `limit` tokens."""
    newest = src.new_full((src.size(0),), SOS)
    tokens, pad = newest[:, None], model.config.trg_pad_idx
    finished = torch.zeros(src.size(0), dtype=torch.bool, device=src.device)
    for step in range(limit):
        with evaluating(model):
            logits = stepper.step(newest)
        newest, drawn_from = choose(step, logits)
        newest = newest.masked_fill(finished, pad)
        finished = finished | (newest == EOS)
        tokens = torch.cat([tokens, newest[:, None]], dim=1)
        yield DecodeStep(step, tokens, logits, finished, stepper.trace, drawn_from)
        if finished.all():
            return


def _best(step: int, logits: Tensor) -> tuple[Tensor, None]:
    """The most probable token [B], the lowest id in case of a tie."""
    return logits.argmax(dim=-1), None


def _sampled(model: Transformer, src: Tensor, limit: int, sampling: Sampling) -> Choose:
    random = chances(src, limit, sampling.seed, model.config.src_pad_idx)  # [B, limit]

    def choose(step: int, logits: Tensor) -> tuple[Tensor, Candidates]:
        drawn_from = candidates(logits, sampling)
        return draw(drawn_from.probabilities, random[:, step]), drawn_from

    return choose


def _forced(model: Transformer, choose: Choose, forced: Mapping[int, int]) -> Choose:
    """A `Choose` that writes the token that `forced` names for a step, else what `choose` chooses."""

    def choose_or_force(step: int, logits: Tensor) -> tuple[Tensor, Candidates | None]:
        newest, drawn_from = choose(step, logits)
        if step in forced:
            newest = torch.full_like(newest, _known(model, forced[step]))
        return newest, drawn_from

    return choose_or_force


def within_limits(model: Transformer, max_new_tokens: int) -> int:
    """`max_new_tokens`, at most `max_len`. Raises `InputError` if it is not a whole number of at least 1."""
    if not is_whole(max_new_tokens) or max_new_tokens < 1:
        raise InputError(
            "{name} = {value} must be a whole number of at least 1.",
            name="max_new_tokens",
            value=brief(max_new_tokens),
        )
    return min(max_new_tokens, model.config.max_len)


def _known(model: Transformer, token: int) -> int:
    """`token`, if the target vocabulary has it. Raises `InputError` if not."""
    if not is_whole(token) or not 0 <= token < model.config.trg_vocab_size:
        raise InputError(
            "There is no token {token}: this model's tokens are 0 to {last}.",
            token=brief(token),
            last=model.config.trg_vocab_size - 1,
        )
    return token
