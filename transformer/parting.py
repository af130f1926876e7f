"""Inputs whose answer depends on how tokens are chosen: greedy, sampling and beam search part there."""

import torch
from torch import Tensor

from transformer.accuracy import longer_digits, random_sources
from transformer.beam import Beam, beam_search
from transformer.decoding import decode
from transformer.errors import InputError
from transformer.limits import MAX_RANDOM_TOKENS
from transformer.model import Transformer
from transformer.sampling import Sampling
from transformer.tasks import DigitTask, Task, pad_batch
from transformer.vocabulary import EOS, PAD

DRAWN = 32
"""Sources answered by greedy decoding."""

COMPARED = 8
"""Of them, those of whose answer the model is least certain are answered by all strategies."""

SPARE_STEPS = 4
"""How much longer than its source an answer may be."""


def where_strategies_part(
    model: Transformer, task: Task, sampling: Sampling, beam: Beam, seed: int = 0
) -> list[int] | None:
    """A source, SOS to EOS, that all three answer differently; None if there is none among those drawn.

    They are unlike what training showed, since there a model is certain.
    """
    sources = _unlike_training(task, min(MAX_RANDOM_TOKENS, model.config.max_len - 2), seed)
    if not sources:
        return None
    certainty = _certainty(model, pad_batch(sources))
    for row in certainty.argsort().tolist()[:COMPARED]:
        if _all_differ(model, torch.tensor([sources[row]]), sampling, beam):
            return sources[row]
    return None


def _unlike_training(task: Task, longest: int, seed: int) -> list[list[int]]:
    """Longer digit strings; of other tasks two sources in one."""
    if isinstance(task, DigitTask) and longest > task.max_length:
        drawn = longer_digits(task, DRAWN, seed, longest).tolist()
    else:
        first, second = (random_sources(task, DRAWN, number).tolist() for number in (seed, seed + 1))
        drawn = [one + other for one, other in zip(first, second, strict=True)]
    texts = [task.source_text([token for token in row if token != PAD]) for row in drawn]
    return [ids for text in texts if (ids := _read(task, text)) and len(ids) - 2 <= longest]


def _read(task: Task, text: str) -> list[int] | None:
    """The ids of a text that has to be readable as a user would type it."""
    try:
        return task.encode(text)
    except InputError:
        return None


def _certainty(model: Transformer, src: Tensor) -> Tensor:
    """The least probability that greedy decoding of sources [B, S] gave any token: [B]."""
    found = torch.ones(len(src))
    for step in decode(model, src, max_new_tokens=src.size(1) + SPARE_STEPS):
        newest = step.tokens[:, -1]
        given = step.probabilities.gather(1, newest[:, None])[:, 0]
        found = torch.where(newest == PAD, found, torch.minimum(found, given))
    return found


def _all_differ(model: Transformer, src: Tensor, sampling: Sampling, beam: Beam) -> bool:
    limit = src.size(1) + SPARE_STEPS
    *_, greedy = decode(model, src, max_new_tokens=limit)
    *_, sampled = decode(model, src, max_new_tokens=limit, sampling=sampling)
    *_, searched = beam_search(model, src, beam, max_new_tokens=limit)
    answers = (greedy.tokens, sampled.tokens, searched.answer)
    return len({_to_end(tokens[0].tolist()) for tokens in answers}) == len(answers)


def _to_end(tokens: list[int]) -> tuple[int, ...]:
    return tuple(tokens[: tokens.index(EOS)] if EOS in tokens else tokens)
