"""Random data for exercises: sources and targets of a digit task, padded on either side."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from transformer.learning.checkpoint import Checkpoint
from transformer.model.trace import Trace
from transformer.model.vocabulary import EOS, PAD, SOS


def chance(seed: int, level: int) -> np.random.Generator:
    """The random generator of a problem."""
    return np.random.default_rng((seed, level))


def different_digits(rng: np.random.Generator, count: int) -> list[int]:
    """Distinct digits in random order."""
    return [int(digit) for digit in rng.permutation(10)[:count]]


def source(checkpoint: Checkpoint, digits: Sequence[int]) -> list[int]:
    """The ids of a source, SOS to EOS."""
    return checkpoint.task.encode(" ".join(map(str, digits)))


def answer(checkpoint: Checkpoint, digits: Sequence[int]) -> list[int]:
    """The ids of the right answer, SOS to EOS."""
    ids = checkpoint.task.answer(source(checkpoint, digits))
    assert ids is not None
    return list(ids)


def padded(rows: Sequence[Sequence[int]], left: Sequence[bool]) -> Tensor:
    """Rows of ids as one tensor [B, S], each padded on its left or on its right."""
    width = max(map(len, rows))
    filled = [
        [PAD] * (width - len(row)) + list(row) if on_left else list(row) + [PAD] * (width - len(row))
        for row, on_left in zip(rows, left, strict=True)
    ]
    return torch.tensor(filled)


def words(checkpoint: Checkpoint, ids: Tensor) -> tuple[tuple[str, ...], ...]:
    """The labels of each row of ids [B, S]."""
    return tuple(tuple(checkpoint.task.src_vocabulary.labels(row)) for row in ids.tolist())


@torch.inference_mode()
def run(checkpoint: Checkpoint, src: Tensor, trg: Tensor, trace: Trace | None = None) -> Trace:
    """The trace of a pass over sources [B, S] and decoder inputs [B, L]."""
    trace = Trace() if trace is None else trace
    checkpoint.model(src, trg, trace=trace)
    return trace


__all__ = ["EOS", "PAD", "SOS", "answer", "chance", "different_digits", "padded", "run", "source", "words"]
