"""What an exercise asks, and how an answer is graded: a sentence for each cell that is wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from transformer.errors import Remark

Index = tuple[int, ...]
Labels = tuple[tuple[str, ...], ...]
"""One tuple of words for each sentence of a batch."""

Axes = tuple[str, ...]
"""Names of axes: sentence, head, query, key."""


@dataclass(frozen=True)
class Picture:
    """A tensor to look at or to paint: its last two axes are rows and columns."""

    name: str
    values: Tensor
    """Booleans to paint, anything to look at."""
    axes: Axes
    rows: Labels = ()
    columns: Labels = ()
    truth: str = ""
    """What True means: `keeps` or `masks`; empty where it means neither."""


@dataclass(frozen=True)
class Field:
    """A list of entries to type, or one to choose."""

    label: Remark
    key: tuple[str | float, ...]
    why: tuple[Remark, ...]
    """For each entry the sentence that explains it."""
    choices: tuple[str, ...] = ()
    """If one is to be chosen; else the entries are typed, with blanks between them."""
    tolerance: float = 0.0
    """By how much a number may be off."""
    example: str = ""

    def entries(self, text: str) -> list[str]:
        """What was typed or chosen, entry by entry."""
        return [text] if self.choices else text.replace(",", " ").replace("[", " ").replace("]", " ").split()

    def is_right(self, place: int, entry: str) -> bool:
        """Whether an entry is that of the key."""
        wanted = self.key[place]
        if isinstance(wanted, str):
            return entry.casefold() == wanted.casefold()
        try:
            return abs(float(entry) - wanted) <= self.tolerance
        except ValueError:
            return False

    def solution(self) -> str:
        """The key as one would type it."""
        digits = 2
        return " ".join(one if isinstance(one, str) else f"{one:.{digits}f}" for one in self.key)


@dataclass(frozen=True)
class Problem:
    """One exercise with its data. The key comes from a pass; nothing of it is written down anywhere."""

    question: Remark
    strips: tuple[tuple[Remark, tuple[str, ...]], ...] = ()
    """Sequences of tokens that the question is about."""
    given: tuple[Picture, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Names and values in code, such as shapes."""
    paint: Picture | None = None
    """What is to be painted, filled in rightly."""
    why: Callable[[Index], Remark] | None = None
    """Why a cell of `paint` is what it is."""
    is_row: bool = False
    """Whether exactly one cell of the picture is to be chosen."""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something wrong in an answer: where, and why it should be otherwise."""

    field: int | None
    """The number of the field, or None for a cell of the picture."""
    where: Index
    """The cell's index, or the number of the entry."""
    why: Remark


def grade(problem: Problem, painted: Tensor | None, typed: Sequence[str]) -> list[Finding]:
    """What is wrong in an answer; nothing if all of it is right.

    `painted` is boolean, of the shape of `problem.paint.values`; `typed` has a text for each field.
    """
    return [*_wrong_cells(problem, painted), *_wrong_entries(problem, typed)]


def _wrong_cells(problem: Problem, painted: Tensor | None) -> Iterator[Finding]:
    if problem.paint is None or problem.why is None:
        return
    key = problem.paint.values
    wrong = key if painted is None else key != painted
    for index in wrong.nonzero().tolist():
        yield Finding(None, tuple(index), problem.why(tuple(index)))


def _wrong_entries(problem: Problem, typed: Sequence[str]) -> Iterator[Finding]:
    for number, field in enumerate(problem.fields):
        entries = field.entries(typed[number] if number < len(typed) else "")
        for place in range(len(field.key)):
            if place >= len(entries) or not field.is_right(place, entries[place]):
                yield Finding(number, (place,), field.why[place])
        if len(entries) > len(field.key):
            yield Finding(number, (len(field.key),), too_many(len(entries), len(field.key)))


def too_many(given: int, wanted: int) -> Remark:
    """More entries than there are places."""
    return Remark("There are {given} entries; {wanted} are wanted.", given=given, wanted=wanted)
