"""How often a model is right: many random inputs answered in one batch, and the result of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from transformer.errors import InputError
from transformer.experiments.edits import first_parting
from transformer.learning.steps import free_running
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import DIGITS, PAD, until_eos
from transformer.tasks import DigitTask, Ids, Task, make_batch


@dataclass(frozen=True)
class Answer:
    """One source with its expected and its written answer: ids without SOS and PAD.

    Answers include EOS; the source does not.
    """

    source: tuple[int, ...]
    expected: tuple[int, ...]
    written: tuple[int, ...]
    """Up to EOS; without an EOS, cut off at the length of the longest expected answer of the batch."""
    held_out: bool
    """Whether training never used this source."""

    @property
    def first_wrong(self) -> int | None:
        """The first step at which another token was written than expected; None if all are right."""
        return first_parting(self.expected, self.written)

    @property
    def is_right(self) -> bool:
        """Whether all tokens are right, up to and including EOS."""
        return self.first_wrong is None

    @property
    def right_tokens(self) -> int:
        """How many positions hold the expected token."""
        return sum(right == written for right, written in zip(self.expected, self.written, strict=False))


@dataclass(frozen=True)
class Score:
    """The score of some answers."""

    answers: int
    exact_match: float
    """Share of answers right from the first token to EOS."""
    token_accuracy: float
    """Share of expected tokens that the model, free running, wrote at their position."""


def score(answers: Sequence[Answer]) -> Score:
    """The score of at least one answer. Raises `InputError` if there is none."""
    if not answers:
        raise InputError("There is no answer to be counted.")
    expected = sum(len(answer.expected) for answer in answers)
    return Score(
        len(answers),
        sum(answer.is_right for answer in answers) / len(answers),
        sum(answer.right_tokens for answer in answers) / expected,
    )


def score_by_length(answers: Sequence[Answer]) -> dict[int, Score]:
    """A mapping from source length in tokens to the score of the answers to such sources, shortest first."""
    lengths = sorted({len(answer.source) for answer in answers})
    return {
        length: score([answer for answer in answers if len(answer.source) == length]) for length in lengths
    }


def random_sources(task: Task, count: int, seed: int) -> Ids:
    """`count` random sources, drawn as in training with equal shares of the patterns: [count, width].

    Unlike in training, they may be held-out ones.
    """
    rng = np.random.default_rng(seed)
    shares = np.bincount(np.arange(count) % len(task.patterns), minlength=len(task.patterns))
    drawn = [
        task.draw(pattern, int(share), rng)
        for pattern, share in zip(task.patterns, shares, strict=True)
        if share
    ]
    width = max(rows.shape[1] for rows in drawn)
    return np.concatenate([_widened(rows, width) for rows in drawn])


def longer_digits(task: DigitTask, count: int, seed: int, longest: int) -> Ids:
    """`count` random digit strings longer than any in training, up to `longest`: [count, longest]."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(task.max_length + 1, longest + 1, (count, 1))
    digits = rng.integers(0, 10, (count, longest)) + DIGITS.ids["0"]
    return np.where(np.arange(longest) < lengths, digits, PAD)


def _widened(rows: Ids, width: int) -> Ids:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=PAD)


@torch.inference_mode()
def answer_all(model: Transformer, task: Task, sources: Ids) -> list[Answer]:
    """Greedy, free-running answers to sources without SOS and EOS, [N, width], all in one batch."""
    batch = make_batch(task, sources)
    written = free_running(model, batch)
    return [
        Answer(_bare(source), tuple(until_eos(expected)[1:]), tuple(until_eos(output)[1:]), bool(held_out))
        for source, expected, output, held_out in zip(
            sources.tolist(),
            batch.trg.tolist(),
            written.tolist(),
            _held_out(task, sources),
            strict=True,
        )
    ]


def _held_out(task: Task, sources: Ids) -> NDArray[np.bool_]:
    """Which sources training never used: those that the task holds out, and those longer than it draws."""
    lengths = (sources != PAD).sum(axis=1)
    held_out: NDArray[np.bool_] = task.holds_out(sources) | (lengths > task.max_length)
    return held_out


def _bare(ids: list[int]) -> tuple[int, ...]:
    return tuple(token for token in ids if token != PAD)
