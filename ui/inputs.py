"""What users type, read for a model: one or several sources."""

import random

import numpy as np
from torch import Tensor

from transformer import Checkpoint, InputError
from transformer.limits import MAX_SOURCE_TOKENS
from transformer.tasks import pad_batch

MAX_SENTENCES = 8


def read_source(checkpoint: Checkpoint, text: str) -> list[int]:
    """One source as ids, from SOS to EOS. Raises `InputError` if it cannot be read or is too long."""
    ids = checkpoint.task.encode(text)
    limit = min(MAX_SOURCE_TOKENS, checkpoint.model.config.max_len - 2)
    if len(ids) - 2 > limit:
        raise InputError(
            "The input has {length} tokens; at most {limit} can be shown.", length=len(ids) - 2, limit=limit
        )
    return ids


def read_sources(checkpoint: Checkpoint, text: str, limit: int = MAX_SENTENCES) -> Tensor:
    """One source a line, padded to the longest: [B, S]. Blank lines are skipped. Raises `InputError`."""
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    if len(lines) > limit:
        raise InputError(
            "There are {count} lines; at most {limit} can be shown.", count=len(lines), limit=limit
        )
    return pad_batch([read_source(checkpoint, line) for line in lines])


def right_answers(checkpoint: Checkpoint, src: Tensor) -> Tensor:
    """The right targets for sources [B, S], SOS to EOS, padded: [B, L + 1]."""
    return pad_batch([checkpoint.task.answer(row) for row in src.tolist()])


def labels(checkpoint: Checkpoint, ids: Tensor, *, target: bool = False) -> tuple[tuple[str, ...], ...]:
    """Each row of ids [B, S] as words to show."""
    vocabulary = checkpoint.task.trg_vocabulary if target else checkpoint.task.src_vocabulary
    return tuple(tuple(vocabulary.labels(row)) for row in ids.tolist())


def vocabulary_labels(checkpoint: Checkpoint, *, target: bool = False) -> tuple[str, ...]:
    """Every word of a language, in the order of the ids."""
    vocabulary = checkpoint.task.trg_vocabulary if target else checkpoint.task.src_vocabulary
    return tuple(vocabulary.labels(range(len(vocabulary))))


def random_text(checkpoint: Checkpoint, chance: random.Random) -> str:
    """A source of the model's task as a user would type it, of a pattern drawn at random."""
    task = checkpoint.task
    rng = np.random.default_rng(chance.randrange(2**32))
    ids = task.draw(chance.choice(task.patterns), 1, rng)[0]
    return task.join(task.src_vocabulary.strip(ids.tolist()))
