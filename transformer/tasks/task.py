"""The base class of tasks: sources, and for each the one right target."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transformer.errors import InputError
from transformer.model.vocabulary import EOS, PAD, SOS, Vocabulary, until_eos

Ids = NDArray[np.int64]
"""Token ids, one sequence per row, padded with PAD on the right: [N, width]."""

HELD_OUT_SHARE = 10
"""One sequence in this many is never trained on."""


class Task(ABC):
    """A source language, a target language and the rule that maps one to the other."""

    name: str
    src_vocabulary: Vocabulary
    trg_vocabulary: Vocabulary
    patterns: tuple[str, ...]
    """The kinds of source that `draw` knows; batches have equal shares of them."""
    max_length: int
    """The length of the longest source in training, in tokens without SOS and EOS."""
    longest_target: int
    """The length of the longest target of those sources, also without SOS and EOS."""
    examples: tuple[str, ...]
    """Sources of different lengths, as a user would type them."""

    @property
    def example(self) -> str:
        """The first of the examples."""
        return self.examples[0]

    @abstractmethod
    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """`count` random sources of one pattern, [count, width], without SOS and EOS."""

    @abstractmethod
    def answers(self, sources: Ids) -> Ids:
        """The right target for each source: [N, width] -> [N, width'], without SOS and EOS.

        A row of only PAD means that no right answer is known.
        """

    @abstractmethod
    def tokenize(self, text: str) -> list[str]:
        """Split a user's input into words, which may be unknown to the source vocabulary."""

    @abstractmethod
    def join(self, words: Sequence[str]) -> str:
        """Join words of either vocabulary into ordinary text."""

    def holds_out(self, sources: Ids) -> NDArray[np.bool_]:
        """Which sources are never trained on: [N, width] -> [N]."""
        return is_held_out(sources)

    def encode(self, text: str) -> list[int]:
        """A user's input as source ids, including SOS and EOS. Raises `InputError` if it cannot be read."""
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

    def source_text(self, ids: Sequence[int]) -> str:
        """Source ids as a user would type them."""
        return self.join(self.src_vocabulary.strip(ids))

    def answer(self, source: Sequence[int]) -> list[int] | None:
        """The right target, including SOS and EOS, for source ids as `encode` returns them.

        None if no right answer is known: the source is invalid, or not in the user's table.
        """
        bare = np.array([[index for index in source if index not in (PAD, SOS, EOS)]], dtype=np.int64)
        target = self.answers(bare)[0]
        words: list[int] = target[target != PAD].tolist()
        return [SOS, *words, EOS] if words else None

    def is_right(self, source: Sequence[int], output: Sequence[int]) -> bool:
        """Whether `output` is exactly the right target, from SOS to the first EOS."""
        return EOS in output and until_eos(output) == self.answer(source)


def sequence_hashes(sequences: Ids) -> NDArray[np.uint64]:
    """A deterministic hash of each row, independent of padding: [N, width] -> [N]."""
    power = np.cumprod(np.full(sequences.shape[1], 0x9E3779B97F4A7C15, dtype=np.uint64))
    mixed = (sequences.astype(np.uint64) * power).sum(axis=1, dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64's finaliser
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    hashes: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return hashes


def is_held_out(sequences: Ids) -> NDArray[np.bool_]:
    """Which rows are held out, by a hash of the sequence, so always the same: [N, width] -> [N]."""
    held_out: NDArray[np.bool_] = sequence_hashes(sequences) % np.uint64(HELD_OUT_SHARE) == 0
    return held_out


def compact(columns: Ids) -> Ids:
    """Rows with PADs moved to the right, otherwise in the same order: [N, width] -> [N, width]."""
    order = np.argsort(columns == PAD, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def digit_columns(numbers: NDArray[np.int64], places: int, zero: int, *, padded: bool = False) -> Ids:
    """Decimal digits of whole numbers as token ids, most significant first: [N] -> [N, places].

    `zero` is the id of 0. Leading zeros are PAD unless `padded`.
    """
    powers = 10 ** np.arange(places - 1, -1, -1)
    digits = numbers[:, None] // powers % 10 + zero
    return digits if padded else np.where((numbers[:, None] >= powers) | (powers == 1), digits, PAD)
