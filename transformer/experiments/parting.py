"""Find inputs for which greedy decoding, sampling and beam search give different answers."""

import torch
from torch import Tensor

from transformer.decoding.beam import Beam, beam_search
from transformer.decoding.loop import decode
from transformer.decoding.sampling import Sampling
from transformer.experiments.accuracy import longer_digits, random_sources
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD, until_eos
from transformer.tasks import DigitTask, Ids, Task, make_batch

DRAWN = 64
"""The number of sources answered by greedy decoding."""

COMPARED = 12
"""The number of them, those with the least certain answers, that are answered by all strategies."""

CERTAIN = 0.9
"""If greedy decoding gave every token a higher probability, beam search hardly finds anything better."""

LONGER = 4
"""By how many tokens digit strings may be longer than in training, since models are uncertain there."""

SPARE_STEPS = 4
"""By how many tokens an answer may be longer than its source."""


def where_strategies_part(
    model: Transformer, task: Task, sampling: Sampling, beam: Beam, seed: int = 0
) -> list[int] | None:
    """A source, SOS to EOS, to which all three give different answers; None if none was found."""
    src = make_batch(task, _sources(task, model.config.max_len - 2, seed)).src
    certainty = _certainty(model, src)
    for row in certainty.argsort().tolist()[:COMPARED]:
        if certainty[row] > CERTAIN:
            break
        alone = src[row][src[row] != PAD]
        if _all_differ(model, alone[None], sampling, beam):
            found: list[int] = alone.tolist()
            return found
    return None


def _sources(task: Task, room: int, seed: int) -> Ids:
    """Random sources without SOS and EOS: [DRAWN, width]."""
    longest = min(room, task.max_length + LONGER)
    if isinstance(task, DigitTask) and longest > task.max_length:
        return longer_digits(task, DRAWN, seed, longest)
    return random_sources(task, DRAWN, seed)


def _certainty(model: Transformer, src: Tensor) -> Tensor:
    """The lowest probability of any token in the greedy answers to sources [B, S]: [B]."""
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
    return len({tuple(until_eos(tokens[0].tolist())) for tokens in answers}) == len(answers)
