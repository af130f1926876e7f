"""Problems of exercises, and their grading, which explains each wrong cell in a sentence."""

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
    """Boolean if it is to be painted."""
    axes: Axes
    rows: Labels = ()
    columns: Labels = ()
    truth: str = ""
    """What True means: `keeps` or `masks`; empty if neither."""


@dataclass(frozen=True)
class Field:
    """A list of entries to type, or one to choose."""

    label: Remark
    key: tuple[str | float, ...]
    why: tuple[Remark, ...]
    """An explanation for each entry."""
    choices: tuple[str, ...] = ()
    """The options, if one is to be chosen; if empty, the entries are typed, separated by blanks."""
    tolerance: float = 0.0
    """The allowed error of a number."""
    example: str = ""

    def entries(self, text: str) -> list[str]:
        """The typed or chosen entries."""
        return [text] if self.choices else text.replace(",", " ").replace("[", " ").replace("]", " ").split()

    def is_right(self, place: int, entry: str) -> bool:
        """Whether an entry matches the key."""
        wanted = self.key[place]
        if isinstance(wanted, str):
            return entry.casefold() == wanted.casefold()
        try:
            return abs(float(entry) - wanted) <= self.tolerance
        except ValueError:
            return False

    def solution(self) -> str:
        """The key as a user would type it."""
        digits = 2
        return " ".join(one if isinstance(one, str) else f"{one:.{digits}f}" for one in self.key)


@dataclass(frozen=True)
class Problem:
    """One problem with its data and its key, which is computed in a pass."""

    question: Remark
    strips: tuple[tuple[Remark, tuple[str, ...]], ...] = ()
    """Token sequences that the question is about, with labels."""
    given: tuple[Picture, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Names and values in code, such as shapes."""
    paint: Picture | None = None
    """The tensor to be painted, with the right values."""
    why: Callable[[Index], Remark] | None = None
    """Explains the right value of a cell of `paint`."""
    is_row: bool = False
    """Whether exactly one cell of `paint` is to be chosen."""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something wrong in an answer: where it is, and an explanation."""

    field: int | None
    """The index of the field, or None for a cell of the picture."""
    where: Index
    """The index of the cell or of the entry."""
    why: Remark


def grade(problem: Problem, painted: Tensor | None, typed: Sequence[str]) -> list[Finding]:
    """The mistakes in an answer; empty if it is right.

    `painted` is boolean, in the shape of `problem.paint.values`; `typed` has one text per field.
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
    """The explanation if there are more entries than wanted."""
    return Remark("There are {given} entries; {wanted} are wanted.", given=given, wanted=wanted)
