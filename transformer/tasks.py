"""What a model can be taught: sequences to read, and for each the one right sequence to write."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from transformer.errors import InputError
from transformer.vocabulary import DIGITS, EOS, PAD, SOS, Vocabulary

Ids = NDArray[np.int64]
"""Token ids, one sequence a row, filled up with PAD on the right: [N, width]."""

HELD_OUT_SHARE = 10
"""One sequence in this many is never trained on."""


class Task(ABC):
    """A source language, a target language and the rule from one to the other."""

    name: str
    src_vocabulary: Vocabulary
    trg_vocabulary: Vocabulary
    patterns: tuple[str, ...]
    """The kinds of source that `draw` knows; batches hold equal shares of them."""
    max_length: int
    """The longest source that training shows, in tokens without SOS and EOS."""
    example: str
    """A source as a user would type it."""

    @abstractmethod
    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """`count` random sources of one pattern, [count, width], without SOS and EOS."""

    @abstractmethod
    def answers(self, sources: Ids) -> Ids:
        """The right target for each source: [N, width] -> [N, width'], without SOS and EOS."""

    @abstractmethod
    def tokenize(self, text: str) -> list[str]:
        """Split what a user typed into words of the source vocabulary, known or not."""

    @abstractmethod
    def join(self, words: Sequence[str]) -> str:
        """Words of either vocabulary as a person writes them."""

    def encode(self, text: str) -> list[int]:
        """What a user typed as source ids, SOS and EOS included. Raises `InputError` if it cannot be read."""
        words = self.tokenize(text)
        if not words:
            raise InputError("The input is empty; type something like {example}.", example=self.example)
        unknown = [word for word in words if word not in self.src_vocabulary.ids]
        if unknown:
            raise InputError(
                "“{word}” is not a word this task knows; type something like {example}.",
                word=unknown[0][:20],
                example=self.example,
            )
        return [SOS, *(self.src_vocabulary.ids[word] for word in words), EOS]

    def decode(self, ids: Sequence[int]) -> str:
        """Target ids as text, up to the first EOS, without the special tokens."""
        return self.join(self.trg_vocabulary.strip(ids))

    def answer(self, source: Sequence[int]) -> list[int]:
        """The right target, SOS and EOS included, for source ids as `encode` gives them."""
        bare = np.array([[index for index in source if index not in (PAD, SOS, EOS)]], dtype=np.int64)
        target = self.answers(bare)[0]
        return [SOS, *target[target != PAD].tolist(), EOS]

    def is_right(self, source: Sequence[int], output: Sequence[int]) -> bool:
        """Whether `output` is exactly the right target, from SOS to the first EOS."""
        output = list(output)
        if EOS not in output:
            return False
        return output[: output.index(EOS) + 1] == self.answer(source)


class DigitTask(Task):
    """Sources are digits in the patterns of the source notes, plus uniformly random ones."""

    src_vocabulary = trg_vocabulary = DIGITS
    patterns = ("descending", "shuffled", "repeats", "random")
    max_length = 16
    example = "5 3 9 1 1"

    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """See `draw_digits`; the ids are those of `DIGITS`."""
        digits = draw_digits(pattern, count, rng, self.max_length)
        return np.where(digits >= 0, digits + DIGITS.ids["0"], PAD)

    def tokenize(self, text: str) -> list[str]:
        """Every digit is a word of its own; blanks and commas between them are ignored."""
        return [
            char for char in unicodedata.normalize("NFKC", text) if not char.isspace() and char not in ",、;"
        ]

    def join(self, words: Sequence[str]) -> str:
        """Digits with a blank between them."""
        return " ".join(words)


class Sort(DigitTask):
    """Write the digits in ascending order."""

    name = "sort"

    def answers(self, sources: Ids) -> Ids:
        """Sorted, PAD last."""
        beyond = len(self.src_vocabulary)
        ordered = np.sort(np.where(sources == PAD, beyond, sources), axis=1)
        return np.where(ordered == beyond, PAD, ordered)


class Reverse(DigitTask):
    """Write the digits from the last to the first."""

    name = "reverse"

    def answers(self, sources: Ids) -> Ids:
        """Reversed, PAD last."""
        lengths = (sources != PAD).sum(axis=1, keepdims=True)
        column = lengths - 1 - np.arange(sources.shape[1])  # [N, width]
        return np.where(column >= 0, np.take_along_axis(sources, np.maximum(column, 0), axis=1), PAD)


class Copy(DigitTask):
    """Write the digits as they are."""

    name = "copy"

    def answers(self, sources: Ids) -> Ids:
        """The same."""
        return sources


TASKS: dict[str, Task] = {task.name: task for task in (Sort(), Reverse(), Copy())}


def task_named(name: str) -> Task:
    """The task of that name. Raises `InputError` for an unknown one."""
    if name not in TASKS:
        raise InputError(
            "There is no task “{name}”; the tasks are {known}.", name=name, known=", ".join(TASKS)
        )
    return TASKS[name]


def draw_digits(
    pattern: str, count: int, rng: np.random.Generator, max_length: int = 16
) -> NDArray[np.int64]:
    """`count` digit sequences of one pattern, [count, max_length], filled up with -1.

    `descending`: a run such as 7 6 5; `shuffled`: the ten digits in any order; `repeats`: digits 0 to 5, so
    that many come twice; `random`: any digits. Lengths are uniform where the pattern leaves them open.
    """
    column = np.arange(max_length)
    if pattern == "descending":
        first = rng.integers(0, 10, (count, 1))
        lengths = np.minimum(rng.integers(1, first + 2), max_length)
        digits = first - column
    elif pattern == "shuffled":
        lengths = np.full((count, 1), min(10, max_length))
        digits = np.zeros((count, max_length), dtype=np.int64)
        digits[:, :10] = rng.permuted(np.tile(np.arange(10), (count, 1)), axis=1)[:, :max_length]
    elif pattern in ("repeats", "random"):
        lengths = rng.integers(1, max_length + 1, (count, 1))
        digits = rng.integers(0, 6 if pattern == "repeats" else 10, (count, max_length))
    else:
        raise InputError("There is no pattern “{name}”.", name=pattern)
    return np.where(column < lengths, digits, -1)


def generate_patterned_sequence(pattern: str, rng: np.random.Generator, max_length: int = 16) -> list[int]:
    """One sequence of digits of a pattern (see `draw_digits`)."""
    digits = draw_digits(pattern, 1, rng, max_length)[0]
    return [int(digit) for digit in digits[digits >= 0]]


@dataclass(frozen=True)
class Batch:
    """Sources and right targets, both from SOS to EOS, padded on the right to the longest of the batch."""

    src: Tensor
    """[B, S], int64."""
    trg: Tensor
    """[B, L + 1], int64."""

    @property
    def trg_input(self) -> Tensor:
        """[SOS, y1, y2, ...]: what the decoder reads, [B, L]."""
        return self.trg[:, :-1]

    @property
    def trg_target(self) -> Tensor:
        """[y1, y2, ..., EOS]: what it should write, one position ahead of `trg_input`, [B, L]."""
        return self.trg[:, 1:]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return type(self)(self.src.to(device), self.trg.to(device))


def generate_batch(task: Task, batch_size: int, rng: np.random.Generator) -> Batch:
    """A training batch: equal shares of the task's patterns, held-out sequences never among them."""
    shares = np.bincount(np.arange(batch_size) % len(task.patterns), minlength=len(task.patterns))
    rows = [
        _draw_until(task, pattern, int(share), rng)
        for pattern, share in zip(task.patterns, shares, strict=True)
    ]
    return make_batch(task, np.concatenate(rows))


def _draw_until(task: Task, pattern: str, count: int, rng: np.random.Generator) -> Ids:
    """`count` sources of one pattern that are not held out."""
    kept = np.zeros((0, task.max_length), dtype=np.int64)
    while len(kept) < count:
        drawn = task.draw(pattern, count + count // 4 + 8, rng)
        kept = np.concatenate([kept, drawn[~is_held_out(drawn)]])
    return kept[:count]


def make_batch(task: Task, sources: Ids) -> Batch:
    """Sources without SOS and EOS, [N, width], and their right answers, as a padded batch."""
    return Batch(torch.from_numpy(_wrap(sources)), torch.from_numpy(_wrap(task.answers(sources))))


def pad_batch(sequences: Sequence[Sequence[int]], pad_idx: int = PAD) -> Tensor:
    """Sequences of ids of any lengths as one tensor [B, S], padded on the right."""
    tensors = [torch.tensor(sequence, dtype=torch.int64) for sequence in sequences]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=pad_idx)


def _wrap(rows: Ids) -> Ids:
    """Put SOS before and EOS behind each row, and drop the columns that are PAD throughout."""
    lengths = (rows != PAD).sum(axis=1)
    wrapped = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, dtype=np.int64)
    wrapped[:, 0] = SOS
    wrapped[:, 1:-1] = rows[:, : wrapped.shape[1] - 2]
    wrapped[np.arange(len(rows)), lengths + 1] = EOS
    return wrapped


def is_held_out(sources: Ids) -> NDArray[np.bool_]:
    """Which rows are set apart for measuring: by a hash of the sequence, so always the same ones.

    [N, width] -> [N]. Padding does not change the hash.
    """
    power = np.cumprod(np.full(sources.shape[1], 0x9E3779B97F4A7C15, dtype=np.uint64))
    mixed = (sources.astype(np.uint64) * power).sum(axis=1, dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64's finaliser
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    held_out: NDArray[np.bool_] = (mixed ^ (mixed >> np.uint64(31))) % np.uint64(HELD_OUT_SHARE) == 0
    return held_out


@cache
def held_out_sources(task_name: str, pattern: str, count: int) -> Ids:
    """Up to `count` different held-out sources of a pattern, always the same ones, [<= count, width].

    There may be fewer: only 55 descending runs exist at all.
    """
    task = task_named(task_name)
    rng = np.random.default_rng(0)
    found = np.zeros((0, task.max_length), dtype=np.int64)
    for _ in range(20):
        drawn = task.draw(pattern, 4 * count * HELD_OUT_SHARE // 3, rng)
        found = np.concatenate([found, drawn[is_held_out(drawn)]])
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
        if len(found) >= count:
            break
    return found[:count]


def held_out_batch(task: Task, count: int) -> Batch:
    """A fixed batch to measure on: about equal shares of the patterns, `count` sequences at the most."""
    share = max(count // len(task.patterns), 1)
    rows = [held_out_sources(task.name, pattern, share) for pattern in task.patterns]
    return make_batch(task, np.concatenate(rows)[:count])
