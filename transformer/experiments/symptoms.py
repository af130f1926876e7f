"""Symptoms of mistakes: measurements on a trained model that reveal what the training loss does not show."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.experiments.finite import apart
from transformer.learning.steps import exact_match
from transformer.model.modes import evaluating
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS
from transformer.tasks import Batch, NotShifted


@torch.inference_mode()
def share_looked_up(model: Transformer, batch: Batch) -> float:
    """Share of target tokens that the model copies from the decoder's input instead of computing them.

    For each position, the right answer in the decoder's input is replaced by another token. With a causal
    mask and a shifted target no prediction can depend on that, so the share is exactly 0.
    """
    pad = model.config.trg_pad_idx
    with evaluating(model):
        predicted = model(batch.src, batch.trg_input).argmax(dim=-1)  # [B, L]
        changed = [
            model(batch.src, tampered)[:, place].argmax(dim=-1) != predicted[:, place]
            for place, tampered in _tampered_inputs(batch, pad)
        ]
    words = _is_word(batch.trg_target, pad)[:, : len(changed)]
    return (torch.stack(changed, dim=1) & words).sum().item() / max(int(words.sum()), 1)


def _tampered_inputs(batch: Batch, pad: int) -> Iterator[tuple[int, Tensor]]:
    """For each position, the decoder's input [B, L] with another token in place of its answer."""
    ahead = 0 if isinstance(batch, NotShifted) else 1
    for answer in range(ahead, batch.trg_input.size(1)):
        tampered = batch.trg_input.clone()
        tampered[:, answer] = tampered[:, answer].roll(1)  # take the tokens of other sequences
        same = tampered[:, answer] == batch.trg_input[:, answer]
        tampered[same, answer] = pad
        yield answer - ahead, tampered


def _is_word(tokens: Tensor, pad: int) -> Tensor:
    return (tokens != pad) & (tokens != EOS)


@torch.inference_mode()
def change_by_source(model: Transformer, batch: Batch) -> float:
    """The largest change of any logit if every source is reversed, with SOS, EOS and PADs in place.

    Exactly 0 for a model that ignores its source.
    """
    turned = batch.src.clone()
    for row in turned:
        last = int((row != model.config.src_pad_idx).sum()) - 1
        row[1:last] = row[1:last].flip(0)
    with evaluating(model):
        return float(apart(model(turned, batch.trg_input), model(batch.src, batch.trg_input)).max())


def exact_match_filled_up(model: Transformer, batch: Batch, more: int) -> float:
    """Free-running exact match with `more` additional PADs after each source."""
    filled_up = F.pad(batch.src, (0, more), value=model.config.src_pad_idx)
    return exact_match(model, type(batch)(filled_up, batch.trg))


def exact_match_alone(model: Transformer, batch: Batch) -> float:
    """Free-running exact match without PAD after any source, like the input of a user."""
    lengths = (batch.src != model.config.src_pad_idx).sum(dim=1)
    right = sum(_right_of_length(model, batch, lengths, int(length)) for length in lengths.unique())
    return right / len(batch.src)


def _right_of_length(model: Transformer, batch: Batch, lengths: Tensor, length: int) -> float:
    rows = lengths == length
    same = type(batch)(batch.src[rows, :length], batch.trg[rows])
    return exact_match(model, same) * int(rows.sum())
