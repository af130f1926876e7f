"""Sort, reverse and copy digits: the tasks of the notes (`experiments/notes.py`)."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transformer.errors import InputError
from transformer.model.vocabulary import DIGITS, PAD
from transformer.tasks.task import Ids, Task


class DigitTask(Task):
    """Base class: sources are digits in the patterns of the notes, plus uniformly random ones."""

    src_vocabulary = trg_vocabulary = DIGITS
    patterns = ("descending", "shuffled", "repeats", "random")
    max_length = longest_target = 16
    examples = ("5 3 9 1 1", "7 2 8")

    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """See `draw_digits`; the ids are those of `DIGITS`."""
        digits = draw_digits(pattern, count, rng, self.max_length)
        return np.where(digits >= 0, digits + DIGITS.ids["0"], PAD)

    def tokenize(self, text: str) -> list[str]:
        """Split into single characters; blanks and commas between them are ignored."""
        return [
            char for char in unicodedata.normalize("NFKC", text) if not char.isspace() and char not in ",、;"
        ]

    def join(self, words: Sequence[str]) -> str:
        """Digits separated by blanks."""
        return " ".join(words)


class Sort(DigitTask):
    """Write the digits in ascending order."""

    name = "sort"

    def answers(self, sources: Ids) -> Ids:
        """The sorted digits, PAD last."""
        beyond = len(self.src_vocabulary)
        ordered = np.sort(np.where(sources == PAD, beyond, sources), axis=1)
        return np.where(ordered == beyond, PAD, ordered)


class Reverse(DigitTask):
    """Write the digits from the last to the first."""

    name = "reverse"

    def answers(self, sources: Ids) -> Ids:
        """The reversed digits, PAD last."""
        lengths = (sources != PAD).sum(axis=1, keepdims=True)
        column = lengths - 1 - np.arange(sources.shape[1])  # [N, width]
        return np.where(column >= 0, np.take_along_axis(sources, np.maximum(column, 0), axis=1), PAD)


class Copy(DigitTask):
    """Write the digits unchanged."""

    name = "copy"

    def answers(self, sources: Ids) -> Ids:
        """The sources themselves."""
        return sources


def draw_digits(
    pattern: str, count: int, rng: np.random.Generator, max_length: int = 16
) -> NDArray[np.int64]:
    """`count` digit sequences of one pattern, [count, max_length], padded with -1.

    `descending`: a run such as 7 6 5; `shuffled`: the ten digits in any order; `repeats`: digits 0 to 5, so
    many are repeated; `random`: any digits. Lengths are uniform if the pattern does not determine them.
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
    """One digit sequence of a pattern (see `draw_digits`)."""
    digits = draw_digits(pattern, 1, rng, max_length)[0]
    return [int(digit) for digit in digits[digits >= 0]]


def random_digits(length: int, count: int) -> NDArray[np.int64]:
    """`count` uniformly random digit sequences of one length, as ids [count, length]; always the same."""
    return np.random.default_rng(length).integers(0, 10, (count, length)) + DIGITS.ids["0"]
