"""Beam search: several sequences are extended in parallel, and the most probable ones are kept."""

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
    """The settings of beam search. Raises `InputError` for values out of range."""

    width: int = 4
    """W: how many sequences are followed at once. 1 is greedy decoding."""
    length_penalty: float = 0.6
    """alpha of Wu et al. 2016, section 7. At 0 the score is the sum of log-probabilities, which favours short
    answers; larger values favour longer ones."""

    def __post_init__(self) -> None:
        """Raise `InputError` for values out of range; the message names the range."""
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
        """The divisor of the log-probability of a sequence of `length` written tokens, including EOS.

        lp(Y) = ((5 + |Y|) / 6) ** alpha, equation 14 of Wu et al. 2016 (without its coverage penalty).
        """
        return float(((5 + length) / 6) ** self.length_penalty)


@dataclass(frozen=True)
class BeamStep:
    """The result of one step of beam search, for all B sources of the batch.

    It lists the K = 2 W most probable continuations (fewer if there are fewer), the most probable first. Each
    is `alive` (followed at the next step), `finished` (it wrote EOS) or neither, which means pruned. Unused
    entries have a log-probability of -inf.
    """

    step: int
    """0 for the first token after SOS."""
    parents: Tensor
    """The index, in the previous step's list, of the sequence that each continues: [B, K]; 0 at step 0."""
    newest: Tensor
    """The token that each adds: [B, K]."""
    log_probabilities: Tensor
    """Of the whole sequence, the sum over its tokens: [B, K]."""
    scores: Tensor
    """`log_probabilities` divided by the length penalty: [B, K]. Finished sequences are compared by it."""
    alive: Tensor
    finished: Tensor
    tokens: Tensor
    """The sequences of the first W in the list, from SOS to the newest token: [B, W, step + 2]."""
    answer: Tensor
    """The finished sequence with the highest score so far, followed by PAD (`trg_pad_idx`); the first in the
    list if none is finished: [B, step + 2]."""
    answer_score: Tensor
    """Its score [B]; -inf if none is finished."""
    done: Tensor
    """Whether no sequence alive can still beat the answer: [B]."""


@torch.inference_mode()
def beam_search(
    model: Transformer,
    src: Tensor,
    beam: Beam | None = None,
    *,
    max_new_tokens: int = 64,
    use_cache: bool = True,
) -> Iterator[BeamStep]:
    """Beam search for sources [B, S]: yields one `BeamStep` per token, until every source is done.

    At each step every sequence that is alive is extended by every token, and the W most probable
    continuations are kept. Ties go to the better sequence, then to the token that greedy decoding prefers. A
    sequence that ends in EOS is finished and keeps its place, so each finished sequence narrows the beam by
    one. All sequences alive have the same length, so the length penalty matters only between finished ones.
    The search for a source ends when all its places are taken by finished sequences, or when no longer
    sequence can score higher than the best finished one; so ending early never changes the answer.
    """
    beam = beam or Beam()
    max_new_tokens = within_limits(model, max_new_tokens)
    batch, width = len(src), beam.width
    first_rows = torch.arange(batch, device=src.device)[:, None] * width  # each source has W rows
    rows = torch.arange(batch * width, device=src.device)  # the row that each continues
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
    """A stepper for W rows per source."""
    with evaluating(model):
        if use_cache:
            return fast_stepper(model, src, max_new_tokens, width)
        return RecomputingDecoder(model, src.repeat_interleave(width, dim=0))


def _totals_of_sos(model: Transformer, batch: int, width: int) -> Tensor:
    """Log-probabilities [B, W] at the start: 0 for the one sequence alive (SOS), -inf for the others."""
    totals = model.decoder.fc_out.weight.new_full((batch, width), -math.inf)
    totals[:, 0] = 0
    return totals


def _logits(model: Transformer, stepper: Stepper, tokens: Tensor, rows: Tensor) -> Tensor:
    """Logits of the next token [B * W, V]; row i continues row `rows[i]` [B * W] of the previous step."""
    with evaluating(model):
        if not torch.equal(rows, torch.arange(len(rows), device=rows.device)):
            stepper.reorder(rows)
        return stepper.step(tokens[:, -1])


def _bound(sums: Tensor, alive: Tensor, divisor: float) -> Tensor:
    """An upper bound [B] on the final scores of the sequences alive.

    Log-probabilities can only fall, and the longest sequence has the largest divisor.
    """
    return sums.masked_fill(~alive, -math.inf).amax(dim=-1) / divisor


def _most_probable(logits: Tensor, totals: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The K = 2 W best continuations by one token, from logits [B, W, V] and log-probabilities so far [B, W].

    Returns their log-probabilities, the sequences they continue and their tokens: [B, K] each. Up to W of
    them may end here, so 2 W are needed for W to go on.
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
    """All continuations, best first, with ties in a defined order: their sums and their indices, [B, W * V].

    Of equal sums those of the better sequence come first, and within a sequence the token that greedy
    decoding prefers: sums are rounded, so they may be equal where logits are not.
    """
    width, words = logits.shape[1:]
    own = torch.arange(0, width * words, words, device=logits.device)[
        :, None
    ]  # the first index of each sequence
    order = (best_first(logits) + own).flatten(1)
    sums = (log_probabilities(logits) + totals[:, :, None]).flatten(1).gather(-1, order)
    ranked = sums.sort(dim=-1, descending=True, stable=True)
    return ranked.values, order.gather(-1, ranked.indices)


def _better(
    answer: Tensor, score: Tensor, tokens: Tensor, finished: Tensor, pad: int
) -> tuple[Tensor, Tensor]:
    """The answer so far [B, step + 1] and its score [B], replaced where a newly finished one scores higher.

    `tokens` are [B, W, step + 2], `finished` their scores [B, K], -inf where a sequence is not finished.
    """
    new_score, place = finished.max(dim=-1)  # [B]; place 0 if none
    replaced = (new_score > score) | (score == -math.inf)
    new_answer = tokens.take_along_dim(place[:, None, None], dim=1)[:, 0]
    longer = torch.where(replaced[:, None], new_answer, F.pad(answer, (0, 1), value=pad))
    return longer, torch.maximum(score, new_score)
