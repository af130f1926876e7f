"""Words and their ids. Three ids mean the same in every vocabulary: PAD, SOS and EOS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, SOS, EOS = 0, 1, 2
"""Padding (fills short rows of a batch), start of sequence, end of sequence."""

SPECIALS = ("PAD", "SOS", "EOS")


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language, in the order of their ids after the three special ones."""

    words: tuple[str, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        """Word to id."""
        return {word: index for index, word in enumerate(self.words, start=len(SPECIALS))}

    def __len__(self) -> int:
        """V, the three special tokens included."""
        return len(self.words) + len(SPECIALS)

    def label(self, index: int) -> str:
        """How one id is written on screen: `PAD`, `SOS`, `EOS`, or its word."""
        return SPECIALS[index] if index < len(SPECIALS) else self.words[index - len(SPECIALS)]

    def labels(self, ids: Iterable[int]) -> list[str]:
        """`label` of each id."""
        return [self.label(index) for index in ids]

    def strip(self, ids: Sequence[int]) -> list[str]:
        """The words alone: what stands before the first EOS, without SOS and PAD."""
        ids = list(ids)
        end = ids.index(EOS) if EOS in ids else len(ids)
        return [self.label(index) for index in ids[:end] if index not in (PAD, SOS)]


DIGITS = Vocabulary(tuple("0123456789"))
"""Digits 0 to 9 have ids 3 to 12, so that none of them is mistaken for PAD."""
