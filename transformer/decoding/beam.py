"""Beam search: several continuations side by side, of which the most probable are followed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.checks import is_number, is_whole
from transformer.decoding.folded import fast_stepper
from transformer.decoding.loop import within_limits
from transformer.decoding.stepper import RecomputingDecoder, Stepper
from transformer.decoding.ties import best_first, in_one_order, log_probabilities
from transformer.errors import InputError, brief
from transformer.model.modes import evaluating
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS, SOS


@dataclass(frozen=True)
class Beam:
    """How beam search looks for an answer. Raises `InputError` for values that say nothing."""

    width: int = 4
    """W: how many sequences are followed at once. One alone is greedy decoding."""
    length_penalty: float = 0.6
    """alpha of Wu et al. 2016, section 7: 0 compares sums of log-probabilities, which favours short answers;
    the larger, the less length matters, and at last longer answers win."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the range."""
        if not is_whole(self.width) or self.width < 1:
            raise InputError(
                "{name} = {value} must be a whole number of at least 1.",
                name="width",
                value=brief(self.width),
            )
        if not is_number(self.length_penalty) or not 0 <= self.length_penalty <= 10:
            raise InputError(
                "length_penalty = {value} must be a number from 0 to 10.", value=brief(self.length_penalty)
            )

    def divisor(self, length: int) -> float:
        """What log-probabilities of sequences of `length` written tokens, EOS among them, are divided by.

        lp(Y) = ((5 + |Y|) / 6) ** alpha, equation 14 of Wu et al. 2016 (without its coverage penalty).
        """
        return float(((5 + length) / 6) ** self.length_penalty)


@dataclass(frozen=True)
class BeamStep:
    """What happened at one step of beam search, for all B sequences of the batch.

    K = 2 W continuations (fewer if there are not so many) are listed, the most probable first. Each is
    `alive` (followed at the next step), `finished` (it wrote EOS) or, if neither, pruned. Where there is
    nothing to list the log-probability is -inf.
    """

    step: int
    """0 for the first token after SOS."""
    parents: Tensor
    """The place [B, K] in the step before's list of what each continues; 0, SOS alone, at step 0."""
    newest: Tensor
    """The token each adds: [B, K]."""
    log_probabilities: Tensor
    """Of the whole sequence: the sum over its tokens [B, K]."""
    scores: Tensor
    """`log_probabilities` divided by the length penalty: [B, K]. The finished are compared by it."""
    alive: Tensor
    finished: Tensor
    tokens: Tensor
    """Of the W first in the list, from SOS to the newest: [B, W, step + 2]."""
    answer: Tensor
    """The finished sequence of the highest score so far, then PAD (`trg_pad_idx`); the first in the list if
    there is none: [B, step + 2]."""
    answer_score: Tensor
    """Its score [B]; -inf if none is finished."""
    done: Tensor
    """Where nothing that is alive can still beat the answer: [B]."""


@torch.inference_mode()
def beam_search(
    model: Transformer,
    src: Tensor,
    beam: Beam | None = None,
    *,
    max_new_tokens: int = 64,
    use_cache: bool = True,
) -> Iterator[BeamStep]:
    """Beam search for sources [B, S]: yields a record per token, until every source is done.

    At each step every sequence that is alive is continued by every token, and the W most probable
    continuations stay; of equals those of the better sequence, and of its tokens those that greedy decoding
    prefers. One that ends in EOS is finished, and its place stays taken: with each the beam is one narrower.
    All that are alive have the same length, so the length penalty decides between the finished only.
    The search for a source ends when its places are taken, or when no longer sequence can have a higher
    score than the best that is finished: so ending early never changes the answer.
    """
    beam = beam or Beam()
    max_new_tokens = within_limits(model, max_new_tokens)
    batch, width = len(src), beam.width
    first_rows = torch.arange(batch, device=src.device)[:, None] * width  # a source has W rows of B * W
    rows = torch.arange(batch * width, device=src.device)  # which row each continues
    tokens = src.new_full((batch * width, 1), SOS)
    totals = _totals_of_sos(model, batch, width)
    places = src.new_full((batch, 1), width)  # not taken by finished sequences
    answer, pad = tokens[::width], model.config.trg_pad_idx
    answer_score = totals.new_full((batch,), -math.inf)
    stepper = _stepper(model, src, max_new_tokens, width, use_cache)
    for step in range(max_new_tokens):
        logits = _logits(model, stepper, tokens, rows).view(batch, width, -1)  # [B, W, V]
        sums, parents, newest = _most_probable(logits, totals)
        rows = (first_rows + parents[:, :width]).flatten()
        tokens = torch.cat([tokens.index_select(0, rows), newest[:, :width].reshape(-1, 1)], dim=1)
        of_sources = tokens.view(batch, width, -1)  # [B, W, step + 2]

        kept = (torch.arange(sums.size(1), device=src.device) < places) & (sums > -math.inf)
        finished = kept & (newest == EOS)
        places = places - finished.sum(dim=-1, keepdim=True)
        scores = sums / beam.divisor(step + 1)
        finished_scores = scores.masked_fill(~finished, -math.inf)
        answer, answer_score = _better(answer, answer_score, of_sources, finished_scores, pad)

        alive = kept & ~finished
        done = answer_score >= _bound(sums, alive, beam.divisor(max_new_tokens))
        alive = alive & ~done[:, None]
        totals = sums.masked_fill(~alive, -math.inf)[:, :width]
        beams = (parents, newest, sums, scores, alive, finished)
        yield BeamStep(step, *beams, of_sources, answer, answer_score, done)
        if done.all():
            return


def _stepper(model: Transformer, src: Tensor, max_new_tokens: int, width: int, use_cache: bool) -> Stepper:
    """What gives the logits of W rows a source."""
    with evaluating(model):
        if use_cache:
            return fast_stepper(model, src, max_new_tokens, width)
        return RecomputingDecoder(model, src.repeat_interleave(width, dim=0))


def _totals_of_sos(model: Transformer, batch: int, width: int) -> Tensor:
    """Log-probabilities [B, W] at the start, where SOS alone is alive: those of the other places are -inf."""
    totals = model.decoder.fc_out.weight.new_full((batch, width), -math.inf)
    totals[:, 0] = 0
    return totals


def _logits(model: Transformer, stepper: Stepper, tokens: Tensor, rows: Tensor) -> Tensor:
    """Of the next token [B * W, V]; `rows` [B * W] says which row of the step before each continues."""
    with evaluating(model):
        if not torch.equal(rows, torch.arange(len(rows), device=rows.device)):
            stepper.reorder(rows)
        return stepper.step(tokens[:, -1])


def _bound(sums: Tensor, alive: Tensor, divisor: float) -> Tensor:
    """The highest score [B] that anything alive can still have: log-probabilities only fall, and no divisor
    is larger than that of the longest sequence.
    """
    return sums.masked_fill(~alive, -math.inf).amax(dim=-1) / divisor


def _most_probable(logits: Tensor, totals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The K = 2 W best continuations by one token, from logits [B, W, V] and log-probabilities so far [B, W].

    Their log-probability, whom they continue, the token: [B, K] each. W of them may end here, so twice as
    many are needed for W to stay.
    """
    words = logits.size(-1)
    sums = (logits.log_softmax(dim=-1) + totals[:, :, None]).flatten(1)  # [B, W * V]
    count = min(2 * logits.size(1), sums.size(1))
    top = sums.topk(min(count + 1, sums.size(1)))
    best, index = top.values, top.indices
    if not in_one_order(best):
        best, index = _in_order_of_logits(logits, totals)
    best, index = best[:, :count], index[:, :count]
    return best, index // words, index % words


def _in_order_of_logits(logits: Tensor, totals: Tensor) -> tuple[Tensor, Tensor]:
    """All continuations [B, W * V], best first, where sums are equal: their sums and places in [W * V].

    Of equals those of the better sequence come first, and of one sequence those that greedy decoding
    prefers: sums are rounded, and may be equal where logits are not.
    """
    width, words = logits.shape[1:]
    own = torch.arange(0, width * words, words, device=logits.device)[
        :, None
    ]  # where each one's tokens begin
    order = (best_first(logits) + own).flatten(1)
    sums = (log_probabilities(logits) + totals[:, :, None]).flatten(1).gather(-1, order)
    ranked = sums.sort(dim=-1, descending=True, stable=True)
    return ranked.values, order.gather(-1, ranked.indices)


def _better(
    answer: Tensor, score: Tensor, tokens: Tensor, finished: Tensor, pad: int
) -> tuple[Tensor, Tensor]:
    """The answer so far [B, step + 1] with its score [B], or what has just finished with a higher one.

    `tokens` are [B, W, step + 2], `finished` their scores [B, K], -inf where a sequence is not finished.
    """
    new_score, place = finished.max(dim=-1)  # [B]; place 0 if none
    replaced = (new_score > score) | (score == -math.inf)
    new_answer = tokens.take_along_dim(place[:, None, None], dim=1)[:, 0]
    longer = torch.where(replaced[:, None], new_answer, F.pad(answer, (0, 1), value=pad))
    return longer, torch.maximum(score, new_score)
